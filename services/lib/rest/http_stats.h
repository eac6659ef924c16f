/** What calls of a site came to, for metrics. */
#ifndef REST_HTTP_STATS_H
#define REST_HTTP_STATS_H

#include <stdint.h>

#include "base/histogram.h"

struct metrics;

enum http_class {
	HTTP_CLASS_OK,	  /* 2xx */
	HTTP_CLASS_MOVED, /* 3xx */
	HTTP_CLASS_BAD,	  /* 4xx */
	HTTP_CLASS_ILL,	  /* 5xx */
	HTTP_CLASS_NONE,  /* no whole answer */
	HTTP_CLASSES
};

struct http_stats {
	uint64_t answers[HTTP_CLASSES];
	struct histogram latency; /* of whole requests, answered or not */
	/* Of the site's own certificate, as last seen (looked at once an hour);
	 * wall ms, 0: not known. */
	int64_t certificate_ms;
};

/** Add twinwire_http_requests_total and _request_seconds of S to M, with
 * LABELS (`connection="x"`). */
void http_stats_metrics(
    const struct http_stats *s, const char *labels, struct metrics *m);
/** Add to M what a daemon knows of the registry by S. */
void http_stats_registry(const struct http_stats *s, struct metrics *m);

#endif
