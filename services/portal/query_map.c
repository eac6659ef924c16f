/* The map, a few rows at a time: see query_map.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "portal/query_inner.h"
#include "portal/query_map.h"
#include "portal/store.h"
#include "store/sql.h"

enum { TITLE_MAX_BYTES = 8 * 1024 }; /* in all languages */

struct spot {
	UT_hash_handle hh;
	int64_t row;	 /* in the store */
	int is_placed;	 /* it has coordinates */
	int is_numbered; /* and an arc */
	struct query_spot told;
};

struct rows {
	int64_t *ids;
	size_t n, at;
};

struct query_map {
	struct query *q;
	struct spot *spots;
	size_t n_numbered;
	struct rows arcs, points;
};

struct telling { /* one step */
	struct query_map *map;
	const struct query_map_reader *reader;
	void *ctx;
	struct err *err;
	int rc;
};

static int
add_row(void *ctx, const struct sql_row *row)
{
	struct rows *r = ctx;

	if ((r->n & (r->n - 1)) == 0)
		r->ids =
		    mem_grow(r->ids, r->n == 0 ? 1 : 2 * r->n, sizeof(*r->ids));
	r->ids[r->n++] = sql_integer(row, 0);
	return 0;
}

static int
find_rows(struct query *q, const char *table, const char *order, int max,
    struct question *where, struct rows *out, struct err *err)
{
	struct buf sql = {0};
	int rc;

	buf_printf(&sql, "SELECT x.id FROM %s x%s ORDER BY %s LIMIT %d", table,
	    where->where.data != NULL ? where->where.data : "", order, max);
	sql_limit(store_sql(q->store), QUERY_STEPS_MAX);
	rc = sql_each(store_sql(q->store), sql.data, jv_copy(where->parameters),
	    add_row, out, err);
	sql_limit(store_sql(q->store), 0);
	buf_free(&sql);
	return rc;
}

struct query_map *
query_map_new(struct query *q, const struct query_filter *f, struct err *err)
{
	struct query_map *m = mem_new(1, sizeof(*m));
	struct question where;
	int rc;

	m->q = q;
	question_begin(&where);
	query_where_partnerships(f, &where);
	rc = find_rows(q, "partnership", "x.id", QUERY_MAP_ARCS_MAX, &where,
	    &m->arcs, err);
	question_fini(&where);
	question_begin(&where);
	query_where_events(f, &where);
	if (rc == 0)
		rc = find_rows(q, "event", "x.start_ms, x.id",
		    QUERY_MAP_EVENTS_MAX, &where, &m->points, err);
	question_fini(&where);
	if (rc == 0)
		return m;
	query_map_free(m);
	return NULL;
}

void
query_map_free(struct query_map *m)
{
	struct spot *s, *next;

	if (m == NULL)
		return;
	HASH_ITER (hh, m->spots, s, next) {
		HASH_DEL(m->spots, s);
		free((char *)(uintptr_t)s->told.id);
		free((char *)(uintptr_t)s->told.names);
		free(s);
	}
	free(m->arcs.ids);
	free(m->points.ids);
	free(m);
}

size_t
query_map_rows(const struct query_map *m)
{
	return m->arcs.n + m->points.n;
}

static int
read_spot(void *ctx, const struct sql_row *row)
{
	struct spot *s = ctx;

	if (sql_is_null(row, 2) || sql_is_null(row, 3))
		return 1;
	s->is_placed = 1;
	s->told.id = mem_dup(sql_text(row, 0, NULL));
	s->told.names = mem_dup(sql_text(row, 1, NULL));
	s->told.lat = sql_real(row, 2);
	s->told.lon = sql_real(row, 3);
	return 1;
}

/* The city in row ROW of the store. */
static struct spot *
spot(struct telling *t, int64_t row)
{
	struct query_map *m = t->map;
	struct spot *s;

	HASH_FIND(hh, m->spots, &row, sizeof(row), s);
	if (s == NULL) {
		s = mem_new(1, sizeof(*s));
		s->row = row;
		HASH_ADD(hh, m->spots, row, sizeof(row), s);
		t->rc |= sql_each(store_sql(m->q->store),
		    "SELECT name, names, lat, lon FROM city WHERE id = ?1",
		    JV_ARRAY(jv_number((double)row)), read_spot, s, t->err);
	}
	return s;
}

/* S, which has an arc, under its number. */
static const struct query_spot *
numbered(struct query_map *m, struct spot *s)
{
	if (!s->is_numbered) {
		s->is_numbered = 1;
		s->told.index = m->n_numbered++;
	}
	return &s->told;
}

static int
tell_arc(void *ctx, const struct sql_row *row)
{
	struct telling *t = ctx;
	struct spot *a = spot(t, sql_integer(row, 4));
	struct spot *b = spot(t, sql_integer(row, 5));
	struct query_arc arc = {.key = sql_text(row, 0, NULL),
	    .status = sql_text(row, 1, NULL),
	    .kind = sql_text(row, 2, NULL),
	    .is_unilateral = sql_integer(row, 3) != 0};

	if (t->rc != 0)
		return -1;
	if (!a->is_placed || !b->is_placed)
		return 0;
	arc.a = numbered(t->map, a);
	arc.b = numbered(t->map, b);
	t->reader->arc(t->ctx, &arc);
	return 0;
}

static int
tell_point(void *ctx, const struct sql_row *row)
{
	struct telling *t = ctx;
	size_t size;
	const char *title = sql_text(row, 3, &size);
	struct query_point point = {.uid = sql_text(row, 0, NULL),
	    .start_ms = sql_integer(row, 1),
	    .status = sql_text(row, 2, NULL),
	    /* Once for each place: a long one would be all of the map. */
	    .title = size <= TITLE_MAX_BYTES ? title : "",
	    .lat = sql_real(row, 4),
	    .lon = sql_real(row, 5)};

	if (!sql_is_null(row, 4) && !sql_is_null(row, 5))
		t->reader->point(t->ctx, &point);
	return 0;
}

/* The next of R through SQL. */
static void
tell_some(
    struct telling *t, struct rows *r, const char *sql, sql_each_row *each)
{
	jv ids = jv_array();

	for (size_t n = 0; n < QUERY_MAP_STEP_ROWS && r->at < r->n; n++)
		ids = jv_array_append(ids, jv_number((double)r->ids[r->at++]));
	t->rc |= sql_each(
	    store_sql(t->map->q->store), sql, JV_ARRAY(ids), each, t, t->err);
}

int
query_map_step(struct query_map *m, const struct query_map_reader *reader,
    void *ctx, struct err *err)
{
	struct telling t = {m, reader, ctx, err, 0};

	if (m->arcs.at < m->arcs.n)
		tell_some(&t, &m->arcs,
		    "SELECT x.key, x.status, x.kind, x.unilateral, x.a, x.b"
		    " FROM partnership x WHERE x.id IN (SELECT value FROM"
		    " json_each(?1)) ORDER BY x.id",
		    tell_arc);
	else if (m->points.at < m->points.n)
		tell_some(&t, &m->points,
		    "SELECT x.uid, x.start_ms, x.status, json_extract(r.value,"
		    " '$.title'), c.lat, c.lon FROM event x JOIN record r ON"
		    " r.id = x.id JOIN event_city ec ON ec.event = x.id JOIN"
		    " city c ON c.id = ec.city WHERE x.id IN (SELECT value FROM"
		    " json_each(?1)) ORDER BY x.start_ms, x.id",
		    tell_point);
	if (t.rc != 0)
		return -1;
	return m->arcs.at < m->arcs.n || m->points.at < m->points.n;
}
