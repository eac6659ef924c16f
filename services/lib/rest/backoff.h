/** When to try again: pure arithmetic, no clock. */
#ifndef REST_BACKOFF_H
#define REST_BACKOFF_H

#include <stdint.h>

struct backoff_conf {
	int64_t first_ms;
	int64_t max_ms;
};

/**
 * Wait before attempt ATTEMPT (1 = first repeat): exponential from first_ms,
 * capped at max_ms, with full jitter over its upper half by RANDOM, never
 * below RETRY_AFTER_MS (0: none), which itself is capped at a day.
 */
int64_t backoff_ms(const struct backoff_conf *c, unsigned attempt,
    uint32_t random, int64_t retry_after_ms);
/**
 * Retry-After (RFC 9110 section 10.2.3) TEXT, seconds or an HTTP date, seen at
 * WALL_MS: milliseconds from then, 0 if it is past or not understood.
 */
int64_t backoff_retry_after(const char *text, int64_t wall_ms);

#endif
