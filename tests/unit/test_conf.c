/* Configuration: what is read, what is refused, and the words of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
reads_values_as_json(void **state)
{
	static const struct {
		const char *yaml, *json;
	} cases[] = {
	    {"", "null"},
	    {"# only a comment\n", "null"},
	    {"a: 1\nb: two\n", "{\"a\":1,\"b\":\"two\"}"},
	    {"a: [1, -2.5, true, no, ~]", "{\"a\":[1,-2.5,true,\"no\",null]}"},
	    {"a: '1'\nb: \"true\"", "{\"a\":\"1\",\"b\":\"true\"}"},
	    {"a: 007\nb: 1.2.3\nc: 2022-10-31",
		"{\"a\":\"007\",\"b\":\"1.2.3\",\"c\":\"2022-10-31\"}"},
	    {"a: 12345678901234567890", "{\"a\":\"12345678901234567890\"}"},
	    {"a: wd:Q914\nb: {c: 30s}",
		"{\"a\":\"wd:Q914\",\"b\":{\"c\":\"30s\"}}"},
	    {"a: |\n  x\n  y\n", "{\"a\":\"x\\u000ay\\u000a\"}"},
	    {"город: Волгоград", "{\"город\":\"Волгоград\"}"},
	    {"\xef\xbb\xbf"
	     "a: b",
		"{\"a\":\"b\"}"},
	};
	struct err err = {0};
	struct buf out = {0};
	struct conf *c;
	jv v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		c = conf_parse("f", cases[i].yaml, strlen(cases[i].yaml), &err);
		if (c == NULL)
			fail_msg("%s: %s", cases[i].yaml, err.msg);
		v = conf_value(c);
		buf_clear(&out);
		json_canonical(v, &out);
		assert_string_equal(out.data, cases[i].json);
		jv_free(v);
		conf_free(c);
	}
	buf_free(&out);
}

static void
refuses_with_file_and_line(void **state)
{
	static const struct {
		const char *yaml, *message;
	} cases[] = {
	    {"a: 1\na: 2\n", "f:2: a: given twice"},
	    {"x:\n  b: 1\n  b: 2\n", "f:3: x.b: given twice"},
	    {"a: &x 1\nb: *x\n", "f:1: anchors are not allowed"},
	    {"b: *x\n", "f:1: aliases are not allowed"},
	    {"a: !!int '3'\n", "f:1: tags are not allowed"},
	    {"a: 1\n---\nb: 2\n", "f:2: only one document a file"},
	    {"? [a, b]\n: 1\n", "f:1: a key must be a word"},
	    {"a: \"x\\0y\"\n", "f:1: a NUL character"},
	    {"[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "f:1: nested too deeply"},
	    {"ok: 1\na: [1, 2\nb: 3\n", "f:3: "},
	    {"a: \xff\n", "f:1: "},
	    {"a: 1\n\tb: 2\n", "f:2: "},
	};
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		memset(&err, 0, sizeof(err));
		assert_null(conf_parse(
		    "f", cases[i].yaml, strlen(cases[i].yaml), &err));
		assert_int_equal(err.class, ERR_REJECT);
		if (strncmp(err.msg, cases[i].message,
			strlen(cases[i].message)) != 0)
			fail_msg("%s: got %s", cases[i].message, err.msg);
	}
}

static const struct conf_key keys[] = {
    {"name", CONF_STRING, 1, "a name"},
    {"size", CONF_INT, 0, NULL},
    {"on", CONF_BOOL, 0, NULL},
    {"every", CONF_DURATION, 0, NULL},
    {"share", CONF_SHARE, 0, NULL},
    {"list", CONF_LIST, 0, NULL},
    {"list[]", CONF_OBJECT, 0, NULL},
    {"list[].from", CONF_STRING, 1, "beginning or now"},
    {"list[].to", CONF_STRINGS, 0, NULL},
    {"kafka", CONF_OBJECT, 0, NULL},
    {"kafka.*", CONF_ANY, 0, NULL},
    {"limit", CONF_ANY, 0, NULL},
    {"limit.most", CONF_INT, 0, NULL},
    {"free", CONF_ANY, 0, NULL},
};

static void
checks_against_a_table(void **state)
{
	static const struct {
		const char *yaml, *errors;
	} cases[] = {
	    {"name: x\nsize: 3\non: true\nevery: 30s\nshare: 20%\n"
	     "list: [{from: now, to: [a, b]}]\nlimit: off\n"
	     "free: {any: [1]}\nkafka: {bootstrap.servers: h, b: 1}\n",
		""},
	    {"name: x\nlimit: {most: 1}", ""},
	    {"size: 1", "f:1: name: missing; expected a name\n"},
	    {"- 1", "f:1: expected a mapping of keys\n"},
	    {"name: 5", "f:1: name: expected a name\n"},
	    {"name: x\nsize: 1.5", "f:2: size: expected a whole number\n"},
	    {"name: x\nsize:\n", "f:2: size: expected a whole number\n"},
	    {"name: x\non: yes", "f:2: on: expected true or false\n"},
	    {"name: x\nshare: 120%",
		"f:2: share: expected a share such as 20%\n"},
	    {"name: x\nevery: 30",
		"f:2: every: expected a duration such as 500ms, 30s, 5m, "
		"2h or 30d\n"},
	    {"name: x\nlist:\n  - from: now\n    form: b\n",
		"f:4: list[0].form: unknown key; known here: from, to\n"},
	    {"name: x\nlist:\n  - to: now\n",
		"f:3: list[0].from: missing; expected beginning or now\n"},
	    {"name: x\nlist: {a: 1}\n", "f:2: list: expected a list\n"},
	    {"name: x\nlist: [{from: a, to: [1]}]",
		"f:2: list[0].to: expected a text or a list of texts\n"},
	    {"name: x\nlimit: {least: 1}",
		"f:2: limit.least: unknown key; known here: most\n"},
	};
	struct err err = {0};
	struct buf out = {0};
	struct conf *c;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		c = conf_parse("f", cases[i].yaml, strlen(cases[i].yaml), &err);
		assert_non_null(c);
		buf_clear(&out);
		buf_puts(&out, "");
		n = conf_check(c, keys, COUNT(keys), &out);
		assert_string_equal(out.data, cases[i].errors);
		assert_int_equal(n, *cases[i].errors != '\0');
		conf_free(c);
	}
	buf_free(&out);
}

static void
reports_all_errors_at_once(void **state)
{
	const char *yaml = "nam: x\nsize: big\nlist: [{}]\n";
	struct buf out = {0};
	struct conf *c = conf_parse("f", yaml, strlen(yaml), NULL);

	(void)state;
	assert_int_equal(conf_check(c, keys, COUNT(keys), &out), 4);
	conf_free(c);
	buf_free(&out);
}

static void
knows_the_line_of_every_value(void **state)
{
	const char *yaml = "a:\n  b:\n    - x\n    - c: |\n        text\n"
			   "d: 1\n";
	struct conf *c = conf_parse("f", yaml, strlen(yaml), NULL);

	(void)state;
	assert_int_equal(conf_line(c, "a.b"), 2);
	assert_int_equal(conf_line(c, "a.b[1]"), 4);
	assert_int_equal(conf_line(c, "a.b[1].c"), 4);
	assert_int_equal(conf_line(c, "d"), 6);
	assert_int_equal(conf_line(c, "e"), 0);
	conf_free(c);
}

static void
parses_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {{"0s", 0}, {"500ms", 500}, {"30s", 30000}, {"5m", 300000},
	    {"2h", 7200000}, {"30d", 2592000000}, {"", -1}, {"s", -1},
	    {"30", -1}, {"30 s", -1}, {"-1s", -1}, {"1w", -1},
	    {"9999999999s", -1}};
	int64_t ms;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		ms = -1;
		conf_duration_ms(cases[i].text, &ms);
		assert_int_equal(ms, cases[i].ms);
	}
}

static void
reads_a_secret_without_its_newline(void **state)
{
	static const struct {
		const char *content;
		size_t size;
		const char *secret;
	} cases[] = {{"abcd efgh\n", 10, "abcd efgh"}, {"x", 1, "x"},
	    {"x\r\n", 3, "x"}, {"", 0, NULL}, {"\n", 1, NULL},
	    {"a\nb\n", 4, NULL}, {"a\0b", 3, NULL}};
	char file[] = "/tmp/test_conf.XXXXXX";
	struct buf out = {0};
	struct err err;
	size_t i;
	int fd = mkstemp(file), rc;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, cases[i].content, cases[i].size, 0),
		    cases[i].size);
		buf_clear(&out);
		rc = conf_secret(file, &out, &err);
		assert_int_equal(rc, cases[i].secret == NULL ? -1 : 0);
		if (rc == 0)
			assert_string_equal(out.data, cases[i].secret);
		else
			assert_int_equal(err.class, ERR_REJECT);
	}
	close(fd);
	unlink(file);
	assert_int_equal(conf_secret(file, &out, &err), -1);
	assert_int_equal(conf_secret("/tmp", &out, &err), -1);
	assert_null(conf_load(file, &err));
	buf_free(&out);
}

static void
a_secret_that_others_can_read_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		int rc;
	} cases[] = {{0600, 0}, {0400, 0}, {0440, 0}, {0640, 0}, {0644, -1},
	    {0660, -1}, {0604, -1}, {0666, -1}, {0601, -1}};
	char file[] = "/tmp/test_conf.XXXXXX";
	struct buf out = {0};
	struct err err;
	int fd = mkstemp(file);

	(void)state;
	assert_int_equal(write(fd, "hunter2\n", 8), 8);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(fchmod(fd, cases[i].mode), 0);
		buf_clear(&out);
		assert_int_equal(conf_secret(file, &out, &err), cases[i].rc);
		assert_int_equal(conf_private(file, &err), cases[i].rc);
		if (cases[i].rc == 0)
			continue;
		assert_int_equal(err.class, ERR_REJECT);
		assert_non_null(strstr(err.msg, file));
		assert_null(strstr(err.msg, "hunter2"));
	}
	close(fd);
	unlink(file);
	assert_int_equal(conf_private(file, &err), -1);
	buf_wipe(&out);
	assert_null(out.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_values_as_json),
	    cmocka_unit_test(refuses_with_file_and_line),
	    cmocka_unit_test(checks_against_a_table),
	    cmocka_unit_test(reports_all_errors_at_once),
	    cmocka_unit_test(knows_the_line_of_every_value),
	    cmocka_unit_test(parses_durations),
	    cmocka_unit_test(reads_a_secret_without_its_newline),
	    cmocka_unit_test(a_secret_that_others_can_read_is_refused),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
