/* Records into the core: see intake.h. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"

#include "advance.h"
#include "intake.h"
#include "ledger.h"

void
intake_read_to(struct core *c, unsigned topic, int64_t next)
{
	size_t gone = position_read_to(&c->positions[topic], next);

	c->counts.fates[CORE_SUPERSEDED] += (int64_t)gone;
}

/* The record's lane; a new one knows of the row what the shell does. */
static struct lane *
lane_of(struct core *c, int64_t now_ms, const char *key, unsigned topic,
    const struct core_row *row)
{
	struct lane *lane = lanes_find(&c->lanes, key);

	if (lane != NULL)
		return lane;
	lane = lanes_add(&c->lanes, key);
	lane->row = (struct lane_row){.state = row->state,
	    .has_local_id = row->has_local_id,
	    .is_told = row->is_told,
	    .topic = topic,
	    .offset = row->offset,
	    .verify_ms =
		row->verify_in_ms < 0 ? -1 : now_ms + row->verify_in_ms};
	memcpy(lane->row.hash, row->hash, CORE_HASH_SIZE);
	return lane;
}

/* Tell the position: 1 if R's fate counts, 0 if not, -1 if nothing is to be
 * done. */
static int
count_offer(struct core *c, const struct core_record *r)
{
	switch (r->origin) {
	case CORE_AGAIN:
		return 0;
	case CORE_PARKED_ROW:
		c->counts.carried++;
		c->n_parked++;
		return 1;
	case CORE_FRESH:
	case CORE_RESYNC:
		break;
	}
	assert(r->topic < c->n_positions);
	intake_read_to(c, r->topic, r->offset);
	switch (position_see(&c->positions[r->topic], r->offset)) {
	case POSITION_NEW:
		c->counts.consumed++;
		return 1;
	case POSITION_AGAIN:
		return 1;
	case POSITION_KNOWN:
		break;
	}
	return r->origin == CORE_RESYNC ? 0 : -1;
}

static struct lane_item *
item_of(struct core *c, const struct core_record *r, int counted)
{
	struct lane_item *i = mem_new(1, sizeof(*i));

	i->payload = r->payload;
	i->bytes = r->bytes;
	i->offset = r->offset;
	i->topic = r->topic;
	i->want = r->want;
	if (r->want == CORE_KEEP)
		memcpy(i->hash, r->hash, CORE_HASH_SIZE);
	i->is_counted = counted > 0;
	i->is_parked = r->origin == CORE_PARKED_ROW;
	i->is_again = r->origin != CORE_FRESH;
	i->is_state = r->is_state;
	/* With PUT by our id only what may be created is ever tried, hence
	 * parked, whatever became of its place in the log. */
	i->may_create =
	    r->may_create || (i->is_parked && c->conf.tier == CORE_TIER_PUT);
	/* A parked one may have been sent, by an earlier process too. */
	i->is_doubtful = r->is_doubtful || i->is_parked;
	i->is_rowless = r->is_rowless;
	i->is_outdated = r->is_outdated && r->is_state && r->want != CORE_BAD;
	i->is_barred = r->is_barred;
	i->good_ms = c->good_ms;
	if (i->is_parked) {
		i->spent_ms = c->good_ms - r->good_ms;
		c->parked_bytes += (int64_t)i->bytes;
	} else {
		ledger_hold(c, i);
	}
	if (i->is_counted)
		c->n_counted++;
	return i;
}

/* What is known of its record settles all that was sent of it. */
static int
is_settled(const struct core *c, const struct lane_item *i)
{
	if (i->is_rowless || lane_is_stale(i->lane, i))
		return 1;
	return lane_is_told(i->lane, i) && c->conf.tier != CORE_TIER_FIND;
}

/* What an earlier process sent may land until timeout_ms after our start. */
static void
take_doubt(struct core *c, int64_t now_ms, struct lane_item *i)
{
	struct lane *lane = i->lane;
	int64_t until_ms = c->start_ms + c->conf.timeout_ms;

	if (i->is_doubtful && is_settled(c, i))
		i->is_doubtful = 0;
	if (!i->is_doubtful)
		return;
	lane->known.is_doubtful = 1;
	if (until_ms <= now_ms)
		return;
	if (lane->known.create_until_ms < until_ms)
		lane->known.create_until_ms = until_ms;
	lane_late(lane, now_ms, until_ms, i->hash);
	if (c->conf.leaves_late)
		lane->known.is_late_mixed = 1;
}

/* Pass over I, for which a newer version will come.  The position does not
 * bring it again: what may still land of it is the core's to remember.  A
 * parked one keeps its row until the newer one has written its own. */
static void
pass_over(struct core *c, int64_t now_ms, struct lane_item *i)
{
	if (i->is_doubtful) {
		i->lane->known.is_dirty = 1;
		if (now_ms < c->start_ms + c->conf.timeout_ms)
			c->leaves_late = 1;
	}
	if (i->is_parked) {
		i->is_held = 1;
		c->n_held++;
		c->held_bytes += (int64_t)i->bytes;
		ledger_superseded(c, i);
	} else {
		ledger_drop(c, i, i->is_counted ? CORE_SUPERSEDED : CORE_STALE);
	}
}

/* The newer version is here. */
static void
release_held(struct core *c, struct lane *lane)
{
	for (struct lane_item *i = lane->shadows; i != NULL; i = i->next)
		ledger_unhold(c, i);
}

/* A replayed or parked version that what is in line makes pointless.  Places of
 * another cluster (-1) have no order: there the last word holds. */
static int
is_pointless(const struct lane_item *i)
{
	const struct lane_item *other;

	if (i->offset < 0)
		return 0;
	for (other = i->lane->head; other != i; other = other->next)
		if (other->topic == i->topic && !other->is_verify &&
		    other->offset >= i->offset)
			return 1;
	return 0;
}

/* Count and doubt I, just put in line; 1 if it stays there. */
static int
stays(struct core *c, int64_t now_ms, const struct core_record *r,
    struct lane_item *i, int counted)
{
	if (counted < 0) {
		ledger_drop(c, i, CORE_SEEN);
		return 0;
	}
	/* A parked one has a row that must say so, or every start counts it. */
	if (r->want == CORE_SKIP && !i->is_parked) {
		ledger_drop(c, i, CORE_FILTERED);
		return 0;
	}
	if (i->is_again && is_pointless(i)) {
		/* A parked one's row stands until the newer one writes its own:
		 * they end together. */
		if (i->is_parked)
			ledger_superseded(c, i);
		else
			ledger_drop(
			    c, i, i->is_counted ? CORE_SUPERSEDED : CORE_STALE);
		return 0;
	}
	take_doubt(c, now_ms, i);
	if (!i->is_outdated)
		return 1;
	pass_over(c, now_ms, i);
	return 0;
}

void
intake_offer(struct core *c, int64_t now_ms, const struct core_record *r)
{
	int counted = count_offer(c, r);
	struct lane *lane = lane_of(c, now_ms, r->key, r->topic, &r->row);
	struct lane_item *i = item_of(c, r, counted);
	int is_due = lane->head == NULL;

	if (!r->is_outdated)
		release_held(c, lane);
	lane_push(lane, i);
	if (stays(c, now_ms, r, i, counted))
		is_due |= advance_supersede(c, now_ms, i);
	if (lane->head == NULL && !r->is_outdated && lane->shadows != NULL)
		lane_unshadow(lane); /* it replaces nothing after all */
	if (is_due)
		advance_lane(c, now_ms, lane);
}

void
intake_verify(struct core *c, int64_t now_ms, const char *key,
    const struct core_row *row, void *payload)
{
	struct lane *lane = lane_of(c, now_ms, key, 0, row);
	struct lane_item *i = mem_new(1, sizeof(*i));

	i->payload = payload;
	i->is_verify = 1;
	i->good_ms = c->good_ms;
	ledger_hold(c, i);
	lane_push(lane, i);
	if (lane->head == i)
		advance_lane(c, now_ms, lane);
}
