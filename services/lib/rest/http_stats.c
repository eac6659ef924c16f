/* What calls of a site came to: see http_stats.h. */
#include "base/buf.h"
#include "base/metrics.h"
#include "rest/http_stats.h"

static void
answers(const struct http_stats *s, const char *name, const char *with,
    struct metrics *m)
{
	static const char *const codes[HTTP_CLASSES] = {
	    "2xx", "3xx", "4xx", "5xx", "none"};
	struct buf labels = {0};

	for (int i = 0; i < HTTP_CLASSES; i++) {
		buf_clear(&labels);
		buf_puts(&labels, with);
		metrics_label(&labels, "code", codes[i]);
		metrics_set(m, name, labels.data, (double)s->answers[i]);
	}
	buf_free(&labels);
}

void
http_stats_metrics(
    const struct http_stats *s, const char *labels, struct metrics *m)
{
	metrics_describe(m, "twinwire_http_requests_total", "counter",
	    "Requests to the system by the answer's class (`code`: 2xx, 3xx, "
	    "4xx, 5xx, none), since the start.");
	answers(s, "twinwire_http_requests_total", labels, m);
	metrics_describe(m, "twinwire_http_request_seconds", "histogram",
	    "How long requests to the system took, answered or not.");
	metrics_histogram(
	    m, "twinwire_http_request_seconds", labels, &s->latency);
}

void
http_stats_registry(const struct http_stats *s, struct metrics *m)
{
	metrics_describe(m, "twinwire_registry_requests_total", "counter",
	    "Requests to the schema registry by the answer's class (`code`), "
	    "since the start.");
	answers(s, "twinwire_registry_requests_total", "", m);
}
