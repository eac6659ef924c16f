/* Subscribing: see subscribe.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "connector/deadletter.h"
#include "connector/env.h"
#include "connector/exchange.h"
#include "connector/hidden.h"
#include "connector/item.h"
#include "connector/judge.h"
#include "connector/parcel.h"
#include "connector/rows.h"
#include "connector/subscribe.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "map/preset.h"
#include "store/state.h"
#include "wire/reader.h"
#include "wire/schemas.h"

enum {
	TOPICS_MAX = 1024,
	ACTIONS_PER_STEP = 500, /* rows of one transaction at most */
	PARKED_MAX = 10000,
	OUTSTANDING_MAX = 2000,
	OUTSTANDING_MAX_BYTES = 16 * 1024 * 1024,
};

struct topic {
	char *name;
	const struct connection_subscribe **entries; /* that match */
	size_t n_entries;
	int64_t floor, doubt_end, last_ms;
};

/* Events that are on their way: live before their row says so. */
struct flying {
	char *key;
	unsigned count;
	UT_hash_handle hh;
};

/* An event to look at again: its hiding may have changed. */
struct again {
	char *uid;
	struct again *next;
};

struct subscribe {
	const struct env *env;
	struct core *core;
	struct exchange *exchange;
	struct hidden *hidden;
	struct topic *topics;
	size_t n_topics;
	struct flying *flying;
	struct again *again;
	struct core_counts counted; /* as the state file has them */
	char reason[256];
	int64_t now_ms; /* of the running step, for answers that come in it */
};

/* --- liveness, for hidden events ----------------------------------------- */

static int
is_live(void *ctx, const char *uid)
{
	struct subscribe *s = ctx;
	const char *id = s->env->conf->id;
	struct flying *f;
	struct state_row row;
	struct key_parts parts;

	HASH_FIND_STR(s->flying, uid, f);
	if (f != NULL)
		return 1;
	if (judge_is_own(s->env->conf, RECORD_EVENT, uid))
		return key_parse(RECORD_EVENT, uid, &parts) == 0 &&
		    state_get(s->env->state, id, STATE_PUBLISHED, uid, &row,
			NULL) == 1 &&
		    row.state == STATE_DELIVERED;
	return state_get(s->env->state, id, STATE_SUBSCRIBED, uid, &row,
		   NULL) == 1 &&
	    row.state != STATE_GONE && row.state != STATE_REMOVED;
}

static void
fly(struct subscribe *s, const char *key)
{
	struct flying *f;

	HASH_FIND_STR(s->flying, key, f);
	if (f == NULL) {
		f = mem_new(1, sizeof(*f));
		f->key = mem_dup(key);
		HASH_ADD_KEYPTR(hh, s->flying, f->key, strlen(f->key), f);
	}
	f->count++;
}

static void
land(struct subscribe *s, const char *key)
{
	struct flying *f;

	HASH_FIND_STR(s->flying, key, f);
	if (f == NULL || --f->count > 0)
		return;
	HASH_DEL(s->flying, f);
	free(f->key);
	free(f);
}

static void
look_again(void *ctx, const char *uid)
{
	struct subscribe *s = ctx;
	struct again *a;

	LL_FOREACH(s->again, a)
		if (strcmp(a->uid, uid) == 0)
			return;
	a = mem_new(1, sizeof(*a));
	a->uid = mem_dup(uid);
	LL_PREPEND(s->again, a);
}

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
subscribe_new(const struct env *env, int64_t now_ms, struct err *err)
{
	const struct connection *c = env->conf;
	struct subscribe *s = mem_new(1, sizeof(*s));
	struct core_conf conf;

	core_conf_init(&conf);
	conf.tier = (enum core_tier)preset_tier(c->preset);
	conf.in_flight = (int)c->in_flight;
	conf.rate_per_s = (int)c->rate_per_s;
	conf.timeout_ms = c->timeout_ms;
	conf.give_up_after_ms = c->give_up_after_ms;
	conf.parked_max = PARKED_MAX;
	conf.outstanding_max = OUTSTANDING_MAX;
	conf.bytes_max = OUTSTANDING_MAX_BYTES;
	conf.on_gone_recreate = c->on_gone_recreate;
	conf.seed = seed_of(c->id);
	(void)err;
	s->env = env;
	s->now_ms = now_ms;
	s->core = core_new(&conf, now_ms);
	s->hidden = hidden_new(is_live, s);
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
	struct flying *f, *next;
	struct again *a, *after;
	size_t i;

	if (s == NULL)
		return;
	exchange_free(s->exchange);
	core_free(s->core, drop_payload);
	hidden_free(s->hidden);
	HASH_ITER(hh, s->flying, f, next) {
		HASH_DEL(s->flying, f);
		free(f->key);
		free(f);
	}
	LL_FOREACH_SAFE(s->again, a, after) {
		free(a->uid);
		free(a);
	}
	for (i = 0; i < s->n_topics; i++) {
		free(s->topics[i].name);
		free(s->topics[i].entries);
	}
	free(s->topics);
	free(s);
}

/* --- topics ---------------------------------------------------------------- */

static int
entry_matches(const struct connection_subscribe *e, const char *name)
{
	char **pattern;

	for (pattern = e->topics; *pattern != NULL; pattern++)
		if (topic_matches(*pattern, name))
			return 1;
	return 0;
}

int
subscribe_wants(const struct subscribe *s, const char *name)
{
	const struct connection *c = s->env->conf;
	size_t i;

	for (i = 0; i < c->n_subscribe; i++)
		if (entry_matches(&c->subscribe[i], name))
			return 1;
	return 0;
}

static struct topic *
find_topic(const struct subscribe *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_topics; i++)
		if (strcmp(s->topics[i].name, name) == 0)
			return &s->topics[i];
	return NULL;
}

int
subscribe_has(const struct subscribe *s, const char *name)
{
	return find_topic(s, name) != NULL;
}

static void
match_entries(const struct connection *c, struct topic *t)
{
	size_t i;

	t->entries = mem_new(c->n_subscribe, sizeof(const void *));
	for (i = 0; i < c->n_subscribe; i++)
		if (entry_matches(&c->subscribe[i], t->name))
			t->entries[t->n_entries++] = &c->subscribe[i];
}

int
subscribe_topic(struct subscribe *s, const struct subscribe_topic *t,
    int64_t *out_start, struct err *err)
{
	struct state_position p = { .read_end = t->start, .floor = t->floor,
		.last_ms = -1 };
	struct topic *made;
	int rc;

	if (s->n_topics == TOPICS_MAX)
		return err_set(err, ERR_FATAL, 0,
		    "%s: more than %d topics", s->env->conf->id, TOPICS_MAX);
	rc = state_get_position(
	    s->env->state, s->env->conf->id, t->name, &p, err);
	if (rc == 0) {
		/* Kept at once: what `from:` was resolved to is for good. */
		p.topic = t->name;
		rc = txn_need(s->env->txn, err) != 0 ||
			state_put_position(
			    s->env->state, s->env->conf->id, &p, err) != 0
		    ? -1
		    : 0;
	}
	if (rc < 0)
		return -1;
	s->topics = mem_grow(s->topics, s->n_topics + 1, sizeof(*s->topics));
	made = &s->topics[s->n_topics];
	*made = (struct topic){ .name = mem_dup(t->name), .floor = p.floor,
		.doubt_end = t->doubt_end, .last_ms = p.last_ms };
	match_entries(s->env->conf, made);
	core_topic(s->core, (unsigned)s->n_topics, p.read_end, p.open,
	    rc == 1 ? p.n_open : 0);
	*out_start = core_topic_start(s->core, (unsigned)s->n_topics);
	s->n_topics++;
	return 0;
}

/* --- records --------------------------------------------------------------- */

/* Judge I (its record set) and give it to the core. */
static int
offer(struct subscribe *s, struct topic *t, struct item *i,
    struct core_record *r, int64_t now_ms, struct err *err)
{
	struct judge_topic jt = { t->name, t->entries, t->n_entries };
	struct state_row row;
	int rc;

	if (r->want != CORE_BAD)
		judge_record(s->env->conf, &jt, s->hidden, i, r);
	rc = r->is_rowless ? 0
			   : state_get(s->env->state, s->env->conf->id,
				 STATE_SUBSCRIBED, i->key, &row, err);
	if (rc < 0) {
		item_free(i);
		return -1;
	}
	rows_for_core(rc == 1 ? &row : NULL, t->name, i->held_ms, &r->row);
	if (r->want == CORE_LEFT && rc == 0 && !r->is_doubtful)
		r->want = CORE_SKIP;
	r->key = i->key;
	r->topic = (unsigned)(t - s->topics);
	r->is_state = record_type_is_state(i->type);
	r->bytes = i->parcel.size;
	r->payload = i;
	if (i->type == RECORD_EVENT && !r->is_rowless) {
		if (r->want == CORE_KEEP || r->want == CORE_HIDE)
			fly(s, i->key);
		hidden_touch(s->hidden, i->key, look_again, s);
	}
	core_offer(s->core, now_ms, r);
	return 1;
}

static struct item *
bad_item(struct subscribe *s, const struct bus_message *m, const char *reason,
    const struct err *why, struct core_record *r)
{
	struct topic_name name;
	struct key_parts parts;
	enum record_type t = RECORD_EVENT;
	char *key = NULL;
	struct item *i;

	if (topic_parse(m->topic, &name) == 0)
		t = name.type;
	/* A key that its topic's member may not use proves nothing about the
	 * record it names: the dead letter stands by its place instead. */
	if (m->key != NULL && strcmp(reason, "origin_mismatch") != 0)
		key = mem_dup_n(m->key, m->key_size);
	if (key == NULL || key[0] == '\0' ||
	    (name.member[0] != '\0' && key_parse(t, key, &parts) != 0)) {
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
subscribe_message(struct subscribe *s, const struct bus_message *m,
    int64_t now_ms, struct err *err)
{
	struct topic *t = find_topic(s, m->topic);
	struct core_record r = { .offset = m->offset };
	struct reader_record record;
	const char *reason = "";
	struct err why = { 0 };
	struct item *i;
	int rc;

	if (t == NULL)
		return 1;
	rc = reader_read(s->env->schemas, m, &record, &reason, &why);
	if (rc == 0)
		return 0;
	core_read_to(s->core, (unsigned)(t - s->topics), m->offset);
	t->last_ms = m->timestamp_ms;
	r.may_create = m->offset >= t->floor;
	r.is_doubtful = m->offset < t->doubt_end;
	if (rc < 0) {
		i = bad_item(s, m, reason, &why, &r);
	} else {
		i = item_new(s->env->conf, record.topic.type, record.key, m);
		i->record = jv_copy(record.value);
		reader_fini(&record);
	}
	return offer(s, t, i, &r, now_ms, err);
}

void
subscribe_end(struct subscribe *s, const char *name, int64_t next)
{
	struct topic *t = find_topic(s, name);

	if (t != NULL)
		core_read_to(s->core, (unsigned)(t - s->topics), next);
}

/* Offer the message packed in ROW once more: 1, 0 if its schema is being
 * fetched, -1. */
static int
offer_row(struct subscribe *s, const struct state_row *row,
    struct core_record *r, int64_t now_ms, struct err *err)
{
	struct parcel p;
	struct reader_record record;
	struct err why = { 0 };
	const char *reason;
	struct topic *t;
	struct item *i;
	int rc;

	if (parcel_unpack(&p, row->record, row->record_size, &why) != 0) {
		log_warn("row without its message", "connection",
		    s->env->conf->id, "key", row->key, "reason", why.msg);
		return 1;
	}
	t = find_topic(s, p.m.topic);
	rc = t == NULL
	    ? -1
	    : reader_read(s->env->schemas, &p.m, &record, &reason, &why);
	if (rc == 1) {
		i = item_new(s->env->conf, record.topic.type, record.key,
		    &p.m);
		i->record = jv_copy(record.value);
		i->is_again = 1;
		r->offset = p.m.offset;
		r->may_create = 1;
		r->is_doubtful = 1;
		reader_fini(&record);
		rc = offer(s, t, i, r, now_ms, err);
	} else if (rc < 0) {
		log_warn("kept message cannot be read", "connection",
		    s->env->conf->id, "key", row->key, "reason", why.msg);
		rc = 1;
	}
	parcel_fini(&p);
	return rc;
}

/* --- restoring ------------------------------------------------------------- */

struct key_list {
	char **keys;
	size_t n;
};

static int
collect_key(void *ctx, const struct state_row *row)
{
	struct key_list *l = ctx;

	l->keys = mem_grow(l->keys, l->n + 1, sizeof(*l->keys));
	l->keys[l->n++] = mem_dup(row->key);
	return 0;
}

static void
key_list_fini(struct key_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->keys[i]);
	free(l->keys);
}

/* Who names whom, from a packed message or a published record. */
static int
note_names(void *ctx, const struct state_row *row)
{
	struct subscribe *s = ctx;
	struct parcel p;
	struct reader_record record;
	const char *reason;
	jv names;

	if (row->record == NULL ||
	    parcel_unpack(&p, row->record, row->record_size, NULL) != 0)
		return 0;
	if (reader_read(s->env->schemas, &p.m, &record, &reason, NULL) == 1) {
		names = json_get(record.value, "sameAs");
		if (record.topic.type == RECORD_EVENT)
			hidden_set(s->hidden, record.key, 0, names);
		jv_free(names);
		reader_fini(&record);
	}
	parcel_fini(&p);
	return 0;
}

static int
note_own_names(void *ctx, const struct state_row *row)
{
	struct subscribe *s = ctx;
	jv record, names;

	if (row->record == NULL || row->state != STATE_DELIVERED)
		return 0;
	record = json_parse(row->record, row->record_size, NULL);
	names = json_get(record, "sameAs");
	if (json_str(record, "uid", NULL) != NULL)
		hidden_set(s->hidden, json_str(record, "uid", ""), 1, names);
	jv_free(names);
	jv_free(record);
	return 0;
}

static int
restore_parked(struct subscribe *s, int64_t now_ms, struct err *err)
{
	struct key_list parked = { 0 };
	struct state_row row;
	size_t i;
	int rc = state_scan(s->env->state, s->env->conf->id, STATE_SUBSCRIBED,
	    STATE_PARKED, collect_key, &parked, err);

	for (i = 0; rc == 0 && i < parked.n; i++) {
		struct core_record r = { .origin = CORE_PARKED_ROW };

		if (state_get(s->env->state, s->env->conf->id,
			STATE_SUBSCRIBED, parked.keys[i], &row, err) != 1 ||
		    offer_row(s, &row, &r, now_ms, err) < 0)
			rc = -1;
	}
	key_list_fini(&parked);
	return rc;
}

static int
restore_verify(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	struct key_list due = { 0 };
	struct state_row row;
	struct core_row core_row;
	size_t i;
	int rc = state_scan_verify(
	    s->env->state, s->env->conf->id, collect_key, &due, err);

	for (i = 0; rc == 0 && i < due.n; i++) {
		if (state_get(s->env->state, s->env->conf->id,
			STATE_SUBSCRIBED, due.keys[i], &row, err) != 1) {
			rc = -1;
			break;
		}
		rows_for_core(&row, row.topic, wall_ms, &core_row);
		core_verify(s->core, now_ms, due.keys[i], &core_row,
		    item_new(s->env->conf, RECORD_EVENT, due.keys[i], NULL));
	}
	key_list_fini(&due);
	return rc;
}

int
subscribe_restore(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	const char *id = s->env->conf->id;

	if (state_scan(s->env->state, id, STATE_SUBSCRIBED, -1, note_names, s,
		err) != 0 ||
	    state_scan(s->env->state, id, STATE_PUBLISHED, -1, note_own_names,
		s, err) != 0 ||
	    restore_parked(s, now_ms, err) != 0 ||
	    restore_verify(s, now_ms, wall_ms, err) != 0)
		return -1;
	return 0;
}

/* --- hidden events --------------------------------------------------------- */

void
subscribe_own(struct subscribe *s, const char *uid, jv record)
{
	jv names = json_get(record, "sameAs");

	hidden_touch(s->hidden, uid, look_again, s);
	hidden_set(s->hidden, uid, 1, names);
	hidden_touch(s->hidden, uid, look_again, s);
	jv_free(names);
}

/* 1 done with it, 0 ask again later, -1. */
static int
recheck(struct subscribe *s, const char *uid, int64_t now_ms, struct err *err)
{
	struct core_record r = { .origin = CORE_AGAIN };
	struct state_row row;
	struct flying *f;
	int rc, hides;

	HASH_FIND_STR(s->flying, uid, f);
	if (f != NULL)
		return 0; /* its own end comes first */
	rc = state_get(s->env->state, s->env->conf->id, STATE_SUBSCRIBED, uid,
	    &row, err);
	if (rc != 1)
		return rc < 0 ? -1 : 1;
	hides = hidden_is(s->hidden, uid);
	rc = state_get(s->env->state, s->env->conf->id, STATE_SUBSCRIBED, uid,
	    &row, err);
	if (rc != 1)
		return rc < 0 ? -1 : 1;
	if (hides != (row.state == STATE_HIDDEN) &&
	    (row.state == STATE_HIDDEN || row.state == STATE_DELIVERED))
		return offer_row(s, &row, &r, now_ms, err);
	return 1;
}

static int
recheck_all(struct subscribe *s, int64_t now_ms, struct err *err)
{
	struct again *todo = s->again, *a, *next;
	int rc = 0;

	s->again = NULL;
	LL_FOREACH_SAFE(todo, a, next) {
		if (rc >= 0)
			rc = recheck(s, a->uid, now_ms, err);
		if (rc == 0)
			look_again(s, a->uid);
		free(a->uid);
		free(a);
	}
	return rc < 0 ? -1 : 0;
}

/* --- actions --------------------------------------------------------------- */

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
	rc = txn_need(s->env->txn, err);
	if (rc == 0)
		rc = rows_write(s->env, a, i, wall_ms, err);
	if (i->type == RECORD_EVENT && a->offset >= 0) {
		land(s, i->key);
		hidden_touch(s->hidden, i->key, look_again, s);
	}
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
		return 0;
	case CORE_DONE:
		return do_done(s, a, wall_ms, err);
	case CORE_PARK:
		if (txn_need(s->env->txn, err) != 0)
			return -1;
		return rows_write(s->env, a, a->payload, wall_ms, err);
	case CORE_DEAD:
		deadletter_send(s->env, a, wall_ms, on_dead, s);
		return 0;
	case CORE_PROBE:
		snprintf(s->reason, sizeof(s->reason), "asking the site");
		exchange_probe(s->exchange);
		return 0;
	case CORE_PAUSE:
	case CORE_RESUME:
	case CORE_STATE:
		return 0; /* asked for by subscribe_is_paused(), _state() */
	}
	return 0;
}

/* --- positions and counters ------------------------------------------------ */

static int
write_positions(struct subscribe *s, struct err *err)
{
	struct state_position p;
	size_t i;

	for (i = 0; i < s->n_topics; i++) {
		if (!core_position_changed(s->core, (unsigned)i))
			continue;
		p = (struct state_position){ .topic = s->topics[i].name,
			.floor = s->topics[i].floor,
			.last_ms = s->topics[i].last_ms };
		core_position(s->core, (unsigned)i, &p.read_end, &p.open,
		    &p.n_open);
		if (txn_need(s->env->txn, err) != 0 ||
		    state_put_position(
			s->env->state, s->env->conf->id, &p, err) != 0)
			return -1;
	}
	return 0;
}

static int
count(struct subscribe *s, const char *name, int64_t now, int64_t before,
    struct err *err)
{
	if (now == before)
		return 0;
	if (txn_need(s->env->txn, err) != 0)
		return -1;
	return state_count_add(
	    s->env->state, s->env->conf->id, name, now - before, err);
}

static int
write_counts(struct subscribe *s, struct err *err)
{
	struct core_counts now;
	int i;

	core_counts(s->core, &now);
	if (count(s, "consumed", now.consumed, s->counted.consumed, err) != 0)
		return -1;
	for (i = 0; i < CORE_FATES; i++)
		if (count(s, core_fate_word((enum core_fate)i), now.fates[i],
			s->counted.fates[i], err) != 0)
			return -1;
	s->counted = now;
	return 0;
}

int
subscribe_step(struct subscribe *s, int64_t now_ms, int64_t wall_ms,
    struct err *err)
{
	struct core_action a;
	int n = 0;

	s->now_ms = now_ms;
	if (s->again != NULL && recheck_all(s, now_ms, err) != 0)
		return -1;
	exchange_step(s->exchange);
	while (n++ < ACTIONS_PER_STEP && core_next(s->core, now_ms, &a))
		if (do_action(s, &a, wall_ms, err) != 0)
			return -1;
	if (write_positions(s, err) != 0 || write_counts(s, err) != 0)
		return -1;
	return 0;
}

int64_t
subscribe_deadline(struct subscribe *s, int64_t now_ms)
{
	enum { AGAIN_MS = 20 };

	if (exchange_has_due(s->exchange))
		return now_ms;
	if (s->again != NULL)
		return now_ms + AGAIN_MS;
	return core_deadline(s->core, now_ms);
}

int
subscribe_is_paused(const struct subscribe *s)
{
	return core_is_paused(s->core);
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

enum core_state
subscribe_state(const struct subscribe *s)
{
	return core_state(s->core);
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
	return c.pending;
}

int64_t
subscribe_waiting(const struct subscribe *s)
{
	struct core_counts c;

	core_counts(s->core, &c);
	return c.waiting;
}

void
subscribe_each_topic(struct subscribe *s,
    void (*each)(void *ctx, const char *name, int64_t position, int64_t floor),
    void *ctx)
{
	size_t i;

	for (i = 0; i < s->n_topics; i++)
		each(ctx, s->topics[i].name,
		    core_topic_start(s->core, (unsigned)i),
		    s->topics[i].floor);
}
