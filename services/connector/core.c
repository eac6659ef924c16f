/* The deciding core: its interface and the order of its actions; see core.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "advance.h"
#include "outcome.h"
#include "core_parts.h"
#include "decide.h"
#include "intake.h"
#include "ledger.h"

enum {
	DEAD_RETRY_MS = 5000,
	DOUBT_EVERY_MS = 1000, /* probes for doubted answers */
	SLOT_BITS = 16,
	/* A topic may hold this many times what it leaves free: three quarters
	 * alone, and the others always find room. */
	TOPIC_OF_FREE = 3
};

static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;

const char *
core_op_word(enum core_op op)
{
	static const char *const words[] = {
	    "find", "create", "update", "put", "remove", "remove_twin"};

	return words[op];
}

const char *
core_fate_word(enum core_fate fate)
{
	static const char *const words[] = {"applied", "superseded",
	    "unchanged", "stale", "filtered", "dead", "", "seen", "verified"};

	return words[fate];
}

void
core_conf_init(struct core_conf *conf)
{
	*conf = (struct core_conf){.tier = CORE_TIER_FIND,
	    .in_flight = 16,
	    .rate_per_s = 20,
	    .timeout_ms = 30000,
	    .give_up_after_ms = 30 * DAY_MS,
	    .park_after_ms = 60000,
	    .parked_max = 10000,
	    .parked_bytes_max = 64 * 1024 * 1024,
	    .outstanding_max = 2000,
	    .bytes_max = 64 * 1024 * 1024,
	    .backoff_first_ms = 1000,
	    .backoff_max_ms = 300000,
	    .breaker_failures = 20,
	    .seed = 1};
}

struct core *
core_new(const struct core_conf *conf, int64_t now_ms)
{
	struct core *c = mem_new(1, sizeof(*c));
	struct gate_conf gate = {.in_flight = conf->in_flight,
	    .rate_per_s = conf->rate_per_s,
	    .breaker_failures = conf->breaker_failures,
	    .backoff = {conf->backoff_first_ms, conf->backoff_max_ms}};

	assert(conf->in_flight >= 1 && conf->in_flight < 1 << SLOT_BITS);
	c->conf = *conf;
	c->start_ms = c->last_good_ms = now_ms;
	c->probed_ms = -DOUBT_EVERY_MS;
	c->good_ms = conf->good_ms;
	c->random = conf->seed;
	c->calls = mem_new((size_t)conf->in_flight, sizeof(struct lane *));
	gate_init(&c->gate, &gate, now_ms);
	return c;
}

/* Payloads in line are the lanes' to drop; here those on their way out. */
static void
drop_acts(struct core *c, void (*drop)(void *payload))
{
	struct core_acts *q = &c->acts;

	for (; q->n > 0; q->n--, q->first = (q->first + 1) & (q->room - 1)) {
		struct core_act_item *at = &q->ring[q->first];

		if (at->action.act != CORE_DONE)
			continue;
		if (drop != NULL && at->item->payload != NULL)
			drop(at->item->payload);
		free(at->item);
	}
	free(q->ring);
}

void
core_free(struct core *c, void (*drop)(void *payload))
{
	if (c == NULL)
		return;
	ledger_forget(c, c->start_ms);
	drop_acts(c, drop);
	lanes_fini(&c->lanes, drop);
	for (unsigned t = 0; t < c->n_positions; t++)
		position_fini(&c->positions[t]);
	free(c->positions);
	free(c->shares);
	free(c->calls);
	free(c);
}

/* --- topics and positions ------------------------------------------------- */

void
core_topic(struct core *c, unsigned topic, int64_t read_end,
    const int64_t *open, size_t n_open)
{
	for (; c->n_positions <= topic; c->n_positions++) {
		c->positions =
		    mem_grow(c->positions, topic + 1, sizeof(*c->positions));
		c->shares = mem_grow(c->shares, topic + 1, sizeof(*c->shares));
		position_init(&c->positions[c->n_positions], 0, NULL, 0);
		c->shares[c->n_positions] = (struct core_share){0};
	}
	position_fini(&c->positions[topic]);
	position_init(&c->positions[topic], read_end, open, n_open);
	c->counts.carried += (int64_t)n_open;
}

int64_t
core_topic_start(const struct core *c, unsigned topic)
{
	return position_start(&c->positions[topic]);
}

void
core_read_to(struct core *c, unsigned topic, int64_t next)
{
	intake_read_to(c, topic, next);
}

void
core_position(struct core *c, unsigned topic, int64_t *out_read_end,
    const int64_t **out_open, size_t *out_n)
{
	*out_n = position_list(&c->positions[topic], out_open);
	*out_read_end = c->positions[topic].read_end;
}

int
core_position_changed(const struct core *c, unsigned topic)
{
	return c->positions[topic].is_changed;
}

/* --- records -------------------------------------------------------------- */

void
core_offer(struct core *c, int64_t now_ms, const struct core_record *r)
{
	intake_offer(c, now_ms, r);
}

void
core_verify(struct core *c, int64_t now_ms, const char *key,
    const struct core_row *row, void *payload)
{
	intake_verify(c, now_ms, key, row, payload);
}

void
core_release(struct core *c, int64_t now_ms)
{
	advance_release(c, now_ms);
}

/* --- actions -------------------------------------------------------------- */

static int
wants_pause(const struct core *c)
{
	/* At the limits; once paused, down to half of them. */
	size_t part = c->is_paused ? 2 : 1;

	return c->is_held || c->is_stopped ||
	       c->n_outstanding * part >= (size_t)c->conf.outstanding_max ||
	       c->n_bytes * part >= (size_t)c->conf.bytes_max ||
	       /* Those held end by what is still to be read. */
	       (c->n_parked - c->n_held) * (int64_t)part >=
		   c->conf.parked_max ||
	       (c->parked_bytes - c->held_bytes) * (int64_t)part >=
		   c->conf.parked_bytes_max;
}

static void
tell_pause(struct core *c)
{
	int is_paused = wants_pause(c);

	if (is_paused != c->is_paused)
		ledger_act(c, is_paused ? CORE_PAUSE : CORE_RESUME, NULL);
	c->is_paused = is_paused;
}

static void
tell_state(struct core *c)
{
	enum core_state now = core_state(c);

	if (now != c->told)
		ledger_act(c, CORE_STATE, NULL);
	c->told = now;
	tell_pause(c);
}

static int
next_act(struct core *c, struct core_action *out)
{
	struct core_acts *q = &c->acts;
	struct core_act_item at;

	if (q->n == 0)
		return 0;
	at = q->ring[q->first];
	q->first = (q->first + 1) & (q->room - 1);
	q->n--;
	ledger_handed(c, &at);
	*out = at.action;
	return 1;
}

/* When the next probe is due; -1: none is. */
static int64_t
probe_due(const struct core *c)
{
	if (c->is_probing)
		return -1;
	if (c->is_probe_due)
		return c->probe_ms;
	return c->is_doubt ? c->probed_ms + DOUBT_EVERY_MS : -1;
}

static int
next_probe(struct core *c, int64_t now_ms, struct core_action *out)
{
	int64_t due_ms = probe_due(c);

	if (due_ms < 0 || now_ms < due_ms)
		return 0;
	c->is_probing = 1;
	c->probed_ms = now_ms;
	memset(out, 0, sizeof(*out));
	out->act = CORE_PROBE;
	out->offset = -1;
	return 1;
}

static int
may_call(const struct core *c)
{
	return !c->is_held && !c->is_stopped && !c->is_probe_due;
}

static void
send(struct core *c, int64_t now_ms, struct lane *lane, struct core_action *out)
{
	uint64_t slot = 0;

	while (c->calls[slot] != NULL)
		slot++;
	lanes_served(&c->lanes, lane);
	gate_sent(&c->gate, now_ms);
	c->calls[slot] = lane;
	lane->at = LANE_CALLING;
	lane->id = ++c->n_ids << SLOT_BITS | slot;
	lane->sent_ms = now_ms;
	*out = (struct core_action){.act = CORE_CALL,
	    .id = lane->id,
	    .op = lane->op,
	    .key = lane->key,
	    .topic = lane->head->topic,
	    .offset = lane->head->is_verify ? -1 : lane->head->offset,
	    .payload = lane->head->payload,
	    .attempts = lane->head->attempts};
}

/* Lanes whose turn has come: 1 and a CALL, or 0.  Looking again may end a
 * record without one. */
static int
next_call(struct core *c, int64_t now_ms, struct core_action *out)
{
	struct lane *lane;

	while (may_call(c) && gate_may_send(&c->gate, now_ms) &&
	       (lane = lanes_first(&c->lanes, now_ms)) != NULL) {
		struct decide_step step = decide_next(&c->conf, lane, now_ms);

		if (step.kind == DECIDE_CALL) {
			lane->op = step.op;
			send(c, now_ms, lane, out);
			return 1;
		}
		advance_lane(c, now_ms, lane);
		if (next_act(c, out))
			return 1;
	}
	return 0;
}

static void
retry_dead(struct core *c, int64_t now_ms)
{
	struct lane *lane;

	while (
	    (lane = c->lanes.dead_waiting) != NULL && lane->due_ms <= now_ms) {
		lanes_dead_go(&c->lanes, lane);
		advance_dead_send(c, lane);
	}
}

int
core_next(struct core *c, int64_t now_ms, struct core_action *out)
{
	ledger_forget(c, now_ms);
	advance_park(c, now_ms);
	retry_dead(c, now_ms);
	/* Not once all is handed over: dead letters beget more to hand over,
	 * and who never pauses never comes to that. */
	tell_pause(c);
	if (next_act(c, out) || next_probe(c, now_ms, out) ||
	    next_call(c, now_ms, out))
		return 1;
	tell_state(c);
	return next_act(c, out);
}

static void
earlier(int64_t *at, int64_t other)
{
	if (other >= 0 && (*at < 0 || other < *at))
		*at = other;
}

int64_t
core_deadline(struct core *c, int64_t now_ms)
{
	int64_t at = -1, lane_ms = lanes_due(&c->lanes);

	if (c->acts.n > 0 || core_state(c) != c->told ||
	    wants_pause(c) != c->is_paused)
		return now_ms;
	earlier(&at, probe_due(c));
	if (may_call(c) && lane_ms >= 0) {
		int64_t gate = gate_deadline(&c->gate, now_ms);

		if (gate >= 0)
			earlier(&at, gate > lane_ms ? gate : lane_ms);
	}
	if (c->lanes.dead_waiting != NULL)
		earlier(&at, c->lanes.dead_waiting->due_ms);
	earlier(&at, advance_park_deadline(c));
	return at >= 0 && at < now_ms ? now_ms : at;
}

/* --- answers -------------------------------------------------------------- */

void
core_answer(
    struct core *c, int64_t now_ms, uint64_t id, const struct core_answer *a)
{
	uint64_t slot = id & ((1u << SLOT_BITS) - 1);
	struct lane *lane;

	if (slot >= (uint64_t)c->conf.in_flight)
		return;
	lane = c->calls[slot];
	if (lane == NULL || lane->id != id)
		return;
	c->calls[slot] = NULL;
	outcome_take(c, now_ms, lane, a);
}

void
core_dead_done(struct core *c, int64_t now_ms, uint64_t id, int ok)
{
	struct lane *lane = lanes_dead_done(&c->lanes, id);

	if (lane == NULL)
		return;
	c->n_dead--;
	if (ok)
		advance_dead_final(c, now_ms, lane);
	else
		lanes_dead_wait(&c->lanes, lane, now_ms + DEAD_RETRY_MS);
}

void
core_probe_done(struct core *c, int64_t now_ms, int ok, int64_t retry_after_ms)
{
	struct backoff_conf backoff = {
	    c->conf.backoff_first_ms, c->conf.backoff_max_ms};
	int was_stopped = c->is_stopped;

	if (!c->is_probing)
		return;
	c->is_probing = c->is_doubt = 0;
	c->is_stopped = !ok;
	if (ok) {
		c->is_probe_due = 0;
		c->probes = 0;
	} else {
		c->is_probe_due = 1;
		c->probe_ms = now_ms + backoff_ms(&backoff, ++c->probes,
					   advance_random(c), retry_after_ms);
	}
	outcome_probed(c, now_ms, ok, was_stopped);
}

void
core_hold(struct core *c, int64_t now_ms, int is_held)
{
	(void)now_ms;
	c->is_held = is_held;
}

/* --- what it stands at ---------------------------------------------------- */

void
core_counts(const struct core *c, struct core_counts *out)
{
	*out = c->counts;
	out->pending = c->n_counted;
	for (unsigned t = 0; t < c->n_positions; t++)
		out->pending += (int64_t)c->positions[t].n_expected;
	out->parked = c->n_parked;
	out->waiting = c->n_waiting;
}

enum core_state
core_state(const struct core *c)
{
	if (c->is_held)
		return CORE_HELD;
	if (c->is_stopped)
		return CORE_STOPPED;
	if (c->is_probe_due)
		return CORE_PROBING;
	return c->gate.is_open ? CORE_BROKEN : CORE_RUNNING;
}

int
core_is_paused(const struct core *c)
{
	return wants_pause(c);
}

int
core_takes(const struct core *c, unsigned topic)
{
	const struct core_share *s = &c->shares[topic];
	size_t max = (size_t)c->conf.outstanding_max;
	size_t max_bytes = (size_t)c->conf.bytes_max;

	if (wants_pause(c))
		return 0;
	return s->n < TOPIC_OF_FREE * (max - c->n_outstanding) &&
	       s->bytes < TOPIC_OF_FREE * (max_bytes - c->n_bytes);
}

int
core_leaves_late(const struct core *c, int64_t now_ms)
{
	return (c->leaves_late || c->conf.leaves_late) &&
	       now_ms < c->start_ms + c->conf.timeout_ms;
}

int64_t
core_good_ms(const struct core *c)
{
	return c->good_ms;
}

int
core_in_flight(const struct core *c)
{
	return c->gate.in_flight + c->n_dead;
}

static int
lane_is_settled(const struct lane *lane, int64_t now_ms)
{
	const struct lane_known *k = &lane->known;
	const struct lane_item *i;

	if (lane->at == LANE_CALLING || lane->at == LANE_STOPPED ||
	    lane->at == LANE_DEAD || lane->shadows != NULL || k->is_doubtful ||
	    k->is_gone_in_doubt || k->is_dirty || k->n_unknown > 0 ||
	    now_ms < k->create_until_ms || now_ms < k->late_until_ms)
		return 0;
	for (i = lane->head; i != NULL; i = i->next)
		if (i->is_sent || i->is_doubtful)
			return 0;
	return 1;
}

int
core_is_settled(const struct core *c, int64_t now_ms)
{
	const struct lane *lane, *next;

	if (core_in_flight(c) > 0 || core_leaves_late(c, now_ms))
		return 0;
	HASH_ITER (hh, c->lanes.by_key, lane, next)
		if (!lane_is_settled(lane, now_ms))
			return 0;
	return 1;
}

void
core_pace(const struct core *c, struct core_pace *out)
{
	*out = (struct core_pace){.in_flight = c->gate.in_flight,
	    .window = c->gate.is_open ? 1 : window_width(&c->gate.window),
	    .latency_ms = c->gate.window.last_us / 1000};
}
