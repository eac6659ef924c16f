/* /api/v1/changes: what a reader missed, and what comes next. */
#include <string.h>

#include "base/err.h"
#include "event/keys.h"
#include "portal/api.h"
#include "portal/api_inner.h"
#include "portal/filter.h"
#include "portal/query.h"
#include "web/server.h"

enum { WAIT_MAX_S = 60, RETRY_AFTER_S = 5 };

/* The bits of argument `type`: all that is news unless it says. */
static int
types_of(const struct request *rq, unsigned *out, struct err *err)
{
	jv list = request_args(rq, "type");
	unsigned all = 1u << RECORD_CLAIM | 1u << RECORD_EVENT |
		       1u << RECORD_ORGANIZATION | 1u << RECORD_PARTNERSHIP |
		       1u << RECORD_NOTICE | 1u << RECORD_RECEIPT;
	unsigned types = 0;
	enum record_type t;
	int rc = 0;

	jv_array_foreach (list, i, word) {
		if (record_type_parse(jv_string_value(word), &t) != 0 ||
		    (all >> t & 1) == 0)
			rc = err_set(err, ERR_REJECT, 0,
			    "`type`: expected claim, event, organization, "
			    "partnership, notice or receipt");
		else
			types |= 1u << t;
		jv_free(word);
	}
	jv_free(list);
	if (rc == 0)
		*out = types != 0 ? types : all & ~(1u << RECORD_RECEIPT);
	return rc;
}

static int
wait_of(const struct request *rq, int *out_s, struct err *err)
{
	const char *text = request_arg(rq, "wait");
	size_t size = text == NULL ? 0 : strlen(text);
	int s = 0;

	if (size > 2 || (size > 0 && strspn(text, "0123456789") != size))
		s = WAIT_MAX_S + 1;
	else
		for (size_t i = 0; i < size; i++)
			s = s * 10 + (text[i] - '0');
	if (s > WAIT_MAX_S)
		return err_set(err, ERR_REJECT, 0,
		    "`wait`: expected seconds, at most %d", WAIT_MAX_S);
	*out_s = s;
	return 0;
}

static void
fail(struct answer *a, const struct err *err)
{
	if (err->class == ERR_RETRY) {
		answer_problem(a, 503, "%s.", err->msg);
		answer_header(a, "Retry-After", "%d", RETRY_AFTER_S);
	} else if (err->class == ERR_REJECT && err->code == QUERY_CURSOR_GONE) {
		answer_problem(a, 410, "%s.", err->msg);
	} else {
		api_fail(a, err);
	}
}

static int
is_empty(jv changes)
{
	jv items = json_get(changes, "items");
	int n = jv_array_length(items);

	return n == 0 && !json_bool(changes, "more", 0);
}

void
api_changes(struct request *rq, struct answer *a)
{
	struct query_filter f;
	struct err err = {0};
	unsigned types;
	int wait_s;
	jv out;

	api_begin(a);
	if (filter_parse(rq,
		FILTER_PLACES | FILTER_MEMBERS | FILTER_KINDS |
		    FILTER_STATUSES | FILTER_LANGUAGES | FILTER_STRICT,
		"after limit type wait", &f, &err) != 0) {
		fail(a, &err);
		return;
	}
	f.with_duplicates =
	    1; /* who stands for whom changes without a record */
	if (types_of(rq, &types, &err) != 0 ||
	    wait_of(rq, &wait_s, &err) != 0 ||
	    filter_limit(rq, &f, &err) != 0) {
		fail(a, &err);
		filter_fini(&f);
		return;
	}
	out = query_changes(
	    rq->query, request_arg(rq, "after"), types, &f, rq->now_ms, &err);
	filter_fini(&f);
	if (!jv_is_valid(out)) {
		fail(a, &err);
		return;
	}
	if (is_empty(out) && rq->http->waited_ms < (int64_t)wait_s * 1000) {
		jv_free(out);
		a->wait_until_ms =
		    rq->now_ms + (int64_t)wait_s * 1000 - rq->http->waited_ms;
		return;
	}
	api_give(a, out, &err);
}
