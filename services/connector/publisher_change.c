/* Records on their way to the wire, and what is kept of them: see publisher.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/crash.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/publisher_inner.h"
#include "connector/receipts.h"
#include "connector/told.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "wire/schemas.h"
#include "wire/writer.h"

struct change *
publisher_change_new(struct publisher *p, const char *key)
{
	struct change *c = mem_new(1, sizeof(*c));

	c->publisher = p;
	c->key = mem_dup(key);
	c->record = jv_null();
	c->offset = -1;
	return c;
}

void
publisher_change_free(struct change *c)
{
	if (c == NULL)
		return;
	jv_free(c->record);
	free(c->key);
	free(c->local_id);
	free(c->url);
	free(c->version);
	free(c);
}

void
publisher_change_add(struct changes *list, struct change *c)
{
	if (list->n == list->room) {
		list->room = list->room == 0 ? 64 : list->room * 2;
		list->list =
		    mem_grow(list->list, list->room, sizeof(*list->list));
	}
	list->list[list->n++] = c;
	list->n_open++;
}

void
publisher_changes_clear(struct changes *list)
{
	for (size_t i = 0; i < list->n; i++)
		publisher_change_free(list->list[i]);
	free(list->list);
	*list = (struct changes){0};
}

/* Called from producer_poll() or producer_free(): only notes. */
static void
on_written(void *ctx, int64_t offset, const struct err *err)
{
	struct change *c = ctx;
	struct publisher *p = c->publisher;

	CRASH_POINT("change_acked");
	p->changes.n_sent--;
	if (offset >= 0) {
		c->offset = offset;
		c->stage = CHANGE_ACKED;
		if (p->hooks.acked != NULL)
			p->hooks.acked(p->hooks.ctx, p->topic, offset);
	} else if (err->class == ERR_RETRY) {
		c->stage = CHANGE_WAITS;
		p->send_due_ms = INT64_MAX; /* the next step sets it */
		publisher_fail(p, err);
	} else {
		c->refusal = *err;
		c->stage = CHANGE_ACKED;
	}
}

static const char *
text(const char *s)
{
	return s == NULL ? "" : s;
}

static int
put_row(struct publisher *p, struct state_row *row, struct err *err)
{
	if (txn_need(p->env->txn, err) != 0 ||
	    told_settle(p->env, STATE_PUBLISHED, row, err) != 0)
		return -1;
	return receipts_put(p->env, STATE_PUBLISHED, row, err);
}

static int
delete_row(struct publisher *p, const char *key, struct err *err)
{
	if (txn_need(p->env->txn, err) != 0)
		return -1;
	return state_delete(
	    p->env->state, p->env->conf->id, STATE_PUBLISHED, key, err);
}

static int
write_published(struct publisher *p, const struct change *c, int64_t wall_ms,
    struct err *err)
{
	struct buf record = {0};
	struct state_row row = {
	    .key = c->key,
	    .local_id = text(c->local_id),
	    .url = text(c->url),
	    .version = text(c->version),
	    .topic = p->topic,
	    .offset = c->offset,
	    .state = STATE_DELIVERED,
	    .receipt_due = c->has_receipt,
	    .since_ms = wall_ms,
	};
	int rc;

	json_canonical(c->record, &record);
	memcpy(row.body_hash, c->hash, STATE_HASH_SIZE);
	row.record = record.data;
	row.record_size = record.size;
	rc = put_row(p, &row, err);
	buf_free(&record);
	return rc;
}

int
publisher_change_forget(struct publisher *p, const char *key, int has_receipt,
    int64_t wall_ms, struct err *err)
{
	struct state_row row = {
	    .key = key,
	    .topic = p->topic,
	    .offset = -1,
	    .state = STATE_REMOVED,
	    .receipt_due = 1,
	    .since_ms = wall_ms,
	};

	return has_receipt ? put_row(p, &row, err) : delete_row(p, key, err);
}

int
publisher_change_keep(struct publisher *p, const struct change *c,
    const struct poll_decision *d, const struct state_row *row, int64_t wall_ms,
    struct err *err)
{
	struct state_row kept = {
	    .key = c->key,
	    .local_id = text(c->local_id),
	    .url = text(c->url),
	    .version = text(c->version),
	    .offset = -1,
	    .state = STATE_HIDDEN,
	    .reason = "below_from",
	    .since_ms = wall_ms,
	};

	if (row != NULL) {
		kept.topic = row->topic;
		kept.offset = row->offset;
		kept.state = row->state;
		kept.reason = row->reason;
		kept.since_ms = row->since_ms;
		kept.record = row->record;
		kept.record_size = row->record_size;
	}
	memcpy(kept.body_hash, d->hash, STATE_HASH_SIZE);
	return put_row(p, &kept, err);
}

/* What a refused row keeps: {code, text, field, url, previous}. */
static void
refusal_bytes(const struct change *c, const struct poll_decision *d,
    const struct state_row *old, struct buf *out)
{
	struct poll_row known;
	jv v = jv_object(), previous;

	json_set_str(&v, "code", d->code);
	json_set_str(&v, "text", d->text);
	json_set_str(&v, "field", d->field);
	json_set_str(&v, "url", text(c->url));
	publisher_known(old, &known);
	previous = poll_previous(&known);
	if (jv_get_kind(previous) == JV_KIND_OBJECT)
		json_set(&v, "previous", jv_copy(previous));
	jv_free(previous);
	json_canonical(v, out);
	jv_free(v);
}

int
publisher_change_refuse(struct publisher *p, const struct change *c,
    const struct poll_decision *d, int64_t wall_ms, struct err *err)
{
	struct state_row old, row = {.offset = -1};
	struct buf bytes = {0};
	int found = state_get(p->env->state, p->env->conf->id, STATE_PUBLISHED,
	    c->key, &old, err);
	int rc;

	if (found < 0)
		return -1;
	refusal_bytes(c, d, found == 1 ? &old : NULL, &bytes);
	if (found == 1 && old.state != STATE_REMOVED &&
	    old.state != STATE_HIDDEN) {
		row.topic = *old.topic == '\0' ? "" : p->topic;
		row.offset = old.offset;
	}
	row.key = c->key;
	row.local_id = text(c->local_id);
	row.url = text(c->url);
	row.version = text(c->version);
	row.state = STATE_REFUSED;
	row.reason = d->code;
	row.receipt_due = 1;
	row.since_ms = wall_ms;
	memcpy(row.body_hash, d->hash, STATE_HASH_SIZE);
	row.record = bytes.data;
	row.record_size = bytes.size;
	rc = put_row(p, &row, err);
	buf_free(&bytes);
	p->counts.refused++;
	return rc;
}

/* What the schema or the broker does not take, however often it is sent. */
static int
write_refused(struct publisher *p, const struct change *c, int64_t wall_ms,
    struct err *err)
{
	struct poll_decision d = {.record = jv_null()};

	memcpy(d.hash, c->hash, sizeof(d.hash));
	snprintf(d.code, sizeof(d.code), "not_accepted");
	snprintf(d.text, sizeof(d.text),
	    "The entry does not fit the form in which news travel: %.300s.",
	    c->refusal.msg);
	return publisher_change_refuse(p, c, &d, wall_ms, err);
}

/* It is as it was, at another place. */
static int
write_again(struct publisher *p, const struct change *c, struct err *err)
{
	struct state_row row;
	int rc;

	if (c->refusal.class != ERR_NONE)
		return 0;
	if (txn_need(p->env->txn, err) != 0)
		return -1;
	rc = state_get(p->env->state, p->env->conf->id, STATE_PUBLISHED, c->key,
	    &row, err);
	if (rc != 1 || !publisher_is_live(p, &row))
		return rc < 0 ? -1 : 0;
	row.offset = c->offset;
	return receipts_put(p->env, STATE_PUBLISHED, &row, err);
}

static int
write_change(
    struct publisher *p, struct change *c, int64_t wall_ms, struct err *err)
{
	int is_gone = jv_get_kind(c->record) == JV_KIND_NULL;
	int rc;

	if (c->is_again)
		return write_again(p, c, err);
	if (c->refusal.class != ERR_NONE)
		return write_refused(p, c, wall_ms, err);
	rc = is_gone ? publisher_change_forget(
			   p, c->key, c->has_receipt, wall_ms, err)
		     : write_published(p, c, wall_ms, err);
	if (rc != 0)
		return -1;
	if (is_gone)
		p->counts.withdrawn++;
	else
		p->counts.published++;
	if (p->hooks.published != NULL)
		p->hooks.published(
		    p->hooks.ctx, p->poll.type, c->key, c->record);
	return 0;
}

/* 1 sent, or refused for good; 0 not now. */
static int
send_change(struct publisher *p, struct change *c)
{
	struct err err = {0};
	int32_t id;
	int rc;

	/* Ours is not known there: nothing about this record. */
	rc = schemas_writer(p->env->schemas, p->poll.type, &id, &err);
	if (rc == 1)
		rc = writer_send(p->env->writer, p->poll.type, p->topic, c->key,
		    c->record, on_written, c, &err);
	else if (rc < 0)
		err.class = ERR_RETRY;
	if (rc == 1) {
		CRASH_POINT("change_sent");
		c->stage = CHANGE_SENT;
		p->changes.n_sent++;
		return 1;
	}
	if (rc < 0 && err.class == ERR_REJECT) {
		c->refusal = err;
		c->stage = CHANGE_ACKED;
		return 1;
	}
	if (rc < 0)
		publisher_fail(p, &err);
	return 0;
}

int
publisher_changes_step(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	struct changes *list = &p->changes;

	if (p->send_due_ms == INT64_MAX)
		p->send_due_ms = now_ms + PUBLISH_SEND_AGAIN_MS;
	for (size_t i = 0; i < list->n; i++) {
		struct change *c = list->list[i];

		if (c->stage == CHANGE_WAITS && now_ms >= p->send_due_ms &&
		    !p->is_stopping && (!p->is_held || c->is_again) &&
		    list->n_sent < PUBLISH_SENT_MAX && send_change(p, c) == 0)
			p->send_due_ms = now_ms + PUBLISH_AGAIN_MS;
		if (c->stage != CHANGE_ACKED)
			continue;
		if (write_change(p, c, wall_ms, err) != 0)
			return -1;
		c->stage = CHANGE_DONE;
		list->n_open--;
		p->send_due_ms = 0;
		p->trouble.class = ERR_NONE;
	}
	return 0;
}
