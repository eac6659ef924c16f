/* The jq sandbox: what programs see, what they cannot, how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "map/program.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Result of TEXT on INPUT as canonical JSON, or the error; the caller's. */
static char *
run(const char *text, const char *input, const char *vars)
{
	struct err err = {0};
	struct buf b = {0};
	struct program *p = program_get("P", text, &err);
	jv out;

	if (p != NULL &&
	    program_run(p, jv_parse(input), jv_parse(vars), &out, &err) == 0) {
		json_canonical(out, &b);
		jv_free(out);
	} else {
		assert_int_equal(err.class, ERR_REJECT);
		buf_puts(&b, err.msg);
	}
	program_put(p);
	return buf_take(&b);
}

struct run_case {
	const char *text, *input, *expected;
};

static void
check_cases(const struct run_case *cases, size_t n)
{
	size_t i;
	char *s;

	for (i = 0; i < n; i++) {
		s = run(cases[i].text, cases[i].input,
		    "{\"config\":{\"a\":1},\"row\":{\"local_id\":\"7\"},"
		    "\"marker\":\"c/k\"}");
		if (strncmp(s, cases[i].expected, strlen(cases[i].expected)) !=
		    0)
			fail_msg("%s: %s, expected %s", cases[i].text, s,
			    cases[i].expected);
		free(s);
	}
}

static void
runs_programs_with_their_variables(void **state)
{
	static const struct run_case cases[] = {
	    {".a", "{\"a\":5}", "5"},
	    {"$config.a, 2", "null", "1"},
	    {"[$row.local_id, $marker, $topic, $type, $key, $body, $op, "
	     "$cursor, $status, $record]",
		"null",
		"[\"7\",\"c/k\",null,null,null,null,null,null,null,null]"},
	    {"def f: . + 1; f | f # a comment", "1", "3"},
	    {"empty", "1", "null"},
	    {"error(null)?", "1", "null"},
	    {"{a, b: $config.a}\n", "{\"a\":2}", "{\"a\":2,\"b\":1}"},
	    {"[limit(3; range(10))]", "null", "[0,1,2]"},
	    {"getpath([\"a\",\"b\"])", "{}", "null"},
	    {"@html", "\"<b> & \\\"x\\\"\"",
		"\"&lt;b&gt; &amp; &quot;x&quot;\""},
	    {"$__loc__ | .line", "null", "1"},
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
keeps_programs_in_the_sandbox(void **state)
{
	static const struct run_case cases[] = {
	    {"env", "1", "{}"},
	    {"env.HOME", "1", "null"},
	    {"$ENV", "1", "{}"},
	    {"$ENV.PATH", "1", "null"},
	    {"import \"a\" as a; 1", "1", "P: line 1: syntax error"},
	    {"include \"a\"; 1", "1", "P: line 1: syntax error"},
	    {"modulemeta", "\"a\"", "P: modules are not available"},
	    {"input", "1", "P: input is not available"},
	    {"[inputs]", "1", "P: input is not available"},
	    {"debug", "1", "1"},
	    {"stderr", "1", "1"},
	    {"input_filename", "1", "null"},
	    {"input_line_number", "1", "0"},
	    {"get_search_list", "1", "[]"},
	    {"halt", "1", "P: halt is not available"},
	    {"halt_error", "1", "P: halt is not available"},
	    {"halt_error(3)", "1", "P: halt is not available"},
	    {"$__prog_args", "1", "P: line 1: $__prog_args is not"},
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
survives_what_a_record_can_hold(void **state)
{
	static const struct run_case cases[] = {
	    {"todate", "1e300", "P: not an instant"},
	    {"gmtime", "-1e300", "P: not an instant"},
	    {"strftime(\"%Y\")", "1e18", "P: not an instant"},
	    {"localtime", "1e18", "P: not an instant"},
	    {"strflocaltime(\"%Y\")", "1e18", "P: not an instant"},
	    {"todate", "1667210400", "\"2022-10-31T10:00:00Z\""},
	    {"todate", "\"x\"", "P: "},
	    {"fromdate", "\"2022-10-31T10:00:00Z\"", "1667210400"},
	    {"fromdate", "\"yesterday\"", "P: date"},
	    {"gmtime | mktime", "1667210400", "1667210400"},
	    {"indices(\"\")", "\"abc\"", "[]"},
	    {"index(\"\")", "\"abc\"", "null"},
	    {"[index(\"b\"), rindex(\"b\")]", "\"abcb\"", "[1,3]"},
	    {"index(\"x\")", "\"abc\"", "null"},
	    {"indices(1)", "[0,1,1]", "[1,2]"},
	    {"implode", "[1114112]", "P: not code points"},
	    {"implode", "[55296]", "P: not code points"},
	    {"implode", "[-1]", "P: not code points"},
	    {"implode", "[\"a\"]", "P: not code points"},
	    {"explode | implode", "\"\xd0\x92\xf0\x9f\x99\x82\"",
		"\"\xd0\x92\xf0\x9f\x99\x82\""},
	    {".[.[0]:1]", "[nan]", "P: a number that is none"},
	    {"tonumber", "\"nan\"", "P: not a number"},
	    {"tonumber", "\"12.5\"", "12.5"},
	    {"tonumber", "\"12abc\"", "P: "},
	    {"fromjson", "\"[[[\"", "P: "},
	    {"ltrimstr(1)", "{}", "{}"},
	    {"ltrimstr(\"a\")", "\"ab\"", "\"b\""},
	    {"rtrimstr(\"b\")", "\"ab\"", "\"a\""},
	    {"split(\",\")", "1", "P: "},
	    {"@base64d", "\"*\"", "P: "},
	    {"tojson | fromjson | . > 1e100", "1e300", "true"},
	    {"test(\"a\")", "null", "P: "},
	    {"ascii_downcase", "5", "P: "},
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
names_program_and_line(void **state)
{
	static const struct run_case cases[] = {
	    {".a\n| nosuch\n", "1", "P: line 2: nosuch/0 is not defined"},
	    {"$nosuch", "1", "P: line 1: $nosuch is not defined"},
	    {"{\n a: 1,\n b: }\n", "1", "P: line 3: syntax error"},
	    {"  \n", "1", "P: an empty program"},
	    {".a.b", "{\"a\":[1]}", "P: Cannot index array"},
	    {"error(\"no title\")", "1", "P: no title"},
	    {"error({a: 1})", "1", "P: {\"a\":1}"},
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
stops_a_program_that_does_not_end(void **state)
{
	static const struct run_case cases[] = {
	    {"def f: f; f", "1", "P: took over 200 ms"},
	    {"last(range(1e12))", "1", "P: took over 200 ms"},
	    {"[recurse(. + 1; . < 1e12)] | length", "1", "P: took over 200 ms"},
	    {"until(false; .)", "1", "P: took over 200 ms"},
	};

	(void)state;
	check_cases(cases, COUNT(cases));
}

static void
works_again_after_an_error_or_a_halt(void **state)
{
	struct err err = {0};
	struct program *p = program_get("P",
	    "if . == 1 then def f: f; f elif . == 2 then error(\"x\") "
	    "else . end",
	    &err);
	jv out;
	int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		int rc =
		    program_run(p, jv_number(i % 4), jv_object(), &out, &err);

		assert_int_equal(rc, i % 4 == 1 || i % 4 == 2 ? -1 : 0);
		if (rc == 0) {
			assert_int_equal((int)jv_number_value(out), i % 4);
			jv_free(out);
		}
	}
	program_put(p);
}

static void
shares_equal_texts_under_their_own_names(void **state)
{
	struct err err = {0};
	struct program *a = program_get("first", "error(\"x\")", &err);
	struct program *b = program_get("second", "error(\"x\")", &err);
	jv out;

	(void)state;
	program_put(a);
	assert_int_equal(
	    program_run(b, jv_null(), jv_object(), &out, &err), -1);
	assert_string_equal(err.msg, "second: x");
	program_put(b);
	program_put(NULL);
}

static void
compiles_many_as_one(void **state)
{
	static const struct program_source sources[] = {
	    {"a", "[.x, $marker] # a comment", 0},
	    {"defs", "def f: $config.a; def g: . + 1; ", 1},
	    {"b", "def h: f; h, 2", 0},
	    {"c", "$ENV", 0},
	    {"defs", "def f: \"later\"; ", 1},
	    {"d", "[f, (.x | g)]", 0},
	    {"e", "error(\"x\")", 0},
	};
	static const char *const expected[] = {
	    "[7,\"m\"]", NULL, "5", "{}", NULL, "[\"later\",8]", "e: x"};
	struct program *made[COUNT(sources)];
	struct err err;
	jv out;

	(void)state;
	assert_int_equal(program_get_all(sources, COUNT(sources), made), 0);
	for (size_t i = 0; i < COUNT(sources); i++) {
		struct buf b = {0};

		if (sources[i].is_defs) {
			assert_null(made[i]);
			continue;
		}
		if (program_run(made[i], jv_parse("{\"x\":7}"),
			jv_parse("{\"config\":{\"a\":5},"
				 "\"marker\":\"m\"}"),
			&out, &err) == 0) {
			json_canonical(out, &b);
			jv_free(out);
		} else {
			buf_puts(&b, err.msg);
		}
		assert_string_equal(b.data, expected[i]);
		program_put(made[i]);
		buf_free(&b);
	}
}

static void
leaves_to_stand_alone_what_is_no_part(void **state)
{
	static const struct {
		const char *text;
		int is_defs;
	} cases[] = {
	    {".a) | (.b", 0},
	    {".a] | [.b", 0},
	    {"(.a", 0},
	    {"", 0},
	    {"nosuch", 0},
	    {"$nosuch", 0},
	    {"$__loc__", 0},
	    {"def f: 1; .a |", 1},
	    {".a | def f: 1;", 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct program_source sources[] = {
		    {"x", cases[i].text, cases[i].is_defs}, {"y", ".", 0}};
		struct program *made[COUNT(sources)];

		assert_int_equal(
		    program_get_all(sources, COUNT(sources), made), -1);
	}
}

static void
keeps_no_reference_to_a_record(void **state)
{
	struct err err = {0};
	struct program *p = program_get("P", ".a, .b", &err);
	jv in = jv_parse("{\"a\":[1],\"b\":2}"), out;

	(void)state;
	assert_int_equal(
	    program_run(p, jv_copy(in), jv_object(), &out, &err), 0);
	jv_free(out);
	assert_int_equal(jv_get_refcnt(in), 1);
	jv_free(in);
	program_put(p);
}

static void
refuses_a_text_that_is_too_long(void **state)
{
	char *text = malloc(PROGRAM_TEXT_MAX_BYTES + 2);
	struct err err = {0};

	(void)state;
	memset(text, '1', PROGRAM_TEXT_MAX_BYTES + 1);
	text[PROGRAM_TEXT_MAX_BYTES + 1] = '\0';
	assert_null(program_get("P", text, &err));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(runs_programs_with_their_variables),
	    cmocka_unit_test(keeps_programs_in_the_sandbox),
	    cmocka_unit_test(survives_what_a_record_can_hold),
	    cmocka_unit_test(names_program_and_line),
	    cmocka_unit_test(stops_a_program_that_does_not_end),
	    cmocka_unit_test(works_again_after_an_error_or_a_halt),
	    cmocka_unit_test(shares_equal_texts_under_their_own_names),
	    cmocka_unit_test(compiles_many_as_one),
	    cmocka_unit_test(leaves_to_stand_alone_what_is_no_part),
	    cmocka_unit_test(keeps_no_reference_to_a_record),
	    cmocka_unit_test(refuses_a_text_that_is_too_long),
	};

	/* A leak would show: programs must see neither. */
	setenv("HOME", "/nonexistent", 1);
	setenv("SECRET", "x", 1);
	program_sandbox();
	return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
