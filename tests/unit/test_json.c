#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"

static void
expect(void (*write)(jv v, struct buf *out), const char *text, const char *want)
{
	struct buf out = {0};
	jv v = jv_parse(text);

	write(v, &out);
	assert_string_equal(out.data, want);
	buf_free(&out);
	jv_free(v);
}

static void
people_get_a_member_a_line(void **state)
{
	(void)state;
	expect(json_pretty, "{\"a\":[1.1,{}],\"b\":\"x: [,]\\\"\",\"c\":[]}",
	    "{\n  \"a\": [\n    1.1,\n    {}\n  ],\n"
	    "  \"b\": \"x: [,]\\\"\",\n  \"c\": []\n}");
}

static void
the_canonical_form_is_one_for_equal_values(void **state)
{
	static const struct {
		const char *text, *canonical;
	} rows[] = {
	    {"null", "null"},
	    {"[true, false, null]", "[true,false,null]"},
	    {"{\"b\":1, \"a\":{}, \"\":[]}", "{\"\":[],\"a\":{},\"b\":1}"},
	    {"{\"ab\":1, \"a\":2, \"b\":3}", "{\"a\":2,\"ab\":1,\"b\":3}"},
	    {"{\"\xD0\x96\":1, \"z\":2}", "{\"z\":2,\"\xD0\x96\":1}"},
	    {"[0, -0.0, 7, -12, 9007199254740992, 1e3]",
		"[0,0,7,-12,9007199254740992,1000]"},
	    {"[0.5, 1e300]", "[0.5,1e+300]"},
	    /* The fewest digits that read back to the same double. */
	    {"[44.4976, 44.497599999999998, 0.1, 0.30000000000000004]",
		"[44.4976,44.4976,0.1,0.30000000000000004]"},
	    {"[9007199254740993.5, -1e-7]", "[9007199254740994,-1e-07]"},
	    {"\"a\\\"b\\\\c\\n\\u0001\\u00e9/\"",
		"\"a\\\"b\\\\c\\u000a\\u0001\xC3\xA9/\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect(json_canonical, rows[i].text, rows[i].canonical);
}

static void
the_lean_form_leaves_out_what_is_empty(void **state)
{
	static const struct {
		const char *text, *lean;
	} rows[] = {
	    {"{}", "null"},
	    {"{\"a\":null,\"b\":false,\"c\":\"\",\"d\":[],\"e\":{}}", "null"},
	    {"{\"a\":{\"b\":{\"c\":null}},\"d\":1}", "{\"d\":1}"},
	    {"{\"z\":{},\"a\":0,\"b\":true}", "{\"a\":0,\"b\":true}"},
	    {"[{},1,[],\"\"]", "[null,1,null,null]"},
	    {"{\"l\":[{\"a\":\"\",\"b\":\"x\"}]}", "{\"l\":[{\"b\":\"x\"}]}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect(json_canonical_lean, rows[i].text, rows[i].lean);
}

static void
objects_of_any_size_are_sorted(void **state)
{
	struct buf out = {0};
	jv v = jv_object();
	const char *at;
	char key[16];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "k%02d", i * 37 % 100);
		json_set_int(&v, key, i);
	}
	json_canonical(v, &out);
	at = out.data;
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "\"k%02d\":", i);
		at = strstr(at, key);
		assert_non_null(at);
	}
	buf_free(&out);
	jv_free(v);
}

/* However a fraction is written: by the fewest digits, as printf has them. */
static void
fractions_are_written_by_their_digits(void **state)
{
	static const double scales[] = {1e1, 1e3, 1e6, 1e7};
	unsigned seed = 1;

	(void)state;
	for (unsigned round = 0; round < 100000; round++) {
		struct buf text = {0};
		char want[32];
		double d;

		seed = seed * 1664525 + 1013904223;
		d = (double)(int)seed / scales[round % 4];
		d /= (double)(1u << (round % 5 * 4));
		snprintf(want, sizeof(want), "%.15g", d);
		if (strtod(want, NULL) != d || d == floor(d))
			continue;
		json_add_number(d, &text);
		assert_string_equal(text.data, want);
		buf_free(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fractions_are_written_by_their_digits),
	    cmocka_unit_test(the_canonical_form_is_one_for_equal_values),
	    cmocka_unit_test(people_get_a_member_a_line),
	    cmocka_unit_test(the_lean_form_leaves_out_what_is_empty),
	    cmocka_unit_test(objects_of_any_size_are_sorted),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
