/* The REST interface: see api.h. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "event/keys.h"
#include "portal/api.h"
#include "portal/api_inner.h"
#include "portal/assets.h"
#include "portal/filter.h"
#include "portal/query.h"

void
api_begin(struct answer *a)
{
	answer_header(a, "Access-Control-Allow-Origin", "*");
	answer_header(a, "Access-Control-Expose-Headers", "ETag, Link");
	a->policy = "default-src 'none'; frame-ancestors 'none'";
}

void
api_fail(struct answer *a, const struct err *err)
{
	if (err->class == ERR_REJECT)
		answer_problem(a, 400, "%s.", err->msg);
	else
		answer_problem(a, 500, "The portal cannot read its store.");
}

/* Times of items as RFC 3339. */
static jv
tidy_item(jv item)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t at = json_int(item, "at", -1);

	if (at >= 0)
		json_set_str(&item, "at", clock_text(at, text));
	return item;
}

static jv
tidy(jv v)
{
	jv out;

	if (jv_get_kind(v) == JV_KIND_ARRAY) {
		out = jv_array();
		jv_array_foreach (v, i, one)
			out = jv_array_append(out, tidy(one));
		jv_free(v);
		return out;
	}
	if (jv_get_kind(v) != JV_KIND_OBJECT)
		return v;
	out = jv_copy(v);
	jv_object_foreach (v, key, member) {
		/* A record stands as it was written. */
		if (strcmp(jv_string_value(key), "record") == 0 ||
		    jv_get_kind(member) != JV_KIND_ARRAY) {
			jv_free(key);
			jv_free(member);
			continue;
		}
		out = jv_object_set(out, key, tidy(member));
	}
	jv_free(v);
	return tidy_item(out);
}

void
api_give(struct answer *a, jv v, const struct err *err)
{
	if (!jv_is_valid(v)) {
		jv_free(v);
		api_fail(a, err);
		return;
	}
	if (jv_get_kind(v) == JV_KIND_NULL) {
		answer_problem(a, 404, "There is no such record.");
		return;
	}
	v = tidy(v);
	json_canonical(v, &a->body);
	buf_puts(&a->body, "\n");
	a->type = "application/json";
	jv_free(v);
}

typedef jv lister(
    struct query *q, const struct query_filter *f, struct err *err);

static void
answer_list(struct request *rq, struct answer *a, int parts, lister *list)
{
	struct query_filter f;
	struct err err = {0};
	int is_csv;

	api_begin(a);
	if (filter_parse(rq, parts | FILTER_PAGES | FILTER_STRICT, "format", &f,
		&err) != 0) {
		api_fail(a, &err);
		return;
	}
	if (api_form(rq, &is_csv, &err) != 0)
		api_fail(a, &err);
	else if (is_csv)
		api_give_csv(rq, a, list(rq->query, &f, &err), &err);
	else
		api_give(a, list(rq->query, &f, &err), &err);
	filter_fini(&f);
}

void
api_partnerships(struct request *rq, struct answer *a)
{
	answer_list(rq, a,
	    FILTER_PLACES | FILTER_MEMBERS | FILTER_KINDS | FILTER_STATUSES |
		FILTER_TEXT | FILTER_YEARS,
	    query_partnerships);
}

void
api_claims(struct request *rq, struct answer *a)
{
	answer_list(rq, a,
	    FILTER_PLACES | FILTER_MEMBERS | FILTER_KINDS | FILTER_STATUSES |
		FILTER_TEXT,
	    query_claims);
}

void
api_events(struct request *rq, struct answer *a)
{
	answer_list(rq, a, FILTER_ALL & ~FILTER_YEARS, query_events);
}

void
api_organizations(struct request *rq, struct answer *a)
{
	answer_list(rq, a,
	    FILTER_PLACES | FILTER_MEMBERS | FILTER_KINDS | FILTER_TEXT,
	    query_organizations);
}

void
api_notices(struct request *rq, struct answer *a)
{
	answer_list(rq, a,
	    FILTER_PLACES | FILTER_MEMBERS | FILTER_KINDS | FILTER_TEXT |
		FILTER_TIMES,
	    query_notices);
}

void
api_receipts(struct request *rq, struct answer *a)
{
	struct query_filter f;
	struct err err = {0};
	const char *about;
	int is_csv;
	jv out;

	api_begin(a);
	if (filter_parse(rq,
		FILTER_MEMBERS | FILTER_STATUSES | FILTER_PAGES | FILTER_STRICT,
		"about format", &f, &err) != 0) {
		api_fail(a, &err);
		return;
	}
	if (api_form(rq, &is_csv, &err) != 0) {
		api_fail(a, &err);
		filter_fini(&f);
		return;
	}
	about = request_arg(rq, "about");
	if (about != NULL && strlen(about) > KEY_MAX_BYTES)
		out =
		    (err_set(&err, ERR_REJECT, 0, "`about`: no key is so long"),
			jv_invalid());
	else
		out = query_receipts(rq->query, &f, about, &err);
	if (is_csv)
		api_give_csv(rq, a, out, &err);
	else
		api_give(a, out, &err);
	filter_fini(&f);
}

typedef jv finder(struct query *q, const char *key, struct err *err);

static void
answer_one(struct request *rq, struct answer *a, finder *find)
{
	struct query_filter none;
	struct err err = {0};

	api_begin(a);
	if (filter_parse(rq, FILTER_STRICT, "", &none, &err) != 0)
		api_fail(a, &err);
	else
		api_give(a, find(rq->query, rq->parts[0], &err), &err);
}

void
api_partnership(struct request *rq, struct answer *a)
{
	answer_one(rq, a, query_partnership);
}

void
api_claim(struct request *rq, struct answer *a)
{
	answer_one(rq, a, query_claim);
}

void
api_event(struct request *rq, struct answer *a)
{
	answer_one(rq, a, query_event);
}

void
api_organization(struct request *rq, struct answer *a)
{
	answer_one(rq, a, query_organization);
}

void
api_description(struct request *rq, struct answer *a)
{
	const struct asset *file = assets_find("openapi.json");

	(void)rq;
	api_begin(a);
	if (file != NULL)
		buf_add(&a->body, file->text, file->size);
	a->type = "application/json";
}

static jv
members(struct query *q, const char *key, struct err *err)
{
	jv out = query_members(q, err);

	(void)key;
	return jv_is_valid(out)
		   ? jv_object_set(jv_object(), jv_string("items"), out)
		   : out;
}

void
api_members(struct request *rq, struct answer *a)
{
	answer_one(rq, a, members);
}

static jv
state(struct query *q, const char *key, struct err *err)
{
	(void)key;
	(void)err;
	return query_state(q);
}

void
api_state(struct request *rq, struct answer *a)
{
	answer_one(rq, a, state);
}
