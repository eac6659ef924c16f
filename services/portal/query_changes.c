/*
 * What has changed since a place that a reader names: see query.h.
 *
 * A cursor is {c: cluster, at: when it was up to date, t: {TOPIC: [next] or
 * [next, until]}}: in each topic all below `next` is known; `until` is where
 * the topic ended when the reader began, and what is withdrawn or outside
 * below it never came to that reader, so it need not hear of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "event/codes.h"
#include "event/keys.h"
#include "portal/ingest.h"
#include "portal/query_inner.h"
#include "portal/store.h"
#include "portal/token.h"
#include "store/sql.h"

enum { LIMIT_USUAL = 100, DAY_MS = 86400000 };

struct head { /* a record that has changed */
	int64_t id, offset, at_ms;
	int is_in; /* it passes the filter */
};

struct stream {		  /* a topic */
	const char *name; /* borrowed from the state */
	enum record_type type;
	int64_t id, next, until, end;
	struct head *heads; /* the next ones, in order */
	size_t n, at;
};

struct pick { /* a change for the answer */
	struct stream *stream;
	struct head *head;
};

struct changes {
	struct query *q;
	jv state; /* of the ingest */
	struct stream *streams;
	size_t n;
	int limit;
	int64_t known_at_ms; /* when the cursor was up to date */
	struct pick *picks;  /* in order; at most LIMIT */
	size_t n_picks;
	int is_cut; /* they hold more than one answer may */
};

static int
gone(struct err *err, const char *why)
{
	return err_set(err, ERR_REJECT, QUERY_CURSOR_GONE,
	    "%s; begin anew, without `after`", why);
}

/* Place [next, until] of NAME in T (borrowed) into S; a new topic begins. */
static int
place(struct stream *s, jv t, struct err *err)
{
	jv at = json_get(t, s->name + strlen("tw."));
	int n =
	    jv_get_kind(at) == JV_KIND_ARRAY ? jv_array_length(jv_copy(at)) : 0;
	jv first = n > 0 ? jv_array_get(jv_copy(at), 0) : jv_null();
	jv second = n > 1 ? jv_array_get(jv_copy(at), 1) : jv_null();

	s->next = jv_get_kind(first) == JV_KIND_NUMBER
		      ? (int64_t)jv_number_value(first)
		      : 0;
	s->until = n == 0 ? s->end
		   : jv_get_kind(second) == JV_KIND_NUMBER
		       ? (int64_t)jv_number_value(second)
		       : 0;
	jv_free(first);
	jv_free(second);
	jv_free(at);
	if (s->next > s->end)
		return gone(err, "a topic has been made anew since");
	return s->next >= 0 ? 0 : gone(err, "`after` is damaged");
}

static int
add_stream(struct changes *c, const char *name, jv topic, jv t, unsigned types,
    struct err *err)
{
	struct topic_name parsed;
	struct stream s = {.name = name, .end = json_int(topic, "next", 0)};
	int64_t next;

	if (topic_parse(name, &parsed) != 0 || (types >> parsed.type & 1) == 0)
		return 0;
	s.type = parsed.type;
	if (place(&s, t, err) != 0 ||
	    store_topic(c->q->store, name, &s.id, &next, err) != 0)
		return -1;
	c->streams = mem_grow(c->streams, c->n + 1, sizeof(*c->streams));
	c->streams[c->n++] = s;
	return 0;
}

static int
add_streams(struct changes *c, jv t, unsigned types, struct err *err)
{
	jv topics = json_get(c->state, "topics");
	int rc = 0;

	jv_object_foreach (topics, name, topic) {
		/* The state holds the names as long as C lives. */
		if (rc == 0)
			rc = add_stream(
			    c, jv_string_value(name), topic, t, types, err);
		jv_free(name);
		jv_free(topic);
	}
	jv_free(topics);
	return rc;
}

/* What CURSOR says, checked, into C. */
static int
open_cursor(struct changes *c, const char *cursor, unsigned types,
    int64_t now_ms, struct err *err)
{
	jv v = cursor != NULL ? token_parse(cursor) : jv_object(), t;
	int rc = 0;

	if (jv_get_kind(v) != JV_KIND_OBJECT) {
		jv_free(v);
		return err_set(err, ERR_REJECT, 0,
		    "`after` is no place that an answer has named");
	}
	c->known_at_ms = cursor != NULL ? json_int(v, "at", 0) : now_ms;
	if (cursor != NULL && strcmp(json_str(v, "c", ""),
				  json_str(c->state, "cluster", "")) != 0)
		rc = gone(err, "this is another wire");
	else if (cursor != NULL &&
		 c->known_at_ms <
		     now_ms - (int64_t)QUERY_CURSOR_MAX_DAYS * DAY_MS)
		rc = gone(err, "withdrawals since then may be forgotten");
	t = json_get(v, "t");
	if (rc == 0)
		rc = add_streams(c, t, types, err);
	jv_free(t);
	jv_free(v);
	return rc;
}

static int
add_head(void *ctx, const struct sql_row *row)
{
	struct stream *s = ctx;

	s->heads[s->n++] = (struct head){
	    sql_integer(row, 0), sql_integer(row, 1), sql_integer(row, 2), 0};
	return 0;
}

static int
read_heads(struct changes *c, struct err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		struct stream *s = &c->streams[i];

		if (s->next >= s->end)
			continue;
		s->heads = mem_new((size_t)c->limit, sizeof(*s->heads));
		if (sql_each(store_sql(c->q->store),
			"SELECT id, offset, at_ms FROM record WHERE topic = ?1"
			" AND offset >= ?2 ORDER BY offset LIMIT ?3",
			JV_ARRAY(jv_number((double)s->id),
			    jv_number((double)s->next), jv_number(c->limit)),
			add_head, s, err) != 0)
			return -1;
	}
	return 0;
}

/* The stream whose next change was appended first, or NULL. */
static struct stream *
earliest(struct changes *c)
{
	struct stream *best = NULL;

	for (size_t i = 0; i < c->n; i++) {
		struct stream *s = &c->streams[i];

		if (s->at < s->n &&
		    (best == NULL ||
			s->heads[s->at].at_ms < best->heads[best->at].at_ms))
			best = s; /* streams are in order of names */
	}
	return best;
}

/* The kinds of F that records of T can have; none: any.  "forum" asks for no
 * other partnerships. */
static jv
kinds_of(enum record_type t, const struct query_filter *f)
{
	enum codes_list list = t == RECORD_EVENT ? CODES_EVENT_KIND
			       : t == RECORD_ORGANIZATION
				   ? CODES_ORGANIZATION_KIND
				   : CODES_KIND;
	jv out = jv_array();

	if (jv_get_kind(f->kinds) != JV_KIND_ARRAY || t == RECORD_NOTICE)
		return out;
	jv_array_foreach (f->kinds, i, kind) {
		if (codes_rank(list, jv_string_value(kind)) >= 0)
			out = jv_array_append(out, jv_copy(kind));
		jv_free(kind);
	}
	return out;
}

struct sifting {
	struct changes *changes;
	enum record_type type;
};

/* The picked record that ROW names passes. */
static int
mark(void *ctx, const struct sql_row *row)
{
	const struct sifting *s = ctx;

	for (size_t i = 0; i < s->changes->n_picks; i++) {
		struct pick *p = &s->changes->picks[i];

		if (p->stream->type == s->type &&
		    p->head->id == sql_integer(row, 0))
			p->head->is_in = 1;
	}
	return 0;
}

/* Which of the picked records of T (ids: consumed) pass F.  One question for
 * all of them: what a filter looks through is as large for one. */
static int
sift_ids(struct changes *c, enum record_type t, jv ids,
    const struct query_filter *f, struct err *err)
{
	struct sifting sifting = {c, t};
	struct sql *store = store_sql(c->q->store);
	struct query_filter own = *f;
	struct question where;
	struct buf sql = {0};
	int rc;

	own.kinds = kinds_of(t, f);
	question_begin(&where);
	query_where(t, &own, &where);
	jv_free(own.kinds);
	if (where.n == 0) {
		for (size_t i = 0; i < c->n_picks; i++)
			if (c->picks[i].stream->type == t)
				c->picks[i].head->is_in = 1;
		jv_free(ids);
		question_fini(&where);
		return 0;
	}
	question_and(&where, "x.id IN (SELECT value FROM json_each(?))", ids);
	buf_printf(&sql, "SELECT x.id FROM %s x%s", record_type_word(t),
	    where.where.data);
	sql_limit(store, QUERY_STEPS_MAX);
	rc = sql_each(
	    store, sql.data, jv_copy(where.parameters), mark, &sifting, err);
	sql_limit(store, 0);
	buf_free(&sql);
	question_fini(&where);
	return rc;
}

static int
sift(struct changes *c, const struct query_filter *f, struct err *err)
{
	for (int t = 0; t < RECORD_TYPES; t++) {
		jv ids = jv_array();

		for (size_t i = 0; i < c->n_picks; i++)
			if ((int)c->picks[i].stream->type == t)
				ids = jv_array_append(ids,
				    jv_number((double)c->picks[i].head->id));
		if (jv_array_length(jv_copy(ids)) == 0) {
			jv_free(ids);
			continue;
		}
		if (sift_ids(c, (enum record_type)t, ids, f, err) != 0)
			return -1;
	}
	return 0;
}

/* Pick the next changes of all topics, as many as one answer holds. */
static void
pick(struct changes *c)
{
	struct stream *s;

	c->picks = mem_new((size_t)c->limit, sizeof(*c->picks));
	while (c->n_picks < (size_t)c->limit && (s = earliest(c)) != NULL) {
		struct head *h = &s->heads[s->at++];

		c->picks[c->n_picks++] = (struct pick){s, h};
		s->next = h->offset + 1;
	}
}

/* The change P as an item appended to *ITEMS, unless it is none for this
 * reader; *BYTES grows by its record's. */
static int
add_change(struct changes *c, const struct pick *p, jv *items, int64_t *bytes,
    struct err *err)
{
	jv item = query_first(c->q,
	    "SELECT " QUERY_ITEM ", length(r.value) AS bytes FROM record r"
	    " JOIN topic t ON t.id = r.topic WHERE r.id = ?1",
	    JV_ARRAY(jv_number((double)p->head->id)), err);
	jv record;
	int is_live, is_in;

	if (jv_get_kind(item) != JV_KIND_OBJECT)
		return -1;
	*bytes += json_int(item, "bytes", 0);
	item = jv_object_delete(item, jv_string("bytes"));
	record = json_get(item, "record");
	is_live = jv_get_kind(record) == JV_KIND_OBJECT;
	jv_free(record);
	is_in = is_live && p->head->is_in;
	if (!is_in && p->head->offset < p->stream->until) {
		jv_free(item);
		return 0;
	}
	if (!is_in)
		json_set(&item, "record", jv_null());
	json_set_str(&item, "change",
	    is_in      ? "put"
	    : !is_live ? "withdrawn"
		       : "outside");
	*items = jv_array_append(*items, item);
	return 0;
}

/* What is picked, as far as there is room; the rest is to come. */
static int
add_changes(struct changes *c, jv *items, struct err *err)
{
	int64_t bytes = 0;
	size_t n = 0;

	for (; n < c->n_picks && bytes < QUERY_BYTES_MAX; n++)
		if (add_change(c, &c->picks[n], items, &bytes, err) != 0)
			return -1;
	c->is_cut = n < c->n_picks;
	while (c->n_picks > n) {
		const struct pick *p = &c->picks[--c->n_picks];

		p->stream->next = p->head->offset;
	}
	return 0;
}

static void
print_cursor(const struct changes *c, int64_t now_ms, struct buf *out)
{
	jv v = jv_object(), t = jv_object();

	for (size_t i = 0; i < c->n; i++) {
		const struct stream *s = &c->streams[i];
		jv at;

		/* As good as not there: nothing of it was told. */
		if (s->next == 0)
			continue;
		at = JV_ARRAY(jv_number((double)s->next));
		if (s->next < s->until)
			at = jv_array_append(at, jv_number((double)s->until));
		json_set(&t, s->name + strlen("tw."), at);
	}
	json_set_str(&v, "c", json_str(c->state, "cluster", ""));
	json_set_int(&v, "at", now_ms);
	json_set(&v, "t", t);
	token_print(v, out);
	jv_free(v);
}

static jv
answer(struct changes *c, const char *cursor, const struct query_filter *f,
    int64_t now_ms, struct err *err)
{
	jv items = jv_array(), out = jv_object();
	struct buf text = {0};
	int n, has_more;

	pick(c);
	if (sift(c, f, err) != 0 || add_changes(c, &items, err) != 0) {
		jv_free(items);
		jv_free(out);
		return jv_invalid();
	}
	n = (int)c->n_picks;
	has_more = n == c->limit || c->is_cut;
	for (size_t i = 0; i < c->n && !has_more; i++)
		c->streams[i].next = c->streams[i].end;
	if (n == 0 && cursor != NULL && now_ms - c->known_at_ms < DAY_MS)
		buf_puts(&text, cursor);
	else
		print_cursor(c, has_more ? c->known_at_ms : now_ms, &text);
	json_set(&out, "items", items);
	json_set_str(&out, "cursor", text.data);
	json_set(&out, "more", jv_bool(has_more));
	buf_free(&text);
	return out;
}

jv
query_changes(struct query *q, const char *cursor, unsigned types,
    const struct query_filter *f, int64_t now_ms, struct err *err)
{
	struct changes c = {.q = q,
	    .state = query_state(q),
	    .limit = f->limit > 0 ? f->limit : LIMIT_USUAL};
	jv out = jv_invalid();

	if (!ingest_is_ready(q->ingest))
		err_set(err, ERR_RETRY, 0,
		    "the portal is still reading what the wire holds");
	else if (open_cursor(&c, cursor, types, now_ms, err) == 0 &&
		 read_heads(&c, err) == 0)
		out = answer(&c, cursor, f, now_ms, err);
	for (size_t i = 0; i < c.n; i++)
		free(c.streams[i].heads);
	free(c.streams);
	free(c.picks);
	jv_free(c.state);
	return out;
}
