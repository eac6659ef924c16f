/**
 * **When somebody is told**, pure: what is wrong now and what was told before
 * in, the next message out.  One when something goes wrong, one when there is
 * more of it, one when it is well again; what passes quickly is not told.
 */
#ifndef WATCH_ALARM_H
#define WATCH_ALARM_H

#include <stdint.h>

#include "base/json.h"

struct alarm_rules {
	int64_t settle_ms; /* a change must last that long */
	int64_t again_ms;  /* more of the same is told that long after */
};

/**
 * MEMORY: object, {} at first, of what was told to one receiver; kept by the
 * caller between calls and starts.  NOW: what is wrong, object of id to {kind,
 * connection, text, n, settle, ...}, of which `settle` (ms) is how long it must
 * last where that is more than RULES say; both borrowed but for *MEMORY, which
 * is changed.
 * Returns the first message that is due, new: what NOW has of it, or what it
 * last had, with {id, what: "raised" | "more" | "well", since}; null if none
 * is.  It is due until alarm_told().
 */
jv alarm_next(
    jv *memory, jv now, const struct alarm_rules *rules, int64_t wall_ms);
/** MESSAGE (borrowed), from alarm_next(), was delivered. */
void alarm_told(jv *memory, jv message, int64_t wall_ms);
/** New name of MESSAGE (borrowed) for RECEIVER, the same after a restart:
 * "tw" and 32 hexadecimal digits. */
char *alarm_message_id(const char *receiver, jv message);
/** 1 if a week has begun (Monday, 06:00 UTC) since LAST_MS. */
int alarm_is_week_over(int64_t last_ms, int64_t wall_ms);

#endif
