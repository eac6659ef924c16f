/**
 * Time zones out of the system's tzdata (TZif, RFC 8536).  A zone's file (some
 * 2 KB) is kept for ZONE_KEPT_MS by each thread for itself: safe in any thread,
 * and an updated tzdata counts without a restart.
 */
#ifndef EVENT_ZONE_H
#define EVENT_ZONE_H

#include <stdint.h>

enum {
	ZONE_NAME_MAX = 64,
	ZONE_FILE_MAX_BYTES = 64 * 1024,
	ZONE_KEPT_MS = 60000
};

/** 1 if NAME is an IANA zone that this system's tzdata knows, else 0. */
int zone_is_known(const char *name);
/**
 * Wall time of zone NAME, in seconds as if it were UTC, to UTC seconds.  A
 * time that a change of clocks skips or repeats takes the offset before the
 * change.  -1 if the zone is not known or its file is damaged.
 */
int zone_to_utc(const char *name, int64_t wall_s, int64_t *out_s);

#endif
