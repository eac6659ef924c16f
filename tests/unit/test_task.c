/* links: services/portal/task.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "portal/task.h"

static jv
partnership(void)
{
	return jv_parse(
	    "{\"a\":{\"id\":\"wd:Q1\",\"country\":\"RU\",\"names\":{\"ru\":"
	    "\"Пермь, \\\"город\\\"\",\"en\":\"=Perm\"}},"
	    "\"b\":{\"id\":\"wd:Q2\",\"country\":\"CN\",\"names\":{\"zh-Hans\":"
	    "\"青岛\"}},\"kind\":\"twin\",\"since\":\"1994\","
	    "\"sinceBasis\":\"approval\"}");
}

static void
a_row_has_a_cell_for_every_title(void **state)
{
	struct buf out = {0};
	jv p = partnership(), claim = task_claim(p, "wd:Q2");

	(void)state;
	task_csv(claim, &out);
	assert_string_equal(out.data,
	    "id,city_a,city_a.en,city_a.ru,country_a,city_b,city_b.zh-Hans,"
	    "country_b,status,speaks_for,kind,signed_on,date_basis\n"
	    ",wd:Q1,\"'=Perm\",\"Пермь, \"\"город\"\"\",RU,wd:Q2,青岛,CN,"
	    "active,wd:Q2,twin,1994,approval\n");
	buf_free(&out);
	jv_free(claim);
	jv_free(p);
}

static void
filled(const char *template, const char *expected)
{
	struct buf out = {0};
	jv p = partnership();

	task_address(template, p, "zh-Hans", &out);
	assert_string_equal(out.data, expected);
	buf_free(&out);
	jv_free(p);
}

static void
an_address_is_filled_in(void **state)
{
	(void)state;
	filled("https://x.example/new?a={city_a}&b={name_b}&c={country_b}"
	       "&k={kind}&s={since}",
	    "https://x.example/new?a=wd%3AQ1&b=%E9%9D%92%E5%B2%9B&c=CN&k=twin"
	    "&s=1994");
	filled("https://x.example/{name_a}", "https://x.example/%3DPerm");
	filled("https://x.example/{city_x}{}{nothing}{open",
	    "https://x.example/{open");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_has_a_cell_for_every_title),
	    cmocka_unit_test(an_address_is_filled_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
