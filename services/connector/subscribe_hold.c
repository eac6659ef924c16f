/*
 * `max_change` on the way off the wire, DESIGN section 4: changes and
 * removals of what stands there are held back until the run that they are part
 * of has been read, so that one beyond it stops before its first write.  New
 * records go on, and so does everything that changes nothing.
 *
 * A run is what is read until the logs' ends are reached, and whatever follows
 * within RUN_MS, so that a flood that trickles in is one, too.  What was held
 * at a kill is read again, or parked and offered again.
 */
#include <stdlib.h>
#include <string.h>

#include "connector/env.h"
#include "connector/item.h"
#include "connector/plan.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "map/connection.h"
#include "store/state.h"

enum {
	RUN_MS = 60 * 1000,
	/* Held at most before the end of the run is known; a run of more is
	 * let go up to what `max_change` allows, then stopped. */
	LOOK_AHEAD_MAX = 1000,
	QUIET_MS = 5000, /* as good as the end, if a log cannot be read */
};

static int
is_off(const struct subscribe *s)
{
	return s->env->conf->max_change_share < 0;
}

/* What R does to what stands in the system; PLAN_KEEP: nothing. */
static enum plan_action
change_of(const struct core_record *r)
{
	if (r->row.state == CORE_ROW_NONE || r->row.state == CORE_ROW_GONE ||
	    !r->row.has_local_id)
		return PLAN_KEEP;
	switch (r->want) {
	case CORE_KEEP:
		return memcmp(r->hash, r->row.hash, sizeof(r->hash)) == 0
			   ? PLAN_KEEP
			   : PLAN_UPDATE;
	case CORE_WITHDRAWN:
	case CORE_LEFT:
	case CORE_HIDE:
		return PLAN_REMOVE;
	case CORE_SKIP:
	case CORE_BAD:
		break;
	}
	return PLAN_KEEP;
}

static void
begin_run(struct subscribe *s, int64_t now_ms)
{
	struct hold *h = &s->hold;
	int64_t live = state_count(s->env->state, s->env->conf->id,
	    STATE_SUBSCRIBED, STATE_DELIVERED, NULL);
	size_t i;

	h->live = live > 0 ? (size_t)live : 0;
	h->passed = 0;
	h->run_ms = now_ms;
	for (i = 0; i < s->n_topics; i++)
		s->topics[i].run_start = s->topics[i].next;
}

static int
is_beyond(const struct subscribe *s)
{
	const struct connection *c = s->env->conf;

	return plan_is_beyond(s->hold.passed + plan_changes(s->hold.plan),
	    c->max_change_share, c->max_change_at_least, s->hold.live);
}

void
subscribe_hold_back(struct subscribe *s, struct topic *t, struct item *i,
    struct core_record *r, int64_t now_ms)
{
	struct hold *h = &s->hold;
	int was_held = r->origin == CORE_PARKED_ROW &&
		       strcmp(i->reason, SUBSCRIBE_WAITS) == 0;
	enum plan_action action = change_of(r);
	char *label;

	if (is_off(s) || h->is_approved || r->is_outdated ||
	    s->resync.is_removing)
		return;
	if (!was_held && plan_changes(h->plan) == 0 &&
	    (h->run_ms < 0 || now_ms - h->run_ms >= RUN_MS)) {
		begin_run(s, now_ms);
		if (r->origin == CORE_FRESH && r->offset < t->run_start)
			t->run_start = r->offset;
	}
	/* One that this run itself wrote is no change of what stood there. */
	if (!was_held &&
	    (action == PLAN_KEEP || r->row.offset >= t->run_start ||
		(r->origin == CORE_PARKED_ROW))) {
		/* What is skipped or bad leaves the version before it due. */
		if (r->want != CORE_SKIP && r->want != CORE_BAD)
			plan_drop(h->plan, i->key);
		return;
	}
	label = item_label(i);
	plan_set(h->plan, i->key, action == PLAN_KEEP ? PLAN_UPDATE : action,
	    action == PLAN_UPDATE ? r->hash : NULL, label);
	free(label);
	r->is_barred = h->is_barring = 1;
	item_fail(i, SUBSCRIBE_WAITS,
	    "the change is one of many and waits for approval");
	if (was_held || is_beyond(s))
		h->is_asking = 1;
}

static int
are_logs_read(const struct subscribe *s)
{
	size_t i;

	for (i = 0; i < s->n_topics; i++)
		if (!s->topics[i].is_at_end)
			return 0;
	return 1;
}

static void
let_go(struct subscribe *s, int64_t now_ms)
{
	s->hold.passed += plan_changes(s->hold.plan);
	plan_clear(s->hold.plan);
	s->hold.is_asking = s->hold.is_barring = 0;
	core_release(s->core, now_ms);
}

void
subscribe_settle_hold(struct subscribe *s, int64_t now_ms)
{
	struct hold *h = &s->hold;
	size_t n = plan_changes(h->plan);

	if (h->is_approved && are_logs_read(s)) {
		h->is_approved = 0;
		h->run_ms = -1;
	}
	/* Their owners took back what was held: there is nothing to ask. */
	if (n == 0 && (h->is_asking || h->is_barring))
		let_go(s, now_ms);
	if (n == 0 || h->is_asking)
		return;
	if (are_logs_read(s) || n > LOOK_AHEAD_MAX ||
	    (h->is_drained && s->n_surveying == 0 &&
		(n <= s->env->conf->max_change_at_least ||
		    now_ms - h->drained_ms >= QUIET_MS)))
		let_go(s, now_ms);
}

int
subscribe_is_gathering(const struct subscribe *s)
{
	const struct hold *h = &s->hold;

	return plan_changes(h->plan) > 0 ? !h->is_asking
					 : h->is_asking || h->is_barring;
}

void
subscribe_drained(struct subscribe *s)
{
	if (!s->hold.is_drained)
		s->hold.drained_ms = s->now_ms;
	s->hold.is_drained = 1;
}

jv
subscribe_plan(const struct subscribe *s)
{
	jv plan = s->hold.is_asking ? plan_json(s->hold.plan) : jv_null();
	jv removals =
	    s->resync.is_asking ? plan_json(s->resync.plan) : jv_null();

	plan = plan_join(plan, removals);
	jv_free(removals);
	return plan;
}

void
subscribe_list(const struct subscribe *s, struct buf *out)
{
	if (s->hold.is_asking)
		plan_list(s->hold.plan, out);
	if (s->resync.is_asking)
		plan_list(s->resync.plan, out);
}

int
subscribe_approve(struct subscribe *s, const char *id, int64_t now_ms)
{
	jv plan = subscribe_plan(s);
	int is = id[0] != '\0' && strcmp(json_str(plan, "id", ""), id) == 0;

	jv_free(plan);
	if (!is)
		return 0;
	s->resync.is_let_go = s->resync.is_asking;
	s->resync.is_asking = 0;
	s->hold.is_approved = 1;
	let_go(s, now_ms);
	return 1;
}
