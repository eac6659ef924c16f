/* Limits on requests: see gate.h. */
#include "gate.h"

enum { ONE = 1000 };

void
gate_init(struct gate *g, const struct gate_conf *conf, int64_t now_ms)
{
	*g = (struct gate){.conf = *conf,
	    .tokens_m = (int64_t)conf->rate_per_s * ONE,
	    .tokens_ms = now_ms};
	window_init(&g->window, conf->in_flight);
}

/* The bucket holds a second's worth: a burst, then the rate. */
static void
fill(struct gate *g, int64_t now_ms)
{
	int64_t full = (int64_t)g->conf.rate_per_s * ONE;
	int64_t waited = now_ms - g->tokens_ms;

	g->tokens_ms = now_ms;
	if (waited >= 1000)
		g->tokens_m = full;
	else
		g->tokens_m += waited * g->conf.rate_per_s;
	if (g->tokens_m > full)
		g->tokens_m = full;
}

static int
is_full(const struct gate *g)
{
	if (g->is_open)
		return g->in_flight > 0;
	return g->in_flight >= window_width(&g->window);
}

int64_t
gate_deadline(struct gate *g, int64_t now_ms)
{
	int64_t at = now_ms;

	if (is_full(g))
		return -1;
	if (g->is_open && g->next_try_ms > at)
		at = g->next_try_ms;
	if (g->conf.rate_per_s > 0) {
		fill(g, now_ms);
		if (g->tokens_m < ONE) {
			int64_t rate = g->conf.rate_per_s;
			int64_t token =
			    now_ms + (ONE - g->tokens_m + rate - 1) / rate;

			if (token > at)
				at = token;
		}
	}
	return at;
}

int
gate_may_send(struct gate *g, int64_t now_ms)
{
	int64_t at = gate_deadline(g, now_ms);

	return at >= 0 && at <= now_ms;
}

void
gate_sent(struct gate *g, int64_t now_ms)
{
	if (g->conf.rate_per_s > 0) {
		fill(g, now_ms);
		g->tokens_m -= ONE;
	}
	g->in_flight++;
}

void
gate_answered(struct gate *g)
{
	g->in_flight--;
}

void
gate_succeeded(struct gate *g, int64_t latency_ms)
{
	g->failures = 0;
	g->tries = 0;
	g->is_open = 0;
	if (latency_ms > 0)
		window_answered(&g->window, g->in_flight + 1, latency_ms);
}

static void
try_later(struct gate *g, int64_t now_ms, uint32_t random)
{
	g->tries++;
	g->next_try_ms =
	    now_ms + backoff_ms(&g->conf.backoff, g->tries, random, 0);
}

void
gate_failed(struct gate *g, int64_t now_ms, int64_t sent_ms, uint32_t random)
{
	g->failures++;
	if (g->conf.breaker_failures <= 0 ||
	    g->failures < g->conf.breaker_failures)
		return;
	if (!g->is_open) {
		g->is_open = 1;
		try_later(g, now_ms, random);
	} else if (sent_ms >= g->next_try_ms) {
		try_later(g, now_ms, random);
	}
}
