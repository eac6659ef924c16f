/* From a system onto the wire, the shell: see publisher.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "connector/call.h"
#include "connector/env.h"
#include "connector/publisher_inner.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "map/preset.h"
#include "rest/backoff.h"
#include "rest/http.h"

enum { PLAN_EVERY_MS = 60 * 1000 }; /* while one waits for approval */

static const struct backoff_conf poll_backoff = {1000, 5 * 60 * 1000};

struct publisher *
publisher_new(const struct env *env, size_t entry,
    const struct publisher_hooks *hooks, struct err *err)
{
	const struct connection *conf = env->conf;
	struct publisher *p;

	if (!preset_has(conf->preset, PRESET_LIST) ||
	    !preset_has(conf->preset, PRESET_LISTED)) {
		err_set(err, ERR_REJECT, 0,
		    "the preset %s has no listing to publish from",
		    preset_name(conf->preset));
		return NULL;
	}
	p = mem_new(1, sizeof(*p));
	p->env = env;
	p->entry = &conf->publish[entry];
	if (hooks != NULL)
		p->hooks = *hooks;
	p->poll = (struct poll_conf){
	    .type = p->entry->into,
	    .connection = conf->id,
	    .member = conf->member,
	    .ns = p->entry->ns,
	    .from_ms = INT64_MIN,
	    .rules.personal_data = conf->personal_data_strip
				       ? RULES_PERSONAL_STRIP
				       : RULES_PERSONAL_REFUSE,
	};
	p->topic = topic_new(p->poll.type, conf->member);
	snprintf(p->name, sizeof(p->name), "%s.%s",
	    record_type_topic_word(p->poll.type), p->entry->ns);
	p->stored = p->cursor = p->next = p->waiting = jv_null();
	p->answer = jv_invalid();
	poll_plan_init(&p->plan);
	return p;
}

void
publisher_free(struct publisher *p)
{
	if (p == NULL)
		return;
	if (p->call != NULL)
		http_cancel(p->env->http, p->call);
	publisher_missing_clear(p);
	publisher_missed_clear(p);
	publisher_changes_clear(&p->changes);
	publisher_changes_clear(&p->kept);
	publisher_pages_forget(p);
	poll_plan_fini(&p->plan);
	jv_free(p->stored);
	jv_free(p->cursor);
	jv_free(p->next);
	jv_free(p->waiting);
	jv_free(p->answer);
	free(p->approved);
	free(p->seen);
	free(p->topic);
	free(p);
}

int
publisher_is_ours(const struct publisher *p, const char *key)
{
	struct key_parts parts;

	return key_parse(p->poll.type, key, &parts) == 0 &&
	       strcmp(parts.member, p->poll.member) == 0 &&
	       (p->poll.type == RECORD_ORGANIZATION ||
		   strcmp(parts.ns, p->poll.ns) == 0);
}

void
publisher_known(const struct state_row *row, struct poll_row *out)
{
	*out = (struct poll_row){.known = POLL_NEW};
	if (row == NULL)
		return;
	memcpy(out->hash, row->body_hash, sizeof(out->hash));
	out->record = row->record;
	out->record_size = row->record_size;
	switch (row->state) {
	case STATE_DELIVERED:
		out->known = POLL_LIVE;
		break;
	case STATE_REFUSED:
		out->known = *row->topic == '\0' ? POLL_BAD : POLL_BAD_LIVE;
		break;
	case STATE_HIDDEN:
		out->known = POLL_OLD;
		break;
	case STATE_REMOVED:
		out->known = *row->reason == '\0' ? POLL_TAKEN : POLL_HELD;
		break;
	case STATE_GONE:
	case STATE_PARKED:
		out->known = POLL_TAKEN;
		break;
	}
}

void
publisher_fail(struct publisher *p, const struct err *why)
{
	p->trouble = *why;
}

jv
publisher_vars(const struct publisher *p, const struct missing *m)
{
	jv vars = jv_object(), row;

	json_set_str(&vars, "type", record_type_word(p->poll.type));
	json_set_str(&vars, "topic", p->topic);
	json_set(&vars, "config", jv_copy(p->env->conf->config));
	json_set(&vars, "cursor", jv_copy(p->cursor));
	if (m != NULL) {
		row = jv_object();
		json_set_str(&row, "key", m->key);
		json_set_str(&row, "local_id", m->local_id);
		json_set_str(&row, "url", m->url);
		json_set(&vars, "row", row);
		json_set_str(&vars, "key", m->key);
	}
	return vars;
}

uint64_t
publisher_seen_hash(const char *key)
{
	unsigned char hash[JSON_HASH_SIZE];
	uint64_t out;

	json_hash_bytes(key, strlen(key), hash);
	memcpy(&out, hash, sizeof(out));
	return out;
}

void
publisher_see(struct publisher *p, uint64_t key_hash)
{
	if (p->n_seen == p->seen_room) {
		p->seen_room = p->seen_room * 2 + 256;
		p->seen = mem_grow(p->seen, p->seen_room, sizeof(*p->seen));
	}
	p->seen[p->n_seen++] = key_hash;
}

/* --- what the state file keeps by name ----------------------------------- */

static int
load_value(
    struct publisher *p, const char *what, const char **out, struct err *err)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%s", what, p->name);
	return state_value(p->env->state, p->env->conf->id, name, out, err);
}

static int
save_value(
    struct publisher *p, const char *what, const char *value, struct err *err)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%s", what, p->name);
	if (txn_need(p->env->txn, err) != 0)
		return -1;
	return state_set_value(
	    p->env->state, p->env->conf->id, name, value, err);
}

/* `from:` is resolved once and for good. */
static int
load_from(struct publisher *p, int64_t wall_ms, struct err *err)
{
	const char *value, *from = p->entry->from;
	char text[CLOCK_TEXT_SIZE];
	int found;

	if (from == NULL || strcmp(from, "beginning") == 0)
		return 0;
	found = load_value(p, "from", &value, err);
	if (found < 0)
		return -1;
	if (found == 1)
		return clock_parse(value, &p->poll.from_ms) == 0
			   ? 0
			   : err_set(err, ERR_FATAL, 0,
				 "state file: from.%s is no instant", p->name);
	if (p->poll.from_ms != INT64_MIN)
		; /* known from the last status */
	else if (strcmp(from, "now") == 0)
		p->poll.from_ms = wall_ms;
	else if (clock_parse(from, &p->poll.from_ms) != 0)
		return err_set(
		    err, ERR_FATAL, 0, "from: %.40s is no instant", from);
	return save_value(p, "from", clock_text(p->poll.from_ms, text), err);
}

void
publisher_know_floors(struct publisher *p, jv floors)
{
	const char *from = p->entry->from, *of;

	if (jv_get_kind(floors) != JV_KIND_ARRAY || from == NULL ||
	    strcmp(from, "beginning") == 0)
		return;
	jv_array_foreach (floors, i, floor) {
		of = json_str(floor, "of", "");
		if (strncmp(of, "publish:", 8) == 0 &&
		    strcmp(of + 8, p->name) == 0)
			p->poll.from_ms = json_int(floor, "at", INT64_MIN);
		jv_free(floor);
	}
}

jv
publisher_floor(const struct publisher *p)
{
	jv floor;
	char *of;

	if (p->poll.from_ms == INT64_MIN)
		return jv_null();
	floor = jv_object();
	of = mem_printf("publish:%s", p->name);
	json_set_str(&floor, "of", of);
	json_set_int(&floor, "offset", -1);
	json_set_int(&floor, "at", p->poll.from_ms);
	free(of);
	return floor;
}

static int
begin(struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	const char *value;
	int found;

	if (load_from(p, wall_ms, err) != 0)
		return -1;
	found = load_value(p, "listed", &value, err);
	if (found < 0)
		return -1;
	p->poll.is_first_listing = found == 0;
	found = load_value(p, "cursor", &value, err);
	if (found < 0)
		return -1;
	if (found == 1) {
		jv stored = json_parse(value, strlen(value), NULL);

		if (jv_is_valid(stored))
			p->stored = stored;
		else
			jv_free(stored);
	}
	p->due_ms = p->whole_due_ms = now_ms;
	p->is_begun = 1;
	return 0;
}

int
publisher_rebuild(struct publisher *p, enum record_type t, const char *topic,
    int64_t offset, const char *key, jv record, struct err *err)
{
	const char *connection = p->env->conf->id;
	struct state_row old, row = {.key = key, .topic = topic};
	struct buf bytes = {0};
	struct key_parts parts;
	jv url;
	int rc;

	if (t != p->poll.type || strcmp(topic, p->topic) != 0 ||
	    !publisher_is_ours(p, key))
		return 0;
	if (txn_need(p->env->txn, err) != 0)
		return -1;
	key_parse(t, key, &parts);
	row.local_id = t == RECORD_ORGANIZATION ? "" : parts.local_id;
	row.offset = offset;
	if (jv_get_kind(record) == JV_KIND_NULL) {
		/* By whom is not known: held until the item is edited. */
		rc = state_get(
		    p->env->state, connection, STATE_PUBLISHED, key, &old, err);
		if (rc < 0)
			return -1;
		if (rc == 1)
			row = old;
		row.offset = offset;
		row.state = STATE_REMOVED;
		row.reason = "withdrawn_here";
		return state_put(
		    p->env->state, connection, STATE_PUBLISHED, &row, err);
	}
	row.state = STATE_DELIVERED;
	poll_hash(t, record, row.body_hash);
	row.since_ms = json_int(record, "modifiedAt", 0);
	json_canonical(record, &bytes);
	row.record = bytes.data;
	row.record_size = bytes.size;
	url = json_get(record, "url");
	if (jv_get_kind(url) == JV_KIND_STRING)
		row.url = jv_string_value(url);
	rc = state_put(p->env->state, connection, STATE_PUBLISHED, &row, err);
	jv_free(url);
	buf_free(&bytes);
	return rc;
}

/* --- a run: pages, then what they did not name --------------------------- */

static void
set_null(jv *v)
{
	jv_free(*v);
	*v = jv_null();
}

/* Back to waiting; what was sent is settled already. */
static void
end_run(struct publisher *p, int64_t due_ms)
{
	publisher_changes_clear(&p->changes);
	publisher_changes_clear(&p->kept);
	publisher_missing_clear(p);
	poll_plan_fini(&p->plan);
	poll_plan_init(&p->plan);
	set_null(&p->cursor);
	set_null(&p->next);
	free(p->seen);
	p->seen = NULL;
	p->n_seen = p->seen_room = 0;
	p->due_ms = due_ms;
	p->phase = PUBLISH_IDLE;
}

/* A page that fails ends the run: nothing is missing from half a listing. */
static void
fail_run(struct publisher *p, const struct err *why, int64_t now_ms)
{
	int64_t wait = backoff_ms(&poll_backoff, ++p->failures,
	    (uint32_t)now_ms * 2654435761u, p->retry_after_ms);

	publisher_fail(p, why);
	err_wrap(&p->trouble, "the listing of %s failed",
	    record_type_topic_word(p->poll.type));
	end_run(p, now_ms + wait);
}

static void
on_listed(void *ctx, const struct http_answer *a)
{
	struct publisher *p = ctx;

	p->call = NULL;
	p->phase = PUBLISH_ANSWERED;
	p->retry_after_ms = a->retry_after_ms;
	if (a->outcome != HTTP_ANSWERED)
		p->failure = *a->err;
	else if (a->status < 200 || a->status > 299)
		err_set(&p->failure, ERR_RETRY, a->status,
		    "the system answered with status %d", a->status);
	else if (publisher_pages_known(p, a))
		p->phase = PUBLISH_SETTLING;
	else
		p->answer = call_answer(a, preset_format(p->env->conf->preset));
}

/* Ask for the page at p->cursor. */
static void
ask_page(struct publisher *p, int64_t now_ms)
{
	struct err err = {0};
	jv request;

	p->failure = (struct err){0};
	p->retry_after_ms = 0;
	p->phase = PUBLISH_LISTING;
	if (preset_run(p->env->conf->preset, PRESET_LIST, jv_null(),
		publisher_vars(p, NULL), &request, &err) == 0)
		p->call = call_start(p->env, request, on_listed, p, &err);
	if (p->call == NULL)
		fail_run(p, &err, now_ms);
}

static int
start_run(struct publisher *p, int64_t now_ms, struct err *err)
{
	int64_t live;

	p->is_whole =
	    jv_get_kind(p->stored) == JV_KIND_NULL || now_ms >= p->whole_due_ms;
	set_null(&p->cursor);
	if (!p->is_whole)
		p->cursor = jv_copy(p->stored);
	if (p->env->conf->max_change_share >= 0) {
		live = state_count(p->env->state, p->env->conf->id,
		    STATE_PUBLISHED, STATE_DELIVERED, err);
		if (live < 0)
			return -1;
		p->live = (size_t)live;
	}
	p->due_ms = now_ms + p->entry->every_ms;
	p->counts.polls++;
	ask_page(p, now_ms);
	return 0;
}

/* Changes that `max_change` may ask about wait until all are known. */
static void
add_change(struct publisher *p, struct change *c)
{
	const struct connection *conf = p->env->conf;
	int is_gone = jv_get_kind(c->record) == JV_KIND_NULL;

	if (conf->max_change_share < 0 || (!is_gone && !c->is_update)) {
		publisher_change_add(&p->changes, c);
		return;
	}
	poll_plan_add(&p->plan, c->key, is_gone ? NULL : c->hash,
	    c->url == NULL ? "" : c->url);
	publisher_change_add(&p->kept, c);
	if (p->approved == NULL &&
	    poll_plan_asks(&p->plan, conf->max_change_share,
		conf->max_change_at_least, p->live))
		publisher_changes_clear(&p->kept);
}

static char *
member_text(jv item, const char *name)
{
	const char *text = json_str(item, name, NULL);

	return text == NULL ? NULL : mem_dup(text);
}

/* An item that carries our marker: edited since we wrote it? */
static int
look_at_echo(
    struct publisher *p, jv item, const char *local_id, struct err *err)
{
	static const unsigned char none[STATE_HASH_SIZE];
	const char *key =
	    poll_own_marker(p->poll.connection, poll_marker(item));
	unsigned char hash[JSON_HASH_SIZE];
	struct state_row row;
	jv owned;
	int found;

	p->counts.echo++;
	if (key == NULL || p->hooks.differs == NULL)
		return 0;
	found = state_get(p->env->state, p->poll.connection, STATE_SUBSCRIBED,
	    key, &row, err);
	if (found <= 0 || row.state != STATE_DELIVERED ||
	    (*row.local_id != '\0' && strcmp(row.local_id, local_id) != 0) ||
	    memcmp(row.fingerprint, none, sizeof(none)) == 0)
		return found < 0 ? -1 : 0;
	owned = preset_owned(p->env->conf->preset, json_get(item, "record"));
	json_hash(owned, hash);
	jv_free(owned);
	if (memcmp(hash, row.fingerprint, sizeof(hash)) != 0) {
		p->pages.is_quiet = 0;
		p->hooks.differs(p->hooks.ctx, key, item);
	}
	return 0;
}

/* Carry out D for the record of C (consumed), whose row is ROW (or NULL). */
static int
carry_out(struct publisher *p, struct change *c, struct poll_decision *d,
    const struct state_row *row, int64_t wall_ms, struct err *err)
{
	int rc = 0;

	if (d->want != POLL_UNCHANGED && d->want != POLL_BELOW)
		publisher_pages_forget(p);
	switch (d->want) {
	case POLL_UNCHANGED:
		p->counts.unchanged++;
		break;
	case POLL_ECHO:
		break;
	case POLL_BELOW:
		p->counts.below_from++;
		break;
	case POLL_KEEP:
		p->counts.below_from++;
		rc = publisher_change_keep(p, c, d, row, wall_ms, err);
		break;
	case POLL_REFUSE:
		rc = publisher_change_refuse(p, c, d, wall_ms, err);
		break;
	case POLL_FORGET:
		rc = publisher_change_forget(
		    p, c->key, c->has_receipt, wall_ms, err);
		break;
	case POLL_PUBLISH:
		c->record = jv_copy(d->record);
		c->is_update = d->is_update;
		memcpy(c->hash, d->hash, sizeof(c->hash));
		add_change(p, c);
		return 0;
	case POLL_WITHDRAW:
		add_change(p, c);
		return 0;
	}
	publisher_change_free(c);
	return rc;
}

/* Record key of ITEM into *OUT; what makes none stands under its own id, to be
 * refused: 0 with D filled.  1, or -1 with ERR. */
static int
key_of(struct publisher *p, jv item, const char *local_id, char **out,
    struct poll_decision *d, struct err *err)
{
	struct state_row row;
	struct err why;
	jv record;
	int is_gone, found;

	record = json_get(item, "record");
	is_gone = jv_get_kind(record) == JV_KIND_NULL;
	jv_free(record);
	if (is_gone && p->poll.type == RECORD_ORGANIZATION) {
		/* Its id went with it. */
		found = state_find_local(p->env->state, p->poll.connection,
		    STATE_PUBLISHED, local_id, &row, err);
		if (found < 0)
			return -1;
		if (found == 1) {
			*out = mem_dup(row.key);
			return 1;
		}
	}
	*out = poll_key(&p->poll, item, local_id, &why);
	if (*out != NULL)
		return 1;
	*out = mem_dup(local_id);
	d->want = POLL_REFUSE;
	json_hash_bytes(local_id, strlen(local_id), d->hash);
	snprintf(d->code, sizeof(d->code), "bad_id");
	snprintf(d->text, sizeof(d->text),
	    "The entry's number or name in its own system cannot be used: "
	    "%.200s.",
	    why.msg);
	return 0;
}

static int
take_item(struct publisher *p, jv item, int64_t wall_ms, struct err *err)
{
	struct poll_decision d = {.record = jv_null()};
	struct state_row row;
	struct poll_row known;
	struct change *c;
	char *local_id = poll_local_id(item), *key = NULL;
	int found, has_key, rc = -1;

	if (local_id == NULL) {
		log_warn("listed item without an id", "connection",
		    p->poll.connection);
		return 0;
	}
	has_key = key_of(p, item, local_id, &key, &d, err);
	if (has_key < 0)
		goto out;
	publisher_see(p, publisher_seen_hash(key));
	if (*poll_marker(item) != '\0') {
		rc = look_at_echo(p, item, local_id, err);
		goto out;
	}
	found = state_get(
	    p->env->state, p->poll.connection, STATE_PUBLISHED, key, &row, err);
	if (found < 0)
		goto out;
	publisher_known(found == 1 ? &row : NULL, &known);
	if (has_key == 1)
		poll_decide(&p->poll, item, key, &known, wall_ms, &d);
	else if (memcmp(known.hash, d.hash, sizeof(d.hash)) == 0)
		d.want = POLL_UNCHANGED;
	c = publisher_change_new(p, key);
	c->local_id = mem_dup(local_id);
	c->url = member_text(item, "url");
	c->version = member_text(item, "version");
	c->has_receipt =
	    known.known == POLL_BAD || known.known == POLL_BAD_LIVE;
	rc = carry_out(p, c, &d, found == 1 ? &row : NULL, wall_ms, err);
out:
	poll_decision_fini(&d);
	free(local_id);
	free(key);
	return rc;
}

/* Judge all of PAGE (borrowed). */
static int
take_page(struct publisher *p, jv page, int64_t wall_ms, struct err *err)
{
	jv items = json_get(page, "items"), gone = json_get(page, "gone");
	int rc = 0;

	if (jv_get_kind(items) == JV_KIND_ARRAY) {
		jv_array_foreach (items, i, item) {
			if (rc == 0)
				rc = take_item(p, item, wall_ms, err);
			jv_free(item);
		}
	}
	if (jv_get_kind(gone) == JV_KIND_ARRAY) {
		jv_array_foreach (gone, i, id) {
			jv item = jv_object();

			json_set(&item, "local_id", id);
			json_set(&item, "record", jv_null());
			if (rc == 0)
				rc = take_item(p, item, wall_ms, err);
			jv_free(item);
		}
	}
	jv_free(items);
	jv_free(gone);
	return rc;
}

static int
take_answer(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	jv answer = p->answer, page;
	int rc;

	p->answer = jv_invalid();
	if (p->failure.class == ERR_NONE &&
	    preset_run(p->env->conf->preset, PRESET_LISTED, jv_copy(answer),
		publisher_vars(p, NULL), &page, &p->failure) != 0 &&
	    p->failure.class == ERR_NONE)
		p->failure.class = ERR_REJECT;
	jv_free(answer);
	if (p->failure.class != ERR_NONE) {
		fail_run(p, &p->failure, now_ms);
		return 0;
	}
	set_null(&p->next);
	p->next = json_get(page, "next");
	if (!jv_is_valid(p->next))
		set_null(&p->next);
	p->is_last = json_bool(page, "complete", 1);
	p->phase = PUBLISH_SETTLING;
	rc = take_page(p, page, wall_ms, err);
	jv_free(page);
	if (rc == 0)
		publisher_pages_keep(p);
	return rc != 0 ? -1 : publisher_changes_step(p, now_ms, wall_ms, err);
}

/* All that changed is known: go on with it, or ask first. */
static int
close_run(struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	const struct connection *conf = p->env->conf;
	jv plan = poll_plan_json(&p->plan);

	set_null(&p->waiting);
	if (poll_plan_asks(&p->plan, conf->max_change_share,
		conf->max_change_at_least, p->live) &&
	    (p->approved == NULL ||
		strcmp(p->approved, json_str(plan, "id", "")) != 0)) {
		p->waiting = plan;
		free(p->approved);
		p->approved = NULL;
		err_set(&p->trouble, ERR_REJECT, 0,
		    "%zu changes wait for approval",
		    p->plan.updates + p->plan.withdrawals);
		end_run(p, now_ms + PLAN_EVERY_MS);
		return 0;
	}
	jv_free(plan);
	for (size_t i = 0; i < p->kept.n; i++)
		publisher_change_add(&p->changes, p->kept.list[i]);
	free(p->kept.list);
	p->kept = (struct changes){0};
	p->phase = PUBLISH_CLOSING;
	return publisher_changes_step(p, now_ms, wall_ms, err);
}

/* The last change is acknowledged: the next poll begins behind this one. */
static int
finish_run(struct publisher *p, int64_t now_ms, struct err *err)
{
	struct buf cursor = {0};
	int rc = 0;

	json_canonical(p->next, &cursor);
	if (!jv_equal(jv_copy(p->next), jv_copy(p->stored)))
		rc = save_value(p, "cursor", cursor.data, err);
	buf_free(&cursor);
	if (rc == 0 && p->is_whole && p->poll.is_first_listing) {
		rc = save_value(p, "listed", "1", err);
		p->poll.is_first_listing = 0;
	}
	jv_free(p->stored);
	p->stored = jv_copy(p->next);
	if (p->is_whole)
		p->whole_due_ms =
		    now_ms + poll_whole_every_ms((int64_t)p->n_seen);
	free(p->approved);
	p->approved = NULL;
	p->failures = 0;
	p->trouble.class = ERR_NONE;
	end_run(p, p->due_ms > now_ms ? p->due_ms : now_ms);
	return rc;
}

static int
settled(struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	publisher_changes_clear(&p->changes);
	if (!p->is_last) {
		jv_free(p->cursor);
		p->cursor = jv_copy(p->next);
		ask_page(p, now_ms);
		return 0;
	}
	if (!p->is_whole)
		return close_run(p, now_ms, wall_ms, err);
	p->phase = PUBLISH_READING;
	return publisher_missing_find(p, err);
}

static int
judge_missing(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	struct changes found = {0};
	size_t n = p->n_missing;
	int rc = publisher_missing_judge(p, &found, wall_ms, err);

	if (n > 0)
		publisher_pages_forget(p);
	publisher_missing_clear(p);
	for (size_t i = 0; i < found.n; i++)
		add_change(p, found.list[i]);
	free(found.list);
	return rc != 0 ? -1 : close_run(p, now_ms, wall_ms, err);
}

/* One step from phase to phase, if there is cause. */
static int
advance(struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	switch (p->phase) {
	case PUBLISH_IDLE:
		if (p->is_held || p->is_stopping || now_ms < p->due_ms)
			return 0;
		return start_run(p, now_ms, err);
	case PUBLISH_LISTING:
		return 0;
	case PUBLISH_ANSWERED:
		return take_answer(p, now_ms, wall_ms, err);
	case PUBLISH_SETTLING:
		if (p->changes.n_open > 0)
			return 0;
		return settled(p, now_ms, wall_ms, err);
	case PUBLISH_READING:
		if (publisher_missing_read(p) == 0)
			return 0;
		return judge_missing(p, now_ms, wall_ms, err);
	case PUBLISH_CLOSING:
		if (p->changes.n_open > 0)
			return 0;
		return finish_run(p, now_ms, err);
	}
	return 0;
}

int
publisher_step(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	enum publish_phase before;

	if (!p->is_begun && begin(p, now_ms, wall_ms, err) != 0)
		return -1;
	if (publisher_changes_step(p, now_ms, wall_ms, err) != 0)
		return -1;
	if (p->is_stopping)
		return 0;
	do {
		before = p->phase;
		if (advance(p, now_ms, wall_ms, err) != 0)
			return -1;
	} while (p->phase != before && p->phase != PUBLISH_IDLE);
	return 0;
}

int64_t
publisher_deadline(const struct publisher *p)
{
	if (p->is_stopping)
		return -1;
	if (!p->is_begun)
		return 0;
	if (p->phase == PUBLISH_IDLE)
		return p->is_held ? -1 : p->due_ms;
	return p->changes.n_open > p->changes.n_sent ? p->send_due_ms : -1;
}

void
publisher_poke(struct publisher *p)
{
	p->due_ms = 0;
}

void
publisher_hold(struct publisher *p, int is_held)
{
	p->is_held = is_held;
}

void
publisher_stop(struct publisher *p)
{
	p->is_stopping = 1;
	if (p->call != NULL)
		http_cancel(p->env->http, p->call);
	p->call = NULL;
	publisher_missing_clear(p);
}

int
publisher_is_drained(const struct publisher *p)
{
	if (p->changes.n_sent > 0)
		return 0;
	for (size_t i = 0; i < p->changes.n; i++)
		if (p->changes.list[i]->stage == CHANGE_ACKED)
			return 0;
	return 1;
}

jv
publisher_plan(const struct publisher *p)
{
	return jv_copy(p->waiting);
}

int
publisher_approve(struct publisher *p, const char *id)
{
	if (strcmp(json_str(p->waiting, "id", ""), id) != 0 || *id == '\0')
		return 0;
	free(p->approved);
	p->approved = mem_dup(id);
	p->due_ms = 0;
	return 1;
}

void
publisher_counts(const struct publisher *p, struct publisher_counts *out)
{
	*out = p->counts;
	out->pending = (int64_t)(p->changes.n_open + p->kept.n);
}

const char *
publisher_trouble(const struct publisher *p)
{
	return p->trouble.class == ERR_NONE ? "" : p->trouble.msg;
}
