#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

enum { MUTATIONS = 20000 };

/* TEXT's canonical form, or why it is none; the caller's. */
static char *
parsed(const char *text, size_t size)
{
	struct buf out = {0};
	struct err err;
	jv v;

	/* Of its own, so that a sanitizer sees a step beyond. */
	char *copy = malloc(size == 0 ? 1 : size);

	assert_non_null(copy);
	memcpy(copy, text, size);
	v = json_parse(copy, size, &err);
	free(copy);
	if (jv_is_valid(v))
		json_canonical(v, &out);
	else
		buf_puts(&out, err.msg);
	jv_free(v);
	return buf_take(&out);
}

static void
texts_are_read_or_refused_with_a_place(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
	    {" null ", "null"},
	    {"[true,false,null]", "[true,false,null]"},
	    {"\xef\xbb\xbf[]\r\n", "[]"},
	    {"{\"a\": {}, \"\": [ ], \"a\": 2}", "{\"\":[],\"a\":2}"},
	    {"[0,-0,-12,1e3,1E-2,0.5,123456789012345,1234567890123456]",
		"[0,0,-12,1000,0.01,0.5,123456789012345,1234567890123456]"},
	    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u4E2D\\ud83D\\uDE00x\"",
		"\"\\\"\\\\/\\u0008\\u000c\\u000a\\u000d\\u0009\xC3\xA9"
		"\xE4\xB8\xAD\xF0\x9F\x98\x80x\""},
	    {"[\"\\ud83d\", \"\\ude00a\", \"\\ud83d\\u0041\"]",
		"[\"\xEF\xBF\xBD\",\"\xEF\xBF\xBD"
		"a\",\"\xEF\xBF\xBD"
		"A\"]"},
	    {"{\"ab\\u0063\":1,\"abd\":2,\"abc\":3}", "{\"abc\":3,\"abd\":2}"},
	    {"[{\"k\":1},{\"k\":2},{\"kk\":3}]",
		"[{\"k\":1},{\"k\":2},{\"kk\":3}]"},

	    {"", "not JSON: it ends too early, at byte 0"},
	    {"[1", "not JSON: it ends too early, at byte 2"},
	    {"{\"a\"", "not JSON: two values without a separator, at byte 4"},
	    {"{\"a\":1,}", "not JSON: an object's member without a name, at "
			   "byte 7"},
	    {"[1,]", "not JSON: neither a value nor its end, at byte 3"},
	    {"[1 2]", "not JSON: two values without a separator, at byte 3"},
	    {"[\"a\"\"b\"]",
		"not JSON: two values without a separator, at byte 4"},
	    {"1 2", "not JSON: more than one value, at byte 2"},
	    {"nan", "not JSON: neither a value nor its end, at byte 0"},
	    {"01", "not JSON: neither a value nor its end, at byte 0"},
	    {"1.", "not JSON: neither a value nor its end, at byte 0"},
	    {"-", "not JSON: neither a value nor its end, at byte 0"},
	    {"1e+", "not JSON: neither a value nor its end, at byte 0"},
	    {"+1", "not JSON: neither a value nor its end, at byte 0"},
	    {"'a'", "not JSON: neither a value nor its end, at byte 0"},
	    {"\"a", "not JSON: a string without an end, at byte 2"},
	    {"\"a\\", "not JSON: a backslash before what needs none, at byte "
		      "3"},
	    {"\"\\x\"", "not JSON: a backslash before what needs none, at "
			"byte 3"},
	    {"\"\\u12\"", "not JSON: \\u without four digits, at byte 3"},
	    {"\"a\tb\"", "not JSON: a control character in a string, at byte "
			 "2"},
	    {"{\"a\tb\":1}",
		"not JSON: a control character in a string, at byte 3"},
	    {"\"\\n\x1f\"", "not JSON: a control character in a string, at "
			    "byte 3"},
	    {"\"\xff\"", "not UTF-8 text"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *got = parsed(rows[i].text, strlen(rows[i].text));

		assert_string_equal(got, rows[i].want);
		free(got);
	}
}

static void
nesting_has_a_limit(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 2], *got;

	(void)state;
	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	got = parsed(text, 2 * JSON_DEPTH_MAX);
	assert_int_equal(strlen(got), 2 * JSON_DEPTH_MAX);
	free(got);
	memset(text, '[', sizeof(text));
	got = parsed(text, sizeof(text));
	assert_string_equal(got, "not JSON: nested too deep, at byte 64");
	free(got);
}

static uint64_t
next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return *seed >> 33;
}

/* Whatever we take, jq reads the same; \u is for the table above, as 1.6 has
 * its own mind about halves of pairs. */
static void
what_is_taken_is_what_jq_reads(void **state)
{
	static const char sample[] =
	    "{\"id\":12,\"title\":{\"ru\":\"\xD0\x96\xD0\x96\",\"en\":\"a b\"},"
	    "\"places\":[{\"lat\":-48.7,\"n\":null},{\"lat\":4.5e1}],\"x\\n\":"
	    "[true,false,[],{}],\"t\":\"say \\\"so\\\" \\\\ \\/ now\"}";
	static const char letters[] = "{}[]\",:\\ntrue01-+.eE \n";
	uint64_t seed = (uint64_t)time(NULL), start = seed;
	int taken = 0;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)start);
	for (int i = 0; i < MUTATIONS; i++) {
		char text[sizeof(sample)], *ours, *theirs;
		size_t size = sizeof(sample) - 1;
		struct buf out = {0};
		jv v;

		memcpy(text, sample, sizeof(sample));
		for (uint64_t n = next_random(&seed) % 3; n > 0; n--)
			text[next_random(&seed) % size] =
			    letters[next_random(&seed) % (sizeof(letters) - 1)];
		ours = parsed(text, size);
		if (strncmp(ours, "not ", 4) != 0) {
			v = jv_parse_sized(text, (int)size);
			if (!jv_is_valid(v))
				fail_msg("jq refuses %.*s", (int)size, text);
			json_canonical(v, &out);
			theirs = buf_take(&out);
			assert_string_equal(ours, theirs);
			free(theirs);
			jv_free(v);
			taken++;
		}
		free(ours);
	}
	assert_true(taken > MUTATIONS / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_are_read_or_refused_with_a_place),
	    cmocka_unit_test(nesting_has_a_limit),
	    cmocka_unit_test(what_is_taken_is_what_jq_reads),
	};

	return cmocka_run_group_tests_name("json_parse", tests, NULL, NULL);
}
