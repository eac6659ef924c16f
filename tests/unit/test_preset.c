/* Presets: loading, shapes, and every shipped preset's own test cases. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/preset.h"
#include "map/program.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
shipped_presets_pass_their_tests(void **state)
{
	struct buf out = {0};
	struct err err = {0};
	glob_t files;
	size_t i;
	int run, failed;

	(void)state;
	assert_int_equal(
	    glob("deploy/connectors/*/*.yaml", 0, NULL, &files), 0);
	assert_true(files.gl_pathc >= 3);
	for (i = 0; i < files.gl_pathc; i++) {
		failed = preset_test(files.gl_pathv[i], &run, &out, &err);
		if (failed != 0)
			fail_msg("%s: %d failed\n%s", files.gl_pathv[i], failed,
			    out.size ? out.data : "");
		assert_true(run > 0);
	}
	globfree(&files);
	buf_free(&out);
}

/* A preset from TEXT, as a connection's own keys; NULL with *OUT set. */
static struct preset *
load(const char *text, struct buf *out)
{
	struct err err = {0};
	struct conf *c = conf_parse("f", text, strlen(text), &err);
	struct preset *p;

	if (c == NULL)
		fail_msg("%s", err.msg);
	p = preset_load(NULL, NULL, c, out);
	conf_free(c);
	return p;
}

static void
normalises_requests_or_refuses_them(void **state)
{
	static const struct {
		const char *program, *expected;
	} cases[] = {
	    {"{method: \"GET\", path: \"/a\"}",
		"{\"headers\":{},\"method\":\"GET\",\"path\":\"/a\"}"},
	    {"{method: \"POST\", path: \"/a\", query: {q: \"x y&z\", "
	     "n: 5, no: null, l: [\"a\", \"b\"]}, "
	     "headers: {\"x-a\": \"1\", \"x-b\": null}, body: null}",
		"{\"body\":null,\"headers\":{\"x-a\":\"1\"},"
		"\"method\":\"POST\",\"path\":\"/a?"},
	    {"{method: \"get\", path: \"/a\"}", "preset , probe: no method"},
	    {"{method: \"GET\", path: \"a\"}", "preset , probe: path \"a\""},
	    {"{method: \"GET\", path: \"/a b\"}", "preset , probe: path"},
	    {"{method: \"GET\", path: \"/a?b\"}", "preset , probe: path"},
	    {"{method: \"GET\", path: \"/a/../b\"}", "preset , probe: path"},
	    {"{method: \"GET\", path: \"/..\"}", "preset , probe: path"},
	    {"{method: \"GET\", path: \"/.hidden\"}", "{"},
	    {"{method: \"GET\", path: \"/a\", headers: {a: \"x\\r\\nb\"}}",
		"preset , probe: a header"},
	    {"{method: \"GET\", path: \"/a\", query: {q: {}}}",
		"preset , probe: a query parameter"},
	    /* Whole or not at all: cut, it would ask for something else. */
	    {"{method: \"GET\", path: (\"/a\" * 3000)}",
		"preset , probe: path and query have 6000 bytes"},
	    {"{method: \"GET\", path: (\"/a\" * 3000), query: {q: 1}}",
		"preset , probe: path and query have 6004 bytes"},
	    {"{method: \"GET\", path: \"/a\", query: {q: (\"x\" * 5000)}}",
		"preset , probe: path and query have 5005 bytes"},
	    {"{method: \"GET\", path: \"/a\", qery: 1}",
		"preset , probe: unknown member qery"},
	    {"null", "preset , probe: gave no request"},
	    {"error(\"no\")", "f:1: probe: no"},
	};
	struct buf out = {0}, text = {0};
	struct err err;
	struct preset *p;
	char *yaml;
	jv v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&text);
		buf_puts(&text, "probe: |-\n  ");
		buf_puts(&text, cases[i].program);
		yaml = text.data;
		p = load(yaml, &out);
		if (p == NULL)
			fail_msg("%s", out.data);
		buf_clear(&out);
		if (preset_run(p, PRESET_PROBE, jv_null(), jv_object(), &v,
			&err) == 0) {
			json_canonical(v, &out);
			jv_free(v);
		} else {
			assert_int_equal(err.class, ERR_REJECT);
			buf_puts(&out, err.msg);
		}
		if (strncmp(out.data, cases[i].expected,
			strlen(cases[i].expected)) != 0)
			fail_msg("%s: %s", cases[i].program, out.data);
		preset_free(p);
	}
	buf_free(&out);
	buf_free(&text);
}

static void
shapes_what_answers_become(void **state)
{
	static const struct {
		enum preset_op op;
		const char *answer, *expected;
	} cases[] = {
	    {PRESET_STORED, "[{\"local_id\":7}]",
		"[{\"local_id\":\"7\",\"marker\":null,\"record\":null,"
		"\"url\":null,\"version\":null}]"},
	    {PRESET_STORED, "[]", "[]"},
	    {PRESET_STORED, "{}", "!"},
	    {PRESET_STORED, "[{}]", "!"},
	    {PRESET_STORED, "[{\"local_id\":\"\"}]", "!"},
	    {PRESET_STORED, "[{\"local_id\":\"1\",\"marker\":5}]", "!"},
	    {PRESET_STORED, "[{\"local_id\":\"1\",\"mark\":\"x\"}]", "!"},
	    {PRESET_LISTED, "{\"items\":[],\"complete\":true}",
		"{\"complete\":true,\"gone\":[],\"items\":[],"
		"\"next\":null}"},
	    {PRESET_LISTED,
		"{\"items\":[],\"gone\":[5],"
		"\"next\":{\"p\":1},\"complete\":false}",
		"{\"complete\":false,\"gone\":[\"5\"],\"items\":[],"
		"\"next\":{\"p\":1}}"},
	    {PRESET_LISTED, "{\"items\":[]}", "!"},
	    {PRESET_LISTED, "{\"complete\":true}", "!"},
	    {PRESET_LISTED,
		"{\"items\":[],\"complete\":true,"
		"\"gone\":{}}",
		"!"},
	    {PRESET_LISTED, "[]", "!"},
	    {PRESET_PROBED, "true", "true"},
	    {PRESET_PROBED, "\"not an author\"", "\"not an author\""},
	    {PRESET_PROBED, "false", "!"},
	    {PRESET_ERRORS, "null", "null"},
	    {PRESET_ERRORS, "\"gone\"", "\"gone\""},
	    {PRESET_ERRORS, "\"oops\"", "!"},
	};
	struct buf out = {0};
	struct err err;
	struct preset *p =
	    load("find: .\nstored: .\nlist: .\nlisted: .\nprobe: .\nprobed: .\n"
		 "errors: .\n",
		&out);
	jv v;
	size_t i;

	(void)state;
	assert_non_null(p);
	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		if (preset_run(p, cases[i].op, jv_parse(cases[i].answer),
			jv_object(), &v, &err) == 0) {
			json_canonical(v, &out);
			jv_free(v);
		} else {
			buf_puts(&out, "!");
		}
		assert_string_equal(out.data, cases[i].expected);
	}
	preset_free(p);
	buf_free(&out);
}

static void
an_address_that_nobody_can_open_is_none(void **state)
{
	struct buf out = {0};
	struct preset *p =
	    load("find: .\nstored: .\nprobe: .\nprobed: .\n", &out);
	char url[9000];
	jv item = jv_object(), v;

	(void)state;
	assert_non_null(p);
	memset(url, 'a', sizeof(url));
	url[sizeof(url) - 1] = '\0';
	json_set_str(&item, "local_id", "7");
	json_set_str(&item, "url", url);
	assert_int_equal(
	    preset_run(p, PRESET_STORED, JV_ARRAY(item), jv_object(), &v, NULL),
	    0);
	buf_clear(&out);
	json_canonical(v, &out);
	assert_string_equal(out.data,
	    "[{\"local_id\":\"7\",\"marker\":null,\"record\":null,"
	    "\"url\":null,\"version\":null}]");
	jv_free(v);
	preset_free(p);
	buf_free(&out);
}

static void
reports_mistakes_with_their_lines(void **state)
{
	static const struct {
		const char *yaml, *errors;
	} cases[] = {
	    {"tier: find\ncreate: .\n", "f:1: tier find needs `find`\n"},
	    {"tier: find\nfind: .\nstored: .\ncreate: .\n",
		"f:1: tier find needs `update` beside `create`\n"},
	    {"create: .\n", "f:1: tier: missing; put, find, keyed or post\n"},
	    {"tier: putt\n", "f:1: tier: expected put, find, keyed or post\n"},
	    {"format: csv\n", "f:1: format: expected json\n"},
	    {"list: .\n", "f:1: `list` needs `listed`\n"},
	    {"probe: '{'\nread: 'nosuch'\n",
		"f:2: read: line 1: nosuch/0 is not defined\n"
		"f:1: probe: line 1: syntax error, unexpected "},
	    {"x: 1\nbody: |\n  {\n  a: ]\n", "f:2: body: line 2: "},
	    {"defs: 'def f: ;'\nbody: f\n", "f:1: defs: line 1: syntax"},
	    {"defs: 'def f: g;'\nbody: f\n", "f:2: body: line 1: g/0"},
	};
	struct buf out = {0};
	struct preset *p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		p = load(cases[i].yaml, &out);
		assert_null(p);
		if (strncmp(out.data, cases[i].errors,
			strlen(cases[i].errors)) != 0)
			fail_msg("%s", out.data);
	}
	buf_free(&out);
}

/* Who cannot be asked what it has is told again, not left with the old. */
static void
an_update_is_a_create_where_there_is_no_other(void **state)
{
	static const char *const tiers[] = {"put", "keyed", "post"};
	struct buf out = {0};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(tiers); i++) {
		char *yaml = mem_printf("tier: %s\ncreate: '{method: \"PUT\", "
					"path: \"/\\($op)\"}'\n",
		    tiers[i]);
		struct preset *p = load(yaml, &out);
		struct err err;
		jv v;

		assert_non_null(p);
		assert_true(preset_has(p, PRESET_UPDATE));
		assert_int_equal(preset_give_up_after_ms(p), -1);
		assert_int_equal(preset_run(p, PRESET_UPDATE, jv_object(),
				     jv_object(), &v, &err),
		    0);
		assert_string_equal(json_str(v, "path", ""), "/update");
		jv_free(v);
		preset_free(p);
		free(yaml);
	}
	buf_free(&out);
}

static void
lays_a_connections_keys_over_the_preset(void **state)
{
	const char *yaml = "config: {collections: {event: agenda}, x: 1}\n"
			   "overlap: 90s\ngive_up_after: 2h\n";
	struct err err = {0};
	struct buf out = {0};
	struct conf *c = conf_parse("f", yaml, strlen(yaml), &err);
	struct preset *p = preset_load("deploy/connectors", "rest", c, &out);
	jv config = preset_config(p), collections;

	(void)state;
	assert_non_null(p);
	assert_string_equal(preset_name(p), "rest");
	assert_int_equal(preset_tier(p), PRESET_PUT);
	assert_int_equal(preset_give_up_after_ms(p), 7200000);
	assert_int_equal(json_int(config, "overlap_s", 0), 90);
	collections = json_get(config, "collections");
	assert_string_equal(json_str(collections, "event", ""), "agenda");
	assert_string_equal(json_str(collections, "claim", ""), "claims");
	assert_true(preset_has(p, PRESET_UPDATE));
	assert_false(preset_has(p, PRESET_FIND_BY));
	jv_free(collections);
	jv_free(config);
	preset_free(p);
	conf_free(c);
	assert_null(preset_load("deploy/connectors", "nosuch", NULL, &out));
	buf_free(&out);
}

static void
owns_the_members_it_names(void **state)
{
	struct buf out = {0};
	struct preset *p = load("owns: [title, meta]\n", &out);
	jv v = preset_owned(
	    p, jv_parse("{\"title\":1,\"meta\":{\"a\":2},\"menu\":3}"));

	(void)state;
	buf_clear(&out);
	json_canonical(v, &out);
	assert_string_equal(out.data, "{\"meta\":{\"a\":2},\"title\":1}");
	jv_free(v);
	preset_free(p);
	buf_free(&out);
}

static void
does_without_what_a_preset_leaves_out(void **state)
{
	struct buf out = {0};
	struct err err = {0};
	struct preset *p = load("body: record\n", &out);
	jv v;

	(void)state;
	assert_int_equal(preset_run(p, PRESET_BODY, jv_parse("{\"a\":1}"),
			     jv_object(), &v, &err),
	    0);
	assert_int_equal(json_int(v, "a", 0), 1);
	jv_free(v);
	assert_int_equal(
	    preset_run(p, PRESET_PROBED, jv_parse("{\"status\":204}"),
		jv_object(), &v, &err),
	    0);
	assert_int_equal(jv_get_kind(v), JV_KIND_TRUE);
	assert_int_equal(
	    preset_run(p, PRESET_PROBED, jv_parse("{\"status\":401}"),
		jv_object(), &v, &err),
	    0);
	assert_string_equal(jv_string_value(v), "the system answered 401");
	jv_free(v);
	assert_int_equal(
	    preset_run(p, PRESET_CREATE, jv_null(), jv_object(), &v, &err), -1);
	preset_free(p);
	buf_free(&out);
}

/* A preset file with TEST appended, run: the report. */
static char *
report(const char *test)
{
	char file[] = "/tmp/test_preset.XXXXXX";
	struct buf out = {0};
	struct err err = {0};
	int fd = mkstemp(file), run, n;
	FILE *f = fdopen(fd, "w");

	fprintf(f,
	    "preset: x\nbody: '{a: (.a + 1), b: $config.b}'\n"
	    "config: {b: 2}\nexamples: {one: {a: 1}}\n"
	    "tests:\n  - name: t\n    op: body\n%s",
	    test);
	fclose(f);
	n = preset_test(file, &run, &out, &err);
	unlink(file);
	if (n < 0)
		buf_puts(&out, err.msg);
	if (n == 0)
		buf_puts(&out, "ok");
	return buf_take(&out);
}

static void
runs_the_cases_in_a_preset_file(void **state)
{
	static const struct {
		const char *test, *report;
	} cases[] = {
	    {"    of: one\n    expect: {a: 2, b: 2}\n", "ok"},
	    {"    of: one\n    with: {a: 5}\n"
	     "    vars: {config: {b: 7}}\n    expect: {a: 6, b: 7}\n",
		"ok"},
	    {"    of: one\n    check: .a == 2\n", "ok"},
	    {"    of: one\n    check: .a == 3\n", "expected"},
	    {"    of: one\n    expect: {a: 3}\n", "expected\n\t{\"a\":3}"},
	    {"    input: 5\n    error: Cannot index\n", "ok"},
	    {"    of: one\n    error: Cannot\n",
		"expected Cannot, got no error"},
	    {"    input: 5\n    expect: 1\n", "expected no error, got"},
	    {"    nput: 5\n", "tests[0].nput: unknown key"},
	};
	size_t i;
	char *s;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		s = report(cases[i].test);
		if (strstr(s, cases[i].report) == NULL)
			fail_msg("%s: %s", cases[i].test, s);
		free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shipped_presets_pass_their_tests),
	    cmocka_unit_test(normalises_requests_or_refuses_them),
	    cmocka_unit_test(shapes_what_answers_become),
	    cmocka_unit_test(an_address_that_nobody_can_open_is_none),
	    cmocka_unit_test(reports_mistakes_with_their_lines),
	    cmocka_unit_test(an_update_is_a_create_where_there_is_no_other),
	    cmocka_unit_test(lays_a_connections_keys_over_the_preset),
	    cmocka_unit_test(owns_the_members_it_names),
	    cmocka_unit_test(does_without_what_a_preset_leaves_out),
	    cmocka_unit_test(runs_the_cases_in_a_preset_file),
	};

	program_sandbox();
	return cmocka_run_group_tests_name("preset", tests, NULL, NULL);
}
