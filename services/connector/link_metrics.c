/* What operators see of a connection: see link.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/metrics.h"
#include "bus/consumer.h"
#include "connector/link.h"
#include "connector/link_inner.h"
#include "connector/publisher.h"
#include "connector/status.h"
#include "connector/subscribe.h"
#include "rest/http.h"
#include "rest/http_stats.h"
#include "store/state.h"
#include "wire/vitals.h"

void
link_ready(const struct link *l, struct buf *out)
{
	const char *why = "";
	char *unled;
	size_t i;

	switch (subscribe_state(l->subscribe)) {
	case CORE_RUNNING:
		break;
	case CORE_BROKEN:
		why = "the site keeps failing";
		break;
	case CORE_PROBING:
	case CORE_STOPPED:
		why = subscribe_reason(l->subscribe);
		break;
	case CORE_HELD:
		why = "paused";
		break;
	}
	if (why[0] != '\0')
		buf_printf(out, "%s: %s\n", link_id(l), why);
	if (l->trouble.class != ERR_NONE)
		buf_printf(out, "%s: %s\n", link_id(l), l->trouble.msg);
	if (link_lacks_ends(l, &unled) == 1) {
		buf_printf(out, "%s: no broker leads it\n", unled);
		free(unled);
	}
	for (i = 0; i < l->n_publishers; i++)
		if (publisher_trouble(l->publishers[i])[0] != '\0')
			buf_printf(out, "%s: %s\n", link_id(l),
			    publisher_trouble(l->publishers[i]));
}

struct lag {
	jv ends;
	int64_t sum;
};

static void
sum_lag(void *ctx, const char *name, int64_t position, int64_t floor)
{
	struct lag *p = ctx;
	int64_t end = json_int(p->ends, name, position);

	(void)floor;
	p->sum += end > position ? end - position : 0;
}

/* What stands where: rows of both directions by their state. */
static void
describe_rows(const struct link *l, struct metrics *m)
{
	static const struct {
		const char *word;
		enum state_side side;
		enum state_row_state state;
	} rows[] = {
	    {"delivered", STATE_SUBSCRIBED, STATE_DELIVERED},
	    {"not_delivered", STATE_SUBSCRIBED, STATE_REFUSED},
	    {"waiting", STATE_SUBSCRIBED, STATE_PARKED},
	    {"announced", STATE_PUBLISHED, STATE_DELIVERED},
	    {"refused", STATE_PUBLISHED, STATE_REFUSED},
	};
	struct buf labels = {0};
	size_t i;

	metrics_describe(m, "twinwire_records", "gauge",
	    "Records of this connection by what became of them.");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&labels);
		metrics_label(&labels, "connection", link_id(l));
		metrics_label(&labels, "state", rows[i].word);
		metrics_set(m, "twinwire_records", labels.data,
		    (double)state_count(l->env.state, link_id(l), rows[i].side,
			(int)rows[i].state, NULL));
	}
	buf_free(&labels);
}

/* How fast the site is asked, and how that goes. */
static void
describe_pace(const struct link *l, const char *labels, struct metrics *m)
{
	struct core_pace pace;

	subscribe_pace(l->subscribe, &pace);
	metrics_describe(m, "twinwire_requests_in_flight", "gauge",
	    "Requests to the site under way.");
	metrics_set(
	    m, "twinwire_requests_in_flight", labels, (double)pace.in_flight);
	metrics_describe(m, "twinwire_requests_window", "gauge",
	    "Requests that may be under way at once: fewer while the site is "
	    "slow or says that it is busy.");
	metrics_set(m, "twinwire_requests_window", labels, (double)pace.window);
	metrics_describe(m, "twinwire_request_latency_seconds", "gauge",
	    "How long the site took lately (0: not known, never under 0.1).");
	metrics_set(m, "twinwire_request_latency_seconds", labels,
	    (double)pace.latency_ms / 1000);
	http_stats_metrics(http_site_stats(l->env.system.site), labels, m);
	metrics_describe(m, "twinwire_delivery_seconds", "histogram",
	    "From the append of a record to the log until the system had it; "
	    "records read late (a first run, an outage) count as they are.");
	metrics_histogram(m, "twinwire_delivery_seconds", labels,
	    subscribe_delays(l->subscribe));
}

/* What may stop it before long. */
static void
describe_health(const struct link *l, const char *labels, struct metrics *m)
{
	int64_t wall = clock_wall_ms(), since = l->waiting_since;
	int64_t end = http_site_stats(l->env.system.site)->certificate_ms;

	metrics_describe(m, "twinwire_oldest_waiting_seconds", "gauge",
	    "How long the oldest record waits that could not be delivered yet "
	    "and is still tried; 0: none waits.");
	metrics_set(m, "twinwire_oldest_waiting_seconds", labels,
	    since < 0 || since > wall ? 0 : (double)(wall - since) / 1000);
	metrics_describe(m, "twinwire_breaker_open", "gauge",
	    "1 while the site keeps failing and is asked once in a while.");
	metrics_set(m, "twinwire_breaker_open", labels,
	    subscribe_state(l->subscribe) == CORE_BROKEN);
	metrics_describe(m, "twinwire_paused", "gauge",
	    "1 while nothing goes through: by order, by the site's refusal, "
	    "or before the first run is approved.");
	metrics_set(m, "twinwire_paused", labels,
	    strcmp(status_state(l->status), "paused") == 0 ||
		strcmp(status_state(l->status), "waiting") == 0);
	if (end > 0)
		vitals_certificate(labels, end, wall, m);
	if (l->consumer != NULL)
		vitals_kafka(
		    "consumer", labels, consumer_errors(l->consumer), m);
}

/* The words of the status, for whoever has alarms on metrics. */
static void
describe_state(const struct link *l, struct metrics *m)
{
	struct buf labels = {0};

	metrics_label(&labels, "connection", link_id(l));
	metrics_label(&labels, "state", status_state(l->status));
	metrics_label(&labels, "reason", status_reason(l->status));
	metrics_describe(m, "twinwire_state", "gauge",
	    "State of the connection and the reason for it; always 1.");
	metrics_set(m, "twinwire_state", labels.data, 1);
	buf_free(&labels);
}

void
link_metrics(const struct link *l, struct metrics *m)
{
	static const struct {
		const char *counter, *name, *type, *help;
	} rows[] = {
	    {"consumed", "twinwire_consumed_total", "counter",
		"Messages read."},
	    {"applied", "twinwire_applied_total", "counter",
		"Records written."},
	    {"superseded", "twinwire_superseded_total", "counter",
		"Records a newer version replaced before they went out."},
	    {"unchanged", "twinwire_unchanged_total", "counter",
		"Records whose content stood there already."},
	    {"stale", "twinwire_stale_total", "counter",
		"Old versions skipped."},
	    {"filtered", "twinwire_filtered_total", "counter",
		"Records the filter left out."},
	    {"dead", "twinwire_dead_lettered_total", "counter",
		"Records given up, see tw.dead."},
	    {"replayed", "twinwire_replayed_total", "counter",
		"Dead letters tried again: each counts once more as what "
		"became of it."},
	};
	struct lag lag = {.ends = l->ends};
	struct publisher_counts c;
	double published = 0;
	struct buf labels = {0};
	size_t i;

	for (i = 0; i < l->n_publishers; i++) {
		publisher_counts(l->publishers[i], &c);
		published += (double)(c.published + c.withdrawn);
	}
	metrics_label(&labels, "connection", link_id(l));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		metrics_describe(m, rows[i].name, rows[i].type, rows[i].help);
		metrics_set(m, rows[i].name, labels.data,
		    (double)link_counted(l, rows[i].counter));
	}
	metrics_describe(m, "twinwire_published_total", "counter",
	    "Records put onto the wire, since the start.");
	metrics_set(m, "twinwire_published_total", labels.data, published);
	describe_rows(l, m);
	metrics_describe(
	    m, "twinwire_pending", "gauge", "Records read and not final.");
	metrics_set(m, "twinwire_pending", labels.data,
	    (double)subscribe_pending(l->subscribe));
	subscribe_each_topic(l->subscribe, sum_lag, &lag);
	metrics_describe(m, "twinwire_lag", "gauge",
	    "Messages in the topics that are not final here.");
	metrics_set(m, "twinwire_lag", labels.data, (double)lag.sum);
	describe_pace(l, labels.data, m);
	metrics_describe(m, "twinwire_dead_letters_leaving", "gauge",
	    "Dead letters that nobody has dealt with and that leave the log "
	    "within ten days.");
	metrics_set(m, "twinwire_dead_letters_leaving", labels.data,
	    (double)l->leaving.n);
	metrics_describe(m, "twinwire_running", "gauge",
	    "1 if records go through, 0 if the connection is paused.");
	metrics_set(m, "twinwire_running", labels.data,
	    subscribe_state(l->subscribe) == CORE_RUNNING);
	describe_health(l, labels.data, m);
	describe_state(l, m);
	buf_free(&labels);
}
