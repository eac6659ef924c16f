/* What a connector says of itself: see connector_inner.h. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "bus/producer.h"
#include "connector/connector_inner.h"
#include "connector/link.h"
#include "wire/schemas.h"
#include "wire/vitals.h"

enum {
	WAIT_SAID_EVERY_MS = 10000,
	WAIT_FIRST_MS = 2000, /* a start needs that long */
};

void
connector_ready(void *ctx, struct buf *out)
{
	struct connector *c = ctx;
	size_t i;

	if (c->bus_trouble.class != ERR_NONE)
		buf_printf(out, "kafka: %s\n", c->bus_trouble.msg);
	if (schemas_trouble(c->schemas)[0] != '\0')
		buf_printf(out, "registry: %s\n", schemas_trouble(c->schemas));
	for (i = 0; i < c->n_places; i++) {
		if (c->places[i].is_started)
			link_ready(c->places[i].link, out);
		else
			buf_printf(out, "%s: not started: %s\n",
			    link_id(c->places[i].link),
			    c->places[i].trouble.msg);
	}
}

void
connector_metrics(void *ctx, struct buf *out)
{
	struct connector *c = ctx;
	struct metrics *m = metrics_new();
	size_t i;

	vitals_metrics(c->vitals, c->registry, clock_wall_ms(), m);
	vitals_kafka("producer", "", producer_errors(c->producer), m);
	for (i = 0; i < c->n_places; i++)
		link_metrics(c->places[i].link, m);
	metrics_print(m, out);
	metrics_free(m);
}

void
connector_wait_begins(struct connector *c)
{
	c->said_ms = clock_mono_ms() - WAIT_SAID_EVERY_MS + WAIT_FIRST_MS;
}

void
connector_say_waiting(struct connector *c)
{
	int64_t now = clock_mono_ms();
	struct buf why = {0};

	if (c->is_stopping || now - c->said_ms < WAIT_SAID_EVERY_MS)
		return;
	connector_ready(c, &why);
	if (why.size > 0) {
		why.data[why.size - 1] = '\0'; /* its last line's end */
		log_warn("not ready", "why", why.data);
		c->said_ms = now;
	}
	buf_free(&why);
}
