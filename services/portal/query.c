/* Lists and single records: see query.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/keys.h"
#include "portal/ingest.h"
#include "portal/query.h"
#include "portal/query_inner.h"
#include "portal/store.h"
#include "portal/token.h"
#include "store/sql.h"

enum { LIMIT_USUAL = 50 };

struct query *
query_new(struct store *s, const struct ingest *in, const struct members *m,
    const struct cities *c)
{
	struct query *q = mem_new(1, sizeof(*q));

	*q = (struct query){s, in, m, c, .figures = jv_null()};
	return q;
}

void
query_free(struct query *q)
{
	if (q == NULL)
		return;
	jv_free(q->figures);
	free(q);
}

void
query_members_changed(struct query *q, const struct members *m)
{
	q->members = m;
}

jv
query_state(struct query *q)
{
	return ingest_state(q->ingest);
}

uint64_t
query_generation(const struct query *q, unsigned types)
{
	return ingest_taken(q->ingest, types);
}

/* ROW (consumed) with QUERY_ITEM's columns as an item. */
static jv
item_of(jv row)
{
	struct topic_name topic;

	if (topic_parse(json_str(row, "topic", ""), &topic) == 0) {
		json_set_str(&row, "type", record_type_word(topic.type));
		json_set_str(&row, "member", topic.member);
	}
	return row;
}

/* As query_items(); *OUT_IS_CUT: there are more than one answer may hold. */
static jv
items_of(struct query *q, const char *sql, jv parameters, int *out_is_cut,
    struct err *err)
{
	jv rows, items = jv_array();

	sql_limit(store_sql(q->store), QUERY_STEPS_MAX);
	rows = sql_rows_within(store_sql(q->store), sql, parameters,
	    QUERY_BYTES_MAX, out_is_cut, err);
	sql_limit(store_sql(q->store), 0);
	if (!jv_is_valid(rows)) {
		jv_free(items);
		return rows;
	}
	jv_array_foreach (rows, i, row)
		items = jv_array_append(items, item_of(row));
	jv_free(rows);
	return items;
}

int
query_set(jv *out, const char *name, jv v)
{
	if (!jv_is_valid(v)) {
		jv_free(v);
		return -1;
	}
	json_set(out, name, v);
	return 0;
}

jv
query_items(struct query *q, const char *sql, jv parameters, struct err *err)
{
	int is_cut;

	return items_of(q, sql, parameters, &is_cut, err);
}

jv
query_first(struct query *q, const char *sql, jv parameters, struct err *err)
{
	jv items = query_items(q, sql, parameters, err);

	if (!jv_is_valid(items))
		return items;
	if (jv_array_length(jv_copy(items)) > 0)
		return jv_array_get(items, 0);
	jv_free(items);
	return jv_null();
}

/* The column that F sorts by, and whether from high to low. */
static const char *
order_of(const struct query_list *list, const struct query_filter *f,
    int *out_is_down)
{
	enum query_sort sort =
	    f->sort == QUERY_SORT_DEFAULT ? list->usual : f->sort;
	const char *column = sort == QUERY_SORT_NAME   ? list->name
			     : sort == QUERY_SORT_DATE ? list->date
						       : NULL;

	*out_is_down = (column == NULL) != f->is_descending;
	return column != NULL ? column : list->changed;
}

/* The page begins behind the row that F's token names. */
static int
begin_after(const struct query_filter *f, const char *column, int is_down,
    struct question *where, struct err *err)
{
	char text[160];
	jv token = token_parse(f->after);

	if (jv_get_kind(token) != JV_KIND_ARRAY ||
	    jv_array_length(jv_copy(token)) != 2) {
		jv_free(token);
		return err_set(err, ERR_REJECT, 0,
		    "`after` is no place that an answer has named");
	}
	snprintf(text, sizeof(text),
	    "(%s, x.id) %s (json_extract(?, '$[0]'), json_extract(?, '$[1]'))",
	    column, is_down ? "<" : ">");
	question_and(where, text, token);
	return 0;
}

/* Where the page after ITEMS begins: a text. */
static jv
next_of(jv items)
{
	struct buf out = {0};
	jv last, token, next;

	last =
	    jv_array_get(jv_copy(items), jv_array_length(jv_copy(items)) - 1);
	token = JV_ARRAY(json_get(last, "sort"), json_get(last, "id"));
	token_print(token, &out);
	next = jv_string(out.data);
	buf_free(&out);
	jv_free(token);
	jv_free(last);
	return next;
}

static jv
without_places(jv items)
{
	jv out = jv_array();

	jv_array_foreach (items, i, item) {
		item = jv_object_delete(item, jv_string("sort"));
		item = jv_object_delete(item, jv_string("id"));
		out = jv_array_append(out, item);
	}
	jv_free(items);
	return out;
}

static jv
count(struct query *q, const struct query_list *list,
    const struct question *where, struct err *err)
{
	struct buf sql = {0};
	int64_t n;

	buf_printf(&sql, "SELECT count(*) FROM %s%s", list->table,
	    where->where.data != NULL ? where->where.data : "");
	sql_limit(store_sql(q->store), QUERY_STEPS_MAX);
	n = sql_number(
	    store_sql(q->store), sql.data, jv_copy(where->parameters), 0, err);
	sql_limit(store_sql(q->store), 0);
	buf_free(&sql);
	return n < 0 ? jv_invalid() : jv_number((double)n);
}

jv
query_page(struct query *q, const struct query_list *list,
    const struct query_filter *f, struct question *where, struct err *err)
{
	int limit = f->limit > 0 && f->limit <= QUERY_LIMIT_MAX ? f->limit
								: LIMIT_USUAL;
	int is_down, is_cut = 0, has_more;
	const char *column = order_of(list, f, &is_down);
	struct buf sql = {0};
	jv out = jv_object(), items, total = jv_null();

	if (f->with_total)
		total = count(q, list, where, err);
	if (!jv_is_valid(total) ||
	    (f->after != NULL &&
		begin_after(f, column, is_down, where, err) != 0)) {
		jv_free(total);
		jv_free(out);
		return jv_invalid();
	}
	buf_printf(&sql,
	    "SELECT y.sort AS sort, y.id AS id, " QUERY_ITEM
	    " FROM (SELECT x.id AS id, %s AS sort FROM %s%s"
	    " ORDER BY %s %s, x.id %s LIMIT %d) y" QUERY_RECORDS_OF("y"),
	    column, list->table,
	    where->where.data != NULL ? where->where.data : "", column,
	    is_down ? "DESC" : "ASC", is_down ? "DESC" : "ASC", limit);
	items = items_of(q, sql.data, jv_copy(where->parameters), &is_cut, err);
	buf_free(&sql);
	if (!jv_is_valid(items)) {
		jv_free(total);
		jv_free(out);
		return items;
	}
	has_more = is_cut || jv_array_length(jv_copy(items)) == limit;
	json_set(&out, "next", has_more ? next_of(items) : jv_null());
	json_set(&out, "items", without_places(items));
	json_set(&out, "total", total);
	return out;
}
