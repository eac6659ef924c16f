/** What the wire says of itself now: every connection's newest status, and the
 * receipts of what has not arrived. */
#ifndef WATCH_VIEW_H
#define WATCH_VIEW_H

#include <stdint.h>

#include "base/json.h"
#include "event/keys.h"

struct view;

/* Of one member, beyond which no more are taken in: nobody can fill what is
 * told of others. */
enum { VIEW_STATUSES_MAX = 100, VIEW_TROUBLES_MAX = 20000 };

/** New, empty. */
struct view *view_new(void);
/** Does nothing on NULL. */
void view_free(struct view *v);
/** Take in VALUE (borrowed; null: withdrawn), a status or receipt of MEMBER's
 * connections under KEY. */
void view_take(struct view *v, enum record_type t, const char *member,
    const char *key, jv value);
/**
 * What is wrong at WALL_MS, for MEMBER (its connections and its records) or,
 * NULL, for the operator: object of id to {kind, connection, member, text, n,
 * do} and for some settle, as alarm_next() takes it; new.  Kinds: silent,
 * paused, listing, kafka, refused, not_delivered, pending, certificate, disk.
 * A receipt of a connection that has no status counts for nothing.
 */
jv view_wrong(struct view *v, const char *member, int64_t wall_ms);
/**
 * MEMORY (borrowed), alarm_next()'s, of this build or an earlier one, whose
 * ids did not name the member: the same by the ids of view_wrong(), so that
 * what was told goes on; new.
 */
jv view_renamed(jv memory);
/**
 * For the weekly summary: array by connection of {connection, member, state,
 * reason, counters}, of MEMBER or all; new.
 */
jv view_connections(struct view *v, const char *member);
/** Connections known. */
int view_count(const struct view *v);

#endif
