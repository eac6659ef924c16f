/* Cities, and everything that has a name: see query.h. */
#include <string.h>

#include "base/err.h"
#include "event/cities.h"
#include "portal/query_inner.h"
#include "portal/search.h"
#include "portal/store.h"
#include "store/sql.h"

/* Of more cities than this the most connected are not looked for. */
enum { CITIES_COUNTED_MAX = 3000 };

#define CITY_COLUMNS                                                 \
	"c.name AS id, c.country AS country, c.names AS names_json," \
	" c.lat AS lat, c.lon AS lon,"                               \
	" (SELECT count(*) FROM partnership p WHERE p.a = c.id) +"   \
	" (SELECT count(*) FROM partnership p WHERE p.b = c.id) AS"  \
	" partnerships,"                                             \
	" (SELECT count(*) FROM event_city ec WHERE ec.city = c.id) AS events"

/* All TERMS (borrowed) as one expression. */
static jv
expression_of(jv terms)
{
	jv text = jv_string("");

	jv_array_foreach (terms, i, term) {
		if (i > 0)
			text = jv_string_append_str(text, " AND ");
		text = jv_string_concat(text, term);
	}
	return text;
}

/* Cities that have all of TERMS in their names, the most connected first. */
static jv
find_cities(struct query *q, jv terms, int limit, struct err *err)
{
	return sql_rows(store_sql(q->store),
	    "SELECT " CITY_COLUMNS " FROM city c WHERE c.id IN (SELECT rowid"
	    " FROM city_text WHERE city_text MATCH ?1 LIMIT ?3)"
	    " ORDER BY partnerships + events DESC, c.name LIMIT ?2",
	    JV_ARRAY(expression_of(terms), jv_number(limit),
		jv_number(CITIES_COUNTED_MAX)),
	    err);
}

static jv
items_of(jv page)
{
	jv items;

	if (!jv_is_valid(page))
		return page;
	items = json_get(page, "items");
	jv_free(page);
	return items;
}

jv
query_search(struct query *q, const char *text, int limit, struct err *err)
{
	struct query_filter f = {.text = text, .limit = limit};
	struct query_filter latest = {.text = text,
	    .limit = limit,
	    .sort = QUERY_SORT_DATE,
	    .is_descending = 1};
	jv terms = search_terms(text), out = jv_object();
	int is_empty = jv_array_length(jv_copy(terms)) == 0;

	if (query_set(&out, "cities",
		is_empty ? jv_array() : find_cities(q, terms, limit, err)) !=
		0 ||
	    query_set(&out, "partnerships",
		items_of(query_partnerships(q, &f, err))) != 0 ||
	    query_set(
		&out, "events", items_of(query_events(q, &latest, err))) != 0 ||
	    query_set(&out, "organizations",
		items_of(query_organizations(q, &f, err))) != 0) {
		jv_free(out);
		out = jv_invalid();
	}
	jv_free(terms);
	return out;
}

jv
query_city(struct query *q, const char *id, struct err *err)
{
	jv city = sql_one(store_sql(q->store),
	    "SELECT " CITY_COLUMNS " FROM city c WHERE c.name = ?1",
	    JV_ARRAY(jv_string(id)), err);

	if (jv_get_kind(city) == JV_KIND_OBJECT)
		json_set(&city, "other_names",
		    q->cities == NULL ? jv_array()
				      : cities_names(q->cities, id));
	return city;
}

jv
query_cities(struct query *q, jv ids, struct err *err)
{
	if (jv_get_kind(ids) == JV_KIND_ARRAY)
		return sql_rows(store_sql(q->store),
		    "SELECT " CITY_COLUMNS " FROM city c WHERE c.name IN"
		    " (SELECT value FROM json_each(?1)) ORDER BY c.name",
		    JV_ARRAY(jv_copy(ids)), err);
	return sql_rows(store_sql(q->store),
	    "SELECT " CITY_COLUMNS " FROM city c WHERE partnerships > 0 OR"
	    " events > 0 ORDER BY c.name",
	    jv_array(), err);
}
