/* What answers mean: see outcome.h. */
#include <string.h>

#include "advance.h"
#include "outcome.h"
#include "ledger.h"

/* The give-up clock runs while records succeed; an outage counts as at most
 * this share of give_up_after. */
enum { GIVE_UP_GAPS = 30 };

static void
tick(struct core *c, int64_t now_ms)
{
	int64_t most = c->conf.give_up_after_ms / GIVE_UP_GAPS;
	int64_t gap = now_ms - c->last_good_ms;

	c->good_ms += gap < most ? gap : most;
	c->last_good_ms = now_ms;
}

static void
forget_look(struct lane *lane)
{
	lane->known.look = LANE_LOOK_NOT;
	lane->known.look_ms = 0;
}

static void
take_ok(struct core *c, int64_t now_ms, struct lane *lane,
    const struct core_answer *a)
{
	struct lane_known *k = &lane->known;

	tick(c, now_ms);
	switch (lane->op) {
	case CORE_FIND: /* not an answer to that; look again */
		advance_failed(c, now_ms, lane, 0);
		return;
	case CORE_CREATE:
	case CORE_UPDATE:
	case CORE_PUT:
		k->is_written = 1;
		k->written_op = lane->op;
		k->written_ms = lane->sent_ms;
		if (a->has_local_id)
			lane->row.has_local_id = 1;
		break;
	case CORE_REMOVE:
		k->n_removed++;
		k->removed_ms = lane->sent_ms;
		lane->row.has_local_id = 0;
		if (k->look == LANE_LOOK_FOUND && k->n_items > 1)
			k->is_twin_left = 1;
		forget_look(lane);
		break;
	case CORE_REMOVE_TWIN:
		forget_look(lane);
		break;
	}
	advance_lane(c, now_ms, lane);
}

static void
take_look(struct core *c, int64_t now_ms, struct lane *lane,
    const struct core_answer *a)
{
	struct lane_known *k = &lane->known;

	if (lane->op != CORE_FIND) {
		advance_failed(c, now_ms, lane, 0);
		return;
	}
	k->look = a->result == CORE_FOUND ? LANE_LOOK_FOUND : LANE_LOOK_NONE;
	k->look_ms = lane->sent_ms;
	k->n_items = a->n_items;
	k->is_equal = a->is_equal;
	k->is_twin_equal = a->is_twin_equal;
	k->is_as_created = a->is_as_created;
	if (a->n_items > 1 && !a->is_twin_equal)
		k->is_twin_left = 1;
	advance_lane(c, now_ms, lane);
}

/* Perhaps done.  What may land later, and until when, is kept for as long as
 * it matters; the row's hash proves nothing meanwhile. */
static void
take_unknown(struct core *c, int64_t now_ms, struct lane *lane,
    const struct core_answer *a)
{
	static const unsigned char nothing[CORE_HASH_SIZE];
	struct lane_known *k = &lane->known;
	int64_t until_ms = now_ms + c->conf.timeout_ms;

	switch (lane->op) {
	case CORE_FIND:
	case CORE_REMOVE_TWIN:
		break;
	case CORE_CREATE:
		k->n_unknown++;
		k->create_until_ms = until_ms;
		lane_late(lane, now_ms, until_ms, lane->head->hash);
		forget_look(lane);
		break;
	case CORE_PUT:
		k->n_unknown++;
		k->is_dirty = 1;
		lane_late(lane, now_ms, until_ms, lane->head->hash);
		break;
	case CORE_UPDATE:
		k->is_dirty = 1;
		lane_late(lane, now_ms, until_ms, lane->head->hash);
		break;
	case CORE_REMOVE:
		k->is_dirty = 1;
		lane_late(lane, now_ms, until_ms, nothing);
		break;
	}
	advance_failed(c, now_ms, lane, a->retry_after_ms);
}

static void
take_reject(struct core *c, int64_t now_ms, struct lane *lane)
{
	struct lane_item *i = lane->head;

	if (lane->op == CORE_REMOVE_TWIN) {
		lane->known.is_twin_left = 1;
		advance_lane(c, now_ms, lane);
	} else if (i->is_verify) {
		struct decide_step step = {.kind = DECIDE_FINAL,
		    .fate = CORE_VERIFIED,
		    .write = CORE_WRITE_NONE};

		ledger_final(c, now_ms, i, &step);
		advance_lane(c, now_ms, lane);
	} else {
		advance_dead(c, now_ms, lane, CORE_CAUSE_REJECTED);
	}
}

static void
take_gone(struct core *c, int64_t now_ms, struct lane *lane)
{
	int is_rows = lane->row.has_local_id;

	switch (lane->op) {
	case CORE_REMOVE:
	case CORE_REMOVE_TWIN:
		take_ok(c, now_ms, lane, &(struct core_answer){0});
		return;
	case CORE_UPDATE:
		break;
	case CORE_FIND:
	case CORE_CREATE:
	case CORE_PUT:
		take_reject(c, now_ms, lane);
		return;
	}
	forget_look(lane);
	if (!is_rows) { /* gone since it was found a moment ago */
		advance_failed(c, now_ms, lane, 0);
		return;
	}
	lane->row.has_local_id = 0;
	lane->row.state = CORE_ROW_GONE;
	lane->known.is_gone_in_doubt =
	    lane->known.is_doubtful || lane_is_hash_void(lane);
	advance_lane(c, now_ms, lane);
}

static void
take(struct core *c, int64_t now_ms, struct lane *lane,
    const struct core_answer *a)
{
	switch (a->result) {
	case CORE_OK:
		take_ok(c, now_ms, lane, a);
		break;
	case CORE_FOUND:
	case CORE_NONE:
		take_look(c, now_ms, lane, a);
		break;
	case CORE_RETRY:
		advance_failed(c, now_ms, lane, a->retry_after_ms);
		break;
	case CORE_UNKNOWN:
		take_unknown(c, now_ms, lane, a);
		break;
	case CORE_REJECT:
		take_reject(c, now_ms, lane);
		break;
	case CORE_STOP:
		lane->at = LANE_STOPPED;
		lane->becomes = a->becomes;
		lane->doubted_ms = a->is_doubted ? now_ms : 0;
		if (a->is_doubted && !c->is_probe_due) {
			c->is_doubt = 1;
			break;
		}
		if (!c->is_probing && !c->is_stopped)
			c->probe_ms = now_ms;
		c->is_probe_due = 1;
		break;
	case CORE_GONE:
		take_gone(c, now_ms, lane);
		break;
	}
}

/* Silence to the end is the slowest answer there is (nearly to the end: who
 * waited has a clock of its own). */
static int
is_too_much(const struct core *c, const struct core_answer *a)
{
	return a->is_overload ||
	       (a->result == CORE_UNKNOWN &&
		   a->latency_ms * 10 >= c->conf.timeout_ms * 9);
}

static void
tell_gate(struct core *c, int64_t now_ms, const struct lane *lane,
    const struct core_answer *a)
{
	gate_answered(&c->gate);
	switch (a->result) {
	case CORE_OK:
	case CORE_FOUND:
	case CORE_NONE:
	case CORE_REJECT:
	case CORE_GONE:
		gate_succeeded(&c->gate, a->latency_ms);
		break;
	case CORE_RETRY:
	case CORE_UNKNOWN:
		if (is_too_much(c, a))
			window_overloaded(
			    &c->gate.window, now_ms, lane->sent_ms);
		gate_failed(&c->gate, now_ms, lane->sent_ms, advance_random(c));
		break;
	case CORE_STOP:
		break;
	}
}

void
outcome_take(struct core *c, int64_t now_ms, struct lane *lane,
    const struct core_answer *a)
{
	tell_gate(c, now_ms, lane, a);
	if (lane->op != CORE_FIND && lane->op != CORE_REMOVE_TWIN)
		lane->head->is_sent = 1;
	lane->at = LANE_IDLE;
	take(c, now_ms, lane, a);
}

void
outcome_probed(struct core *c, int64_t now_ms, int is_ok, int was_stopped)
{
	struct lane *lane, *next;

	if (!is_ok)
		return;
	HASH_ITER (hh, c->lanes.by_key, lane, next) {
		struct core_answer a = {.result = lane->becomes};

		if (lane->at != LANE_STOPPED)
			continue;
		if (!was_stopped && lane->doubted_ms > c->probed_ms) {
			c->is_doubt = 1; /* it says nothing about later */
			continue;
		}
		lane->at = LANE_IDLE;
		if (was_stopped)
			advance_again(c, now_ms, lane);
		else if (a.result == CORE_STOP)
			advance_failed(c, now_ms, lane, 0);
		else
			take(c, now_ms, lane, &a);
	}
}
