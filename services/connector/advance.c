/* What a lane does next: see advance.h. */
#include "advance.h"
#include "decide.h"
#include "ledger.h"

enum {
	RETRY_AFTER_MAX_MS = 24 * 60 * 60 * 1000,
	DEAD_BURST_S = 8, /* of dead_bytes_per_s at once */
	/* What comes due in this time goes together: a letter at a time is a
	 * request at a time, and news wait for their turn between them. */
	DEAD_TOGETHER_MS = 250,
	DEAD_HEADERS_BYTES = 512
};

/* splitmix64, public domain (Vigna 2015). */
uint32_t
advance_random(struct core *c)
{
	uint64_t z = c->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/* The head's end settles what was unknown about its record, if it was looked
 * at or written. */
static int
is_settled_by(const struct lane *lane, const struct decide_step *step)
{
	const struct lane_known *k = &lane->known;

	if (lane->head->is_verify || step->fate == CORE_STALE)
		return 0;
	return k->is_written || k->n_removed > 0 || k->look != LANE_LOOK_NOT;
}

static void
finish_head(struct core *c, int64_t now_ms, struct lane *lane,
    const struct decide_step *step)
{
	if (is_settled_by(lane, step))
		lane_settled(lane);
	lanes_unqueue(&c->lanes, lane);
	ledger_final(c, now_ms, lane->head, step);
}

/* What is barred waits as what fails does; behind it nothing does, for a row
 * holds one version. */
static void
wait_barred(struct core *c, int64_t now_ms, struct lane_item *i)
{
	if (!i->is_counted || i->is_parked || i->is_failing)
		return;
	i->failing_ms = now_ms;
	lanes_failing(&c->lanes, i);
}

void
advance_lane(struct core *c, int64_t now_ms, struct lane *lane)
{
	while (lane->head != NULL &&
	       (lane->at == LANE_IDLE || lane->at == LANE_QUEUED)) {
		struct decide_step step = decide_next(&c->conf, lane, now_ms);

		switch (step.kind) {
		case DECIDE_CALL:
			lane->op = step.op;
			lanes_queue(&c->lanes, lane, now_ms,
			    lane->not_before_ms > now_ms ? lane->not_before_ms
							 : now_ms);
			return;
		case DECIDE_HOLD:
			lanes_unqueue(&c->lanes, lane);
			wait_barred(c, now_ms, lane->head);
			return;
		case DECIDE_WAIT:
			lanes_queue(&c->lanes, lane, now_ms, step.until_ms);
			return;
		case DECIDE_FINAL:
			finish_head(c, now_ms, lane, &step);
			break;
		case DECIDE_DEAD:
			lanes_unqueue(&c->lanes, lane);
			advance_dead(c, now_ms, lane, CORE_CAUSE_BAD);
			break;
		}
	}
}

/* A version that may have been sent is passed over: what was sent of it may
 * still stand or land there. */
static void
remember(struct lane *lane, const struct lane_item *old)
{
	if (old->is_doubtful || old->is_sent)
		lane->known.is_dirty = 1;
}

static void
supersede_one(struct core *c, int64_t now_ms, struct lane_item *old)
{
	struct lane *lane = old->lane;
	const struct lane_known *k = &lane->known;

	remember(lane, old);
	if (old == lane->head && (k->is_written || k->n_removed > 0)) {
		struct decide_step step = decide_as_it_stands(&c->conf, lane);

		ledger_final(c, now_ms, old, &step);
	} else {
		ledger_superseded(c, old);
	}
}

/* A look again that fails does not hold up a newer version: it stays due in
 * the state file. */
static void
put_off(struct core *c, int64_t now_ms, struct lane_item *verify)
{
	struct decide_step step = {.kind = DECIDE_FINAL,
	    .fate = CORE_VERIFIED,
	    .write = CORE_WRITE_NONE,
	    .verify_in_ms = -1};

	ledger_final(c, now_ms, verify, &step);
}

int
advance_supersede(struct core *c, int64_t now_ms, struct lane_item *by)
{
	struct lane *lane = by->lane;
	struct lane_item *head = lane->head;
	struct lane_item *i, *next;
	int is_free = lane->at == LANE_IDLE || lane->at == LANE_QUEUED;

	if (is_free && head->is_verify && head->attempts > 0 && head != by)
		put_off(c, now_ms, head);
	for (i = lane->head; i != by; i = next) {
		next = i->next;
		if ((i != lane->head || is_free) && lane_supersedes(by, i))
			supersede_one(c, now_ms, i);
	}
	return lane->head != head;
}

static int
is_given_up(const struct core *c, const struct lane_item *i)
{
	return c->conf.give_up_after_ms > 0 && !i->is_verify &&
	       i->spent_ms + (c->good_ms - i->good_ms) >=
		   c->conf.give_up_after_ms;
}

static void
note_failure(struct core *c, int64_t now_ms, struct lane_item *i)
{
	if (i->attempts++ > 0)
		return;
	i->failing_ms = now_ms;
	i->good_ms = c->good_ms;
	if (i->is_counted)
		c->n_waiting++;
	if (i->is_counted && !i->is_parked)
		lanes_failing(&c->lanes, i);
}

void
advance_again(struct core *c, int64_t now_ms, struct lane *lane)
{
	struct lane_item *newer = lane_successor(lane);

	if (newer != NULL)
		advance_supersede(c, now_ms, newer);
	advance_lane(c, now_ms, lane);
}

void
advance_failed(
    struct core *c, int64_t now_ms, struct lane *lane, int64_t retry_after_ms)
{
	struct lane_item *i = lane->head;
	struct lane_item *newer = lane_successor(lane);
	struct backoff_conf backoff = {
	    c->conf.backoff_first_ms, c->conf.backoff_max_ms};

	if (retry_after_ms > RETRY_AFTER_MAX_MS)
		retry_after_ms = RETRY_AFTER_MAX_MS;
	lane->not_before_ms = now_ms + retry_after_ms;
	if (newer != NULL) {
		advance_again(c, now_ms, lane);
		return;
	}
	note_failure(c, now_ms, i);
	/* A repeated write that fails leaves nothing proven. */
	if (lane->known.is_written)
		lane->known.is_dirty = 1;
	lane->known.is_written = lane->known.is_equal = 0;
	if (is_given_up(c, i)) {
		advance_dead(c, now_ms, lane, CORE_CAUSE_GAVE_UP);
		return;
	}
	lanes_queue(&c->lanes, lane, now_ms,
	    now_ms + backoff_ms(&backoff, i->attempts, advance_random(c),
			 retry_after_ms));
}

/*
 * When the letter of I may go: a bucket for each topic, which I's bytes are
 * taken from.  Dead letters use up the quota by which their reader says its own
 * news: who floods it with what cannot be read shall not silence it.
 */
static int64_t
dead_due(struct core *c, int64_t now_ms, const struct lane_item *i)
{
	struct core_share *s;
	int64_t full_us = now_ms * 1000 - DEAD_BURST_S * 1000000, due_us, ms;

	if (c->conf.dead_bytes_per_s <= 0 || i->topic >= c->n_positions)
		return now_ms;
	s = &c->shares[i->topic];
	due_us = s->dead_us > full_us ? s->dead_us : full_us;
	s->dead_us = due_us + (int64_t)(i->bytes + DEAD_HEADERS_BYTES) *
				  1000000 / c->conf.dead_bytes_per_s;
	ms = due_us / 1000 + DEAD_TOGETHER_MS;
	return due_us <= now_ms * 1000 ? now_ms : ms - ms % DEAD_TOGETHER_MS;
}

void
advance_dead(
    struct core *c, int64_t now_ms, struct lane *lane, enum core_cause cause)
{
	int64_t due_ms = dead_due(c, now_ms, lane->head);

	lanes_not_failing(&c->lanes, lane->head);
	lane->head->cause = cause;
	if (due_ms > now_ms)
		lanes_dead_wait(&c->lanes, lane, due_ms);
	else
		advance_dead_send(c, lane);
}

void
advance_dead_send(struct core *c, struct lane *lane)
{
	struct core_action *a = ledger_act(c, CORE_DEAD, lane->head);

	a->id = ++c->n_ids;
	lanes_dead(&c->lanes, lane, a->id);
	a->cause = lane->head->cause;
	c->n_dead++;
}

void
advance_dead_final(struct core *c, int64_t now_ms, struct lane *lane)
{
	struct decide_step step = {.kind = DECIDE_FINAL,
	    .fate = CORE_DEADLETTERED,
	    .write =
		lane->head->is_rowless ? CORE_WRITE_NONE : CORE_WRITE_REFUSED,
	    .verify_in_ms = decide_verify_in(&c->conf, lane)};

	ledger_final(c, now_ms, lane->head, &step);
	advance_lane(c, now_ms, lane);
}

void
advance_release(struct core *c, int64_t now_ms)
{
	struct lane *lane, *next;
	struct lane_item *i;

	HASH_ITER (hh, c->lanes.by_key, lane, next) {
		int was_held = 0;

		for (i = lane->head; i != NULL; i = i->next) {
			was_held |= i->is_barred;
			if (i->is_barred && i->attempts == 0)
				lanes_not_failing(&c->lanes, i);
			i->is_barred = 0;
		}
		for (i = lane->shadows; i != NULL; i = i->next)
			i->is_barred = 0; /* one of them may go on yet */
		if (was_held)
			advance_lane(c, now_ms, lane);
	}
}

int64_t
advance_park_deadline(const struct core *c)
{
	if (c->lanes.failing == NULL || c->is_stopped || c->is_held ||
	    c->n_parked >= c->conf.parked_max ||
	    c->parked_bytes >= c->conf.parked_bytes_max)
		return -1;
	return c->lanes.failing->failing_ms + c->conf.park_after_ms;
}

void
advance_park(struct core *c, int64_t now_ms)
{
	for (;;) {
		int64_t at_ms = advance_park_deadline(c);

		if (at_ms < 0 || at_ms > now_ms)
			return;
		ledger_park(c, c->lanes.failing);
	}
}
