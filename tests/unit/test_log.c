/*
 * Goal: whatever a value holds, a log line is one line that a program can read
 * and that a person reads as it is meant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"

static const char *const values[] = {"plain", "", "two words", "a=b",
    "\"quoted\" \\ back", "line\nlevel=error msg=forged", "\r\n\r\n",
    "tab\there", "\x1b[31mred\x1b[0m", "bell\a\b\x7f", "\xc2\x85next",
    "bidi \xe2\x80\xae gnp.exe", "\xe2\x81\xa6isolate\xe2\x81\xa9",
    "\xe2\x80\xa8separator\xe2\x80\xa9", "\xff\xfe\xc0\x80", "\xed\xa0\x80",
    "\xf0\x9f\x8e\x89 party", "\xd0\x92\xd0\xbe\xd0\xbb\xd0\xb3\xd0\xb0",
    "\xe6\xb8\xa9\xe5\xb7\x9e", "{{7*7}} %s %n $(reboot) `id`"};

enum { VALUES = sizeof(values) / sizeof(values[0]) };

/* The line that logging VALUE gives. */
static void
line_of(enum log_format format, const char *value, char *out, size_t size)
{
	int ends[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_init("test", LOG_INFO, format);
	log_info("said", "value", value);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	n = read(ends[0], out, size - 1);
	close(ends[0]);
	assert_true(n > 0);
	out[n] = '\0';
}

static void
assert_one_line(const char *line)
{
	size_t size = strlen(line);
	const char *p;

	assert_int_equal(line[size - 1], '\n');
	for (p = line; p < line + size - 1; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			fail_msg("%s", line);
	assert_null(strstr(line, "\xe2\x80\xae"));
	assert_null(strstr(line, "\xe2\x81\xa6"));
	assert_null(strstr(line, "\xe2\x80\xa8"));
	assert_null(strstr(line, "\xc2\x85"));
}

/* A logfmt line is pairs; a quoted value ends at the quote that is not behind
 * a backslash. */
static size_t
pairs_in(const char *line)
{
	size_t n = 0;

	while (*line != '\n') {
		line += strcspn(line, "=");
		assert_int_equal(*line, '=');
		line++;
		n++;
		if (*line == '"') {
			for (line++; *line != '"'; line++) {
				assert_true(*line != '\n');
				if (*line == '\\')
					line++;
			}
			line++;
		} else {
			line += strcspn(line, " \n");
		}
		if (*line == ' ')
			line++;
	}
	return n;
}

static void
a_value_never_becomes_another_line_or_pair(void **state)
{
	char line[4096];

	(void)state;
	for (size_t i = 0; i < VALUES; i++) {
		line_of(LOG_LOGFMT, values[i], line, sizeof(line));
		assert_one_line(line);
		assert_int_equal(pairs_in(line), 5);
	}
}

static void
json_is_json(void **state)
{
	char line[4096];

	(void)state;
	for (size_t i = 0; i < VALUES; i++) {
		jv doc;

		line_of(LOG_JSON, values[i], line, sizeof(line));
		assert_one_line(line);
		doc = json_parse(line, strlen(line) - 1, NULL);
		assert_int_equal(jv_get_kind(doc), JV_KIND_OBJECT);
		assert_string_equal(json_str(doc, "level", ""), "info");
		assert_string_equal(json_str(doc, "msg", ""), "said");
		jv_free(doc);
	}
}

static void
a_long_value_is_cut(void **state)
{
	static char value[100000];
	char line[4096];

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	line_of(LOG_LOGFMT, value, line, sizeof(line));
	assert_one_line(line);
	assert_true(strlen(line) < 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_value_never_becomes_another_line_or_pair),
	    cmocka_unit_test(json_is_json),
	    cmocka_unit_test(a_long_value_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
