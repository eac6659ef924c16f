/* A histogram of durations: see histogram.h. */
#include "base/histogram.h"

static const double request_bounds[] = {
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
static const double delivery_bounds[] = {
    0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 14400, 86400};

struct histogram
histogram_request(void)
{
	return (struct histogram){.bounds = request_bounds,
	    .n = sizeof(request_bounds) / sizeof(request_bounds[0])};
}

struct histogram
histogram_delivery(void)
{
	return (struct histogram){.bounds = delivery_bounds,
	    .n = sizeof(delivery_bounds) / sizeof(delivery_bounds[0])};
}

void
histogram_add(struct histogram *h, int64_t ms)
{
	double s = ms > 0 ? (double)ms / 1000 : 0;
	size_t i = 0;

	while (i < h->n && s > h->bounds[i])
		i++;
	h->counts[i]++;
	h->sum += s;
}
