/** A histogram of durations: how many took up to how long.  A plain value. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_BOUNDS_MAX = 16 };

/** BOUNDS: seconds, ascending, at most HISTOGRAM_BOUNDS_MAX, borrowed for its
 * life. */
struct histogram {
	const double *bounds;
	size_t n;
	uint64_t counts[HISTOGRAM_BOUNDS_MAX + 1]; /* of each, then of more */
	double sum;
};

/** One request: 10 ms to 30 s. */
struct histogram histogram_request(void);
/** One delivery, waiting included: 100 ms to a day. */
struct histogram histogram_delivery(void);
/** Count one that took MS; less than 0 (clocks differ) counts as 0. */
void histogram_add(struct histogram *h, int64_t ms);

#endif
