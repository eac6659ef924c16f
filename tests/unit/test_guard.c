#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "event/guard.h"
#include "event/schema.h"

/* A record of one field "a" of TYPE. */
static struct schema *
schema_of(const char *type)
{
	struct buf b = {0};
	struct schema *s;

	buf_printf(&b,
	    "{\"type\":\"record\",\"name\":\"R\",\"fields\":"
	    "[{\"name\":\"a\",\"type\":%s}]}",
	    type);
	s = schema_parse(b.data, b.size, NULL);
	assert_non_null(s);
	buf_free(&b);
	return s;
}

#define BYTES(text) text, sizeof(text) - 1
#define ARRAY(of) "{\"type\":\"array\",\"items\":" of "}"
#define MAP(of) "{\"type\":\"map\",\"values\":" of "}"
#define ENUM "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"x\",\"y\"]}"
#define FIXED "{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}"

static void
well_formed_bytes_pass(void **state)
{
	static const struct {
		const char *type, *bytes;
		size_t size;
	} good[] = {
	    {"\"null\"", BYTES("")},
	    {"\"boolean\"", BYTES("\1")},
	    {"\"int\"", BYTES("\xff\xff\xff\xff\x0f")},
	    {"\"long\"", BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\1")},
	    {"\"long\"", BYTES("\x80\x80\0")},
	    {"\"float\"", BYTES("\0\0\xc0\x7f")},
	    {"\"bytes\"", BYTES("\4\0\xff")},
	    {"\"string\"", BYTES("\4\xd0\x94")},
	    {ENUM, BYTES("\2")},
	    {FIXED, BYTES("abc")},
	    {"[\"null\",\"int\"]", BYTES("\0")},
	    {"[\"null\",\"int\"]", BYTES("\2\2")},
	    {ARRAY("\"int\""), BYTES("\0")},
	    {ARRAY("\"int\""), BYTES("\4\2\2\2\6\0")},
	    {ARRAY("\"int\""), BYTES("\3\4\2\2\0")},
	    {ARRAY("\"null\""), BYTES("\6\0")},
	    {ARRAY("\"null\""), BYTES("\5\0\0")},
	    {MAP("\"int\""), BYTES("\2\2k\2\0")},
	    {ARRAY(MAP("\"null\"")), BYTES("\2\2\0\0\0")},
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct schema *s = schema_of(good[i].type);

		err.msg[0] = '\0';
		if (guard_check(s, good[i].bytes, good[i].size, &err) != 0)
			fail_msg("case %zu: %s", i, err.msg);
		schema_free(s);
	}
}

static void
hostile_bytes_are_refused_with_field_and_reason(void **state)
{
	static const struct {
		const char *type, *bytes;
		size_t size;
		const char *why;
	} bad[] = {
	    /* a length, or a count, of 10^9 */
	    {"\"string\"", BYTES("\x80\xa8\xd6\xb9\7x"),
		"a: longer than the bytes left"},
	    {"\"bytes\"", BYTES("\x80\xa8\xd6\xb9\7x"), "a: longer than"},
	    {ARRAY("\"null\""), BYTES("\x80\xa8\xd6\xb9\7\0"),
		"a: too many items"},
	    {ARRAY("\"int\""), BYTES("\x80\xa8\xd6\xb9\7\0"), "too many items"},
	    {MAP("\"null\""), BYTES("\x80\xa8\xd6\xb9\7\0"), "too many items"},
	    {ARRAY("\"double\""), BYTES("\4\0\0\0\0\0\0\0\0\0"),
		"more items than the bytes left can hold"},
	    /* negative */
	    {"\"string\"", BYTES("\1"), "a: a negative length"},
	    {ARRAY("\"int\""), BYTES("\1\1\0"), "block larger"},
	    {ARRAY("\"int\""),
		BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\0"),
		"too many items"},
	    {ARRAY("\"int\""), BYTES("\1\4\2\0"), "whose size is not"},
	    {ARRAY("\"int\""), BYTES("\1\x7e\2\0"), "block larger"},
	    {"[\"null\",\"int\"]", BYTES("\1\0"), "index out of range"},
	    {ENUM, BYTES("\1"), "index out of range"},
	    /* out of range */
	    {ENUM, BYTES("\4"), "a: index out of range"},
	    {ENUM, BYTES("\xc8\1"), "a: index out of range"},
	    {"[\"null\",\"int\"]", BYTES("\4"), "index out of range"},
	    {"\"boolean\"", BYTES("\x4d"), "a: a boolean that is neither"},
	    {"\"int\"", BYTES("\x80\x80\x80\x80\x10"), "more than 32 bits"},
	    {"\"long\"", BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\2"),
		"more than 64 bits"},
	    {"\"long\"", BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),
		"more than 64 bits"},
	    /* text */
	    {"\"string\"", BYTES("\2\xff"), "a: not UTF-8"},
	    {"\"string\"", BYTES("\4\xc0\x80"), "not UTF-8"},
	    {"\"string\"", BYTES("\6\xed\xa0\x80"), "not UTF-8"},
	    {"\"string\"", BYTES("\2\xd0"), "not UTF-8"},
	    {"\"string\"", BYTES("\6a\0b"), "or with U+0000"},
	    {MAP("\"int\""), BYTES("\2\2\xff\0\0"), "a[0]: not UTF-8"},
	    /* the wrong number of bytes */
	    {"\"null\"", BYTES("\0"), "1 bytes too many"},
	    {"\"int\"", BYTES("\2xyz"), "3 bytes too many"},
	    {"\"boolean\"", BYTES(""), "end before a boolean"},
	    {"\"double\"", BYTES("\0\0\0"), "longer than the bytes left"},
	    {FIXED, BYTES("ab"), "longer than the bytes left"},
	    {ARRAY("\"int\""), BYTES("\2\2"), "end inside a number"},
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct schema *s = schema_of(bad[i].type);

		if (guard_check(s, bad[i].bytes, bad[i].size, &err) == 0)
			fail_msg("case %zu passes", i);
		assert_int_equal(err.class, ERR_REJECT);
		if (strstr(err.msg, bad[i].why) == NULL)
			fail_msg(
			    "\"%s\" is not in \"%s\"", bad[i].why, err.msg);
		schema_free(s);
	}
}

static void
a_recursive_schema_is_refused_before_its_bytes(void **state)
{
	static const char text[] =
	    "{\"type\":\"record\",\"name\":\"R\",\"fields\":"
	    "[{\"name\":\"next\",\"type\":[\"null\",\"R\"]}]}";
	struct err err;

	(void)state;
	assert_null(schema_parse(text, sizeof(text) - 1, &err));
	assert_non_null(strstr(err.msg, "recursive"));
}

static void
items_that_take_no_bytes_have_a_budget(void **state)
{
	struct schema *s = schema_of(ARRAY(ARRAY("\"null\"")));
	struct buf b = {0};
	struct err err;

	(void)state;
	/* 20 arrays of 10,000 nulls in 62 bytes */
	buf_add(&b, "\x28", 1);
	for (int i = 0; i < 20; i++)
		buf_add(&b, "\xa0\x9c\1\0", 4);
	buf_add(&b, "\0", 1);
	assert_int_equal(guard_check(s, b.data, b.size, &err), -1);
	assert_non_null(strstr(err.msg, "too many values"));
	buf_free(&b);
	schema_free(s);
}

/* 512 fields of 512 fields ... of null: no bytes, 2^45 values. */
static void
types_that_multiply_have_a_budget(void **state)
{
	struct buf b = {0};
	struct schema *s;
	struct err err;

	(void)state;
	buf_puts(&b, "{\"type\":\"record\",\"name\":\"R\",\"fields\":["
		     "{\"name\":\"z\",\"type\":{\"type\":\"record\",\"name\":"
		     "\"R0\",\"fields\":[]}}");
	for (int level = 1; level < 8; level++) {
		buf_printf(&b,
		    ",{\"name\":\"l%d\",\"type\":{\"type\":\"record\""
		    ",\"name\":\"R%d\",\"fields\":[",
		    level, level);
		for (int i = 0; i < 60; i++)
			buf_printf(&b, "%s{\"name\":\"f%d\",\"type\":\"R%d\"}",
			    i > 0 ? "," : "", i, level - 1);
		buf_puts(&b, "]}}");
	}
	buf_puts(&b, "]}");
	s = schema_parse(b.data, b.size, &err);
	assert_non_null(s);
	assert_int_equal(guard_check(s, "", 0, &err), -1);
	assert_non_null(strstr(err.msg, "too many values"));
	schema_free(s);
	buf_free(&b);
}

static void
too_much_is_refused_whole(void **state)
{
	struct schema *s = schema_of("\"bytes\"");
	char *big = calloc(1, GUARD_VALUE_MAX_BYTES + 1);
	struct err err;

	(void)state;
	assert_int_equal(
	    guard_check(s, big, GUARD_VALUE_MAX_BYTES + 1, &err), -1);
	assert_non_null(strstr(err.msg, "over 2097152 bytes"));
	free(big);
	schema_free(s);
}

static void
the_place_is_named(void **state)
{
	const struct schema *s = schema_builtin("Command");
	struct err err;

	(void)state;
	assert_int_equal(
	    guard_check(s, BYTES("\2a\2b\2c\2\4ru\xc8\1"), &err), -1);
	assert_string_equal(
	    err.msg, "arguments.ru: longer than the bytes left, at byte 12");
	/* a key is foreign text and not repeated unless it is a plain word */
	assert_int_equal(
	    guard_check(s, BYTES("\2a\2b\2c\2\4\x1b[\xc8\1"), &err), -1);
	assert_string_equal(
	    err.msg, "arguments[?]: longer than the bytes left, at byte 12");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(well_formed_bytes_pass),
	    cmocka_unit_test(hostile_bytes_are_refused_with_field_and_reason),
	    cmocka_unit_test(a_recursive_schema_is_refused_before_its_bytes),
	    cmocka_unit_test(items_that_take_no_bytes_have_a_budget),
	    cmocka_unit_test(types_that_multiply_have_a_budget),
	    cmocka_unit_test(too_much_is_refused_whole),
	    cmocka_unit_test(the_place_is_named),
	};

	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
