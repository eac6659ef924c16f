/* Rehearsals: see rehearsal.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "connector/env.h"
#include "connector/hidden.h"
#include "connector/item.h"
#include "connector/judge.h"
#include "connector/plan.h"
#include "connector/rows.h"
#include "connector/subscribe.h"
#include "connector/rehearsal.h"
#include "map/connection.h"
#include "store/state.h"
#include "event/schema.h"
#include "wire/reader.h"

enum {
	QUEUE_MAX_BYTES = 2 * 1024 * 1024,
	MESSAGES_PER_STEP = 200, /* 60 us each: the loop is not held up */
	AGAIN_MS = 200,		 /* after a fault; while a schema is fetched */
};

struct rehearsal_topic {
	char *name;
	const struct connection_subscribe **entries;
	size_t n_entries;
	int64_t floor, end;
	int is_read;   /* up to END */
	int is_denied; /* this user may not read it */
	struct reader_want want;
};

struct rehearsal {
	const struct env *env;
	const struct bus_conf *bus;
	struct consumer *consumer;
	struct plan *plan;
	struct plan *marked; /* keys whose item stands in the system */
	struct hidden *hidden;
	struct rehearsal_topic *topics;
	size_t n_topics;
	struct bus_message held; /* waits for its schema; the consumer's */
	int is_held;
	int is_resync, is_purge;
	int is_outdated;      /* a log is not the one that was read */
	int64_t n_unreadable; /* to become dead letters; never kept by name */
	int64_t again_ms;     /* -1: no need */
};

/* An event that would come to stand in the system, or does. */
static int
is_live(void *ctx, const char *uid)
{
	const struct rehearsal *s = ctx;

	switch (plan_of(s->plan, uid)) {
	case PLAN_CREATE:
	case PLAN_UPDATE:
	case PLAN_ADOPT:
	case PLAN_KEEP:
		return 1;
	default:
		return 0;
	}
}

struct rehearsal *
rehearsal_new(
    const struct env *env, const struct bus_conf *bus, struct err *err)
{
	struct rehearsal *s = mem_new(1, sizeof(*s));

	s->env = env;
	s->bus = bus;
	s->plan = plan_new();
	s->marked = plan_new();
	s->again_ms = -1;
	if (rehearsal_anew(s, err) == 0)
		return s;
	rehearsal_free(s);
	return NULL;
}

/* What was read, and who reads it. */
static void
forget(struct rehearsal *s)
{
	size_t i;

	consumer_free(s->consumer);
	s->consumer = NULL;
	for (i = 0; i < s->n_topics; i++) {
		free(s->topics[i].name);
		free(s->topics[i].entries);
		schema_free((struct schema *)s->topics[i].want.part);
	}
	free(s->topics);
	s->topics = NULL;
	s->n_topics = 0;
	hidden_free(s->hidden);
	s->hidden = NULL;
	plan_clear(s->plan);
	s->n_unreadable = 0;
	s->is_held = s->is_outdated = 0;
}

void
rehearsal_free(struct rehearsal *s)
{
	if (s == NULL)
		return;
	forget(s);
	plan_free(s->plan);
	plan_free(s->marked);
	free(s);
}

int
rehearsal_anew(struct rehearsal *s, struct err *err)
{
	forget(s);
	s->hidden = hidden_new(is_live, s);
	s->consumer = consumer_new(s->bus, QUEUE_MAX_BYTES, err);
	return s->consumer != NULL ? 0 : -1;
}

int
rehearsal_is_outdated(const struct rehearsal *s)
{
	return s->is_outdated;
}

void
rehearsal_of_resync(struct rehearsal *s, int is_purge)
{
	s->is_resync = 1;
	s->is_purge = is_purge;
}

static struct rehearsal_topic *
find(const struct rehearsal *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_topics; i++)
		if (strcmp(s->topics[i].name, name) == 0)
			return &s->topics[i];
	return NULL;
}

int
rehearsal_has(const struct rehearsal *s, const char *name)
{
	return find(s, name) != NULL;
}

int
rehearsal_topic(struct rehearsal *s, const char *name, int64_t start,
    int64_t floor, int64_t end, struct err *err)
{
	struct consumer_place place = {name, start};
	struct topic_name parsed;
	struct rehearsal_topic *t;

	s->topics = mem_grow(s->topics, s->n_topics + 1, sizeof(*s->topics));
	t = &s->topics[s->n_topics++];
	*t = (struct rehearsal_topic){.name = mem_dup(name),
	    .floor = floor,
	    .end = end,
	    .is_read = start >= end};
	t->entries = subscribe_entries(s->env->conf, name, &t->n_entries);
	if (topic_parse(name, &parsed) == 0 && !parsed.is_dead)
		judge_want(s->env->conf,
		    &(struct judge_topic){t->name, t->entries, t->n_entries, 0},
		    parsed.type, &t->want);
	return consumer_assign(s->consumer, &place, 1, err);
}

void
rehearsal_marked(struct rehearsal *s, const char *key)
{
	plan_set(s->marked, key, PLAN_ADOPT, NULL, "");
	if (plan_of(s->plan, key) == PLAN_CREATE)
		plan_set(s->plan, key, PLAN_ADOPT, NULL, "");
}

/* --- judging ----------------------------------------------------------------
 */

/* What would become of a record that shall stand there. */
static enum plan_action
action_keep(
    const struct rehearsal *s, const struct core_record *r, const char *key)
{
	switch (r->row.state) {
	case CORE_ROW_DELIVERED:
	case CORE_ROW_REFUSED:
	case CORE_ROW_PARKED:
		if (r->row.has_local_id)
			return memcmp(r->row.hash, r->hash, sizeof(r->hash)) ==
				       0
				   ? PLAN_KEEP
				   : PLAN_UPDATE;
		break;
	case CORE_ROW_GONE:
		return PLAN_KEEP;
	case CORE_ROW_NONE:
	case CORE_ROW_HIDDEN:
		break;
	}
	if (plan_of(s->marked, key) != PLAN_ACTIONS)
		return PLAN_ADOPT;
	return r->may_create ? PLAN_CREATE : PLAN_KEEP;
}

static enum plan_action
action_of(
    const struct rehearsal *s, const struct core_record *r, const char *key)
{
	switch (r->want) {
	case CORE_KEEP:
		return action_keep(s, r, key);
	case CORE_WITHDRAWN:
	case CORE_LEFT:
	case CORE_HIDE:
		return r->row.state != CORE_ROW_NONE && r->row.has_local_id
			   ? PLAN_REMOVE
			   : PLAN_KEEP;
	case CORE_BAD:
		return PLAN_REFUSE;
	case CORE_SKIP:
		break;
	}
	return PLAN_KEEP;
}

/* Judge I (its record set; taken). */
static int
judge(struct rehearsal *s, const struct rehearsal_topic *t, struct item *i,
    struct core_record *r, struct err *err)
{
	struct judge_topic jt = {
	    t->name, t->entries, t->n_entries, s->is_purge};
	struct state_row row;
	enum plan_action action;
	char *label;
	int rc;

	judge_record(s->env->conf, &jt, s->hidden, i, r);
	rc = state_get(s->env->state, s->env->conf->id, STATE_SUBSCRIBED,
	    i->key, &row, err);
	if (rc >= 0) {
		rows_for_core(rc == 1 ? &row : NULL, t->name, 0, &r->row);
		action = action_of(s, r, i->key);
		label = item_label(i);
		plan_set(s->plan, i->key, action,
		    action == PLAN_CREATE || action == PLAN_UPDATE ? r->hash
								   : NULL,
		    label);
		free(label);
	}
	item_free(i);
	return rc < 0 ? -1 : 0;
}

/* The log has something of that key, so that its row is not missing. */
static void
note_named(struct rehearsal *s, const struct bus_message *m)
{
	char *key;

	if (!s->is_resync || m->key == NULL)
		return;
	key = mem_dup_n(m->key, m->key_size);
	if (plan_of(s->plan, key) == PLAN_ACTIONS)
		plan_set(s->plan, key, PLAN_KEEP, NULL, "");
	free(key);
}

/* 1, 0 its schema is being fetched, -1. */
static int
take(struct rehearsal *s, const struct bus_message *m, struct err *err)
{
	struct rehearsal_topic *t = find(s, m->topic);
	struct core_record r = {.offset = m->offset};
	struct reader_record record;
	const char *reason;
	struct err why;
	struct item *i;
	int rc;

	if (t == NULL)
		return 1;
	rc = reader_read(s->env->schemas, m, &t->want, &record, &reason, &why);
	if (rc == 0)
		return 0;
	if (m->offset + 1 >= t->end)
		t->is_read = 1;
	t->is_denied = 0; /* not any more: it has its part in the plan */
	if (rc < 0) {	  /* a dead letter, whoever it names */
		s->n_unreadable += !s->is_resync;
		note_named(s, m);
		return 1;
	}
	if (s->is_resync && m->offset >= t->end) {
		reader_fini(&record);
		return 1;
	}
	r.may_create = m->offset >= t->floor;
	i = item_new(s->env->conf, record.topic.type, record.key, m);
	item_take(i, &record);
	return judge(s, t, i, &r, err) == 0 ? 1 : -1;
}

/* --- reading ----------------------------------------------------------------
 */

static int
on_error(struct rehearsal *s, int64_t now_ms, struct err *err)
{
	struct rehearsal_topic *t =
	    s->held.topic != NULL ? find(s, s->held.topic) : NULL;

	if (err->class == ERR_FATAL)
		return -1;
	log_warn("plan: the log cannot be read", "connection", s->env->conf->id,
	    "reason", err->msg);
	s->again_ms = now_ms + AGAIN_MS;
	if (err->class != ERR_REJECT || t == NULL)
		return 0;
	/* It rests.  Carried out, it would not be read either. */
	t->is_denied = err->code == CONSUMER_DENIED;
	s->is_outdated |= !t->is_denied;
	return 1;
}

int
rehearsal_step(struct rehearsal *s, int64_t now_ms, struct err *err)
{
	struct rehearsal_topic *t;
	int n, rc, is_moved = 0;

	if (now_ms < s->again_ms || s->is_outdated)
		return 0;
	s->again_ms = -1;
	for (n = 0; n < MESSAGES_PER_STEP; n++) {
		if (!s->is_held) {
			s->held = (struct bus_message){0};
			rc = consumer_poll(s->consumer, 0, &s->held, err);
			if (rc < 0)
				return on_error(s, now_ms, err);
			if (rc == CONSUMER_NOTHING)
				return is_moved;
			is_moved = 1;
			if (rc == CONSUMER_EOF) {
				t = find(s, s->held.topic);
				if (t != NULL) {
					t->is_read = 1;
					t->is_denied = 0;
				}
				continue;
			}
		}
		rc = take(s, &s->held, err);
		if (rc < 0)
			return -1;
		s->is_held = rc == 0;
		if (s->is_held) {
			s->again_ms = now_ms + AGAIN_MS;
			return is_moved;
		}
	}
	s->again_ms = now_ms;
	return 1;
}

int
rehearsal_fd(const struct rehearsal *s)
{
	return s->is_held || s->is_outdated ? -1 : consumer_fd(s->consumer);
}

int64_t
rehearsal_deadline(const struct rehearsal *s)
{
	return s->is_outdated ? -1 : s->again_ms;
}

int
rehearsal_is_whole(const struct rehearsal *s)
{
	size_t i;

	for (i = 0; i < s->n_topics; i++)
		if (!s->topics[i].is_read && !s->topics[i].is_denied)
			return 0;
	return !s->is_outdated;
}

static int
miss(void *ctx, const struct state_row *row)
{
	struct rehearsal *s = ctx;
	const struct rehearsal_topic *t = find(s, row->topic);
	struct topic_name name;

	if (row->local_id[0] != '\0' && row->state != STATE_REMOVED &&
	    row->state != STATE_GONE && t != NULL && !t->is_denied &&
	    row->offset < t->end && topic_parse(t->name, &name) == 0 &&
	    record_type_is_state(name.type) &&
	    plan_of(s->plan, row->key) == PLAN_ACTIONS)
		plan_set(s->plan, row->key, PLAN_REMOVE, NULL, row->url);
	return 0;
}

int
rehearsal_missing(struct rehearsal *s, struct err *err)
{
	return state_scan(s->env->state, s->env->conf->id, STATE_SUBSCRIBED, -1,
	    miss, s, err);
}

jv
rehearsal_plan(const struct rehearsal *s)
{
	jv plan = plan_json(s->plan), counts;

	if (s->n_unreadable > 0) {
		counts = json_get(plan, "counts");
		json_set_int(&counts, "unreadable", s->n_unreadable);
		json_set(&plan, "counts", counts);
	}
	return plan;
}

void
rehearsal_list(const struct rehearsal *s, struct buf *out)
{
	plan_list(s->plan, out);
}
