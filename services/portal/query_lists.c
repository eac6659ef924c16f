/* Which records a filter lets through, list by list: see query.h. */
#include <string.h>

#include "base/err.h"
#include "portal/query_inner.h"
#include "portal/search.h"

#define CITY_IDS                                                 \
	"(SELECT c.id FROM city c WHERE c.name IN (SELECT value" \
	" FROM json_each(?)))"
#define IN_LIST " IN (SELECT value FROM json_each(?))"
#define CITIES_FOUND "(SELECT rowid FROM city_text WHERE city_text MATCH ?)"

/* Every word of TEXT is to be found: CONDITION says how one is. */
static void
where_words(const char *text, const char *condition, struct question *out)
{
	jv terms;

	if (text == NULL || *text == '\0')
		return;
	terms = search_terms(text);
	if (jv_array_length(jv_copy(terms)) == 0)
		question_and(out, "?", jv_false()); /* no word finds nothing */
	jv_array_foreach (terms, i, term)
		question_and(out, condition, term);
	jv_free(terms);
}

void
query_where_partnerships(const struct query_filter *f, struct question *out)
{
	question_any(
	    out, "(x.a IN " CITY_IDS " OR x.b IN " CITY_IDS ")", f->cities);
	question_any(out, "(x.a_country" IN_LIST " OR x.b_country" IN_LIST ")",
	    f->countries);
	question_any(out,
	    "x.id IN (SELECT pc.pair FROM claim m JOIN pair_claim pc"
	    " ON pc.claim = m.key WHERE m.member" IN_LIST ")",
	    f->members);
	question_any(out, "x.kind" IN_LIST, f->kinds);
	question_any(out, "x.status" IN_LIST, f->statuses);
	if (f->year_from > 0)
		question_and(out, "x.year >= ?", jv_number(f->year_from));
	if (f->year_to > 0)
		question_and(
		    out, "(x.year > 0 AND x.year <= ?)", jv_number(f->year_to));
	where_words(f->text,
	    "(x.a IN " CITIES_FOUND " OR x.b IN " CITIES_FOUND ")", out);
}

/* Another live event stands for it: one that it names, in a ring the one with
 * the lowest id. */
#define IS_DUPLICATE                                                       \
	"EXISTS (SELECT 1 FROM event_same s JOIN event o ON o.uid = s.uid" \
	" WHERE s.event = x.id AND (o.uid < x.uid OR NOT EXISTS (SELECT 1" \
	" FROM event_same back WHERE back.event = o.id AND back.uid ="     \
	" x.uid)))"

void
query_where_events(const struct query_filter *f, struct question *out)
{
	question_any(out,
	    "(x.id IN (SELECT ec.event FROM event_city ec WHERE ec.city"
	    " IN " CITY_IDS ") OR x.id IN (SELECT ea.event FROM event_about ea"
	    " WHERE ea.what" IN_LIST "))",
	    f->cities);
	question_any(out,
	    "x.id IN (SELECT ec.event FROM event_city ec JOIN city c ON"
	    " c.id = ec.city WHERE c.country" IN_LIST ")",
	    f->countries);
	question_any(out, "x.member" IN_LIST, f->members);
	question_any(out, "NOT x.member" IN_LIST, f->without);
	question_any(out, "x.kind" IN_LIST, f->kinds);
	question_any(out, "x.status" IN_LIST, f->statuses);
	question_any(out,
	    "x.id IN (SELECT el.event FROM event_language el WHERE"
	    " el.language" IN_LIST ")",
	    f->languages);
	if (f->from_ms != 0)
		question_and(
		    out, "x.end_ms >= ?", jv_number((double)f->from_ms));
	if (f->to_ms != 0)
		question_and(
		    out, "x.start_ms < ?", jv_number((double)f->to_ms));
	if (!f->with_duplicates)
		question_and(out, "? AND NOT " IS_DUPLICATE, jv_true());
	where_words(f->text,
	    "(x.id IN (SELECT rowid FROM record_text WHERE record_text"
	    " MATCH ?) OR x.id IN (SELECT ec.event FROM event_city ec WHERE"
	    " ec.city IN " CITIES_FOUND "))",
	    out);
}

static void
where_organizations(const struct query_filter *f, struct question *out)
{
	question_any(out, "x.country" IN_LIST, f->countries);
	question_any(out, "x.member" IN_LIST, f->members);
	question_any(out, "x.kind" IN_LIST, f->kinds);
	where_words(f->text,
	    "x.id IN (SELECT rowid FROM record_text WHERE record_text MATCH ?)",
	    out);
}

static void
where_notices(const struct query_filter *f, struct question *out)
{
	question_any(
	    out, "(x.a IN " CITY_IDS " OR x.b IN " CITY_IDS ")", f->cities);
	question_any(out, "(x.a_country" IN_LIST " OR x.b_country" IN_LIST ")",
	    f->countries);
	question_any(out, "x.member" IN_LIST, f->members);
	question_any(out, "x.kind" IN_LIST, f->kinds);
	if (f->from_ms != 0)
		question_and(
		    out, "x.at_ms >= ?", jv_number((double)f->from_ms));
	if (f->to_ms != 0)
		question_and(out, "x.at_ms < ?", jv_number((double)f->to_ms));
	where_words(f->text,
	    "(x.a IN " CITIES_FOUND " OR x.b IN " CITIES_FOUND ")", out);
}

static void
where_claims(const struct query_filter *f, struct question *out)
{
	question_any(
	    out, "(x.a IN " CITY_IDS " OR x.b IN " CITY_IDS ")", f->cities);
	question_any(out,
	    "(x.a IN (SELECT c.id FROM city c WHERE c.country" IN_LIST
	    ") OR x.b IN (SELECT c.id FROM city c WHERE c.country" IN_LIST "))",
	    f->countries);
	question_any(out, "x.member" IN_LIST, f->members);
	question_any(out, "x.kind" IN_LIST, f->kinds);
	question_any(out, "x.status" IN_LIST, f->statuses);
	where_words(f->text,
	    "(x.a IN " CITIES_FOUND " OR x.b IN " CITIES_FOUND ")", out);
}

static void
where_receipts(const struct query_filter *f, struct question *out)
{
	question_any(out, "x.member" IN_LIST, f->members);
	question_any(out, "x.state" IN_LIST, f->statuses);
}

void
query_where(
    enum record_type t, const struct query_filter *f, struct question *out)
{
	switch (t) {
	case RECORD_PARTNERSHIP:
		query_where_partnerships(f, out);
		break;
	case RECORD_EVENT:
		query_where_events(f, out);
		break;
	case RECORD_ORGANIZATION:
		where_organizations(f, out);
		break;
	case RECORD_NOTICE:
		where_notices(f, out);
		break;
	case RECORD_CLAIM:
		where_claims(f, out);
		break;
	case RECORD_RECEIPT:
		where_receipts(f, out);
		break;
	case RECORD_STATUS:
	case RECORD_COMMAND:
	case RECORD_TYPES:
		break;
	}
}

static const struct query_list lists[RECORD_TYPES] = {
    [RECORD_PARTNERSHIP] = {"partnership x", "x.at_ms", "x.name", "x.since",
	QUERY_SORT_CHANGED},
    [RECORD_EVENT] = {"event x", "x.at_ms", "x.name", "x.start_ms",
	QUERY_SORT_DATE},
    [RECORD_ORGANIZATION] = {"organization x", "x.at_ms", "x.name", NULL,
	QUERY_SORT_NAME},
    [RECORD_NOTICE] = {"notice x", "x.at_ms", NULL, NULL, QUERY_SORT_CHANGED},
    [RECORD_CLAIM] = {"claim x", "x.at_ms", NULL, NULL, QUERY_SORT_CHANGED},
    [RECORD_RECEIPT] = {"receipt x", "x.at_ms", NULL, NULL, QUERY_SORT_CHANGED},
};

static jv
page(struct query *q, enum record_type t, const struct query_filter *f,
    struct err *err)
{
	struct question where;
	jv out;

	question_begin(&where);
	query_where(t, f, &where);
	out = query_page(q, &lists[t], f, &where, err);
	question_fini(&where);
	return out;
}

jv
query_partnerships(
    struct query *q, const struct query_filter *f, struct err *err)
{
	return page(q, RECORD_PARTNERSHIP, f, err);
}

jv
query_events(struct query *q, const struct query_filter *f, struct err *err)
{
	return page(q, RECORD_EVENT, f, err);
}

jv
query_organizations(
    struct query *q, const struct query_filter *f, struct err *err)
{
	return page(q, RECORD_ORGANIZATION, f, err);
}

jv
query_notices(struct query *q, const struct query_filter *f, struct err *err)
{
	return page(q, RECORD_NOTICE, f, err);
}

jv
query_claims(struct query *q, const struct query_filter *f, struct err *err)
{
	return page(q, RECORD_CLAIM, f, err);
}

jv
query_receipts(struct query *q, const struct query_filter *f, const char *about,
    struct err *err)
{
	struct question where;
	jv out;

	question_begin(&where);
	where_receipts(f, &where);
	if (about != NULL)
		question_and(&where, "x.about = ?", jv_string(about));
	out = query_page(q, &lists[RECORD_RECEIPT], f, &where, err);
	question_fini(&where);
	return out;
}
