/* The store's file, topics and records: see store.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "portal/store.h"
#include "portal/store_inner.h"
#include "store/sql.h"

enum { CACHE_KIB = 16 * 1024 };

static int
open_file(struct store *s, struct err *err)
{
	struct sql_conf conf = {s->file, store_schema, store_format, CACHE_KIB};

	s->sql = sql_open(&conf, err);
	return s->sql != NULL ? 0 : -1;
}

struct store *
store_open(const char *file, const struct cities *c, struct err *err)
{
	struct store *s = mem_new(1, sizeof(*s));

	s->file = mem_dup(file);
	s->cities = c;
	if (open_file(s, err) == 0)
		return s;
	store_close(s);
	return NULL;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_cities_forget(s);
	sql_close(s->sql);
	free(s->file);
	free(s);
}

struct sql *
store_sql(struct store *s)
{
	return s->sql;
}

int
store_begin(struct store *s, struct err *err)
{
	return sql_begin(s->sql, err);
}

int
store_commit(struct store *s, struct err *err)
{
	return sql_commit(s->sql, err);
}

int
store_renew(struct store *s, struct err *err)
{
	sql_remove(s->sql);
	s->sql = NULL;
	store_cities_forget(s);
	return open_file(s, err);
}

char *
store_value(struct store *s, const char *name, struct err *err)
{
	jv row = sql_one(s->sql, "SELECT value FROM setting WHERE name = ?1",
	    JV_ARRAY(jv_string(name)), err);
	char *value = NULL;

	if (jv_is_valid(row))
		value = mem_dup(jv_get_kind(row) == JV_KIND_OBJECT
				    ? json_str(row, "value", "")
				    : "");
	jv_free(row);
	return value;
}

int
store_set_value(
    struct store *s, const char *name, const char *value, struct err *err)
{
	return sql_run(s->sql, "REPLACE INTO setting VALUES (?1, ?2)",
	    JV_ARRAY(jv_string(name), jv_string(value)), err);
}

int
store_topic(struct store *s, const char *name, int64_t *out_id,
    int64_t *out_next, struct err *err)
{
	jv row;

	if (sql_run(s->sql,
		"INSERT OR IGNORE INTO topic (name, next, last_ms)"
		" VALUES (?1, -1, -1)",
		JV_ARRAY(jv_string(name)), err) != 0)
		return -1;
	row = sql_one(s->sql, "SELECT id, next FROM topic WHERE name = ?1",
	    JV_ARRAY(jv_string(name)), err);
	if (!jv_is_valid(row))
		return -1;
	*out_id = json_int(row, "id", -1);
	*out_next = json_int(row, "next", -1);
	jv_free(row);
	return 0;
}

int
store_last_ms(struct store *s, int64_t topic, int64_t *out_ms, struct err *err)
{
	jv row = sql_one(s->sql, "SELECT last_ms FROM topic WHERE id = ?1",
	    JV_ARRAY(jv_number((double)topic)), err);

	if (!jv_is_valid(row))
		return -1;
	*out_ms = json_int(row, "last_ms", -1);
	jv_free(row);
	return 0;
}

int
store_place(struct store *s, int64_t topic, int64_t next, int64_t last_ms,
    struct err *err)
{
	return sql_run(s->sql,
	    "UPDATE topic SET next = ?2, last_ms = ?3 WHERE id = ?1",
	    JV_ARRAY(jv_number((double)topic), jv_number((double)next),
		jv_number((double)last_ms)),
	    err);
}

struct gone {
	int64_t *ids;
	size_t n;
};

static int
add_gone(void *ctx, const struct sql_row *row)
{
	struct gone *g = ctx;

	g->ids = mem_grow(g->ids, g->n + 1, sizeof(*g->ids));
	g->ids[g->n++] = sql_integer(row, 0);
	return 0;
}

int
store_forget(struct store *s, int64_t topic, enum record_type type,
    int64_t below, struct err *err)
{
	jv which = JV_ARRAY(jv_number((double)topic), jv_number((double)below));
	struct gone g = {0};
	int rc = sql_each(s->sql,
	    "SELECT id FROM record WHERE topic = ?1 AND offset < ?2",
	    jv_copy(which), add_gone, &g, err);

	for (size_t i = 0; i < g.n && rc == 0; i++) {
		rc = store_unindex(s, g.ids[i], type, err);
		if (rc == 0 && type == RECORD_EVENT)
			rc = store_past_forget(s, g.ids[i], err);
	}
	free(g.ids);
	if (rc == 0)
		rc = sql_run(s->sql,
		    "DELETE FROM record WHERE topic = ?1 AND offset < ?2",
		    jv_copy(which), err);
	jv_free(which);
	return rc;
}

int
store_purge(struct store *s, int64_t before_ms, struct err *err)
{
	return sql_run(s->sql,
	    "DELETE FROM record WHERE value IS NULL AND at_ms < ?1",
	    JV_ARRAY(jv_number((double)before_ms)), err);
}

/* The record's row under its topic and key: 1 and *OUT_ID, 0, -1 with ERR. */
static int
find(struct store *s, const struct store_record *r, int64_t *out_id,
    struct err *err)
{
	*out_id = sql_number(s->sql,
	    "SELECT id FROM record WHERE topic = ?1 AND key = ?2",
	    JV_ARRAY(jv_number((double)r->topic), jv_string(r->key)), 0, err);
	return *out_id < 0 ? -1 : *out_id > 0;
}

/* What record ID is before R takes its place; -1 with ERR. */
static int
note_past(
    struct store *s, int64_t id, const struct store_record *r, struct err *err)
{
	jv row, old;
	int rc;

	if (r->type != RECORD_EVENT)
		return 0;
	if (jv_get_kind(r->value) == JV_KIND_NULL)
		return store_past_forget(s, id, err);
	row = sql_one(s->sql,
	    "SELECT value AS value_json FROM record WHERE id = ?1",
	    JV_ARRAY(jv_number((double)id)), err);
	if (!jv_is_valid(row))
		return -1;
	old = json_get(row, "value");
	rc = store_past_note(s, id, old, r, err);
	jv_free(old);
	jv_free(row);
	return rc;
}

static jv
value_of(const struct store_record *r)
{
	struct buf text = {0};
	jv out;

	if (jv_get_kind(r->value) == JV_KIND_NULL)
		return jv_null();
	if (r->text != NULL)
		return jv_string(r->text);
	json_canonical(r->value, &text);
	out = jv_string_sized(text.data, (int)text.size);
	buf_free(&text);
	return out;
}

static jv
columns_of(const struct store_record *r, jv first)
{
	return jv_array_concat(JV_ARRAY(first, jv_number((double)r->offset),
				   jv_number((double)r->at_ms)),
	    JV_ARRAY(value_of(r)));
}

int
store_put(struct store *s, const struct store_record *r, struct err *err)
{
	int is_live = jv_get_kind(r->value) != JV_KIND_NULL;
	int64_t id;
	int rc = find(s, r, &id, err);

	if (rc > 0)
		rc = note_past(s, id, r, err) == 0 ? 1 : -1;
	if (rc > 0) {
		rc = sql_run(s->sql,
		    "UPDATE record SET offset = ?2, at_ms = ?3, value = ?4"
		    " WHERE id = ?1",
		    columns_of(r, jv_number((double)id)), err);
		if (rc == 0)
			rc = store_unindex(s, id, r->type, err);
	} else if (rc == 0) {
		rc = sql_run(s->sql,
		    "INSERT INTO record (topic, offset, at_ms, value, key)"
		    " VALUES (?1, ?2, ?3, ?4, ?5)",
		    jv_array_append(columns_of(r, jv_number((double)r->topic)),
			jv_string(r->key)),
		    err);
		id = sql_last_id(s->sql);
	}
	if (rc == 0 && is_live)
		rc = store_index(s, id, r, err);
	return rc;
}
