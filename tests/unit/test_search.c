/* links: services/portal/search.c services/portal/question.c */
/* Words for the full-text index, and questions that only ever bind values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "portal/question.h"
#include "portal/search.h"

static void
texts_become_words(void **state)
{
	static const char *const cases[][2] = {
	    {"Volgograd", "Volgograd "},
	    {"г. Волгоград, Россия", "г Волгоград Россия "},
	    {"伏尔加格勒", "伏 尔 加 格 勒 "},
	    {"2026年友好城市Forum", "2026 年 友 好 城 市 Forum "},
	    {"", ""},
	    {"«—» ... !?", ""},
	    {"São Paulo", "São Paulo "},
	    {"a\"b*c:d^e", "a b c d e "},
	    {"\xff\xfe"
	     "ok\xc3",
		"ok "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf out = {0};

		search_words(cases[i][0], &out);
		assert_string_equal(
		    out.data == NULL ? "" : out.data, cases[i][1]);
		buf_free(&out);
	}
}

static void
yo_is_found_as_e(void **state)
{
	struct buf with = {0}, without = {0};

	(void)state;
	search_words("Орёл", &with);
	search_words("Орел", &without);
	assert_string_equal(with.data, without.data);
	buf_free(&with);
	buf_free(&without);
}

static void
assert_terms(const char *text, const char *expected)
{
	jv terms = search_terms(text);
	struct buf out = {0};

	json_canonical(terms, &out);
	assert_string_equal(out.data, expected);
	buf_free(&out);
	jv_free(terms);
}

static void
questions_become_beginnings_of_words(void **state)
{
	(void)state;
	assert_terms("волгогр", "[\"\\\"волгогр\\\"*\"]");
	assert_terms("г. Волгоград", "[\"\\\"Волгоград\\\"*\"]");
	assert_terms("город", "[\"\\\"город\\\"*\"]");
	assert_terms("城市论坛", "[\"\\\"城 市 论 坛\\\"\"]");
	assert_terms("a\" OR b* NEAR(c) -d",
	    "[\"\\\"a\\\"*\",\"\\\"OR\\\"*\",\"\\\"b\\\"*\",\"\\\"NEAR\\\"*\","
	    "\"\\\"c\\\"*\",\"\\\"d\\\"*\"]");
	assert_terms("!!!", "[]");
	assert_terms("", "[]");
}

static void
questions_are_bounded(void **state)
{
	char text[4 * SEARCH_TEXT_MAX_BYTES];
	jv terms;

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 2 == 0 ? 'a' : ' ';
	text[sizeof(text) - 1] = '\0';
	terms = search_terms(text);
	assert_int_equal(jv_array_length(jv_copy(terms)), SEARCH_WORDS_MAX);
	jv_free(terms);
	memset(text, 'a', sizeof(text) - 1);
	terms = search_terms(text);
	assert_int_equal(jv_array_length(jv_copy(terms)), 1);
	jv_free(terms);
}

static void
values_never_become_text(void **state)
{
	struct question q;
	jv list = JV_ARRAY(jv_string("'; DROP TABLE record; --"));
	jv none = jv_array();

	(void)state;
	question_begin(&q);
	question_any(&q, "x.kind IN (?)", jv_null());
	question_any(&q, "x.kind IN (?)", none);
	assert_int_equal(q.n, 0);
	question_any(&q, "x.a = ? OR x.b = ?", list);
	question_and(&q, "x.year >= ?", jv_number(1990));
	assert_string_equal(
	    q.where.data, " WHERE x.a = ?1 OR x.b = ?1 AND x.year >= ?2");
	assert_int_equal(jv_array_length(jv_copy(q.parameters)), 2);
	question_fini(&q);
	jv_free(none);
	jv_free(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_become_words),
	    cmocka_unit_test(yo_is_found_as_e),
	    cmocka_unit_test(questions_become_beginnings_of_words),
	    cmocka_unit_test(questions_are_bounded),
	    cmocka_unit_test(values_never_become_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
