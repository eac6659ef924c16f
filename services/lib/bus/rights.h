/**
 * Rights to topics at the broker (Kafka's ACLs, KIP-11; prefixes, KIP-290).
 *
 * A right is an object {who: "volgograd", may: "read", topics: "tw.claims.*"}:
 * the principal "User:volgograd" may do one of Kafka's operations (in small
 * letters) on a topic, or with a last "*" on all whose names begin so.  With
 * `from` only from that host.
 */
#ifndef BUS_RIGHTS_H
#define BUS_RIGHTS_H

#include "base/json.h"

struct admin;
struct err;

/**
 * Every right to topics that the broker grants into *OUT, the caller's, an
 * array; denials are left out, and what belongs to no user.  1; 0 if the
 * broker asks nobody who he is (no authorizer): *OUT is empty then; -1 with
 * ERR = RETRY.
 */
int rights_list(struct admin *a, int timeout_ms, jv *out, struct err *err);
/** Grant all of RIGHTS (borrowed, at least one).  0; 1 if the broker asks
 * nobody who he is, after all; -1 with ERR, some may be granted. */
int rights_grant(struct admin *a, jv rights, int timeout_ms, struct err *err);
/** Take back all of RIGHTS (borrowed).  As rights_grant(). */
int rights_revoke(struct admin *a, jv rights, int timeout_ms, struct err *err);

#endif
