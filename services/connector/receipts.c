/* Receipts: see receipts.h.  A batch is read, sent, and acknowledged whole
 * before the next one is read, so that no row is told twice at once. */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/crash.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/receipts.h"
#include "connector/txn.h"
#include "event/keys.h"
#include "map/connection.h"
#include "store/state.h"
#include "wire/writer.h"

enum {
	BATCH_MAX = 500,
	NOTED_MAX = 10000, /* keys; beyond it the file is searched */
	EVERY_MS = 50,	   /* smaller batches than BATCH_MAX */
	AGAIN_MS = 1000
};

enum letter_state { LETTER_NEW, LETTER_SENT, LETTER_WRITTEN, LETTER_FAILED };

struct letter {
	struct receipts *r;
	enum letter_state state;
	enum state_side side;
	enum state_row_state row_state;
	char *row_key, *key;
	int64_t offset, since_ms;
	jv record;
};

/* A subscribed row whose receipt is due. */
struct noted {
	UT_hash_handle hh;
	char key[];
};

struct receipts {
	const struct env *env;
	char *topic;
	struct letter batch[BATCH_MAX];
	size_t n;
	struct noted *noted; /* in the order of their writing */
	int is_unknown;	     /* the file has more that are due */
	int is_poked;
	int is_fresh;	      /* the batch was read, and is to be sent */
	int64_t next_ms;      /* a batch not before */
	int64_t again_ms;     /* -1: nothing waits for time */
	enum state_side side; /* of the scan under way */
};

struct receipts *
receipts_new(const struct env *env)
{
	struct receipts *r = mem_new(1, sizeof(*r));

	r->env = env;
	r->topic = topic_new(RECORD_RECEIPT, env->conf->member);
	r->is_poked = r->is_unknown = 1;
	r->again_ms = -1;
	return r;
}

static void
letter_fini(struct letter *l)
{
	jv_free(l->record);
	free(l->row_key);
	free(l->key);
}

static struct noted *
take_noted(struct receipts *r)
{
	struct noted *n = r->noted;

	if (n != NULL)
		HASH_DEL(r->noted, n);
	return n;
}

void
receipts_free(struct receipts *r)
{
	struct noted *noted;
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++)
		letter_fini(&r->batch[i]);
	while ((noted = take_noted(r)) != NULL)
		free(noted);
	free(r->topic);
	free(r);
}

static void
note(struct receipts *r, const char *key)
{
	size_t size = strlen(key);
	struct noted *n;

	HASH_FIND(hh, r->noted, key, size, n);
	if (n != NULL)
		return;
	if (HASH_COUNT(r->noted) >= NOTED_MAX) {
		r->is_unknown = 1;
		return;
	}
	n = mem_new(1, sizeof(*n) + size + 1);
	memcpy(n->key, key, size);
	HASH_ADD(hh, r->noted, key[0], size, n);
}

int
receipts_put(
    const struct env *env, const struct state_row *row, struct err *err)
{
	if (row->receipt_due && env->receipts != NULL)
		note(env->receipts, row->key);
	return state_put(env->state, env->conf->id, STATE_SUBSCRIBED, row, err);
}

static const char *
state_word(enum state_row_state state)
{
	switch (state) {
	case STATE_DELIVERED:
		return "delivered";
	case STATE_REFUSED:
		return "refused";
	case STATE_PARKED:
		return "pending";
	case STATE_GONE:
	case STATE_HIDDEN:
	case STATE_REMOVED:
		break;
	}
	return "removed";
}

/* A refused item's address in its own system stands in the kept bytes. */
static jv
refused_url(const struct state_row *row)
{
	jv kept, url;

	if (row->record == NULL)
		return jv_null();
	kept = json_parse(row->record, row->record_size, NULL);
	url = json_get(kept, "url");
	jv_free(kept);
	if (jv_get_kind(url) == JV_KIND_STRING)
		return url;
	jv_free(url);
	return jv_null();
}

jv
receipts_record(
    const struct env *env, enum state_side side, const struct state_row *row)
{
	jv v = jv_object();

	json_set_str(&v, "connection", env->conf->id);
	json_set_str(&v, "recordKey", row->key);
	json_set_str(&v, "topic", row->topic);
	json_set_int(&v, "offset", row->offset);
	json_set_str(&v, "state", state_word(row->state));
	json_set_str(&v, "reason", row->reason);
	if (row->url[0] != '\0')
		json_set_str(&v, "url", row->url);
	else if (side == STATE_PUBLISHED)
		json_set(&v, "url", refused_url(row));
	return v;
}

static int
take_row(void *ctx, const struct state_row *row)
{
	struct receipts *r = ctx;
	struct letter *l;

	if (r->n == BATCH_MAX)
		return 1;
	l = &r->batch[r->n++];
	*l = (struct letter){.r = r,
	    .side = r->side,
	    .row_state = row->state,
	    .row_key = mem_dup(row->key),
	    .offset = row->offset,
	    .since_ms = row->since_ms,
	    .record = receipts_record(r->env, r->side, row)};
	json_set_int(&l->record, "since", row->since_ms);
	l->key = mem_printf("%s|%s", r->env->conf->id, row->key);
	return 0;
}

/* The rows noted, each as it stands now. */
static int
read_noted(struct receipts *r, struct err *err)
{
	struct state_row row;
	struct noted *n;
	int rc = 0;

	r->side = STATE_SUBSCRIBED;
	while (rc >= 0 && r->n < BATCH_MAX && (n = take_noted(r)) != NULL) {
		rc = state_get(r->env->state, r->env->conf->id,
		    STATE_SUBSCRIBED, n->key, &row, err);
		if (rc == 1 && row.receipt_due)
			take_row(r, &row);
		free(n);
	}
	return rc < 0 ? -1 : 0;
}

static int
search(struct receipts *r, enum state_side side, struct err *err)
{
	r->side = side;
	return state_scan_due(r->env->state, r->env->conf->id, BATCH_MAX - r->n,
	    side, take_row, r, err);
}

static int
read_batch(struct receipts *r, struct err *err)
{
	int publishes = r->env->conf->n_publish > 0 || r->is_unknown;

	if (read_noted(r, err) != 0)
		return -1;
	/* The file has those of this batch as well. */
	if (r->n == 0 && r->is_unknown) {
		if (search(r, STATE_SUBSCRIBED, err) != 0)
			return -1;
		r->is_unknown = r->n == BATCH_MAX;
	}
	return publishes && r->n < BATCH_MAX ? search(r, STATE_PUBLISHED, err)
					     : 0;
}

static void
on_written(void *ctx, int64_t offset, const struct err *err)
{
	struct letter *l = ctx;

	(void)err;
	CRASH_POINT("receipt_acked");
	l->state = offset >= 0 ? LETTER_WRITTEN : LETTER_FAILED;
}

/* 1 sent or given up for now, 0 the schema's id is not known yet. */
static int
send_one(struct receipts *r, struct letter *l, int64_t wall_ms)
{
	int rc;

	json_set_int(&l->record, "at", wall_ms);
	rc = writer_send(r->env->writer, RECORD_RECEIPT, r->topic, l->key,
	    l->record, on_written, l, NULL);
	if (rc == 0)
		return 0;
	l->state = rc == 1 ? LETTER_SENT : LETTER_FAILED;
	return 1;
}

/* Clear what was told, unless the row has moved on since. */
static int
settle_one(struct receipts *r, struct letter *l, struct err *err)
{
	const struct env *env = r->env;
	struct state_row row;
	int rc;

	if (l->state == LETTER_FAILED)
		return 0; /* still due: the next batch has it again */
	if (txn_need(env->txn, err) != 0)
		return -1;
	rc = state_get(
	    env->state, env->conf->id, l->side, l->row_key, &row, err);
	if (rc != 1)
		return rc;
	if (row.state != l->row_state || row.offset != l->offset ||
	    row.since_ms != l->since_ms)
		return 0;
	/* Nothing is left to know of it, unless it is held or looked up. */
	if (row.state == STATE_REMOVED && row.verify_at_ms == 0 &&
	    (l->side == STATE_SUBSCRIBED || row.reason[0] == '\0'))
		return state_delete(
		    env->state, env->conf->id, l->side, l->row_key, err);
	return state_receipt_done(
	    env->state, env->conf->id, l->side, l->row_key, l->offset, err);
}

/* Rows of a transaction that is still open are not told: a crash would undo
 * them, and the receipt would stay.  Its commit takes them up. */
static int
take_up(struct receipts *r, int64_t now_ms, struct err *err)
{
	if (r->n > 0 || !r->is_poked || r->env->txn->is_open ||
	    (now_ms < r->next_ms && HASH_COUNT(r->noted) < BATCH_MAX))
		return 0;
	r->is_poked = 0;
	r->next_ms = now_ms + EVERY_MS;
	if (read_batch(r, err) != 0)
		return -1;
	r->is_fresh = r->n > 0;
	return 0;
}

int
receipts_committed(struct receipts *r, int64_t now_ms, struct err *err)
{
	r->is_poked = 1;
	return take_up(r, now_ms, err);
}

int
receipts_step(
    struct receipts *r, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	int failed = 0, waits = 0;
	size_t i;

	if (r->again_ms >= 0 && now_ms >= r->again_ms) {
		r->again_ms = -1; /* else it would be due until the acks come */
		r->is_poked = 1;
	}
	if (take_up(r, now_ms, err) != 0)
		return -1;
	r->is_fresh = 0;
	for (i = 0; i < r->n; i++) {
		struct letter *l = &r->batch[i];

		if (l->state == LETTER_NEW && !send_one(r, l, wall_ms)) {
			r->again_ms = now_ms + AGAIN_MS / 10;
			return 0;
		}
		waits |= l->state == LETTER_SENT;
	}
	if (waits)
		return 0;
	for (i = 0; i < r->n; i++) {
		failed |= r->batch[i].state == LETTER_FAILED;
		if (settle_one(r, &r->batch[i], err) != 0)
			return -1;
		letter_fini(&r->batch[i]);
	}
	r->is_unknown |= failed;
	if (failed)
		r->again_ms = now_ms + AGAIN_MS;
	else if (r->n == BATCH_MAX || r->is_unknown)
		r->is_poked = 1;
	r->n = 0;
	return 0;
}

int64_t
receipts_deadline(const struct receipts *r)
{
	if (r->is_fresh)
		return 0;
	if (r->n > 0 || !r->is_poked || r->env->txn->is_open)
		return r->again_ms;
	return HASH_COUNT(r->noted) >= BATCH_MAX ? 0 : r->next_ms;
}

int
receipts_is_drained(const struct receipts *r)
{
	return r->n == 0 && !r->is_poked;
}
