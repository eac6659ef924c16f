/* What an event was before: see store_inner.h. */
#include <string.h>

#include "base/err.h"
#include "portal/store_inner.h"
#include "store/sql.h"

enum { KEPT = 20 }; /* changes of one event */

/* The city of the first place of V, or null. */
static jv
city_of(jv v)
{
	jv places = json_get(v, "places"), place = jv_null(), city;

	if (jv_get_kind(places) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(places)) > 0)
		place = jv_array_get(jv_copy(places), 0);
	city = json_get(place, "city");
	jv_free(place);
	jv_free(places);
	place = jv_get_kind(city) == JV_KIND_OBJECT ? store_city_short(city)
						    : jv_null();
	jv_free(city);
	return place;
}

static void
add_text(jv *out, const char *key, jv old, jv new)
{
	const char *was = json_str(old, key, ""), *is = json_str(new, key, "");

	if (strcmp(was, is) != 0)
		json_set(out, key, JV_ARRAY(jv_string(was), jv_string(is)));
}

/* {status, start, city: [was, is]} of what is not the same, all borrowed. */
static jv
difference(jv old, jv new)
{
	jv out = jv_object(), was = city_of(old), is = city_of(new);

	add_text(&out, "status", old, new);
	add_text(&out, "start", old, new);
	if (strcmp(json_str(was, "id", ""), json_str(is, "id", "")) != 0)
		json_set(&out, "city", JV_ARRAY(jv_copy(was), jv_copy(is)));
	jv_free(was);
	jv_free(is);
	return out;
}

int
store_past_note(struct store *s, int64_t id, jv old,
    const struct store_record *r, struct err *err)
{
	jv what = jv_get_kind(old) == JV_KIND_OBJECT ? difference(old, r->value)
						     : jv_object();

	if (jv_object_length(jv_copy(what)) == 0) {
		jv_free(what);
		return 0;
	}
	if (sql_run(s->sql, "REPLACE INTO event_past VALUES (?1, ?2, ?3, ?4)",
		JV_ARRAY(jv_number((double)id), jv_number((double)r->offset),
		    jv_number((double)r->at_ms), what),
		err) != 0)
		return -1;
	return sql_run(s->sql,
	    "DELETE FROM event_past WHERE event = ?1 AND offset <= (SELECT"
	    " offset FROM event_past WHERE event = ?1 ORDER BY offset DESC"
	    " LIMIT 1 OFFSET ?2)",
	    JV_ARRAY(jv_number((double)id), jv_number(KEPT)), err);
}

int
store_past_forget(struct store *s, int64_t id, struct err *err)
{
	return sql_run(s->sql, "DELETE FROM event_past WHERE event = ?1",
	    JV_ARRAY(jv_number((double)id)), err);
}
