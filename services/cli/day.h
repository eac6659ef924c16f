/** Dates and times as people type them into tables, as records have them. */
#ifndef CLI_DAY_H
#define CLI_DAY_H

enum { DAY_SIZE = 11, DAY_TIME_SIZE = 20 };

/**
 * "31.10.2022", "10.2022", "2022" or an EDTF date to an EDTF date in OUT: 0,
 * or -1 if TEXT is none or not in the calendar.
 */
int day_date(const char *text, char out[DAY_SIZE]);
/**
 * A whole date as above, alone or with a time ("31.10.2022 13:00",
 * "2022-10-31T13:00:00"), to "2022-10-31" or "2022-10-31T13:00:00": 0, or -1.
 * A time with an offset is none: records keep wall time and zone.
 */
int day_time(const char *text, char out[DAY_TIME_SIZE]);
/** The day after DAY ("2022-10-31"), in place. */
void day_next(char day[DAY_SIZE]);

#endif
