/* What a lane's head needs next: see decide.h.
 *
 * Three doubts are told apart.  *Doubtful*: an earlier process may have written
 * the record.  *create_until*: until then a create may land that nobody will
 * hear of, so a look-up sent before it proves nothing.  *late_until*: the same
 * for any write; only content other than the head's does harm. */
#include <string.h>

#include "decide.h"
#include "lane.h"

static struct decide_step
call(enum core_op op)
{
	return (struct decide_step){.kind = DECIDE_CALL, .op = op};
}

static struct decide_step
wait_until(int64_t until_ms)
{
	return (struct decide_step){.kind = DECIDE_WAIT, .until_ms = until_ms};
}

static struct decide_step
final(enum core_fate fate, enum core_write write, int64_t verify_in_ms)
{
	return (struct decide_step){.kind = DECIDE_FINAL,
	    .fate = fate,
	    .write = write,
	    .verify_in_ms = verify_in_ms};
}

/* Do OP again once nothing sent before can land any more. */
static struct decide_step
once_past(int64_t until_ms, int64_t now_ms, enum core_op op)
{
	return now_ms < until_ms ? wait_until(until_ms) : call(op);
}

static int
is_item_known(const struct lane_row *row)
{
	return row->has_local_id && row->state != CORE_ROW_NONE &&
	       row->state != CORE_ROW_GONE && row->state != CORE_ROW_HIDDEN;
}

/* Writing the same content twice does no harm. */
static int
can_repeat(const struct core_conf *conf)
{
	return conf->tier == CORE_TIER_PUT || conf->tier == CORE_TIER_FIND;
}

/* A write with other content than the head's, sent before AFTER_MS, may still
 * land on top of it. */
static int
is_late(const struct lane *lane, const struct lane_item *i, int64_t after_ms)
{
	const struct lane_known *k = &lane->known;

	if (k->late_until_ms <= after_ms)
		return 0;
	return k->is_late_mixed ||
	       memcmp(k->late_hash, i->hash, CORE_HASH_SIZE) != 0;
}

/* The row proves that the system holds the head's content.  An old state file
 * does not prove it for a later version: one in between, since compacted, may
 * have been written by the process that had the newer file; nor does one of
 * another cluster (place -1), whose log is lost. */
static int
is_same(const struct core_conf *conf, const struct lane *lane,
    const struct lane_item *i, int64_t now_ms)
{
	const struct lane_row *row = &lane->row;

	if (lane->known.is_dirty || is_late(lane, i, now_ms) ||
	    lane_is_hash_void(lane) ||
	    memcmp(row->hash, i->hash, CORE_HASH_SIZE) != 0)
		return 0;
	if (conf->tier == CORE_TIER_FIND && !is_item_known(row))
		return 0;
	if (row->state != CORE_ROW_DELIVERED &&
	    row->state != CORE_ROW_REFUSED && row->state != CORE_ROW_PARKED)
		return 0;
	if (!lane->known.is_doubtful)
		return 1;
	return i->offset <= row->offset && row->state != CORE_ROW_PARKED;
}

/* Somebody removed the item there, and that stands.  In doubt it may have been
 * a remove of our own that is forgotten since. */
static int
may_revive(const struct core_conf *conf, const struct lane *lane)
{
	return conf->on_gone_recreate || lane->known.is_gone_in_doubt;
}

static int
is_settling(const struct lane *lane)
{
	return lane->known.is_doubtful || lane->known.n_unknown > 0 ||
	       lane->known.create_until_ms > 0;
}

int64_t
decide_verify_in(const struct core_conf *conf, const struct lane *lane)
{
	const struct lane_known *k = &lane->known;
	int is_create = k->is_written && k->written_op == CORE_CREATE;

	if (conf->tier != CORE_TIER_FIND)
		return -1;
	if (!is_create && k->look != LANE_LOOK_FOUND)
		return -1;
	if (k->look_ms < k->create_until_ms || (is_create && k->n_unknown > 0))
		return conf->timeout_ms;
	/* What is due of a version before, and is not past yet, stays due. */
	return lane->row.verify_ms > k->look_ms ? -1 : 0;
}

struct decide_step
decide_as_it_stands(const struct core_conf *conf, const struct lane *lane)
{
	const struct lane_item *i = lane->head;
	int is_nothing =
	    lane->row.state == CORE_ROW_NONE && lane->known.n_removed == 0;

	switch (i->want) {
	case CORE_KEEP:
		return final(CORE_APPLIED, CORE_WRITE_DELIVERED,
		    decide_verify_in(conf, lane));
	case CORE_WITHDRAWN:
		return is_nothing ? final(CORE_UNCHANGED, CORE_WRITE_NONE, -1)
				  : final(CORE_APPLIED, CORE_WRITE_DELETE, -1);
	case CORE_LEFT:
		return is_nothing ? final(CORE_FILTERED, CORE_WRITE_NONE, -1)
				  : final(CORE_APPLIED, CORE_WRITE_DELETE, -1);
	case CORE_HIDE:
		return final(CORE_FILTERED, CORE_WRITE_HIDDEN, 0);
	case CORE_SKIP:
		/* Parked, and no longer taken: what was sent of it stands. */
		return final(CORE_FILTERED, CORE_WRITE_REFUSED, -1);
	case CORE_BAD:
		break;
	}
	return final(CORE_FILTERED, CORE_WRITE_NONE, -1);
}

/* --- the system shall have it --------------------------------------------- */

/* Below the floor nothing is created; what failed on the way leaves no row. */
static int
is_below_floor(const struct lane *lane)
{
	return !lane->head->may_create && !is_item_known(&lane->row) &&
	       lane_is_hash_void(lane) &&
	       lane->row.state != CORE_ROW_DELIVERED &&
	       lane->row.state != CORE_ROW_GONE;
}

static struct decide_step
below_floor(const struct lane *lane)
{
	return final(CORE_FILTERED,
	    lane->row.state == CORE_ROW_NONE ? CORE_WRITE_NONE
					     : CORE_WRITE_DELETE,
	    -1);
}

/* What the look-up by marker leaves to do. */
static struct decide_step
keep_found(const struct core_conf *conf, const struct lane *lane,
    const struct lane_item *i, int64_t now_ms)
{
	const struct lane_known *k = &lane->known;

	if (k->n_items > 1 && k->is_twin_equal && !k->is_twin_left &&
	    is_settling(lane))
		return call(CORE_REMOVE_TWIN);
	/* What differs now was edited there. */
	if (lane_is_told(lane, i) && lane->row.state == CORE_ROW_DELIVERED)
		return final(CORE_UNCHANGED, CORE_WRITE_DELIVERED,
		    decide_verify_in(conf, lane));
	/* One more of an older version may land: a twin that is recognised
	 * only as long as ours is of that version too. */
	if ((k->n_unknown > 1 || k->is_doubtful) &&
	    k->look_ms < k->create_until_ms && is_late(lane, i, k->look_ms))
		return once_past(k->create_until_ms, now_ms, CORE_FIND);
	if (k->is_equal && !is_late(lane, i, k->look_ms))
		return final(i->is_sent ? CORE_APPLIED : CORE_UNCHANGED,
		    CORE_WRITE_DELIVERED, decide_verify_in(conf, lane));
	return call(CORE_UPDATE);
}

static struct decide_step
keep_by_find(
    const struct core_conf *conf, const struct lane *lane, int64_t now_ms)
{
	const struct lane_item *i = lane->head;
	const struct lane_known *k = &lane->known;

	if (is_item_known(&lane->row))
		return call(CORE_UPDATE);
	switch (k->look) {
	case LANE_LOOK_NOT:
		return call(CORE_FIND);
	case LANE_LOOK_FOUND:
		return keep_found(conf, lane, i, now_ms);
	case LANE_LOOK_NONE:
		break;
	}
	if (is_below_floor(lane))
		return below_floor(lane);
	if (lane->row.state == CORE_ROW_GONE && !may_revive(conf, lane))
		return final(CORE_APPLIED, CORE_WRITE_GONE, 0);
	/* An older version may land as a twin that nobody would recognise. */
	if (k->look_ms < k->create_until_ms && is_late(lane, i, k->look_ms))
		return once_past(k->create_until_ms, now_ms, CORE_FIND);
	return call(CORE_CREATE);
}

static struct decide_step
keep_by_other(
    const struct core_conf *conf, const struct lane *lane, int64_t now_ms)
{
	if (is_below_floor(lane))
		return below_floor(lane);
	if (conf->tier == CORE_TIER_PUT)
		return call(CORE_PUT);
	/* An older version may land on top, and a repeat of this one would
	 * carry the same key and do nothing: it comes first. */
	if (is_late(lane, lane->head, now_ms))
		return wait_until(lane->known.late_until_ms);
	return call(is_item_known(&lane->row) ? CORE_UPDATE : CORE_CREATE);
}

/* The receipt says that it stands there; where items have ids of the system's
 * own, a look-up tells which. */
static int
is_told_there(const struct core_conf *conf, const struct lane *lane,
    const struct lane_item *i)
{
	return lane_is_told(lane, i) && lane->row.state == CORE_ROW_DELIVERED &&
	       (conf->tier != CORE_TIER_FIND || lane->row.has_local_id);
}

static struct decide_step
decide_keep(
    const struct core_conf *conf, const struct lane *lane, int64_t now_ms)
{
	const struct lane_item *i = lane->head;
	const struct lane_known *k = &lane->known;

	int may_look = conf->tier == CORE_TIER_FIND && k->is_doubtful;

	if (k->is_written) {
		if (can_repeat(conf) && k->written_op != CORE_CREATE &&
		    is_late(lane, i, k->written_ms))
			return once_past(
			    k->late_until_ms, now_ms, k->written_op);
		return decide_as_it_stands(conf, lane);
	}
	if (lane->row.state == CORE_ROW_GONE && !may_revive(conf, lane) &&
	    !may_look)
		return final(CORE_APPLIED, CORE_WRITE_GONE, -1);
	if (is_same(conf, lane, i, now_ms) || is_told_there(conf, lane, i))
		return final(CORE_UNCHANGED, CORE_WRITE_DELIVERED, -1);
	if (conf->tier == CORE_TIER_FIND)
		return keep_by_find(conf, lane, now_ms);
	return keep_by_other(conf, lane, now_ms);
}

/* --- the system shall not have it ----------------------------------------- */

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct decide_step
absent_by_find(
    const struct core_conf *conf, const struct lane *lane, int64_t now_ms)
{
	const struct lane_known *k = &lane->known;
	const struct lane_row *row = &lane->row;
	int64_t until_ms = later(k->create_until_ms, row->verify_ms);
	int is_lost =
	    row->state == CORE_ROW_REFUSED || row->state == CORE_ROW_PARKED;

	if (is_item_known(row))
		return call(CORE_REMOVE);
	if (!is_settling(lane) && row->verify_ms < 0 &&
	    !(is_lost && k->n_removed == 0))
		return decide_as_it_stands(conf, lane);
	switch (k->look) {
	case LANE_LOOK_NOT:
		return call(CORE_FIND);
	case LANE_LOOK_FOUND:
		if (k->n_items > 1 && k->is_twin_equal && !k->is_twin_left)
			return call(CORE_REMOVE_TWIN);
		if (k->n_removed > 0 && k->is_twin_left)
			return decide_as_it_stands(conf, lane);
		return call(CORE_REMOVE);
	case LANE_LOOK_NONE:
		break;
	}
	if (k->look_ms < until_ms)
		return once_past(until_ms, now_ms, CORE_FIND);
	return decide_as_it_stands(conf, lane);
}

static struct decide_step
absent_by_put(
    const struct core_conf *conf, const struct lane *lane, int64_t now_ms)
{
	const struct lane_known *k = &lane->known;
	int is_there = lane->row.state != CORE_ROW_NONE &&
		       lane->row.state != CORE_ROW_HIDDEN &&
		       lane->row.state != CORE_ROW_GONE;
	int64_t until_ms = later(k->create_until_ms, k->late_until_ms);

	if (k->n_removed > 0) {
		if (k->removed_ms < until_ms)
			return once_past(until_ms, now_ms, CORE_REMOVE);
		return decide_as_it_stands(conf, lane);
	}
	if (is_there || is_settling(lane) || k->is_dirty)
		return call(CORE_REMOVE);
	return decide_as_it_stands(conf, lane);
}

static struct decide_step
absent_by_other(const struct core_conf *conf, const struct lane *lane)
{
	int is_there = lane->row.state != CORE_ROW_NONE &&
		       lane->row.state != CORE_ROW_HIDDEN &&
		       lane->row.state != CORE_ROW_GONE;

	if (lane->known.n_removed == 0 &&
	    (is_there || lane->known.n_unknown > 0))
		return call(CORE_REMOVE);
	return decide_as_it_stands(conf, lane);
}

static int
is_told_absent(const struct lane *lane)
{
	enum core_row_state state = lane->row.state;

	return lane_is_told(lane, lane->head) &&
	       (state == CORE_ROW_NONE || state == CORE_ROW_HIDDEN);
}

static struct decide_step
decide_absent(
    const struct core_conf *conf, const struct lane *lane, int64_t now_ms)
{
	if (is_told_absent(lane))
		return decide_as_it_stands(conf, lane);
	switch (conf->tier) {
	case CORE_TIER_FIND:
		return absent_by_find(conf, lane, now_ms);
	case CORE_TIER_PUT:
		return absent_by_put(conf, lane, now_ms);
	case CORE_TIER_KEYED:
	case CORE_TIER_POST:
		break;
	}
	return absent_by_other(conf, lane);
}

/* --- a look again --------------------------------------------------------- */

static struct decide_step
decide_verify(
    const struct core_conf *conf, const struct lane *lane, int64_t now_ms)
{
	const struct lane_known *k = &lane->known;

	if (conf->tier != CORE_TIER_FIND ||
	    (!is_item_known(&lane->row) && lane->row.state != CORE_ROW_GONE))
		return final(CORE_VERIFIED, CORE_WRITE_NONE, 0);
	/* Asked for on behalf of an earlier create: too early for the last. */
	if (lane->row.verify_ms > now_ms)
		return final(CORE_VERIFIED, CORE_WRITE_NONE, -1);
	switch (k->look) {
	case LANE_LOOK_NOT:
		return call(CORE_FIND);
	case LANE_LOOK_FOUND:
		if (k->n_items > 1 && k->is_twin_equal && !k->is_twin_left)
			return call(CORE_REMOVE_TWIN);
		/* Removed there; now the late one has landed in its place. */
		if (lane->row.state == CORE_ROW_GONE && k->n_items == 1 &&
		    k->is_as_created && k->n_removed == 0)
			return call(CORE_REMOVE);
		return final(CORE_VERIFIED, CORE_WRITE_NONE, 0);
	case LANE_LOOK_NONE:
		break;
	}
	/* Not there: by somebody's decision or a forgotten one of ours.  The
	 * next version finds out; that the row proves nothing is all we know.
	 */
	return final(CORE_VERIFIED, CORE_WRITE_NONE, 0);
}

/* The row was lost, and with it that a look was due: a create of the version
 * that its receipt speaks of may have landed twice.  What cannot be delivered
 * is looked up for that alone: 1 and *OUT while there is something to do. */
static int
is_twin_sought(const struct core_conf *conf, const struct lane *lane,
    struct decide_step *out)
{
	const struct lane_known *k = &lane->known;

	if (conf->tier != CORE_TIER_FIND || !k->is_doubtful ||
	    !lane->row.is_told ||
	    (lane->row.state != CORE_ROW_DELIVERED &&
		lane->row.state != CORE_ROW_REFUSED))
		return 0;
	if (k->look == LANE_LOOK_NOT) {
		*out = call(CORE_FIND);
		return 1;
	}
	*out = call(CORE_REMOVE_TWIN);
	return k->look == LANE_LOOK_FOUND && k->n_items > 1 &&
	       k->is_twin_equal && !k->is_twin_left;
}

static int
is_told_refused(const struct lane *lane, const struct lane_item *i)
{
	return (i->want == CORE_KEEP || i->want == CORE_BAD) &&
	       lane_is_told(lane, i) && lane->row.state == CORE_ROW_REFUSED;
}

static struct decide_step
decide_record(
    const struct core_conf *conf, const struct lane *lane, int64_t now_ms)
{
	const struct lane_item *i = lane->head;
	struct decide_step step;

	if (!i->is_rowless && lane_is_stale(lane, i))
		return final(CORE_STALE, CORE_WRITE_NONE, -1);
	if ((i->want == CORE_BAD || is_told_refused(lane, i)) &&
	    is_twin_sought(conf, lane, &step))
		return step;
	if (is_told_refused(lane, i))
		return final(CORE_DEADLETTERED, CORE_WRITE_REFUSED,
		    decide_verify_in(conf, lane));
	if (i->want == CORE_BAD)
		return (struct decide_step){.kind = DECIDE_DEAD};
	if (i->want == CORE_KEEP)
		return decide_keep(conf, lane, now_ms);
	if (i->want == CORE_SKIP)
		return decide_as_it_stands(conf, lane);
	return decide_absent(conf, lane, now_ms);
}

struct decide_step
decide_next(
    const struct core_conf *conf, const struct lane *lane, int64_t now_ms)
{
	const struct lane_item *i = lane->head;
	struct decide_step step;

	if (i->is_verify)
		return decide_verify(conf, lane, now_ms);
	step = decide_record(conf, lane, now_ms);
	if (i->is_barred &&
	    (step.kind == DECIDE_CALL || step.kind == DECIDE_WAIT))
		step.kind = DECIDE_HOLD;
	return step;
}
