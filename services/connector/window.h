/**
 * How many requests may be under way at once: fewer when the site slows or
 * says that it is overloaded, more as it recovers, never over a ceiling.
 *
 * Two rules, after Netflix's concurrency-limits:
 *   - an answer that says "too much", or none in time: half (AIMDLimit), once
 *     for all that was under way by then;
 *   - latency (Gradient2Limit): after each round, which is as many answers as
 *     the window is wide, window = window * gradient + sqrt(window), where
 *     gradient = 2 * usual latency / latency of the round, from 1/2 to 1.  The
 *     usual latency follows slowly, so that a site that is slower for good is
 *     not held back for good.  A round that did not fill half of the window
 *     says nothing about its width.
 */
#ifndef CONNECTOR_WINDOW_H
#define CONNECTOR_WINDOW_H

#include <stdint.h>

struct window {
	int ceiling;
	int64_t width_m;  /* requests at once, in thousandths: >= 1000 */
	int64_t usual_us; /* latency; 0: not known yet */
	int64_t last_us;  /* of the last round; 0: none yet */
	int64_t cut_ms;	  /* what was sent before it cuts no further */
	/* Of the round that goes on. */
	int n;
	int most; /* under way at once */
	int64_t sum_ms;
};

/** Start at CEILING, >= 1. */
void window_init(struct window *w, int ceiling);
/** Requests that may be under way at once, >= 1. */
int window_width(const struct window *w);
/** One of IN_FLIGHT requests was answered after LATENCY_MS, > 0. */
void window_answered(struct window *w, int in_flight, int64_t latency_ms);
/** Too much, said about a request sent at SENT_MS. */
void window_overloaded(struct window *w, int64_t now_ms, int64_t sent_ms);

#endif
