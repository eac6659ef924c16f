/* What questions look at, record by record: see store_inner.h. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "event/dates.h"
#include "portal/search.h"
#include "portal/store_inner.h"
#include "store/sql.h"

enum {
	WORDS_MAX_BYTES = 32 * 1024, /* of a record, to find it by */
	NAME_MAX_BYTES = 200,	     /* to sort by: it stands in addresses */
	LINKS_MAX = 200,	     /* of an event to one kind of thing */
	DAY_MS = 86400000
};

static jv
add_number(jv list, int64_t n)
{
	return jv_array_append(list, jv_number((double)n));
}

static jv
add_text(jv list, const char *text)
{
	return jv_array_append(list, jv_string(text));
}

static jv
add_member(jv list, jv v, const char *key)
{
	return add_text(list, json_str(v, key, ""));
}

/* The beginning of TEXT, cut at a letter. */
static void
add_short(const char *text, struct buf *out)
{
	buf_add(out, text, utf8_cut(text, NAME_MAX_BYTES));
}

/* English, or any other name, to sort by. */
static void
add_name(jv names, struct buf *out)
{
	const char *name = json_str(names, "en", NULL);

	if (name != NULL) {
		add_short(name, out);
		return;
	}
	if (jv_get_kind(names) != JV_KIND_OBJECT)
		return;
	jv_object_foreach (names, language, one) {
		if (out->size == 0 && jv_get_kind(one) == JV_KIND_STRING)
			add_short(jv_string_value(one), out);
		jv_free(language);
		jv_free(one);
	}
}

static jv
name_of(jv v, const char *key)
{
	struct buf name = {0};
	jv names = json_get(v, key), out;

	add_name(names, &name);
	jv_free(names);
	out = jv_string(name.data != NULL ? name.data : "");
	buf_free(&name);
	return out;
}

/* The city under KEY of V: its row, or 0; -1 with ERR.  Its country into
 * COUNTRY. */
static int64_t
city_of(struct store *s, jv v, const char *key, int rank, jv *out_country,
    struct err *err)
{
	jv ref = json_get(v, key);
	int64_t id = 0;

	*out_country = jv_string(json_str(ref, "country", ""));
	if (jv_get_kind(ref) == JV_KIND_OBJECT)
		id = store_city(s, ref, rank, err);
	jv_free(ref);
	return id;
}

/* Cities `a` and `b` of R's value, with their countries, appended to *LIST. */
static int
add_cities(struct store *s, const struct store_record *r, int rank,
    int with_countries, jv *list, struct err *err)
{
	jv countries[2];
	int64_t a = city_of(s, r->value, "a", rank, &countries[0], err);
	int64_t b = a < 0 ? (countries[1] = jv_null(), -1)
			  : city_of(s, r->value, "b", rank, &countries[1], err);

	if (a < 0 || b < 0 || !with_countries) {
		jv_free(countries[0]);
		jv_free(countries[1]);
		if (a < 0 || b < 0)
			return -1;
		*list = add_number(add_number(*list, a), b);
		return 0;
	}
	*list = add_number(add_number(*list, a), b);
	*list =
	    jv_array_append(jv_array_append(*list, countries[0]), countries[1]);
	return 0;
}

/* Rows (item, ID) of the first MAX items into a table of two columns, SQL with
 * ?1 and ?2. */
static int
add_some(struct store *s, const char *sql, jv items, int64_t id, int max,
    struct err *err)
{
	int rc = 0;

	if (jv_get_kind(items) == JV_KIND_ARRAY) {
		jv_array_foreach (items, i, item) {
			if (rc == 0 && i < max &&
			    (jv_get_kind(item) == JV_KIND_STRING ||
				jv_get_kind(item) == JV_KIND_NUMBER))
				rc = sql_run(s->sql, sql,
				    add_number(JV_ARRAY(jv_copy(item)), id),
				    err);
			jv_free(item);
		}
	}
	jv_free(items);
	return rc;
}

/* The same of an event's, which are whatever its member writes: a record must
 * not cost more than others have. */
static int
add_each(
    struct store *s, const char *sql, jv items, int64_t id, struct err *err)
{
	return add_some(s, sql, items, id, LINKS_MAX, err);
}

/* How many of the two cities' sides say `active`. */
static int64_t
sides_of(jv v)
{
	jv sides = json_get(v, "sides");
	int64_t n = 0;

	if (jv_get_kind(sides) == JV_KIND_ARRAY) {
		jv_array_foreach (sides, i, side) {
			n +=
			    strcmp(json_str(side, "status", ""), "active") == 0;
			jv_free(side);
		}
	}
	jv_free(sides);
	return n;
}

static int64_t
length_of(jv v, const char *key)
{
	jv list = json_get(v, key);
	int64_t n = 0;

	if (jv_get_kind(list) == JV_KIND_ARRAY)
		n = jv_array_length(jv_copy(list));
	jv_free(list);
	return n;
}

static jv
pair_name(jv v)
{
	struct buf name = {0};
	jv a = json_get(v, "a"), b = json_get(v, "b");
	jv a_names = json_get(a, "names"), b_names = json_get(b, "names"), out;

	add_name(a_names, &name);
	if (name.size > 0)
		buf_puts(&name, " \n");
	add_name(b_names, &name);
	out = jv_string(name.data != NULL ? name.data : "");
	buf_free(&name);
	jv_free(a);
	jv_free(b);
	jv_free(a_names);
	jv_free(b_names);
	return out;
}

static int
index_partnership(
    struct store *s, int64_t id, const struct store_record *r, struct err *err)
{
	const char *since = json_str(r->value, "since", "");
	jv row = add_text(add_number(jv_array(), id), r->key);

	if (add_cities(s, r, STORE_RANK_PARTNERSHIP, 1, &row, err) != 0) {
		jv_free(row);
		return -1;
	}
	row = jv_array_append(row, pair_name(r->value));
	row = add_member(row, r->value, "status");
	row = add_number(row, json_bool(r->value, "unilateral", 0));
	row = add_member(row, r->value, "kind");
	row = add_text(row, since);
	row = add_number(row, strtol(since, NULL, 10));
	row = add_number(row, length_of(r->value, "conflicts") > 0);
	row = add_number(row, sides_of(r->value));
	row = add_number(row, r->at_ms);
	if (sql_run(s->sql,
		"REPLACE INTO partnership VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
		" ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
		row, err) != 0)
		return -1;
	return add_some(s,
	    "INSERT OR IGNORE INTO pair_claim (claim, pair) VALUES (?1, ?2)",
	    json_get(r->value, "claims"), id, INT_MAX, err);
}

static jv
strongest_kind(jv v)
{
	jv list = json_get(v, "agreements"), first = jv_null(), out;

	if (jv_get_kind(list) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(list)) > 0)
		first = jv_array_get(jv_copy(list), 0);
	out = jv_string(json_str(first, "kind", ""));
	jv_free(first);
	jv_free(list);
	return out;
}

static int
index_claim(
    struct store *s, int64_t id, const struct store_record *r, struct err *err)
{
	jv row =
	    add_text(add_text(add_number(jv_array(), id), r->key), r->member);

	if (add_cities(s, r, STORE_RANK_CLAIM, 0, &row, err) != 0) {
		jv_free(row);
		return -1;
	}
	row = add_member(row, r->value, "speaksFor");
	row = add_member(row, r->value, "status");
	row = jv_array_append(row, strongest_kind(r->value));
	row = add_member(row, r->value, "lastVerified");
	row = add_number(row, r->at_ms);
	return sql_run(s->sql,
	    "REPLACE INTO claim VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
	    " ?10)",
	    row, err);
}

/* Start and end as instants; days of no zone begin at midnight UTC. */
static void
times_of(jv v, int64_t *out_start, int64_t *out_end)
{
	int64_t start = json_int(v, "startUtc", 0);
	int64_t end = json_int(v, "endUtc", 0), s = 0;

	if (start == 0 && dates_wall(json_str(v, "start", ""), &s, NULL) == 0)
		start = s * 1000;
	if (end == 0 && dates_wall(json_str(v, "end", ""), &s, NULL) == 0)
		end = s * 1000;
	if (end <= start)
		end = json_bool(v, "allDay", 0) ? start + DAY_MS : start;
	*out_start = start;
	*out_end = end;
}

static void
add_map_words(jv v, const char *key, struct buf *words)
{
	jv map = json_get(v, key);

	if (jv_get_kind(map) == JV_KIND_OBJECT) {
		jv_object_foreach (map, language, text) {
			if (jv_get_kind(text) == JV_KIND_STRING)
				search_words(jv_string_value(text), words);
			jv_free(language);
			jv_free(text);
		}
	}
	jv_free(map);
}

static void
add_list_words(jv v, const char *list_key, const char *key, struct buf *words)
{
	jv list = json_get(v, list_key);

	if (jv_get_kind(list) == JV_KIND_ARRAY) {
		jv_array_foreach (list, i, item) {
			add_map_words(item, key, words);
			jv_free(item);
		}
	}
	jv_free(list);
}

static int
index_words(struct store *s, int64_t id, struct buf *words, struct err *err)
{
	jv row = JV_ARRAY(jv_number((double)id),
	    jv_string(words->data != NULL ? words->data : ""));

	buf_free(words);
	return sql_run(s->sql,
	    "INSERT INTO record_text (rowid, words) VALUES (?1, ?2)", row, err);
}

static int
index_places(struct store *s, int64_t id, jv v, struct err *err)
{
	jv places = json_get(v, "places"), cities = jv_array();
	int rc = 0;

	if (jv_get_kind(places) == JV_KIND_ARRAY) {
		jv_array_foreach (places, i, place) {
			jv country;
			int is_one = rc == 0 && i < LINKS_MAX;
			int64_t city =
			    is_one ? city_of(s, place, "city", STORE_RANK_EVENT,
					 &country, err)
				   : 0;

			if (is_one)
				jv_free(country);
			if (city < 0)
				rc = -1;
			else if (city > 0)
				cities = add_number(cities, city);
			jv_free(place);
		}
	}
	jv_free(places);
	if (rc == 0)
		return add_each(s,
		    "INSERT OR IGNORE INTO event_city VALUES (?1, ?2)", cities,
		    id, err);
	jv_free(cities);
	return -1;
}

/* Languages that it is told in or held in. */
static jv
languages_of(jv v)
{
	jv list = json_get(v, "languages"), title = json_get(v, "title");

	if (jv_get_kind(list) != JV_KIND_ARRAY) {
		jv_free(list);
		list = jv_array();
	}
	if (jv_get_kind(title) == JV_KIND_OBJECT) {
		jv_object_foreach (title, language, text) {
			list = jv_array_append(list, language);
			jv_free(text);
		}
	}
	jv_free(title);
	return list;
}

static int
index_event(
    struct store *s, int64_t id, const struct store_record *r, struct err *err)
{
	jv v = r->value;
	jv row =
	    add_text(add_text(add_number(jv_array(), id), r->key), r->member);
	struct buf words = {.max = WORDS_MAX_BYTES};
	int64_t start, end;

	times_of(v, &start, &end);
	row = add_number(add_number(row, start), end);
	row = add_member(row, v, "status");
	row = add_member(row, v, "kind");
	row = add_member(row, v, "attendance");
	row = add_member(row, v, "superEvent");
	row = jv_array_append(row, name_of(v, "title"));
	row = add_number(row, r->at_ms);
	add_map_words(v, "title", &words);
	add_list_words(v, "places", "name", &words);
	add_list_words(v, "organizers", "names", &words);
	add_map_words(v, "summary", &words);
	if (sql_run(s->sql,
		"REPLACE INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
		" ?9, ?10, ?11)",
		row, err) != 0) {
		buf_free(&words);
		return -1;
	}
	return index_words(s, id, &words, err) != 0 ||
		       index_places(s, id, v, err) != 0 ||
		       add_each(s,
			   "INSERT OR IGNORE INTO event_about VALUES (?1, ?2)",
			   json_get(v, "about"), id, err) != 0 ||
		       add_each(s,
			   "INSERT OR IGNORE INTO event_same VALUES (?1, ?2)",
			   json_get(v, "sameAs"), id, err) != 0 ||
		       add_each(s,
			   "INSERT OR IGNORE INTO event_language VALUES"
			   " (?1, ?2)",
			   languages_of(v), id, err) != 0
		   ? -1
		   : 0;
}

static int
index_organization(
    struct store *s, int64_t id, const struct store_record *r, struct err *err)
{
	struct buf words = {.max = WORDS_MAX_BYTES};
	jv row = add_text(add_number(jv_array(), id), r->key);

	row = add_text(add_member(row, r->value, "id"), r->member);
	row = add_member(row, r->value, "kind");
	row = add_member(row, r->value, "country");
	row = jv_array_append(row, name_of(r->value, "names"));
	row = add_number(row, r->at_ms);
	if (sql_run(s->sql,
		"REPLACE INTO organization VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,"
		" ?8)",
		row, err) != 0)
		return -1;
	add_map_words(r->value, "names", &words);
	return index_words(s, id, &words, err);
}

static int
index_notice(
    struct store *s, int64_t id, const struct store_record *r, struct err *err)
{
	jv row = add_member(add_number(jv_array(), id), r->value, "kind");
	int64_t at = json_int(r->value, "at", 0);

	row = add_member(row, r->value, "pairKey");
	if (add_cities(s, r, STORE_RANK_EVENT, 1, &row, err) != 0) {
		jv_free(row);
		return -1;
	}
	row = add_member(row, r->value, "by");
	row = add_number(row, at > 0 ? at : r->at_ms);
	return sql_run(s->sql,
	    "REPLACE INTO notice VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	    row, err);
}

static int
index_receipt(
    struct store *s, int64_t id, const struct store_record *r, struct err *err)
{
	jv row = add_text(add_number(jv_array(), id), r->member);

	row = add_member(row, r->value, "connection");
	row = add_member(row, r->value, "recordKey");
	row = add_member(row, r->value, "state");
	row = add_number(row, r->at_ms);
	return sql_run(s->sql,
	    "REPLACE INTO receipt VALUES (?1, ?2, ?3, ?4, ?5, ?6)", row, err);
}

static int
index_status(
    struct store *s, int64_t id, const struct store_record *r, struct err *err)
{
	jv row = add_text(add_number(jv_array(), id), r->member);

	row = add_member(row, r->value, "connection");
	row = add_number(row, r->at_ms);
	return sql_run(
	    s->sql, "REPLACE INTO status VALUES (?1, ?2, ?3, ?4)", row, err);
}

int
store_index(
    struct store *s, int64_t id, const struct store_record *r, struct err *err)
{
	switch (r->type) {
	case RECORD_PARTNERSHIP:
		return index_partnership(s, id, r, err);
	case RECORD_CLAIM:
		return index_claim(s, id, r, err);
	case RECORD_EVENT:
		return index_event(s, id, r, err);
	case RECORD_ORGANIZATION:
		return index_organization(s, id, r, err);
	case RECORD_NOTICE:
		return index_notice(s, id, r, err);
	case RECORD_RECEIPT:
		return index_receipt(s, id, r, err);
	case RECORD_STATUS:
		return index_status(s, id, r, err);
	case RECORD_COMMAND:
	case RECORD_TYPES:
		break;
	}
	return 0;
}

int
store_unindex(
    struct store *s, int64_t id, enum record_type type, struct err *err)
{
	static const char *const sql[RECORD_TYPES][6] = {
	    [RECORD_PARTNERSHIP] = {"DELETE FROM partnership WHERE id = ?1",
		"DELETE FROM pair_claim WHERE pair = ?1"},
	    [RECORD_CLAIM] = {"DELETE FROM claim WHERE id = ?1"},
	    [RECORD_EVENT] = {"DELETE FROM event WHERE id = ?1",
		"DELETE FROM record_text WHERE rowid = ?1",
		"DELETE FROM event_city WHERE event = ?1",
		"DELETE FROM event_about WHERE event = ?1",
		"DELETE FROM event_same WHERE event = ?1",
		"DELETE FROM event_language WHERE event = ?1"},
	    [RECORD_ORGANIZATION] = {"DELETE FROM organization WHERE id = ?1",
		"DELETE FROM record_text WHERE rowid = ?1"},
	    [RECORD_NOTICE] = {"DELETE FROM notice WHERE id = ?1"},
	    [RECORD_RECEIPT] = {"DELETE FROM receipt WHERE id = ?1"},
	    [RECORD_STATUS] = {"DELETE FROM status WHERE id = ?1"},
	};
	int rc = 0;

	for (size_t i = 0; i < 6 && sql[type][i] != NULL && rc == 0; i++)
		rc = sql_run(
		    s->sql, sql[type][i], JV_ARRAY(jv_number((double)id)), err);
	return rc;
}
