/**
 * Users that the broker knows by password (SCRAM-SHA-512; RFC 5802, KIP-554).
 */
#ifndef BUS_USERS_H
#define BUS_USERS_H

#include "base/json.h"

struct admin;
struct err;

/** 1 if the librdkafka we were built with can make users (2.2 and later). */
int users_can(void);
/**
 * Names of the users into *OUT, the caller's: an object whose keys they are.
 * 0; -1 with ERR = RETRY, or REJECT where users_can() is 0.
 */
int users_list(struct admin *a, int timeout_ms, jv *out, struct err *err);
/**
 * Make user NAME, or give it another password: PASSWORD, which is salted and
 * hashed here, never sent.  0, or -1 with ERR.
 */
int users_set(struct admin *a, const char *name, const char *password,
    int timeout_ms, struct err *err);
/** Remove user NAME.  1 removed, 0 there was none, -1 with ERR. */
int users_remove(
    struct admin *a, const char *name, int timeout_ms, struct err *err);

#endif
