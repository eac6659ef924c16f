/* Receipts: see receipts.h.  A batch is sent and acknowledged whole before the
 * next one is taken up, so that no row is told twice at once. */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/buf.h"
#include "base/crash.h"
#include "base/err.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/receipt.h"
#include "connector/receipts.h"
#include "connector/txn.h"
#include "event/codec.h"
#include "event/keys.h"
#include "map/connection.h"
#include "store/state.h"
#include "wire/writer.h"

enum {
	BATCH_MAX = 500,
	NOTED_MAX = 10000, /* receipts; beyond it the file is searched */
	EVERY_MS = 50,	   /* smaller batches than BATCH_MAX */
	AGAIN_MS = 1000
};

enum letter_state { LETTER_NEW, LETTER_SENT, LETTER_WRITTEN, LETTER_FAILED };

/* A receipt that is due. */
struct letter {
	UT_hash_handle hh; /* in `noted`, by side and key */
	enum letter_state state;
	enum state_side side;
	enum state_row_state row_state;
	int64_t number; /* of the row, see state_written() */
	size_t id_size, avro_size;
	char id[]; /* a letter for the side, the row's key, 0; the receipt */
};

/* All rows that are due by the file: once through it. */
struct search {
	int is_on, is_over;
	struct state_due due;
};

struct receipts {
	const struct env *env;
	char *topic;
	struct letter *batch[BATCH_MAX];
	size_t n;
	struct letter *noted; /* by number */
	struct search search;
	int is_unknown; /* rows are due that are not in `noted`: search anew */
	int is_poked;
	int is_fresh;	  /* the batch was read, and is to be sent */
	int64_t next_ms;  /* a batch not before */
	int64_t again_ms; /* -1: nothing waits for time */
	struct buf text;  /* of what is being made */
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
forget_noted(struct receipts *r)
{
	struct letter *l, *next;

	HASH_ITER (hh, r->noted, l, next) {
		HASH_DEL(r->noted, l);
		free(l);
	}
}

void
receipts_free(struct receipts *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++)
		free(r->batch[i]);
	forget_noted(r);
	buf_free(&r->text);
	free(r->topic);
	free(r);
}

/* --- what is due ---------------------------------------------------------- */

static struct letter *
letter_new(struct receipts *r, enum state_side side,
    const struct state_row *row, int64_t number)
{
	size_t id_size = strlen(row->key) + 1;
	struct letter *l;

	buf_clear(&r->text);
	receipt_avro(r->env, side, row, &r->text);
	l = mem_new(1, sizeof(*l) + id_size + 1 + r->text.size);
	l->side = side;
	l->row_state = row->state;
	l->number = number;
	l->id_size = id_size;
	l->avro_size = r->text.size;
	l->id[0] = side == STATE_PUBLISHED ? 'p' : 's';
	memcpy(l->id + 1, row->key, id_size);
	memcpy(l->id + id_size + 1, r->text.data, r->text.size);
	return l;
}

static const char *
key_of(const struct letter *l)
{
	return l->id + 1;
}

/* What is noted of KEY is no longer so. */
static void
unnote(struct receipts *r, enum state_side side, const char *key)
{
	struct letter *l;

	if (r->noted == NULL)
		return;
	buf_clear(&r->text);
	buf_puts(&r->text, side == STATE_PUBLISHED ? "p" : "s");
	buf_puts(&r->text, key);
	HASH_FIND(hh, r->noted, r->text.data, r->text.size, l);
	if (l == NULL)
		return;
	HASH_DEL(r->noted, l);
	free(l);
}

/* At the end: the numbers in `noted` ascend. */
static void
note(struct receipts *r, enum state_side side, const struct state_row *row,
    int64_t number)
{
	struct letter *l;

	if (HASH_COUNT(r->noted) >= NOTED_MAX)
		r->is_unknown = 1;
	if (r->is_unknown) /* the search will find it */
		return;
	l = letter_new(r, side, row, number);
	HASH_ADD(hh, r->noted, id[0], l->id_size, l);
}

int
receipts_put(const struct env *env, enum state_side side,
    const struct state_row *row, struct err *err)
{
	struct receipts *r = env->receipts;
	int64_t number;

	if (state_put(env->state, env->conf->id, side, row, err) != 0)
		return -1;
	if (r == NULL)
		return 0;
	unnote(r, side, row->key);
	if (!row->receipt_due)
		return 0;
	number = state_written(env->state, env->conf->id, err);
	if (number < 0)
		return -1;
	note(r, side, row, number);
	return 0;
}

void
receipts_search(struct receipts *r)
{
	if (r != NULL)
		r->is_poked = r->is_unknown = 1;
}

/* --- a batch -------------------------------------------------------------- */

static int
take_row(void *ctx, const struct state_row *row)
{
	struct receipts *r = ctx;

	r->batch[r->n++] =
	    letter_new(r, r->search.due.side, row, row->receipt_due);
	return 0;
}

/* All that is due up to now is in the file, and what comes will be noted. */
static int
begin_search(struct receipts *r, struct err *err)
{
	int64_t last = state_written(r->env->state, r->env->conf->id, err);
	int64_t told = state_told(r->env->state, r->env->conf->id, err);

	if (last < 0 || told < 0)
		return -1;
	forget_noted(r);
	r->is_unknown = 0;
	r->search = (struct search){.is_on = told < last,
	    .due = {.side = STATE_SUBSCRIBED, .last = last}};
	return 0;
}

static int
search(struct receipts *r, struct err *err)
{
	struct search *s = &r->search;

	while (r->n < BATCH_MAX && !s->is_over) {
		s->due.max = BATCH_MAX - r->n;
		if (state_scan_due(r->env->state, r->env->conf->id, &s->due,
			take_row, r, err) != 0)
			return -1;
		if (r->n == BATCH_MAX)
			break;
		s->is_over = s->due.side == STATE_PUBLISHED;
		s->due.side = STATE_PUBLISHED;
		s->due.cursor = 0;
	}
	return 0;
}

/* The batch was told.  What is noted still is due, and all that was before. */
static int
move_mark(struct receipts *r, struct err *err)
{
	const struct env *env = r->env;
	struct search *s = &r->search;
	int64_t mark = -1;

	if (s->is_on && !s->is_over)
		return 0;
	if (s->is_on)
		mark = s->due.last;
	*s = (struct search){0};
	if (!r->is_unknown)
		mark = r->noted != NULL
			   ? r->noted->number - 1
			   : state_written(env->state, env->conf->id, err);
	if (mark < 0)
		return r->is_unknown ? 0 : -1;
	return state_set_told(env->state, env->conf->id, mark, err);
}

static int
read_batch(struct receipts *r, struct err *err)
{
	struct letter *l;

	if (r->is_unknown && !r->search.is_on && begin_search(r, err) != 0)
		return -1;
	if (r->search.is_on && search(r, err) != 0)
		return -1;
	if (r->search.is_on && r->n > 0)
		return 0;
	if (r->search.is_on && move_mark(r, err) != 0)
		return -1;
	while (r->n < BATCH_MAX && (l = r->noted) != NULL) {
		HASH_DEL(r->noted, l);
		r->batch[r->n++] = l;
	}
	return 0;
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
	const struct env *env = r->env;
	struct buf *b = &r->text;
	struct writer_bytes bytes = {
	    .type = RECORD_RECEIPT, .topic = r->topic, .size = l->avro_size};
	size_t key_at;
	int rc;

	buf_clear(b);
	buf_add(b, l->id + l->id_size + 1, l->avro_size);
	codec_put_long(b, wall_ms);
	bytes.size = key_at = b->size;
	buf_puts(b, env->conf->id);
	buf_puts(b, "|");
	buf_puts(b, key_of(l));
	bytes.data = b->data;
	bytes.key = b->data + key_at;
	rc = writer_send_avro(env->writer, &bytes, on_written, l, NULL);
	if (rc == 0)
		return 0;
	l->state = rc == 1 ? LETTER_SENT : LETTER_FAILED;
	return 1;
}

/* L was told: of a record that is no more, nothing is left to know, unless it
 * is held or looked up, or has come again. */
static int
settle_removed(struct receipts *r, const struct letter *l, struct err *err)
{
	const struct env *env = r->env;
	struct state_row row;
	int rc =
	    state_get(env->state, env->conf->id, l->side, key_of(l), &row, err);

	if (rc != 1 || row.receipt_due != l->number || row.verify_at_ms != 0 ||
	    (l->side == STATE_PUBLISHED && row.reason[0] != '\0'))
		return rc < 0 ? -1 : 0;
	return state_delete(env->state, env->conf->id, l->side, key_of(l), err);
}

/* There is something newer to tell of L's record. */
static int
is_outdated(const struct receipts *r, const struct letter *l)
{
	struct letter *newer;

	HASH_FIND(hh, r->noted, l->id, l->id_size, newer);
	return newer != NULL;
}

/* All of the batch has come back.  What failed stays in it, unless it is
 * outdated: the number of those. */
static int
settle(struct receipts *r, struct err *err)
{
	size_t n = r->n, failed = 0;

	if (txn_need(r->env->txn, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct letter *l = r->batch[i];

		if (l->state == LETTER_FAILED && !is_outdated(r, l)) {
			l->state = LETTER_NEW;
			r->batch[failed++] = l;
			continue;
		}
		if (l->state == LETTER_WRITTEN &&
		    l->row_state == STATE_REMOVED &&
		    settle_removed(r, l, err) != 0)
			return -1;
		free(l);
	}
	r->n = failed;
	if (failed == 0 && move_mark(r, err) != 0)
		return -1;
	return (int)failed;
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
	int waits = 0, failed;
	size_t i;

	if (now_ms < r->again_ms)
		return 0;
	r->again_ms = -1; /* else it would be due until the acks come */
	if (take_up(r, now_ms, err) != 0)
		return -1;
	r->is_fresh = 0;
	if (r->n == 0)
		return 0;
	for (i = 0; i < r->n; i++) {
		struct letter *l = r->batch[i];

		if (l->state == LETTER_NEW && !send_one(r, l, wall_ms)) {
			r->again_ms = now_ms + AGAIN_MS / 10;
			return 0;
		}
		waits |= l->state == LETTER_SENT;
	}
	if (waits)
		return 0;
	failed = settle(r, err);
	if (failed < 0)
		return -1;
	if (failed > 0)
		r->again_ms = now_ms + AGAIN_MS;
	else if (r->noted != NULL || r->is_unknown || r->search.is_on)
		r->is_poked = 1;
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
