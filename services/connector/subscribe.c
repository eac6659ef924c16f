/* Subscribing: see subscribe.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crash.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "connector/deadletter.h"
#include "connector/env.h"
#include "connector/exchange.h"
#include "connector/hidden.h"
#include "connector/item.h"
#include "connector/plan.h"
#include "connector/judge.h"
#include "connector/rows.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "connector/survey.h"
#include "connector/told.h"
#include "connector/txn.h"
#include "event/schema.h"
#include "map/connection.h"
#include "map/preset.h"
#include "store/state.h"
#include "wire/reader.h"

enum {
	AGAIN_MS = 20,		/* a look that waits for a schema */
	VERIFY_AGAIN_MS = 5000, /* a look-up that could not be made */
	ACTIONS_PER_STEP = 500, /* rows of one transaction at most */
	PARKED_MAX = 10000,
	PARKED_MAX_BYTES = 64 * 1024 * 1024,
	OUTSTANDING_MAX_BYTES = 16 * 1024 * 1024,
};

/* --- making and freeing --------------------------------------------------- */

static void
on_answered(void *ctx, uint64_t id, const struct core_answer *answer)
{
	struct subscribe *s = ctx;

	core_answer(s->core, s->now_ms, id, answer);
}

static void
on_probed(void *ctx, int ok, int64_t retry_after_ms, const char *text)
{
	struct subscribe *s = ctx;

	snprintf(s->reason, sizeof(s->reason), "%s", ok ? "" : text);
	core_probe_done(s->core, s->now_ms, ok, retry_after_ms);
}

static uint64_t
seed_of(const char *text)
{
	unsigned char hash[JSON_HASH_SIZE];
	uint64_t seed;

	json_hash_bytes(text, strlen(text), hash);
	memcpy(&seed, hash, sizeof(seed));
	return seed;
}

struct subscribe *
subscribe_new(const struct env *env, int outstanding_max, int64_t now_ms)
{
	const struct connection *c = env->conf;
	struct subscribe *s = mem_new(1, sizeof(*s));
	struct core_conf conf;

	s->env = env;
	core_conf_init(&conf);
	subscribe_load(s, &conf);
	conf.tier = (enum core_tier)preset_tier(c->preset);
	conf.in_flight = (int)c->in_flight;
	conf.rate_per_s = (int)c->rate_per_s;
	conf.timeout_ms = c->timeout_ms;
	conf.give_up_after_ms = c->give_up_after_ms;
	conf.parked_max = PARKED_MAX;
	conf.parked_bytes_max = PARKED_MAX_BYTES;
	/* Enough to fill all places again while half of them are answered. */
	conf.outstanding_max = outstanding_max > 2 * conf.in_flight
				   ? outstanding_max
				   : 2 * conf.in_flight;
	conf.bytes_max = OUTSTANDING_MAX_BYTES;
	conf.dead_bytes_per_s = (int64_t)c->dead_kib_per_s * 1024;
	conf.on_gone_recreate = c->on_gone_recreate;
	conf.seed = seed_of(c->id);
	s->now_ms = now_ms;
	s->verify_ms = -1;
	s->delays = histogram_delivery();
	s->hold.plan = plan_new();
	s->hold.run_ms = -1;
	s->resync.plan = plan_new();
	s->core = core_new(&conf, now_ms);
	s->hidden = hidden_new(subscribe_is_live, s);
	s->exchange = exchange_new(env, on_answered, on_probed, s);
	return s;
}

static void
drop_payload(void *payload)
{
	item_free(payload);
}

void
subscribe_free(struct subscribe *s)
{
	size_t i;

	if (s == NULL)
		return;
	exchange_free(s->exchange);
	core_free(s->core, drop_payload);
	hidden_free(s->hidden);
	plan_free(s->hold.plan);
	subscribe_shown_fini(s);
	subscribe_resync_fini(s);
	plan_free(s->resync.plan);
	for (i = 0; i < s->n_topics; i++) {
		free(s->topics[i].name);
		free(s->topics[i].entries);
		schema_free((struct schema *)s->topics[i].want.part);
		survey_free(s->topics[i].survey);
	}
	free(s->topics);
	free(s);
}

/* --- records ---------------------------------------------------------------
 */

void
subscribe_judge(
    struct subscribe *s, struct topic *t, struct item *i, struct core_record *r)
{
	struct judge_topic jt = {
	    t->name, t->entries, t->n_entries, s->env->is_purged};

	judge_record(s->env->conf, &jt, s->hidden, i, r);
}

int
subscribe_give(struct subscribe *s, struct topic *t, struct item *i,
    struct core_record *r, int64_t now_ms, struct err *err)
{
	struct state_row row;
	int rc = r->is_rowless ? 0
			       : state_get(s->env->state, s->env->conf->id,
				     STATE_SUBSCRIBED, i->key, &row, err);

	if (rc < 0) {
		item_free(i);
		return -1;
	}
	rows_for_core(rc == 1 ? &row : NULL, t->name, i->held_ms, &r->row);
	if (rc == 0 && !r->is_rowless &&
	    told_get(s->env, i->key, &row, err) == 1)
		told_for_core(&row, t->name, &r->row);
	if (i->is_columns && r->want == CORE_KEEP) {
		/* The member's own row is there: no look-up, no create. */
		r->row.state = CORE_ROW_DELIVERED;
		r->row.has_local_id = 1;
	}
	r->is_outdated = t->survey != NULL && !r->is_rowless &&
			 r->offset < survey_newest(t->survey, i->key);
	r->key = i->key;
	r->topic = (unsigned)(t - s->topics);
	r->is_state = record_type_is_state(i->type);
	r->bytes = i->parcel.size;
	r->payload = i;
	subscribe_hold_back(s, t, i, r, now_ms);
	if (i->type == RECORD_EVENT && !r->is_rowless)
		subscribe_set_off(s, i, r);
	core_offer(s->core, now_ms, r);
	s->is_unsaved = 1;
	return 1;
}

int
subscribe_offer(struct subscribe *s, struct topic *t, struct item *i,
    struct core_record *r, int64_t now_ms, struct err *err)
{
	if (r->want != CORE_BAD)
		subscribe_judge(s, t, i, r);
	return subscribe_give(s, t, i, r, now_ms, err);
}

static struct item *
bad_item(struct subscribe *s, const struct bus_message *m, const char *reason,
    const struct err *why, struct core_record *r)
{
	struct topic_name name = {.member = ""};
	struct key_parts parts;
	enum record_type t = RECORD_EVENT;
	char *key = NULL;
	struct item *i;

	if (topic_parse(m->topic, &name) == 0)
		t = name.type;
	/* A key that its topic's member may not use proves nothing about the
	 * record it names, whatever else is wrong: the dead letter stands by
	 * its place instead, and the record's own writer keeps row and receipt.
	 */
	if (m->key != NULL && strcmp(reason, "origin_mismatch") != 0)
		key = mem_dup_n(m->key, m->key_size);
	if (key == NULL || key[0] == '\0' || strlen(key) != m->key_size ||
	    (name.member[0] != '\0' &&
		(key_parse(t, key, &parts) != 0 ||
		    strcmp(parts.member, name.member) != 0))) {
		free(key);
		key = mem_printf("%s:%d:%lld", m->topic, (int)m->partition,
		    (long long)m->offset);
		r->is_rowless = 1;
	}
	i = item_new(s->env->conf, t, key, m);
	i->record = jv_invalid();
	item_fail(i, reason, why->msg);
	r->want = CORE_BAD;
	free(key);
	return i;
}

int
subscribe_read(struct subscribe *s, struct topic *t,
    const struct bus_message *m, struct item **out, struct core_record *r)
{
	struct reader_record record;
	const char *reason = "";
	struct err why = {0};
	int rc =
	    reader_read(s->env->schemas, m, &t->want, &record, &reason, &why);

	if (rc == 0)
		return 0;
	*r = (struct core_record){.offset = m->offset,
	    .may_create = m->offset >= t->floor,
	    .is_doubtful = m->offset < t->doubt_end};
	if (rc < 0) {
		*out = bad_item(s, m, reason, &why, r);
	} else {
		*out = item_new(s->env->conf, record.topic.type, record.key, m);
		item_take(*out, &record);
	}
	return 1;
}

int
subscribe_message(struct subscribe *s, const struct bus_message *m,
    int64_t now_ms, struct err *err)
{
	struct topic *t = subscribe_find(s, m->topic);
	struct core_record r;
	struct item *i;

	if (t == NULL)
		return 1;
	subscribe_read_on(s, t);
	if (t->survey != NULL && !t->is_surveyed)
		return !(t->is_waiting = subscribe_survey(s, t, m) == 0);
	if ((t->is_waiting = subscribe_read(s, t, m, &i, &r) == 0))
		return 0;
	subscribe_resync_saw(s, t, m);
	/* What cannot be read is no more readable the second time. */
	if (r.want != CORE_BAD && subscribe_resync_claim(s, t, i))
		r.origin = CORE_RESYNC;
	core_read_to(s->core, (unsigned)(t - s->topics), m->offset);
	s->is_unsaved = 1;
	if (t->last_ms < m->timestamp_ms) /* leaders' clocks differ */
		t->last_ms = m->timestamp_ms;
	if (t->next <= m->offset)
		t->next = m->offset + 1;
	t->is_at_end = s->hold.is_drained = 0;
	CRASH_POINT("record_read");
	return subscribe_offer(s, t, i, &r, now_ms, err);
}

/* --- actions ---------------------------------------------------------------
 */

static void
say_end(struct subscribe *s, const struct core_action *a)
{
	struct item *i = a->payload;
	char offset[24];

	snprintf(offset, sizeof(offset), "%lld", (long long)a->offset);
	if (a->fate == CORE_DEADLETTERED)
		log_warn("not delivered", "connection", s->env->conf->id, "key",
		    a->key, "offset", offset, "reason", i->reason, "text",
		    i->why.msg);
	else
		log_debug(core_fate_word(a->fate), "connection",
		    s->env->conf->id, "key", a->key, "offset", offset);
	if (a->is_twin_left)
		log_warn("two items carry one marker", "connection",
		    s->env->conf->id, "key", a->key);
}

static int
do_done(struct subscribe *s, const struct core_action *a, int64_t wall_ms,
    struct err *err)
{
	struct item *i = a->payload;
	int rc;

	say_end(s, a);
	if (a->fate == CORE_APPLIED)
		histogram_add(&s->delays, wall_ms - i->parcel.m.timestamp_ms);
	rc = txn_need(s->env->txn, err);
	if (rc == 0)
		rc = rows_write(s->env, a, i, wall_ms, err);
	CRASH_POINT("row_written");
	if (a->verify_in_ms > 0)
		subscribe_verify_in(s, s->now_ms, a->verify_in_ms);
	else if (a->fate == CORE_VERIFIED && a->verify_in_ms < 0)
		subscribe_verify_in(s, s->now_ms, VERIFY_AGAIN_MS);
	subscribe_resync_ended(s, i);
	if (i->type == RECORD_EVENT && a->fate != CORE_VERIFIED)
		subscribe_arrived(s, i, a);
	item_free(i);
	return rc;
}

static void
on_dead(void *ctx, uint64_t id, int ok)
{
	struct subscribe *s = ctx;

	core_dead_done(s->core, s->now_ms, id, ok);
}

static int
do_action(struct subscribe *s, const struct core_action *a, int64_t wall_ms,
    struct err *err)
{
	switch (a->act) {
	case CORE_CALL:
		exchange_start(s->exchange, a->id, a->op, a->payload);
		CRASH_POINT("request_started");
		return 0;
	case CORE_DONE:
		return do_done(s, a, wall_ms, err);
	case CORE_PARK:
		if (txn_need(s->env->txn, err) != 0)
			return -1;
		subscribe_resync_ended(s, a->payload);
		return rows_write(s->env, a, a->payload, wall_ms, err);
	case CORE_DEAD:
		deadletter_send(s->env, a, wall_ms, on_dead, s);
		return 0;
	case CORE_PROBE:
		if (s->reason[0] == '\0') /* else the last answer holds */
			snprintf(
			    s->reason, sizeof(s->reason), "asking the site");
		exchange_probe(s->exchange);
		return 0;
	case CORE_PAUSE:
	case CORE_RESUME:
	case CORE_STATE:
		return 0; /* asked for by subscribe_is_paused(), _state() */
	}
	return 0;
}

/* --- a turn --------------------------------------------------------------- */

int
subscribe_step(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	struct core_action a;
	int n = 0;

	s->now_ms = now_ms;
	/* What waits may be outdated: that is known after the first reading. */
	if ((s->again != NULL && s->n_surveying == 0 &&
		subscribe_recheck(s, now_ms, err) != 0) ||
	    (s->verify_ms >= 0 && now_ms >= s->verify_ms &&
		subscribe_verify(s, now_ms, wall_ms, err) != 0))
		return -1;
	subscribe_settle_hold(s, now_ms);
	if (subscribe_resync_step(s, now_ms, wall_ms, err) != 0)
		return -1;
	exchange_step(s->exchange);
	while (n++ < ACTIONS_PER_STEP && core_next(s->core, now_ms, &a))
		if (do_action(s, &a, wall_ms, err) != 0)
			return -1;
	s->is_unsaved |= n > 1;
	return 0;
}

int64_t
subscribe_deadline(struct subscribe *s, int64_t now_ms)
{
	int64_t due;

	if (exchange_has_due(s->exchange) || subscribe_resync_has_due(s) ||
	    (s->has_more_again && s->n_surveying == 0))
		return now_ms;
	if ((s->again != NULL && s->n_surveying == 0) ||
	    subscribe_is_gathering(s))
		return now_ms + AGAIN_MS;
	due = core_deadline(s->core, now_ms);
	if (s->verify_ms >= 0 && (due < 0 || s->verify_ms < due))
		due = s->verify_ms;
	return due;
}

int
subscribe_is_paused(const struct subscribe *s)
{
	return core_is_paused(s->core);
}

int
subscribe_takes(const struct subscribe *s, const char *name)
{
	const struct topic *t = subscribe_find(s, name);

	return t == NULL || (!t->is_waiting &&
				core_takes(s->core, (unsigned)(t - s->topics)));
}

void
subscribe_wait_no_more(struct subscribe *s)
{
	for (size_t i = 0; i < s->n_topics; i++)
		s->topics[i].is_waiting = 0;
}

void
subscribe_hold(struct subscribe *s, int64_t now_ms, int is_held)
{
	core_hold(s->core, now_ms, is_held);
}

int
subscribe_in_flight(const struct subscribe *s)
{
	return core_in_flight(s->core);
}

int
subscribe_is_settled(const struct subscribe *s, int64_t now_ms)
{
	size_t i;

	if (subscribe_is_resyncing(s))
		return 0;
	for (i = 0; i < s->n_topics; i++)
		if (s->topics[i].doubt_end > 0)
			return 0;
	return core_is_settled(s->core, now_ms);
}

enum core_state
subscribe_state(const struct subscribe *s)
{
	return core_state(s->core);
}

const struct histogram *
subscribe_delays(const struct subscribe *s)
{
	return &s->delays;
}

void
subscribe_pace(const struct subscribe *s, struct core_pace *out)
{
	core_pace(s->core, out);
}

const char *
subscribe_reason(const struct subscribe *s)
{
	return s->reason;
}

int64_t
subscribe_pending(const struct subscribe *s)
{
	struct core_counts c;

	core_counts(s->core, &c);
	return c.pending + s->n_left + subscribe_not_offered(s);
}

int64_t
subscribe_waiting(const struct subscribe *s)
{
	struct core_counts c;

	core_counts(s->core, &c);
	return c.waiting;
}
