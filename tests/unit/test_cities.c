#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "event/cities.h"
#include "event/fold.h"

static struct cities *list;

static int
load(void **state)
{
	struct err err = {0};

	(void)state;
	list = cities_load("data/cities.tsv", &err);
	if (list == NULL)
		print_error("%s\n", err.msg);
	return list == NULL ? -1 : 0;
}

static int
unload(void **state)
{
	(void)state;
	cities_free(list);
	return 0;
}

static void
names_fold_to_what_they_share(void **state)
{
	static const char *const rows[][2] = {
	    {"г. Нижний Новгород", "нижнийновгород"},
	    {"НИЖНИЙ-НОВГОРОД", "нижнийновгород"},
	    {"Орёл", "орел"},
	    {"吉林市", "吉林"},
	    {"市", "市"},
	    {"Jilin City", "jilin"},
	    {"City of Jilin", "jilin"},
	    {"Łódź", "lodz"},
	    {"İzmir", "izmir"},
	    {"Şuşa", "susa"},
	    {"Komsomolsk-on-Amur", "komsomolskonamur"},
	    {"Ürümqi", "urumqi"},
	    {"Đà Nẵng", "danang"},
	    {"Ｂｉｓｈｋｅｋ", "bishkek"},
	    {"ԵՐԵՎԱՆ", "երեվան"},
	    {"Қызылорда қаласы", "қызылорда"},
	    {"", ""},
	    {" - ", ""},
	    {"\xff", ""},
	    {"city", "city"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_clear(&out);
		buf_puts(&out, "");
		fold_name(rows[i][0], &out);
		assert_string_equal(out.data, rows[i][1]);
	}
	buf_free(&out);
}

static void
cities_are_found_by_any_of_their_names(void **state)
{
	static const struct {
		const char *name, *country, *id;
	} rows[] = {
	    {"Volgograd", "", "wd:Q914"},
	    {"волгоград", "", "wd:Q914"},
	    {"г. Волгоград", "RU", "wd:Q914"},
	    {"Stalingrad", "", "wd:Q914"},
	    {"Сталинград", "", "wd:Q914"},
	    {"Царицын", "RU", "wd:Q914"},
	    {"伏尔加格勒", "", "wd:Q914"},
	    {"Wolgograd", "", "wd:Q914"},
	    {"볼고그라드", "", "wd:Q914"},
	    {"吉林市", "CN", "wd:Q92277"},
	    {"Jilin", "CN", "wd:Q92277"},
	    {"Гирин", "", "wd:Q92277"},
	    {"海参崴", "", "wd:Q959"},
	    {"Комсомольск на Амуре", "RU", "wd:Q154801"},
	    {"Свердловск", "RU", "gn:1486209"},
	    {"Бишкек", "KG", "gn:1528675"},
	    {"Frunze", "KG", "gn:1528675"},
	    {"Almaty", "KZ", "gn:1526384"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		jv found =
		    cities_suggest(list, rows[i].name, rows[i].country, 5);
		jv first = jv_array_get(found, 0);

		if (strcmp(json_str(first, "id", "none"), rows[i].id) != 0)
			fail_msg("%s: %s", rows[i].name,
			    json_str(first, "id", "none"));
		jv_free(first);
	}
}

static void
one_name_may_suggest_several(void **state)
{
	jv found = cities_suggest(list, "Suzhou", "CN", 5);

	(void)state;
	assert_true(jv_array_length(found) >= 2);
	assert_int_equal(
	    jv_array_length(cities_suggest(list, "Suzhou", "CN", 1)), 1);
	assert_int_equal(
	    jv_array_length(cities_suggest(list, "Volgograd", "CN", 5)), 0);
	assert_int_equal(
	    jv_array_length(cities_suggest(list, "Nowhere", "", 5)), 0);
	assert_int_equal(jv_array_length(cities_suggest(list, "-", "", 5)), 0);
}

static void
a_city_is_told_by_either_id(void **state)
{
	jv city = cities_get(list, "gn:472757"), names;

	(void)state;
	assert_string_equal(json_str(city, "id", ""), "wd:Q914");
	assert_string_equal(json_str(city, "country", ""), "RU");
	assert_string_equal(json_str(city, "tz", ""), "Europe/Volgograd");
	names = json_get(city, "names");
	assert_string_equal(json_str(names, "ru", ""), "Волгоград");
	assert_string_equal(json_str(names, "zh-Hans", ""), "伏尔加格勒");
	jv_free(names);
	jv_free(city);
	city = cities_get(list, "wd:Q914");
	assert_true(json_int(city, "population", 0) > 900000);
	jv_free(city);
	assert_int_equal(jv_get_kind(cities_get(list, "wd:Q1")), JV_KIND_NULL);
}

static void
a_damaged_list_is_named(void **state)
{
	char path[] = "/tmp/twinwire-cities-XXXXXX";
	int fd = mkstemp(path);
	struct err err = {0};

	(void)state;
	assert_int_equal(write(fd, "# x\ngn:1\tRU\n", 12), 12);
	close(fd);
	assert_null(cities_load(path, &err));
	assert_int_equal(err.class, ERR_FATAL);
	assert_non_null(strstr(err.msg, ":2:"));
	unlink(path);
	assert_null(cities_load("no/such/file", &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_fold_to_what_they_share),
	    cmocka_unit_test(cities_are_found_by_any_of_their_names),
	    cmocka_unit_test(one_name_may_suggest_several),
	    cmocka_unit_test(a_city_is_told_by_either_id),
	    cmocka_unit_test(a_damaged_list_is_named),
	};

	return cmocka_run_group_tests_name("cities", tests, load, unload);
}
