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
	i->may_create = r->may_create;
	/* A parked one may have been sent, by an earlier process too. */
	i->is_doubtful = r->is_doubtful || i->is_parked;
	i->is_rowless = r->is_rowless;
	i->spent_ms = r->spent_ms;
	i->good_ms = c->good_ms;
	if (!i->is_parked) {
		c->n_outstanding++;
		c->n_bytes += i->bytes;
	}
	if (i->is_counted)
		c->n_counted++;
	return i;
}

/* What an earlier process sent may land until timeout_ms after our start. */
static void
take_doubt(struct core *c, int64_t now_ms, const struct lane_item *i)
{
	struct lane *lane = i->lane;
	int64_t until_ms = c->start_ms + c->conf.timeout_ms;

	if (!i->is_doubtful)
		return;
	lane->known.is_doubtful = 1;
	if (until_ms <= now_ms)
		return;
	if (lane->known.create_until_ms < until_ms)
		lane->known.create_until_ms = until_ms;
	lane_late(lane, now_ms, until_ms, i->hash);
}

/* A replayed or parked version that what is in line makes pointless. */
static int
is_outdated(const struct lane_item *i)
{
	const struct lane_item *other;

	for (other = i->lane->head; other != i; other = other->next)
		if (other->topic == i->topic && !other->is_verify &&
		    other->offset >= i->offset)
			return 1;
	return 0;
}

void
intake_offer(struct core *c, int64_t now_ms, const struct core_record *r)
{
	int counted = count_offer(c, r);
	struct lane *lane = lane_of(c, now_ms, r->key, r->topic, &r->row);
	struct lane_item *i = item_of(c, r, counted);

	lane_push(lane, i);
	if (counted < 0) {
		ledger_drop(c, i, CORE_SEEN);
		return;
	}
	if (r->want == CORE_SKIP) {
		ledger_drop(c, i, CORE_FILTERED);
		return;
	}
	if (i->is_again && is_outdated(i)) {
		ledger_drop(c, i, i->is_counted ? CORE_SUPERSEDED : CORE_STALE);
		return;
	}
	take_doubt(c, now_ms, i);
	if (advance_supersede(c, now_ms, i) || lane->head == i)
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
	c->n_outstanding++;
	lane_push(lane, i);
	if (lane->head == i)
		advance_lane(c, now_ms, lane);
}
