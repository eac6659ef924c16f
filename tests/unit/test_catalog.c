/* links: services/portal/catalog.c services/portal/assets.c */
/* links: services/portal/reader.c services/portal/words.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "portal/catalog.h"
#include "portal/reader.h"
#include "portal/words.h"

static void
a_language_is_found_by_its_first_part(void **state)
{
	(void)state;
	assert_string_equal(catalog_language(catalog_find("ru-RU")), "ru");
	assert_string_equal(catalog_language(catalog_find("ZH-Hans-CN")), "zh");
	assert_null(catalog_find("xx"));
	assert_string_equal(catalog_language(catalog_at(0)), "en");
	assert_string_equal(catalog_name(catalog_find("ru")), "Русский");
}

static void
what_a_catalogue_lacks_is_english_and_says_so(void **state)
{
	const struct catalog *zh = catalog_find("zh");
	const char *language;

	(void)state;
	assert_string_equal(catalog_text(zh, "date.year", &language), "{y}年");
	assert_string_equal(language, "zh");
	/* Chinese dates name no months. */
	assert_string_equal(catalog_text(zh, "month.1", &language), "January");
	assert_string_equal(language, "en");
	assert_string_equal(catalog_text(zh, "site.no_such_key", &language),
	    "site.no_such_key");
	assert_string_equal(language, "");
	assert_null(catalog_word(zh, "country", "QQ", &language));
}

static void
words_of(const char *language, const char *date, const char *expected)
{
	struct buf out = {0};

	words_date(catalog_find(language), date, &out);
	assert_string_equal(out.data, expected);
	buf_free(&out);
}

static void
dates_read_as_people_write_them(void **state)
{
	(void)state;
	words_of("en", "1994-02-22", "22 February 1994");
	words_of("en", "1994-02", "February 1994");
	words_of("ru", "1994-02-22", "22 февраля 1994");
	words_of("ru", "1994-02", "февраль 1994");
	words_of("zh", "1994-02-22", "1994年2月22日");
	words_of("zh", "1994", "1994年");
	words_of("en", "2022-10-31T13:00:00", "31 October 2022");
	words_of("en", "soon", "soon");
}

static void
reads(const char *asked, const char *accept, const char *page, const char *text)
{
	struct reader r;
	jv map = jv_parse(
	    "{\"ru\":\"Мир\",\"zh-Hans\":\"和平\",\"ky\":\"Тынчтык\"}");

	reader_init(&r, asked, accept);
	assert_string_equal(catalog_language(r.words), page);
	assert_string_equal(reader_text(&r, map, NULL), text);
	jv_free(map);
}

static void
a_reader_gets_what_they_read_best(void **state)
{
	(void)state;
	reads(NULL, NULL, "en", "Мир");
	reads(NULL, "ru-RU,ru;q=0.9,en;q=0.8", "ru", "Мир");
	reads(NULL, "en;q=0.5, zh-CN;q=0.9", "zh", "和平");
	reads("zh", "ru", "zh", "和平");
	/* No pages in Kyrgyz yet, but records are. */
	reads(NULL, "ky,ru;q=0.5", "ru", "Тынчтык");
	reads("<script>", ";;,=q,*;q=x,ru", "ru", "Мир");
}

static void
an_empty_record_has_no_text(void **state)
{
	struct reader r;
	const char *language;
	jv none = jv_null(), empty = jv_parse("{\"en\":\"\",\"ru\":7}");

	(void)state;
	reader_init(&r, NULL, NULL);
	assert_string_equal(reader_text(&r, none, &language), "");
	assert_string_equal(reader_text(&r, empty, &language), "");
	jv_free(none);
	jv_free(empty);
}

static void
numbers_are_grouped(void **state)
{
	struct buf out = {0};

	(void)state;
	words_number(catalog_at(0), 1234567, &out);
	buf_puts(&out, " ");
	words_number(catalog_at(0), 1234, &out);
	assert_string_equal(out.data, "1,234,567 1234");
	buf_free(&out);
}

static void
take_piece(void *ctx, const char *text, size_t size)
{
	buf_add(ctx, text, size);
}

static void
take_argument(void *ctx, size_t i)
{
	buf_printf(ctx, "<%zu>", i);
}

static void
sentences_are_split_at_their_arguments(void **state)
{
	struct buf out = {0};

	(void)state;
	words_split("{1} of {0}, {x} {", take_piece, take_argument, &out);
	assert_string_equal(out.data, "<1> of <0>, {x} {");
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_language_is_found_by_its_first_part),
	    cmocka_unit_test(what_a_catalogue_lacks_is_english_and_says_so),
	    cmocka_unit_test(dates_read_as_people_write_them),
	    cmocka_unit_test(a_reader_gets_what_they_read_best),
	    cmocka_unit_test(an_empty_record_has_no_text),
	    cmocka_unit_test(numbers_are_grouped),
	    cmocka_unit_test(sentences_are_split_at_their_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
