/* How records end: see ledger.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "ledger.h"

struct core_action *
ledger_act(struct core *c, enum core_act act, struct lane_item *i)
{
	struct core_acts *q = &c->acts;
	struct core_act_item *at;

	if (q->n == q->room) {
		size_t room = q->room == 0 ? 64 : 2 * q->room;
		struct core_act_item *ring = mem_new(room, sizeof(*ring));

		for (size_t k = 0; k < q->n; k++)
			ring[k] = q->ring[(q->first + k) & (q->room - 1)];
		free(q->ring);
		q->ring = ring;
		q->first = 0;
		q->room = room;
	}
	at = &q->ring[(q->first + q->n) & (q->room - 1)];
	q->n++;
	memset(at, 0, sizeof(*at));
	at->item = i;
	at->action.act = act;
	at->action.offset = -1;
	if (i != NULL) {
		at->action.key = i->lane->key;
		at->action.topic = i->topic;
		at->action.offset = i->is_verify ? -1 : i->offset;
		at->action.payload = i->payload;
		at->action.attempts = i->attempts;
		at->action.is_hash_void = i->lane->known.is_dirty;
	}
	return &at->action;
}

static void
ledger_not_failing(struct core *c, struct lane_item *i)
{
	if (i->attempts > 0 && i->is_counted)
		c->n_waiting--;
	i->attempts = 0;
	lanes_not_failing(&c->lanes, i);
}

static void
done(struct core *c, struct lane_item *i, enum core_fate fate,
    enum core_write write, int64_t verify_in_ms)
{
	struct core_action *a = ledger_act(c, CORE_DONE, i);

	a->fate = fate;
	a->write = write;
	a->verify_in_ms = verify_in_ms;
	a->is_twin_left = i->lane->head == i && i->lane->known.is_twin_left;
	if (write == CORE_WRITE_DELIVERED && fate == CORE_APPLIED)
		a->is_hash_void = 0;
	if (write == CORE_WRITE_REFUSED)
		a->is_hash_void |= i->lane->known.is_doubtful;
	if (fate == CORE_VERIFIED && i->lane->known.look == LANE_LOOK_NONE)
		a->is_hash_void = 1;
	ledger_not_failing(c, i);
}

/* The row as it stands once this DONE is written. */
static void
change_row(struct core *c, int64_t now_ms, struct lane_item *i,
    const struct decide_step *step)
{
	struct lane_row *row = &i->lane->row;

	if (step->verify_in_ms >= 0)
		row->verify_ms =
		    step->verify_in_ms == 0 ? -1 : now_ms + step->verify_in_ms;
	if (i->is_verify && i->lane->known.look == LANE_LOOK_NONE)
		memset(row->hash, 0, CORE_HASH_SIZE);
	switch (step->write) {
	case CORE_WRITE_NONE:
		return;
	case CORE_WRITE_DELETE:
		*row = (struct lane_row){.offset = -1, .verify_ms = -1};
		return;
	case CORE_WRITE_DELIVERED:
		row->state = CORE_ROW_DELIVERED;
		memcpy(row->hash, i->hash, CORE_HASH_SIZE);
		if (c->conf.tier == CORE_TIER_FIND)
			row->has_local_id = 1;
		break;
	case CORE_WRITE_REFUSED:
		row->state = CORE_ROW_REFUSED;
		row->has_local_id |= i->lane->head == i &&
				     i->lane->known.look == LANE_LOOK_FOUND;
		break;
	case CORE_WRITE_GONE:
		row->state = CORE_ROW_GONE;
		row->has_local_id = 0;
		break;
	case CORE_WRITE_HIDDEN:
		row->state = CORE_ROW_HIDDEN;
		row->has_local_id = 0;
		memset(row->hash, 0, CORE_HASH_SIZE);
		break;
	}
	row->is_told = 0;
	if (!i->is_verify) {
		row->topic = i->topic;
		row->offset = i->offset;
	}
}

void
ledger_unhold(struct core *c, struct lane_item *i)
{
	if (!i->is_held)
		return;
	i->is_held = 0;
	c->n_held--;
	c->held_bytes -= (int64_t)i->bytes;
}

static void
end_shadows(struct core *c, struct lane *lane)
{
	struct lane_item *i;

	while ((i = lane->shadows) != NULL) {
		lane->shadows = i->next;
		ledger_unhold(c, i);
		done(c, i, CORE_SUPERSEDED, CORE_WRITE_NONE, -1);
	}
}

void
ledger_final(struct core *c, int64_t now_ms, struct lane_item *i,
    const struct decide_step *step)
{
	struct lane *lane = i->lane;

	if (!i->is_verify && step->fate != CORE_STALE)
		end_shadows(c, lane);
	done(c, i, step->fate, step->write, step->verify_in_ms);
	change_row(c, now_ms, i, step);
	lane_take(lane, i);
}

void
ledger_drop(struct core *c, struct lane_item *i, enum core_fate fate)
{
	done(c, i, fate, CORE_WRITE_NONE, -1);
	lane_take(i->lane, i);
}

void
ledger_superseded(struct core *c, struct lane_item *i)
{
	struct lane *lane = i->lane;
	struct lane_item **last = &lane->shadows;

	if (!i->is_parked && !i->is_sent && !i->is_doubtful) {
		ledger_drop(c, i, CORE_SUPERSEDED);
		return;
	}
	ledger_not_failing(c, i);
	lane_take(lane, i);
	while (*last != NULL)
		last = &(*last)->next;
	*last = i;
}

void
ledger_hold(struct core *c, struct lane_item *i)
{
	c->n_outstanding++;
	c->n_bytes += i->bytes;
	i->is_shared = !i->is_verify && i->topic < c->n_positions;
	if (!i->is_shared)
		return;
	c->shares[i->topic].n++;
	c->shares[i->topic].bytes += i->bytes;
}

static void
release(struct core *c, struct lane_item *i)
{
	c->n_outstanding--;
	c->n_bytes -= i->bytes;
	if (!i->is_shared)
		return;
	i->is_shared = 0;
	c->shares[i->topic].n--;
	c->shares[i->topic].bytes -= i->bytes;
}

void
ledger_park(struct core *c, struct lane_item *i)
{
	struct lane *lane = i->lane;
	struct core_action *a;

	end_shadows(c, lane);
	a = ledger_act(c, CORE_PARK, i);
	a->good_ms = i->good_ms - i->spent_ms;
	/* In doubt nobody knows any more what it replaces. */
	a->is_hash_void |= lane->known.is_doubtful;
	lanes_not_failing(&c->lanes, i);
	i->is_parked = 1;
	release(c, i);
	c->n_parked++;
	c->parked_bytes += (int64_t)i->bytes;
	lane->row.state = CORE_ROW_PARKED;
	lane->row.is_told = 0;
	lane->row.topic = i->topic;
	lane->row.offset = i->offset;
}

static void
count_final(struct core *c, struct lane_item *i, enum core_fate fate)
{
	if (i->is_parked) {
		c->n_parked--;
		c->parked_bytes -= (int64_t)i->bytes;
	} else {
		release(c, i);
	}
	if (!i->is_counted)
		return;
	c->counts.fates[fate]++;
	c->n_counted--;
}

void
ledger_handed(struct core *c, const struct core_act_item *act)
{
	struct lane_item *i = act->item;

	switch (act->action.act) {
	case CORE_DONE:
		if (i->is_counted && !i->is_parked)
			position_close(&c->positions[i->topic], i->offset);
		count_final(c, i, act->action.fate);
		c->handed = i;
		break;
	case CORE_PARK:
		position_close(&c->positions[i->topic], i->offset);
		break;
	case CORE_CALL:
	case CORE_DEAD:
	case CORE_PROBE:
	case CORE_PAUSE:
	case CORE_RESUME:
	case CORE_STATE:
		break;
	}
}

void
ledger_forget(struct core *c, int64_t now_ms)
{
	struct lane *lane;

	if (c->handed == NULL)
		return;
	lane = c->handed->lane;
	free(c->handed);
	c->handed = NULL;
	lane->n_items--;
	lanes_release(&c->lanes, lane, now_ms);
	lanes_release_late(&c->lanes, now_ms);
}
