/** Time, asked in one place; the pure parts get it as an argument. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/** Monotonic milliseconds since an arbitrary start; for timers. */
int64_t clock_mono_ms(void);
/** Milliseconds since 1970-01-01T00:00:00Z; for stamps that people read. */
int64_t clock_wall_ms(void);

enum { CLOCK_TEXT_SIZE = 32 };
/** WALL_MS as RFC 3339 in UTC with milliseconds into TEXT; returns TEXT. */
const char *clock_text(int64_t wall_ms, char text[CLOCK_TEXT_SIZE]);
/**
 * Parse an RFC 3339 instant ("2022-10-31T10:00:00Z", offsets allowed) into
 * *OUT_MS; -1 if TEXT is none.
 */
int clock_parse(const char *text, int64_t *out_ms);
/** The same, or a day ("2022-10-31"): its start in UTC. */
int clock_parse_start(const char *text, int64_t *out_ms);

#endif
