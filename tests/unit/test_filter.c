/* links: services/portal/filter.c services/portal/html.c */
/* links: services/portal/request.c */
/* What an address asks for, and what is wrong with it, in a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "portal/filter.h"
#include "portal/request.h"
#include "web/server.h"

/* The arguments of the request; NULL-ended. */
static const char *const *asked;

/* In place of the server's own. */
const char *
server_query(const struct server_request *r, const char *name)
{
	(void)r;
	for (size_t i = 0; asked[i] != NULL; i += 2)
		if (strcmp(asked[i], name) == 0)
			return asked[i + 1];
	return NULL;
}

void
server_queries(
    const struct server_request *r, server_each_argument *each, void *ctx)
{
	(void)r;
	for (size_t i = 0; asked[i] != NULL; i += 2)
		if (each(ctx, asked[i], asked[i + 1], strlen(asked[i + 1])) !=
		    0)
			return;
}

const char *
server_header(const struct server_request *r, const char *name)
{
	(void)r;
	(void)name;
	return NULL;
}

static int
parse(const char *const *arguments, int parts, struct query_filter *f,
    struct err *err)
{
	struct request rq = {.now_ms = 0};

	asked = arguments;
	return filter_parse(&rq, parts, "more lang", f, err);
}

static void
assert_list(jv list, const char *expected)
{
	struct buf out = {0};

	json_canonical(list, &out);
	assert_string_equal(out.data, expected);
	buf_free(&out);
}

static void
all_that_is_asked_is_taken(void **state)
{
	static const char *const arguments[] = {"city", "wd:Q914,gn:1", "city",
	    "wd:Q2", "country", "RU", "member", "mag", "kind", ",forum,,",
	    "status", "active", "language", "zh", "q", "Форум", "since_from",
	    "1990", "since_to", "2000", "from", "2026-10-31", "to",
	    "2026-10-31", "sort", "-name", "limit", "200", "total", "1",
	    "duplicates", "1", "after", "W10", NULL};
	struct query_filter f;
	struct err err = {0};

	(void)state;
	assert_int_equal(
	    parse(arguments, FILTER_ALL | FILTER_STRICT, &f, &err), 0);
	assert_list(f.cities, "[\"wd:Q914\",\"gn:1\",\"wd:Q2\"]");
	assert_list(f.countries, "[\"RU\"]");
	assert_list(f.members, "[\"mag\"]");
	assert_list(f.kinds, "[\"forum\"]");
	assert_list(f.statuses, "[\"active\"]");
	assert_list(f.languages, "[\"zh\"]");
	assert_string_equal(f.text, "Форум");
	assert_int_equal(f.year_from, 1990);
	assert_int_equal(f.year_to, 2000);
	assert_int_equal(f.to_ms - f.from_ms, 86400000);
	assert_int_equal(f.sort, QUERY_SORT_NAME);
	assert_int_equal(f.is_descending, 1);
	assert_int_equal(f.limit, 200);
	assert_int_equal(f.with_total, 1);
	assert_int_equal(f.with_duplicates, 1);
	assert_string_equal(f.after, "W10");
	filter_fini(&f);
}

static void
what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *name, *value, *said;
	} cases[] = {
	    {"limit", "0", "`limit`: expected a number from 1 to 200"},
	    {"limit", "201", "`limit`"},
	    {"limit", "-1", "`limit`"},
	    {"limit", "+5", "`limit`"},
	    {"limit", " 5", "`limit`"},
	    {"limit", "1e2", "`limit`"},
	    {"limit", "99999999999999999999", "`limit`"},
	    {"since_from", "x", "`since_from`"},
	    {"since_to", "10000", "`since_to`"},
	    {"from", "2026-02-30", "`from`: expected a day or an instant"},
	    {"from", "yesterday", "`from`"},
	    {"to", "2026-1-1", "`to`"},
	    {"to", "2026-10-31T25:00:00Z", "`to`"},
	    {"sort", "age", "`sort`: expected changed, name or date"},
	    {"sort", "--name", "`sort`"},
	    {"total", "2", "`total`"},
	    {"duplicates", "yes", "`duplicates`"},
	    {"city", "", "`city` is empty"},
	    {"colour", "red", "there is no argument `colour` here"},
	    {"q", "\xff", "not UTF-8"},
	    {"\xc3", "x", "not UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *const arguments[] = {
		    cases[i].name, cases[i].value, NULL};
		struct query_filter f;
		struct err err = {0};

		if (parse(arguments, FILTER_ALL | FILTER_STRICT, &f, &err) !=
		    -1)
			fail_msg(
			    "%s=%s was taken", cases[i].name, cases[i].value);
		assert_int_equal(err.class, ERR_REJECT);
		if (strstr(err.msg, cases[i].said) == NULL)
			fail_msg("%s=%s: %s", cases[i].name, cases[i].value,
			    err.msg);
	}
}

static void
lists_and_texts_have_bounds(void **state)
{
	char many[4096] = "", longest[512] = "";
	const char *list[] = {"city", many, NULL};
	const char *one[] = {"city", longest, NULL},
		   *q[] = {"q", longest, NULL};
	struct query_filter f;
	struct err err = {0};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < 51; i++)
		n +=
		    (size_t)snprintf(many + n, sizeof(many) - n, "wd:Q%zu,", i);
	assert_int_equal(parse(list, FILTER_ALL, &f, &err), -1);
	assert_non_null(strstr(err.msg, "more than 50 values"));
	/* Characters are counted, not bytes. */
	for (size_t i = 0; i < 64; i++)
		memcpy(longest + 2 * i, "ж", 2);
	assert_int_equal(parse(one, FILTER_ALL, &f, &err), 0);
	filter_fini(&f);
	memcpy(longest + 128, "ж", 3);
	assert_int_equal(parse(one, FILTER_ALL, &f, &err), -1);
	for (size_t i = 0; i < 101; i++)
		memcpy(longest + 2 * i, "ж", 2);
	assert_int_equal(parse(q, FILTER_ALL, &f, &err), -1);
	assert_non_null(strstr(err.msg, "more than 100 characters"));
}

static void
pages_overlook_what_they_do_not_know(void **state)
{
	static const char *const arguments[] = {"utm_source", "x", "limit", "",
	    "more", "", "since_from", "x", NULL};
	struct query_filter f;
	struct err err = {0};

	(void)state;
	assert_int_equal(
	    parse(arguments, FILTER_PLACES | FILTER_PAGES, &f, &err), 0);
	assert_int_equal(f.limit, 0);
	assert_int_equal(f.year_from, 0);
	filter_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_that_is_asked_is_taken),
	    cmocka_unit_test(what_is_wrong_is_said),
	    cmocka_unit_test(lists_and_texts_have_bounds),
	    cmocka_unit_test(pages_overlook_what_they_do_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
