/* Filters from query arguments: see filter.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/utf8.h"
#include "event/dates.h"
#include "portal/filter.h"
#include "web/server.h"

enum { VALUES_MAX = 50, VALUE_MAX = 64, TEXT_MAX = 100 };

static const struct {
	const char *name;
	int part;
} arguments[] = {
    {"city", FILTER_PLACES},
    {"country", FILTER_PLACES},
    {"member", FILTER_MEMBERS},
    {"kind", FILTER_KINDS},
    {"status", FILTER_STATUSES},
    {"language", FILTER_LANGUAGES},
    {"q", FILTER_TEXT},
    {"since_from", FILTER_YEARS},
    {"since_to", FILTER_YEARS},
    {"from", FILTER_TIMES},
    {"to", FILTER_TIMES},
    {"sort", FILTER_PAGES},
    {"after", FILTER_PAGES},
    {"limit", FILTER_PAGES},
    {"total", FILTER_PAGES},
    {"duplicates", FILTER_DUPLICATES},
};

/* 1 if NAME is one of the words in LIST. */
static int
is_among(const char *list, const char *name)
{
	size_t size = strlen(name);

	for (; *list != '\0' && size > 0; list += strspn(list, " ")) {
		size_t n = strcspn(list, " ");

		if (n == size && strncmp(list, name, n) == 0)
			return 1;
		list += n;
	}
	return 0;
}

struct check {
	int parts;
	const char *more;
	struct err *err;
	int rc;
};

static int
is_known(const struct check *c, const char *name)
{
	for (size_t i = 0; i < sizeof(arguments) / sizeof(*arguments); i++)
		if ((arguments[i].part & c->parts) != 0 &&
		    strcmp(arguments[i].name, name) == 0)
			return 1;
	return is_among(c->more, name);
}

static int
check_argument(void *ctx, const char *name, const char *value, size_t size)
{
	struct check *c = ctx;

	if (!utf8_is_text(name, strlen(name)) ||
	    (value != NULL && !utf8_is_text(value, size)))
		c->rc = err_set(
		    c->err, ERR_REJECT, 0, "an argument is not UTF-8 text");
	else if ((c->parts & FILTER_STRICT) != 0 && !is_known(c, name))
		c->rc = err_set(c->err, ERR_REJECT, 0,
		    "there is no argument `%.40s` here", name);
	else if ((c->parts & FILTER_STRICT) != 0 && size == 0)
		c->rc =
		    err_set(c->err, ERR_REJECT, 0, "`%.40s` is empty", name);
	return c->rc;
}

/* Characters in TEXT, which is UTF-8. */
static size_t
length_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

/* All values of NAME into *OUT. */
static int
take_list(const struct request *rq, const char *name, jv *out, struct err *err)
{
	jv list = request_args(rq, name);
	int rc = 0;

	if (jv_array_length(jv_copy(list)) > VALUES_MAX)
		rc = err_set(err, ERR_REJECT, 0, "`%s`: more than %d values",
		    name, VALUES_MAX);
	jv_array_foreach (list, i, value) {
		if (rc == 0 && length_of(jv_string_value(value)) > VALUE_MAX)
			rc = err_set(err, ERR_REJECT, 0,
			    "`%s`: a value of more than %d characters", name,
			    VALUE_MAX);
		jv_free(value);
	}
	if (rc == 0)
		*out = list;
	else
		jv_free(list);
	return rc;
}

static int
take_number(const struct request *rq, const char *name, int low, int high,
    int *out, struct err *err)
{
	const char *text = request_arg(rq, name);
	char *end;
	long n;

	if (text == NULL)
		return 0;
	n = strtol(text, &end, 10);
	if (*end != '\0' || strspn(text, "0123456789") != strlen(text) ||
	    n < low || n > high)
		return err_set(err, ERR_REJECT, 0,
		    "`%s`: expected a number from %d to %d", name, low, high);
	*out = (int)n;
	return 0;
}

/* A day (in UTC) or an instant; a day as an end is the day's end. */
static int
take_time(const struct request *rq, const char *name, int is_end, int64_t *out,
    struct err *err)
{
	const char *text = request_arg(rq, name);
	int64_t s;
	int has_time;

	if (text == NULL || clock_parse(text, out) == 0)
		return 0;
	if (strlen(text) != 10 || dates_wall(text, &s, &has_time) != 0 ||
	    has_time)
		return err_set(err, ERR_REJECT, 0,
		    "`%s`: expected a day or an instant, like 2026-10-31 or "
		    "2026-10-31T10:00:00Z",
		    name);
	*out = (is_end ? s + 86400 : s) * 1000;
	return 0;
}

static int
take_sort(const struct request *rq, struct query_filter *f, struct err *err)
{
	static const struct {
		const char *word;
		enum query_sort sort;
	} sorts[] = {{"changed", QUERY_SORT_CHANGED}, {"name", QUERY_SORT_NAME},
	    {"date", QUERY_SORT_DATE}};
	const char *text = request_arg(rq, "sort");

	if (text == NULL)
		return 0;
	if (*text == '-') {
		f->is_descending = 1;
		text++;
	}
	for (size_t i = 0; i < sizeof(sorts) / sizeof(*sorts); i++) {
		if (strcmp(sorts[i].word, text) == 0) {
			f->sort = sorts[i].sort;
			return 0;
		}
	}
	return err_set(err, ERR_REJECT, 0,
	    "`sort`: expected changed, name or date, or one of them with \"-\" "
	    "in front");
}

static int
take_flag(const struct request *rq, const char *name, int *out, struct err *err)
{
	return take_number(rq, name, 0, 1, out, err);
}

int
filter_limit(const struct request *rq, struct query_filter *f, struct err *err)
{
	return take_number(rq, "limit", 1, QUERY_LIMIT_MAX, &f->limit, err);
}

static int
take_text(const struct request *rq, struct query_filter *f, struct err *err)
{
	const char *text = request_arg(rq, "q");

	if (text != NULL && length_of(text) > TEXT_MAX)
		return err_set(err, ERR_REJECT, 0,
		    "`q`: more than %d characters", TEXT_MAX);
	f->text = text;
	return 0;
}

static int
take_all(const struct request *rq, int parts, struct query_filter *f,
    struct err *err)
{
	if ((parts & FILTER_PLACES) != 0 &&
	    (take_list(rq, "city", &f->cities, err) != 0 ||
		take_list(rq, "country", &f->countries, err) != 0))
		return -1;
	if ((parts & FILTER_MEMBERS) != 0 &&
	    take_list(rq, "member", &f->members, err) != 0)
		return -1;
	if ((parts & FILTER_KINDS) != 0 &&
	    take_list(rq, "kind", &f->kinds, err) != 0)
		return -1;
	if ((parts & FILTER_STATUSES) != 0 &&
	    take_list(rq, "status", &f->statuses, err) != 0)
		return -1;
	if ((parts & FILTER_LANGUAGES) != 0 &&
	    take_list(rq, "language", &f->languages, err) != 0)
		return -1;
	if ((parts & FILTER_TEXT) != 0 && take_text(rq, f, err) != 0)
		return -1;
	if ((parts & FILTER_YEARS) != 0 &&
	    (take_number(rq, "since_from", 1, 9999, &f->year_from, err) != 0 ||
		take_number(rq, "since_to", 1, 9999, &f->year_to, err) != 0))
		return -1;
	if ((parts & FILTER_TIMES) != 0 &&
	    (take_time(rq, "from", 0, &f->from_ms, err) != 0 ||
		take_time(rq, "to", 1, &f->to_ms, err) != 0))
		return -1;
	if ((parts & FILTER_DUPLICATES) != 0 &&
	    take_flag(rq, "duplicates", &f->with_duplicates, err) != 0)
		return -1;
	if ((parts & FILTER_PAGES) == 0)
		return 0;
	f->after = request_arg(rq, "after");
	return take_sort(rq, f, err) != 0 || filter_limit(rq, f, err) != 0 ||
		       take_flag(rq, "total", &f->with_total, err) != 0
		   ? -1
		   : 0;
}

int
filter_parse(const struct request *rq, int parts, const char *more,
    struct query_filter *out, struct err *err)
{
	struct check c = {parts, more, err, 0};
	struct query_filter f = {0};

	server_queries(rq->http, check_argument, &c);
	if (c.rc == 0 && take_all(rq, parts, &f, err) == 0) {
		*out = f;
		return 0;
	}
	filter_fini(&f);
	return -1;
}

void
filter_fini(struct query_filter *f)
{
	jv_free(f->cities);
	jv_free(f->countries);
	jv_free(f->members);
	jv_free(f->without);
	jv_free(f->kinds);
	jv_free(f->statuses);
	jv_free(f->languages);
	*f = (struct query_filter){0};
}
