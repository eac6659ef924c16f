/**
 * members.yaml: who is on the wire, in order of precedence, for whom each
 * speaks, what it may read (DESIGN section 2).
 */
#ifndef EVENT_MEMBERS_H
#define EVENT_MEMBERS_H

#include <stddef.h>

#include "base/json.h"
#include "event/keys.h"

struct buf;
struct err;
struct members;

/**
 * Load FILE.  NULL with ERR = REJECT holding the first error and, if OUT is
 * not NULL, all of them appended to it, one a line.
 */
struct members *members_load(
    const char *file, struct buf *out, struct err *err);
/** Does nothing on NULL. */
void members_free(struct members *m);
size_t members_count(const struct members *m);
/** Id of the I-th member in order of precedence; borrowed. */
const char *members_id(const struct members *m, size_t i);
/** Position of member ID, or -1. */
int members_rank(const struct members *m, const char *id);
/** 1 if member ID may speak for CITY (id) of COUNTRY, else 0. */
int members_speaks_for(const struct members *m, const char *id,
    const char *city, const char *country);
/**
 * 1 if member ID may read the topics of T of all members: where its row has no
 * `reads`, all but orders.
 */
int members_may_read(
    const struct members *m, const char *id, enum record_type t);
/** The day on which member ID left, "" if it did not; borrowed. */
const char *members_left(const struct members *m, const char *id);
/** The member's row as it stands in the file; a new reference, null if none. */
jv members_row(const struct members *m, const char *id);

#endif
