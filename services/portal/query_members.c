/* Members and what their clerks may do: see query.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "event/cities.h"
#include "event/keys.h"
#include "event/members.h"
#include "portal/query_inner.h"
#include "portal/store.h"
#include "store/sql.h"

enum { CANDIDATES_MAX = 4 };

static jv
or_null(jv v)
{
	if (jv_is_valid(v))
		return v;
	jv_free(v);
	return jv_null();
}

static jv
or_empty(jv list)
{
	if (jv_get_kind(list) == JV_KIND_ARRAY)
		return list;
	jv_free(list);
	return jv_array();
}

/* The member's organization and connections, to *OUT. */
static int
add_word(struct query *q, jv *out, const char *id, struct err *err)
{
	char *name = mem_printf("org:%s", id);
	jv item = query_organization(q, name, err), record;

	free(name);
	if (!jv_is_valid(item))
		return -1;
	record = json_get(item, "record");
	json_set(out, "website", or_null(json_get(record, "website")));
	json_set(out, "country", or_null(json_get(record, "country")));
	jv_free(record);
	json_set(out, "organization", item);
	return query_set(out, "connections",
	    query_items(q,
		"SELECT x.connection AS connection, " QUERY_ITEM
		" FROM status x" QUERY_RECORD("x.id") " WHERE x.member = ?1"
						      " ORDER BY x.connection"
						      " LIMIT 100",
		JV_ARRAY(jv_string(id)), err));
}

static jv
member_of(struct query *q, const char *id, struct err *err)
{
	jv row = members_row(q->members, id), out = jv_object();

	json_set_str(&out, "id", id);
	json_set(&out, "names", or_null(json_get(row, "names")));
	json_set(&out, "new_url", or_null(json_get(row, "new_url")));
	json_set(&out, "speaks_for", or_null(json_get(row, "speaks_for")));
	jv_free(row);
	if (add_word(q, &out, id, err) == 0 &&
	    query_set(&out, "counts",
		sql_one(store_sql(q->store),
		    "SELECT (SELECT count(*) FROM claim WHERE member = ?1) AS"
		    " claims, (SELECT count(*) FROM event WHERE member = ?1)"
		    " AS events, (SELECT count(*) FROM receipt WHERE member ="
		    " ?1 AND state = 'refused') AS refused",
		    JV_ARRAY(jv_string(id)), err)) == 0)
		return out;
	jv_free(out);
	return jv_invalid();
}

jv
query_members(struct query *q, struct err *err)
{
	jv list = jv_array();

	for (size_t i = 0; i < members_count(q->members); i++) {
		jv one = member_of(q, members_id(q->members, i), err);

		if (!jv_is_valid(one)) {
			jv_free(list);
			return one;
		}
		list = jv_array_append(list, one);
	}
	return list;
}

jv
query_member(struct query *q, const char *id, struct err *err)
{
	return members_rank(q->members, id) < 0 ? jv_null()
						: member_of(q, id, err);
}

/* Cities that REF (borrowed), which has no resolved id, may be. */
static jv
candidates_of(struct query *q, jv ref)
{
	jv names = json_get(ref, "names"), out = jv_array();

	if (q->cities != NULL && jv_get_kind(names) == JV_KIND_OBJECT) {
		jv_object_foreach (names, language, name) {
			if (jv_array_length(jv_copy(out)) == 0 &&
			    jv_get_kind(name) == JV_KIND_STRING) {
				jv_free(out);
				out = cities_suggest(q->cities,
				    jv_string_value(name),
				    json_str(ref, "country", ""),
				    CANDIDATES_MAX);
			}
			jv_free(language);
			jv_free(name);
		}
	}
	jv_free(names);
	return out;
}

static jv
with_candidates(struct query *q, jv items)
{
	jv out = jv_array();

	if (!jv_is_valid(items)) {
		jv_free(out);
		return items;
	}
	jv_array_foreach (items, i, item) {
		jv record = json_get(item, "record"), both = jv_object();
		jv a = json_get(record, "a"), b = json_get(record, "b");

		json_set(&both, "a",
		    key_is_city(json_str(a, "id", "")) ? jv_array()
						       : candidates_of(q, a));
		json_set(&both, "b",
		    key_is_city(json_str(b, "id", "")) ? jv_array()
						       : candidates_of(q, b));
		jv_free(a);
		jv_free(b);
		jv_free(record);
		json_set(&item, "candidates", both);
		out = jv_array_append(out, item);
	}
	jv_free(items);
	return out;
}

/* Items of CONDITION, which has the member as ?1, LIMIT as ?2. */
static jv
tasks(struct query *q, const char *sql, const char *member, int limit,
    struct err *err)
{
	return query_items(
	    q, sql, JV_ARRAY(jv_string(member), jv_number(limit)), err);
}

#define OF_MEMBER                                                             \
	"x.id IN (SELECT pc.pair FROM claim m JOIN pair_claim pc ON pc.claim" \
	" = m.key WHERE m.member = ?1)"

/* City C of END is the member's to speak for, and has not spoken. */
#define MAY_ANSWER(end, c)                                                     \
	"((x." end "_country IN (SELECT value FROM json_each(?3)) OR " c       \
	".name IN (SELECT value FROM json_each(?4))) AND NOT EXISTS (SELECT 1" \
	" FROM json_each(r.value, '$.sides') s WHERE"                          \
	" json_extract(s.value, '$.cityId') = " c ".name))"

/* What one side alone has said: where MEMBER has, and where it may answer. */
static jv
unconfirmed(struct query *q, const char *member, int limit, struct err *err)
{
	jv row = members_row(q->members, member);
	jv speaks_for = json_get(row, "speaks_for");
	jv countries = json_get(speaks_for, "countries");
	jv cities = json_get(speaks_for, "cities");
	jv parameters = JV_ARRAY(jv_string(member), jv_number(limit),
	    or_empty(countries), or_empty(cities));

	jv_free(speaks_for);
	jv_free(row);
	return query_items(q,
	    "SELECT " QUERY_ITEM " FROM partnership x JOIN city ca ON ca.id ="
	    " x.a JOIN city cb ON cb.id = x.b" QUERY_RECORD(
		"x.id") " WHERE x.status = 'unconfirmed' AND (" OF_MEMBER
			" OR " MAY_ANSWER("a", "ca") " OR " MAY_ANSWER(
			    "b", "cb") ") ORDER BY x.name, x.id LIMIT ?2",
	    parameters, err);
}

/* Events of the member that begin on one day in one city. */
static jv
duplicates(struct query *q, const char *member, int limit, struct err *err)
{
	struct sql *sql = store_sql(q->store);
	jv pairs, out;

	/* By the day first: a large city has many events, a day has few (each
	 * "+" keeps SQLite from going by something else). */
	sql_limit(sql, QUERY_STEPS_MAX);
	pairs = sql_rows(sql,
	    "SELECT e1.id AS one, e2.id AS other FROM event e1 CROSS JOIN"
	    " event e2 ON e2.start_ms >= e1.start_ms / 86400000 * 86400000"
	    " AND e2.start_ms < (e1.start_ms / 86400000 + 1) * 86400000"
	    " CROSS JOIN event_city c2 ON c2.event = e2.id CROSS JOIN"
	    " event_city c1 ON c1.city = c2.city AND c1.event = e1.id"
	    " WHERE e1.member = ?1 AND e2.id <> e1.id AND e1.status <>"
	    " 'cancelled' AND e2.status <> 'cancelled' AND e1.super <>"
	    " e2.uid AND e2.super <> e1.uid AND"
	    " (e1.super = '' OR e1.super <> e2.super) AND e1.kind = +e2.kind"
	    " AND NOT EXISTS (SELECT 1 FROM event_same s WHERE (s.event ="
	    " e1.id AND s.uid = e2.uid) OR (s.event = e2.id AND s.uid ="
	    " e1.uid)) AND (e1.member <> e2.member OR e1.id < e2.id)"
	    " GROUP BY +e1.id, +e2.id LIMIT ?2",
	    JV_ARRAY(jv_string(member), jv_number(limit)), err);
	sql_limit(sql, 0);
	out = jv_array();
	if (!jv_is_valid(pairs)) {
		jv_free(out);
		return pairs;
	}
	jv_array_foreach (pairs, i, pair) {
		jv two = query_items(q,
		    "SELECT " QUERY_ITEM " FROM event x" QUERY_RECORD(
			"x.id") " WHERE x.id IN (?1, ?2) ORDER BY x.id = ?2",
		    JV_ARRAY(json_get(pair, "one"), json_get(pair, "other")),
		    err);

		jv_free(pair);
		if (jv_is_valid(two))
			out = jv_array_append(out, two);
	}
	jv_free(pairs);
	return out;
}

/* Years since a day of the calendar within the next ninety, by fives. */
static jv
anniversaries(struct query *q, const char *member, int64_t now_ms, int limit,
    struct err *err)
{
	return query_items(q,
	    "WITH day AS (SELECT x.id AS id, date(?3 / 1000, 'unixepoch') AS"
	    " today, CASE WHEN strftime('%Y', ?3 / 1000, 'unixepoch') ||"
	    " substr(x.since, 5) >= date(?3 / 1000, 'unixepoch') THEN"
	    " strftime('%Y', ?3 / 1000, 'unixepoch') || substr(x.since, 5)"
	    " ELSE (strftime('%Y', ?3 / 1000, 'unixepoch') + 1) ||"
	    " substr(x.since, 5) END AS next, x.year AS year FROM partnership"
	    " x WHERE length(x.since) = 10 AND x.status NOT IN ('terminated')"
	    " AND " OF_MEMBER ")"
	    " SELECT substr(d.next, 1, 4) - d.year AS years, d.next AS [on],"
	    " " QUERY_ITEM " FROM day d" QUERY_RECORD(
		"d.id") " WHERE d.next <= date(d.today, '+90 days') AND"
			" (substr(d.next, 1, 4) - d.year) % 5 = 0 AND"
			" substr(d.next, 1, 4) > d.year ORDER BY d.next LIMIT "
			"?2",
	    JV_ARRAY(
		jv_string(member), jv_number(limit), jv_number((double)now_ms)),
	    err);
}

static jv
unverified(struct query *q, const char *member, int64_t now_ms, int limit,
    struct err *err)
{
	return query_items(q,
	    "SELECT " QUERY_ITEM " FROM claim x" QUERY_RECORD(
		"x.id") " WHERE x.member = ?1 AND x.status NOT IN "
			"('terminated') AND"
			" x.verified < substr(date(?3 / 1000, 'unixepoch', "
			"'-12 months'),"
			" 1, max(4, length(x.verified))) ORDER BY x.verified, "
			"x.key"
			" LIMIT ?2",
	    JV_ARRAY(
		jv_string(member), jv_number(limit), jv_number((double)now_ms)),
	    err);
}

/* The city with row ID has an id as key_is_city() wants it.  That a claim
 * stands in no partnership does not mean that a city is unknown: of one pair
 * the reconciler tells a few of each member. */
#define IS_IDENTIFIED(id)                                              \
	"EXISTS (SELECT 1 FROM city c WHERE c.id = " id                \
	" AND ((c.name GLOB 'wd:Q[1-9]*' AND length(c.name) <= 16 AND" \
	" substr(c.name, 5) NOT GLOB '*[^0-9]*') OR (c.name GLOB"      \
	" 'gn:[1-9]*' AND length(c.name) <= 15 AND substr(c.name, 4)"  \
	" NOT GLOB '*[^0-9]*')))"

static jv
unresolved(struct query *q, const char *member, int limit, struct err *err)
{
	return with_candidates(q,
	    tasks(q,
		"SELECT " QUERY_ITEM " FROM claim x" QUERY_RECORD(
		    "x.id") " WHERE x.member = ?1 AND NOT EXISTS (SELECT 1 FROM"
			    " pair_claim pc WHERE pc.claim = x.key) AND NOT"
			    " (" IS_IDENTIFIED("x.a") " AND " IS_IDENTIFIED(
				"x.b") ") ORDER BY x.key LIMIT ?2",
		member, limit, err));
}

jv
query_tasks(struct query *q, const char *member, int64_t now_ms, int limit,
    struct err *err)
{
	jv out = jv_object();

	if (query_set(&out, "unresolved", unresolved(q, member, limit, err)) ==
		0 &&
	    query_set(
		&out, "unconfirmed", unconfirmed(q, member, limit, err)) == 0 &&
	    query_set(&out, "differing",
		tasks(q,
		    "SELECT " QUERY_ITEM " FROM partnership x" QUERY_RECORD(
			"x.id") " WHERE x.differs AND " OF_MEMBER
				" ORDER BY x.name, x.id LIMIT ?2",
		    member, limit, err)) == 0 &&
	    query_set(&out, "unverified",
		unverified(q, member, now_ms, limit, err)) == 0 &&
	    query_set(&out, "duplicates", duplicates(q, member, limit, err)) ==
		0 &&
	    query_set(&out, "anniversaries",
		anniversaries(q, member, now_ms, limit, err)) == 0 &&
	    query_set(&out, "refused",
		tasks(q,
		    "SELECT " QUERY_ITEM " FROM receipt x" QUERY_RECORD(
			"x.id") " WHERE x.member = ?1 AND x.state = 'refused'"
				" ORDER BY x.at_ms DESC LIMIT ?2",
		    member, limit, err)) == 0)
		return out;
	jv_free(out);
	return jv_invalid();
}
