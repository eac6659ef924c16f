/* From a system onto the wire, the shell: see publisher.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "connector/boot.h"
#include "connector/env.h"
#include "connector/plan.h"
#include "connector/publisher_inner.h"
#include "connector/receipts.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "map/preset.h"
#include "rest/http.h"
#include "wire/writer.h"

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
	p->plan = plan_new();
	return p;
}

void
publisher_free(struct publisher *p)
{
	if (p == NULL)
		return;
	if (p->call != NULL)
		http_cancel(p->env->system.http, p->call);
	publisher_missing_clear(p);
	publisher_missed_clear(p);
	publisher_changes_clear(&p->changes);
	publisher_changes_clear(&p->kept);
	publisher_pages_forget(p);
	publisher_paging_clear(p);
	publisher_again_clear(p);
	plan_free(p->plan);
	jv_free(p->stored);
	jv_free(p->cursor);
	jv_free(p->next);
	jv_free(p->waiting);
	buf_free(&p->listed);
	jv_free(p->answer);
	free(p->approved);
	free(p->seen);
	free(p->doubts.now);
	free(p->doubts.before);
	free(p->topic);
	free(p);
}

/* Keys of organizations have no namespace, so a claim's looks like one: it is
 * the claims' entry of the same connection that says whose it is. */
static int
is_claim_of(const struct connection *c, const char *key)
{
	struct key_parts parts;
	size_t i;

	if (key_parse(RECORD_CLAIM, key, &parts) != 0)
		return 0;
	for (i = 0; i < c->n_publish; i++)
		if (c->publish[i].into == RECORD_CLAIM &&
		    strcmp(c->publish[i].ns, parts.ns) == 0)
			return 1;
	return 0;
}

int
publisher_is_ours(const struct publisher *p, const char *key)
{
	struct key_parts parts;

	if (key_parse(p->poll.type, key, &parts) != 0 ||
	    strcmp(parts.member, p->poll.member) != 0)
		return 0;
	if (p->poll.type == RECORD_ORGANIZATION)
		return !is_claim_of(p->env->conf, key);
	return strcmp(parts.ns, p->poll.ns) == 0;
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
	p->is_listing_trouble = 0;
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

static int
is_of_entry(const struct publisher *p, const struct boot_record *r)
{
	return r->type == p->poll.type && strcmp(r->topic, p->topic) == 0 &&
	       publisher_is_ours(p, r->key);
}

int
publisher_lacks(
    struct publisher *p, const struct boot_record *r, struct err *err)
{
	struct state_row row;
	int rc;

	if (!is_of_entry(p, r))
		return 0;
	rc = state_get(p->env->state, p->env->conf->id, STATE_PUBLISHED, r->key,
	    &row, err);
	if (rc < 0)
		return -1;
	if (rc == 0 || strcmp(row.topic, r->topic) != 0)
		return 1;
	/* What it said on another cluster is no older than what stands here,
	 * but for what somebody withdrew here. */
	if (row.offset < 0 && publisher_is_live(p, &row))
		return jv_get_kind(r->value) == JV_KIND_NULL ? 1 : 2;
	return row.offset < r->offset;
}

/* ROW becomes that of RECORD, which was acknowledged. */
static int
rebuild_row(
    struct publisher *p, struct state_row *row, jv record, struct err *err)
{
	struct buf bytes = {0};
	jv url = json_get(record, "url");
	int rc;

	/* A receipt says that it was refused, which is not so any more. */
	row->receipt_due |= row->state == STATE_REFUSED;
	row->state = STATE_DELIVERED;
	row->reason = "";
	poll_hash(p->poll.type, record, row->body_hash);
	row->since_ms = json_int(record, "modifiedAt", 0);
	json_canonical(record, &bytes);
	row->record = bytes.data;
	row->record_size = bytes.size;
	if (jv_get_kind(url) == JV_KIND_STRING)
		row->url = jv_string_value(url);
	rc = receipts_put(p->env, STATE_PUBLISHED, row, err);
	jv_free(url);
	buf_free(&bytes);
	return rc;
}

int
publisher_rebuild(
    struct publisher *p, const struct boot_record *r, struct err *err)
{
	const char *connection = p->env->conf->id;
	struct state_row row;
	struct key_parts parts;
	int rc;

	if (!is_of_entry(p, r))
		return 0;
	rc = txn_need(p->env->txn, err) != 0
		 ? -1
		 : state_get(p->env->state, connection, STATE_PUBLISHED, r->key,
		       &row, err);
	if (rc < 0)
		return -1;
	if (rc == 0) {
		key_parse(r->type, r->key, &parts);
		row = (struct state_row){.state = STATE_DELIVERED};
		row.local_id =
		    r->type == RECORD_ORGANIZATION ? "" : parts.local_id;
	}
	row.key = r->key;
	row.topic = r->topic;
	row.offset = r->offset;
	if (jv_get_kind(r->value) != JV_KIND_NULL)
		return rebuild_row(p, &row, r->value, err);
	row.state = STATE_REMOVED;
	row.reason = "withdrawn_here"; /* held until the item is edited */
	if (strcmp(r->source, writer_source(p->env->writer)) == 0)
		row.reason = ""; /* no other hand's */
	return receipts_put(p->env, STATE_PUBLISHED, &row, err);
}

int
publisher_withdrawn(
    struct publisher *p, const struct boot_record *r, struct err *err)
{
	struct boot_record seen = *r;
	struct state_row row;
	int rc;

	if (!is_of_entry(p, r) ||
	    strcmp(r->source, writer_source(p->env->writer)) == 0)
		return 0;
	rc = state_get(p->env->state, p->env->conf->id, STATE_PUBLISHED, r->key,
	    &row, err);
	if (rc != 1 || !publisher_is_live(p, &row) ||
	    (row.offset >= r->offset &&
		!publisher_again_undo(p, r->key, r->offset)))
		return rc < 0 ? -1 : 0;
	/* What is known to stand behind it is not found again, as lost. */
	if (row.offset > r->offset)
		seen.offset = row.offset;
	publisher_again_drop(p, r->key);
	if (publisher_rebuild(p, &seen, err) != 0)
		return -1;
	p->counts.withdrawn++;
	log_info("withdrawn by another hand", "connection", p->env->conf->id,
	    "key", r->key);
	if (p->hooks.published != NULL)
		p->hooks.published(
		    p->hooks.ctx, p->poll.type, r->key, r->value);
	return 0;
}

int
publisher_step(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	enum publish_phase before;

	if (!p->is_begun && publisher_begin(p, now_ms, wall_ms, err) != 0)
		return -1;
	if (publisher_changes_step(p, now_ms, wall_ms, err) != 0)
		return -1;
	if (p->is_stopping)
		return 0;
	do {
		before = p->phase;
		if (publisher_advance(p, now_ms, wall_ms, err) != 0)
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
		return p->is_held	? -1
		       : p->again.is_on ? p->again.due_ms
					: p->due_ms;
	if (p->is_held && p->phase > PUBLISH_AGAIN)
		return -1; /* what is sent is waited for */
	return p->changes.n_open > p->changes.n_sent ? p->send_due_ms : -1;
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
		http_cancel(p->env->system.http, p->call);
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

void
publisher_rehearse(struct publisher *p, int is_rehearsal)
{
	p->is_rehearsal = is_rehearsal;
	p->due_ms = p->whole_due_ms = 0;
	if (is_rehearsal)
		return;
	jv_free(p->waiting);
	p->waiting = jv_null();
	buf_free(&p->listed);
	p->trouble.class = ERR_NONE;
	publisher_pages_forget(p);
	publisher_missed_clear(p);
}

jv
publisher_plan(const struct publisher *p)
{
	return jv_copy(p->waiting);
}

void
publisher_list(const struct publisher *p, struct buf *out)
{
	buf_add(out, p->listed.data, p->listed.size);
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

int
publisher_cannot_list(const struct publisher *p)
{
	return p->trouble.class != ERR_NONE && p->is_listing_trouble;
}
