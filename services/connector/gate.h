/**
 * May a request go out now?  Three limits in one place: how many at once
 * (window.h), how many a second, and a circuit
 * breaker that lets one through at a time after many failures in a row.
 */
#ifndef CONNECTOR_GATE_H
#define CONNECTOR_GATE_H

#include <stdint.h>

#include "connector/window.h"
#include "rest/backoff.h"

struct gate_conf {
	int in_flight;
	int rate_per_s;		     /* 0: no limit */
	int breaker_failures;	     /* 0: no breaker */
	struct backoff_conf backoff; /* between the breaker's tries */
};

struct gate {
	struct gate_conf conf;
	int in_flight;
	struct window window;
	int64_t tokens_m;  /* thousandths of a request */
	int64_t tokens_ms; /* when they were counted */
	int failures;	   /* in a row */
	unsigned tries;	   /* of the open breaker */
	int is_open;	   /* the breaker: requests are held back */
	int64_t next_try_ms;
};

/** Start with nothing in flight; CONF is copied. */
void gate_init(struct gate *g, const struct gate_conf *conf, int64_t now_ms);
/** 1 if a request may go now. */
int gate_may_send(struct gate *g, int64_t now_ms);
/** Earliest time at which it may by time alone; -1: only after an answer. */
int64_t gate_deadline(struct gate *g, int64_t now_ms);
/** A request went out. */
void gate_sent(struct gate *g, int64_t now_ms);
/** An answer came, of whatever kind, or none in time; follow with one of the
 * others or none. */
void gate_answered(struct gate *g);
/** It says that the site works, after LATENCY_MS (0: not measured): the
 * breaker closes. */
void gate_succeeded(struct gate *g, int64_t latency_ms);
/** It says that the site does not, for a request sent at SENT_MS; RANDOM for
 * the jitter. */
void gate_failed(
    struct gate *g, int64_t now_ms, int64_t sent_ms, uint32_t random);

#endif
