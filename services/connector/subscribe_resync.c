/*
 * Reading all topics whole once more (DESIGN section 2), see subscribe.h: what
 * differs is changed on the way, and once the logs' ends are reached, what
 * stands in the system and is named by no log goes.  Those keys stay here, out
 * of the core, until they may.  A topic that is not there takes nothing away.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "connector/env.h"
#include "connector/item.h"
#include "connector/plan.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "connector/survey.h"
#include "connector/told.h"
#include "map/connection.h"
#include "store/state.h"

enum {
	REMOVALS_PER_STEP = 100,
	NOTE_READ_MS = 60 * 60 * 1000, /* of 150 days, an hour is nothing */
};

int
subscribe_is_resyncing(const struct subscribe *s)
{
	return s->resync.kind > RESYNC_PLANNED;
}

void
subscribe_resync(struct subscribe *s, enum resync kind)
{
	s->resync.kind = kind;
	/* Whoever let it go has seen what it changes. */
	if (kind == RESYNC_APPROVED)
		s->hold.is_approved = 1;
	if (subscribe_is_resyncing(s))
		log_info("resync: all topics are read whole", "connection",
		    s->env->conf->id);
}

void
subscribe_resync_topic(
    struct subscribe *s, struct topic *t, int64_t low, int64_t read_end)
{
	struct topic_name name;

	if (!subscribe_is_resyncing(s))
		return;
	t->start = low;
	t->again_end = read_end;
	t->seen = survey_new();
	t->is_state = topic_parse(t->name, &name) == 0 && !name.is_dead &&
		      record_type_is_state(name.type);
	if (low > 0 && t->is_state && s->resync.kind == RESYNC_ABSENT)
		s->resync.kind = RESYNC_OTHER_LOG; /* its start is lost */
}

void
subscribe_resync_saw(
    struct subscribe *s, struct topic *t, const struct bus_message *m)
{
	char *key;

	if (t->seen == NULL || m->key == NULL)
		return;
	key = mem_dup_n(m->key, m->key_size);
	survey_note(t->seen, key, m->offset);
	plan_drop(s->resync.plan, key);
	free(key);
}

int
subscribe_resync_claim(
    struct subscribe *s, const struct topic *t, struct item *i)
{
	if (t->seen == NULL || i->parcel.m.offset >= t->again_end)
		return 0;
	i->is_resync = 1;
	s->resync.n_open++;
	return 1;
}

void
subscribe_resync_ended(struct subscribe *s, struct item *i)
{
	if (i->is_resync)
		s->resync.n_open--;
	i->is_resync = 0;
}

/* --- what no log names ----------------------------------------------------
 */

static int
is_read(const struct topic *t)
{
	return t->is_unread || (t->survey == NULL && t->is_read);
}

/* 1 if there is a topic that has been read and whose rows were not looked at,
 * and none that is being read. */
static int
is_list_due(const struct subscribe *s)
{
	int is = 0;

	for (size_t i = 0; i < s->n_topics; i++) {
		if (!is_read(&s->topics[i]))
			return 0;
		is |= !s->topics[i].is_unread && !s->topics[i].is_listed;
	}
	return is;
}

static int
list_missing(void *ctx, const struct state_row *row)
{
	struct subscribe *s = ctx;
	struct resync_run *r = &s->resync;
	const struct topic *t = subscribe_find(s, row->topic);

	if (row->state == STATE_REMOVED)
		return 0;
	r->has_absent |= t == NULL;
	r->has_unread |= t != NULL && t->is_unread;
	if (t == NULL || t->is_unread)
		return 0;
	if (t->is_listed || !t->is_state || survey_is_full(t->seen) ||
	    survey_newest(t->seen, row->key) >= 0)
		return 0;
	r->missing = mem_grow(r->missing, r->n + 1, sizeof(*r->missing));
	r->missing[r->n++] = mem_dup(row->key);
	if (row->local_id[0] != '\0' && row->state != STATE_GONE)
		plan_set(r->plan, row->key, PLAN_REMOVE, NULL, row->url);
	return 0;
}

/* The state file was lost, and a receipt says that it stands there. */
static int
list_told(void *ctx, const struct state_row *row)
{
	struct subscribe *s = ctx;
	struct resync_run *r = &s->resync;
	size_t before = r->n;

	if (row->state != STATE_DELIVERED)
		return 0;
	list_missing(s, row);
	if (r->n > before)
		plan_set(r->plan, row->key, PLAN_REMOVE, NULL, row->url);
	return 0;
}

/* 1 if somebody has to look before what is missing is removed. */
static int
must_ask(struct subscribe *s)
{
	const struct connection *c = s->env->conf;
	size_t n = plan_changes(s->resync.plan);
	int64_t live;

	if (s->resync.kind == RESYNC_APPROVED || n == 0)
		return 0;
	if (s->resync.kind == RESYNC_OTHER_LOG)
		return 1;
	live = state_count(
	    s->env->state, c->id, STATE_SUBSCRIBED, STATE_DELIVERED, NULL);
	return plan_is_beyond(s->hold.passed + plan_changes(s->hold.plan) + n,
	    c->max_change_share, c->max_change_at_least,
	    live > 0 ? (size_t)live : 0);
}

static int
list(struct subscribe *s, struct err *err)
{
	struct resync_run *r = &s->resync;

	r->has_absent = r->has_unread = 0;
	if (state_scan(s->env->state, s->env->conf->id, STATE_SUBSCRIBED, -1,
		list_missing, s, err) != 0 ||
	    state_scan(s->env->state, s->env->conf->id, STATE_TOLD, -1,
		list_told, s, err) != 0)
		return -1;
	for (size_t i = 0; i < s->n_topics; i++)
		s->topics[i].is_listed |= !s->topics[i].is_unread;
	r->is_asking = must_ask(s);
	return 0;
}

/* KEY's row goes as if its topic had a tombstone at the row's place. */
static int
remove_one(struct subscribe *s, const char *key, int64_t now_ms,
    int64_t wall_ms, struct err *err)
{
	struct core_record r = {.origin = CORE_AGAIN, .is_doubtful = 1};
	struct bus_message m = {.key = key, .key_size = strlen(key)};
	struct topic_name name;
	struct state_row row;
	struct topic *t;
	struct item *i;
	int rc = state_get(
	    s->env->state, s->env->conf->id, STATE_SUBSCRIBED, key, &row, err);

	if (rc == 0)
		rc = told_get(s->env, key, &row, err);
	t = rc == 1 ? subscribe_find(s, row.topic) : NULL;
	if (t == NULL || row.state == STATE_REMOVED ||
	    survey_newest(t->seen, key) >= 0)
		return rc < 0 ? -1 : 0;
	topic_parse(t->name, &name);
	m.topic = t->name;
	m.offset = r.offset = row.offset < 0 ? 0 : row.offset;
	m.timestamp_ms = wall_ms;
	i = item_new(s->env->conf, name.type, key, &m);
	i->record = jv_null();
	i->is_resync = 1;
	s->resync.n_open++;
	s->resync.is_removing = 1;
	rc = subscribe_offer(s, t, i, &r, now_ms, err);
	s->resync.is_removing = 0;
	return rc < 0 ? -1 : 0;
}

static int
remove_some(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	struct resync_run *r = &s->resync;
	int n = 0;

	while (r->next < r->n && n++ < REMOVALS_PER_STEP &&
	       !core_is_paused(s->core)) {
		char *key = r->missing[r->next];

		r->missing[r->next++] = NULL;
		plan_drop(r->plan, key);
		if (remove_one(s, key, now_ms, wall_ms, err) != 0) {
			free(key);
			return -1;
		}
		free(key);
	}
	return 0;
}

/* A topic that is not there, perhaps for good, must not keep it open. */
static int
finish(struct subscribe *s, struct err *err)
{
	subscribe_resync_fini(s);
	log_info("resync: done", "connection", s->env->conf->id, "left",
	    s->resync.has_absent ? "what topics told that are not there" : "");
	s->resync.kind = RESYNC_NONE;
	if (s->resync.has_absent && resync_note_left(s->env, 1, err) != 0)
		return -1;
	return resync_save(s->env, RESYNC_NONE, err);
}

/* Removals of a topic that cannot be read now may still come. */
static int
is_complete(const struct subscribe *s)
{
	const struct resync_run *r = &s->resync;

	for (size_t i = 0; i < s->n_topics; i++)
		if (!s->topics[i].is_listed && !s->topics[i].is_unread)
			return 0;
	return r->next == r->n && r->n_open == 0 &&
	       (r->kind != RESYNC_OTHER_LOG ||
		   (s->n_topics > 0 && !r->has_unread));
}

static int
is_at_end(const struct subscribe *s)
{
	for (size_t i = 0; i < s->n_topics; i++)
		if (!s->topics[i].is_at_end)
			return 0;
	return 1;
}

static int
note_read(struct subscribe *s, int64_t wall_ms, struct err *err)
{
	struct core_counts n;

	if (wall_ms >= s->resync.noted_ms &&
	    wall_ms - s->resync.noted_ms < NOTE_READ_MS)
		return 0;
	if (!is_at_end(s))
		return 0;
	core_counts(s->core, &n);
	if (n.pending != n.parked || s->n_topics == 0)
		return 0;
	s->resync.noted_ms = wall_ms;
	return resync_note_read(s->env, wall_ms, err);
}

int
subscribe_resync_step(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	struct resync_run *r = &s->resync;

	if (!subscribe_is_resyncing(s))
		return note_read(s, wall_ms, err);
	if (r->read_ms == 0 || is_at_end(s))
		r->read_ms = wall_ms;
	if (is_list_due(s) && list(s, err) != 0)
		return -1;
	if (r->is_asking && plan_changes(r->plan) == 0)
		r->is_asking = 0; /* the log names them all by now */
	if (r->is_let_go) {
		r->is_let_go = 0;
		if (resync_save(s->env, RESYNC_APPROVED, err) != 0)
			return -1;
	}
	if (r->is_asking)
		return 0;
	if (remove_some(s, now_ms, wall_ms, err) != 0)
		return -1;
	return is_complete(s) ? finish(s, err) : 0;
}

int64_t
subscribe_resync_read_ms(const struct subscribe *s)
{
	return s->resync.read_ms > 0 ? s->resync.read_ms : -1;
}

int
subscribe_resync_has_due(const struct subscribe *s)
{
	const struct resync_run *r = &s->resync;

	return subscribe_is_resyncing(s) &&
	       (r->is_let_go || (!r->is_asking && r->next < r->n &&
				    !core_is_paused(s->core)));
}

void
subscribe_resync_fini(struct subscribe *s)
{
	struct resync_run *r = &s->resync;

	for (size_t i = 0; i < s->n_topics; i++) {
		survey_free(s->topics[i].seen);
		s->topics[i].seen = NULL;
	}
	for (; r->next < r->n; r->next++)
		free(r->missing[r->next]);
	free(r->missing);
	r->missing = NULL;
	r->n = r->next = 0;
	plan_clear(r->plan);
}
