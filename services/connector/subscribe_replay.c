/*
 * Dead letters taken up again, or dropped, by an operator's order: see
 * subscribe.h.
 *
 * A replay takes the refusal back: the row waits, "pending", with the message's
 * bytes, as what is parked does, so that from here on it is retried, outlives a
 * crash and gives way to a newer version like any other.  The law counts it as
 * replayed, and its fate once more.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crash.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "connector/env.h"
#include "connector/item.h"
#include "connector/rows.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "connector/told.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "store/state.h"

/* What is known of M's record says that nothing of M is left to be done: 1 and
 * why in TEXT; 0; -1 with ERR. */
static int
is_settled(struct subscribe *s, const struct bus_message *m, const char *key,
    struct buf *text, struct err *err)
{
	const struct env *env = s->env;
	struct state_row row;
	int rc = state_get(
	    env->state, env->conf->id, STATE_SUBSCRIBED, key, &row, err);

	if (rc == 0)
		rc = told_get(env, key, &row, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		buf_puts(text, "nothing of the record is refused here any "
			       "more");
	else if (strcmp(row.topic, m->topic) != 0 || row.offset != m->offset)
		buf_puts(text, "another version of the record has come since");
	else if (row.state == STATE_PARKED)
		buf_puts(text, "it is being tried already");
	else if (row.state != STATE_REFUSED)
		buf_puts(text, "it is settled already");
	return text->size > 0;
}

static int
count(struct subscribe *s, const char *name, struct err *err)
{
	if (txn_need(s->env->txn, err) != 0)
		return -1;
	return state_count_add(s->env->state, s->env->conf->id, name, 1, err);
}

/* The row waits from now on, and I goes its way as R.  -1 with ERR. */
static int
take_up(struct subscribe *s, struct topic *t, struct item *i,
    struct core_record *r, int64_t wall_ms, struct err *err)
{
	struct core_action park = {
	    .act = CORE_PARK, .good_ms = core_good_ms(s->core)};
	char code[sizeof(i->reason)];
	struct err why = i->why;

	memcpy(code, i->reason, sizeof(code));
	item_fail(i, "replayed", "");
	if (count(s, "replayed", err) != 0 ||
	    rows_write(s->env, &park, i, wall_ms, err) != 0) {
		item_free(i);
		return -1;
	}
	memcpy(i->reason, code, sizeof(code)); /* if it is unfit still */
	i->why = why;
	r->origin = CORE_PARKED_ROW;
	r->good_ms = park.good_ms;
	CRASH_POINT("replay_taken_up");
	return subscribe_give(s, t, i, r, s->now_ms, err);
}

/* I is read and judged: 1 with TEXT, *OUT_IS_DONE 0 if that says why not; -1
 * with ERR.  I is taken. */
static int
replay(struct subscribe *s, struct topic *t, struct item *i,
    struct core_record *r, const struct subscribe_order *o, struct err *err)
{
	int rc;

	if (r->is_rowless) {
		r->origin = CORE_AGAIN;
		buf_puts(o->text, "its key can still not be trusted");
		return subscribe_give(s, t, i, r, s->now_ms, err);
	}
	rc = o->is_rowless ? 0
			   : is_settled(s, &i->parcel.m, i->key, o->text, err);
	if (rc == 0 && r->want == CORE_SKIP) {
		buf_puts(o->text, "the connection does not take it any more");
		rc = 1;
	}
	if (rc == 0) {
		buf_printf(o->text, "%s is tried again", i->key);
		return take_up(s, t, i, r, o->wall_ms, err);
	}
	item_free(i);
	return rc;
}

int
subscribe_replay(struct subscribe *s, const struct bus_message *m,
    const struct subscribe_order *o, struct err *err)
{
	struct topic *t = subscribe_find(s, m->topic);
	struct core_record r;
	struct item *i;

	if (t == NULL) {
		buf_printf(
		    o->text, "the connection does not read %s", m->topic);
		return 1;
	}
	if (subscribe_read(s, t, m, &i, &r) == 0)
		return 0;
	if (r.want != CORE_BAD)
		subscribe_judge(s, t, i, &r);
	return replay(s, t, i, &r, o, err);
}

int
subscribe_drop(struct subscribe *s, const struct bus_message *m,
    const struct subscribe_order *o, struct err *err)
{
	struct item *i;
	char *key;
	int rc = 0;

	if (o->is_rowless) {
		buf_puts(o->text, "dropped");
		return 1;
	}
	key = mem_dup_n(m->key, m->key_size);
	rc = is_settled(s, m, key, o->text, err);
	if (rc == 0) {
		i = item_new(s->env->conf, RECORD_EVENT, key, m);
		rc = txn_need(s->env->txn, err) != 0 ||
			     rows_drop(s->env, i, o->wall_ms, err) != 0
			 ? -1
			 : 1;
		buf_printf(o->text, "%s is not delivered", key);
		item_free(i);
	}
	free(key);
	return rc;
}
