/* The map and the figures: see query.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/err.h"
#include "base/mem.h"
#include "portal/query_inner.h"
#include "portal/store.h"
#include "store/sql.h"

enum { MAP_ROWS_MAX = 100000, MAP_EVENTS_MAX = 5000, STEPS_MAX = 200000000 };

/* A city's place in the list of cities. */
struct spot {
	UT_hash_handle hh;
	int64_t id; /* in the store */
	int index;  /* -1: it has no coordinates */
};

struct map {
	struct spot *spots;
	jv cities, arcs, events;
	int64_t left_out;
};

/* Index of the city in columns FROM.. (id, name, country, names, lat, lon). */
static int
spot(struct map *m, const struct sql_row *row, int from)
{
	int64_t id = sql_integer(row, from);
	struct spot *s;
	const char *names;
	size_t size;
	jv city;

	HASH_FIND(hh, m->spots, &id, sizeof(id), s);
	if (s != NULL)
		return s->index;
	s = mem_new(1, sizeof(*s));
	s->id = id;
	s->index = -1;
	HASH_ADD(hh, m->spots, id, sizeof(id), s);
	if (sql_is_null(row, from + 4) || sql_is_null(row, from + 5))
		return -1;
	names = sql_text(row, from + 3, &size);
	city = JV_ARRAY(jv_string(sql_text(row, from + 1, NULL)),
	    jv_number(sql_real(row, from + 4)),
	    jv_number(sql_real(row, from + 5)),
	    jv_string(sql_text(row, from + 2, NULL)),
	    jv_parse_sized(names, (int)size));
	s->index = jv_array_length(jv_copy(m->cities));
	m->cities = jv_array_append(m->cities, city);
	return s->index;
}

static int
add_arc(void *ctx, const struct sql_row *row)
{
	struct map *m = ctx;
	int a = spot(m, row, 5), b = spot(m, row, 11);

	if (a < 0 || b < 0) {
		m->left_out++;
		return 0;
	}
	m->arcs = jv_array_append(
	    m->arcs, JV_ARRAY(jv_string(sql_text(row, 0, NULL)), jv_number(a),
			 jv_number(b), jv_string(sql_text(row, 1, NULL)),
			 jv_string(sql_text(row, 2, NULL)),
			 jv_number((double)sql_integer(row, 3)),
			 jv_number((double)sql_integer(row, 4))));
	return 0;
}

static int
add_event(void *ctx, const struct sql_row *row)
{
	struct map *m = ctx;
	const char *title;
	size_t size;

	if (sql_is_null(row, 1) || sql_is_null(row, 2)) {
		m->left_out++;
		return 0;
	}
	title = sql_text(row, 5, &size);
	m->events = jv_array_append(m->events,
	    JV_ARRAY(jv_string(sql_text(row, 0, NULL)),
		jv_number(sql_real(row, 1)), jv_number(sql_real(row, 2)),
		jv_number((double)sql_integer(row, 3)),
		jv_string(sql_text(row, 4, NULL)),
		size == 0 ? jv_null() : jv_parse_sized(title, (int)size)));
	return 0;
}

static int
read_arcs(struct query *q, const struct query_filter *f, struct map *m,
    struct err *err)
{
	struct question where;
	struct buf sql = {0};
	int rc;

	question_begin(&where);
	query_where_partnerships(f, &where);
	buf_printf(&sql,
	    "SELECT x.key, x.status, x.kind, x.year, x.unilateral,"
	    " a.id, a.name, a.country, a.names, a.lat, a.lon,"
	    " b.id, b.name, b.country, b.names, b.lat, b.lon"
	    " FROM partnership x JOIN city a ON a.id = x.a"
	    " JOIN city b ON b.id = x.b%s ORDER BY x.id LIMIT %d",
	    where.where.data != NULL ? where.where.data : "", MAP_ROWS_MAX);
	rc = sql_each(store_sql(q->store), sql.data, jv_copy(where.parameters),
	    add_arc, m, err);
	buf_free(&sql);
	question_fini(&where);
	return rc;
}

static int
read_events(struct query *q, const struct query_filter *f, struct map *m,
    struct err *err)
{
	struct question where;
	struct buf sql = {0};
	int rc;

	question_begin(&where);
	query_where_events(f, &where);
	buf_printf(&sql,
	    "SELECT x.uid, c.lat, c.lon, x.start_ms, x.status,"
	    " json_extract(r.value, '$.title') FROM event x JOIN record r ON"
	    " r.id = x.id JOIN event_city ec ON ec.event = x.id JOIN city c"
	    " ON c.id = ec.city%s ORDER BY x.start_ms LIMIT %d",
	    where.where.data != NULL ? where.where.data : "", MAP_EVENTS_MAX);
	rc = sql_each(store_sql(q->store), sql.data, jv_copy(where.parameters),
	    add_event, m, err);
	buf_free(&sql);
	question_fini(&where);
	return rc;
}

jv
query_map(struct query *q, const struct query_filter *f, struct err *err)
{
	struct map m = {NULL, jv_array(), jv_array(), jv_array(), 0};
	struct spot *s, *next;
	jv out = jv_object();
	int rc;

	sql_limit(store_sql(q->store), STEPS_MAX);
	rc = read_arcs(q, f, &m, err) != 0 || read_events(q, f, &m, err) != 0;
	sql_limit(store_sql(q->store), 0);
	HASH_ITER (hh, m.spots, s, next) {
		HASH_DEL(m.spots, s);
		free(s);
	}
	json_set(&out, "cities", m.cities);
	json_set(&out, "arcs", m.arcs);
	json_set(&out, "events", m.events);
	json_set_int(&out, "left_out", m.left_out);
	if (rc == 0)
		return out;
	jv_free(out);
	return jv_invalid();
}

jv
query_figures(struct query *q, int64_t now_ms, struct err *err)
{
	struct sql *sql = store_sql(q->store);
	jv out = sql_one(sql,
	    "SELECT (SELECT count(*) FROM partnership) AS partnerships,"
	    " (SELECT count(*) FROM partnership WHERE sides >= 2) AS confirmed,"
	    " (SELECT count(*) FROM partnership WHERE status = 'unconfirmed')"
	    " AS one_sided,"
	    " (SELECT count(*) FROM partnership WHERE differs) AS differing,"
	    " (SELECT count(DISTINCT id) FROM (SELECT a AS id FROM partnership"
	    " UNION SELECT b FROM partnership)) AS cities,"
	    " (SELECT count(*) FROM (SELECT a_country AS c FROM partnership"
	    " UNION SELECT b_country FROM partnership) WHERE c <> '') AS"
	    " countries,"
	    " (SELECT count(DISTINCT member) FROM status) AS members,"
	    " (SELECT count(*) FROM event WHERE end_ms >= ?1) AS events_ahead",
	    JV_ARRAY(jv_number((double)now_ms)), err);
	jv months;

	if (!jv_is_valid(out))
		return out;
	months = sql_rows(sql,
	    "SELECT strftime('%Y-%m', at_ms / 1000, 'unixepoch') AS month,"
	    " kind, count(*) AS n FROM notice WHERE at_ms >="
	    " 1000 * unixepoch(?1 / 1000, 'unixepoch', 'start of month',"
	    " '-11 months') GROUP BY month, kind ORDER BY month, kind",
	    JV_ARRAY(jv_number((double)now_ms)), err);
	if (!jv_is_valid(months)) {
		jv_free(out);
		return months;
	}
	json_set(&out, "months", months);
	return out;
}
