/** Dates and times as text, checked against the calendar. */
#ifndef EVENT_DATES_H
#define EVENT_DATES_H

#include <stdint.h>

/** 1 if TEXT is "1994", "1994-02" or "1994-02-22" (EDTF level 0), else 0. */
int dates_is_edtf(const char *text);
/**
 * "2022-10-31" or "2022-10-31T13:00:00" in seconds as if it were UTC.  -1 if
 * TEXT is neither or names no day of the calendar; *OUT_HAS_TIME (may be NULL)
 * says which it was.
 */
int dates_wall(const char *text, int64_t *out_s, int *out_has_time);
/** 1 if TEXT is an ISO 8601 duration of whole units ("P5Y", "P90D"), else 0. */
int dates_is_duration(const char *text);

#endif
