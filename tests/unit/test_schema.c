#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "event/keys.h"
#include "event/schema.h"
#include "event/schema_node.h"

#define RECORD(fields) \
	"{\"type\":\"record\",\"name\":\"t.R\",\"fields\":[" fields "]}"

static struct schema *
parse(const char *text, struct err *err)
{
	return schema_parse(text, strlen(text), err);
}

static void
every_record_type_has_its_schema(void **state)
{
	char *full;

	(void)state;
	for (int t = 0; t < RECORD_TYPES; t++) {
		const char *name = record_type_schema((enum record_type)t);
		const struct schema *s = schema_builtin(name);

		assert_non_null(s);
		assert_string_equal(strrchr(schema_name(s), '.') + 1, name);
		full = strdup(schema_name(s));
		assert_ptr_equal(schema_builtin(full), s);
		assert_int_equal(strncmp(full, "org.twinwire.v1.", 16), 0);
		free(full);
	}
	assert_non_null(schema_builtin_at(RECORD_TYPES - 1));
	assert_null(schema_builtin_at(RECORD_TYPES));
	assert_null(schema_builtin("Nobody"));
}

static void
check_default(const struct schema_node *record, jv field)
{
	const char *name = json_str(field, "name", "");
	size_t i = 0;

	assert_string_not_equal(json_str(field, "doc", ""), "");
	while (strcmp(record->fields[i].name, name) != 0)
		i++;
	if (jv_object_has(jv_copy(field), jv_string("default")))
		assert_int_not_equal(
		    jv_get_kind(record->fields[i].fill), JV_KIND_INVALID);
}

static void
our_fields_have_a_doc_and_defaults_that_fit(void **state)
{
	const struct schema *s;

	(void)state;
	for (size_t n = 0; (s = schema_builtin_at(n)) != NULL; n++) {
		jv json = schema_json(s), fields = json_get(json, "fields");

		jv_array_foreach (fields, i, field) {
			check_default(schema_root(s), field);
			jv_free(field);
		}
		jv_free(fields);
		jv_free(json);
	}
}

static void
the_text_is_kept_as_it_was(void **state)
{
	static const char text[] =
	    RECORD("{\"name\":\"a\",\"type\":"
		   "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"},"
		   "\"default\":5,\"doc\":\"x\"}");
	struct schema *s = parse(text, NULL);
	struct schema *same = parse(text, NULL);

	(void)state;
	assert_non_null(s);
	assert_string_equal(schema_text(s), text);
	assert_string_equal(schema_name(s), "t.R");
	assert_true(schema_same(s, same));
	assert_false(schema_same(s, schema_builtin("Event")));
	assert_true(jv_number_value(schema_root(s)->fields[0].fill) == 5);
	schema_free(s);
	schema_free(same);
	schema_free(NULL);
}

static void
names_are_found_in_their_namespace(void **state)
{
	static const char text[] =
	    RECORD("{\"name\":\"a\",\"type\":{\"type\":\"enum\",\"name\":\"E\","
		   "\"symbols\":[\"x\"]}},{\"name\":\"b\",\"type\":\"E\"},"
		   "{\"name\":\"c\",\"type\":\"t.E\"},{\"name\":\"d\",\"type\":"
		   "{\"type\":\"fixed\",\"name\":\"F\",\"namespace\":\"u\","
		   "\"size\":4}},{\"name\":\"e\",\"type\":\"u.F\"}");
	struct schema *s = parse(text, NULL);
	const struct schema_field *f;

	(void)state;
	assert_non_null(s);
	f = schema_root(s)->fields;
	assert_ptr_equal(f[0].type, f[1].type);
	assert_ptr_equal(f[0].type, f[2].type);
	assert_ptr_equal(f[3].type, f[4].type);
	assert_int_equal(schema_root(s)->min_bytes, 3 + 2 * 4);
	schema_free(s);
}

static void
bad_schemas_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
	    {"", "not JSON"},
	    {"\"string\"", "not a record at the top"},
	    {"{\"type\":\"array\",\"items\":\"int\"}", "not a record"},
	    {"7", "a type is missing"},
	    {"{\"type\":\"record\",\"name\":\"R\"}", "without \"fields\""},
	    {"{\"type\":\"record\",\"name\":\"1R\",\"fields\":[]}",
		"\"1R\" is not a name"},
	    {"{\"type\":\"record\",\"name\":\"a..R\",\"fields\":[]}",
		"is not a name"},
	    {"{\"type\":\"record\",\"fields\":[]}", "is not a name"},
	    {"{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"a b\","
	     "\"fields\":[]}",
		"is not a name"},
	    {RECORD("{\"name\":\"a\"}"), "field \"a\": a type is missing"},
	    {RECORD("{\"name\":\"a\",\"type\":\"strng\"}"),
		"field \"a\": unknown type \"strng\""},
	    {RECORD("{\"name\":\"a-b\",\"type\":\"int\"}"),
		"not a field's name"},
	    {RECORD("{\"name\":\"a\",\"type\":\"int\"},"
		    "{\"name\":\"a\",\"type\":\"int\"}"),
		"two fields \"a\""},
	    {RECORD("{\"name\":\"a\",\"type\":[\"null\",\"R\"]}"), "recursive"},
	    {RECORD("{\"name\":\"a\",\"type\":{\"type\":\"array\","
		    "\"items\":\"t.R\"}}"),
		"recursive"},
	    {RECORD("{\"name\":\"a\",\"type\":{\"type\":\"record\","
		    "\"name\":\"R\",\"fields\":[]}}"),
		"defined twice"},
	    {RECORD("{\"name\":\"a\",\"type\":[\"int\",\"int\"]}"),
		"a type twice"},
	    {RECORD("{\"name\":\"a\",\"type\":[\"int\",[\"null\"]]}"),
		"a union directly in a union"},
	    {RECORD("{\"name\":\"a\",\"type\":[]}"), "without types"},
	    {RECORD("{\"name\":\"a\",\"type\":{\"type\":\"fixed\","
		    "\"name\":\"F\",\"size\":8000000000}}"),
		"over 65536"},
	    {RECORD("{\"name\":\"a\",\"type\":{\"type\":\"fixed\","
		    "\"name\":\"F\"}}"),
		"a fixed without size"},
	    {RECORD("{\"name\":\"a\",\"type\":{\"type\":\"enum\","
		    "\"name\":\"E\",\"symbols\":[]}}"),
		"without symbols"},
	    {RECORD("{\"name\":\"a\",\"type\":{\"type\":\"enum\","
		    "\"name\":\"E\",\"symbols\":[7]}}"),
		"not a name"},
	    {RECORD("{\"name\":\"a\",\"type\":{\"type\":\"map\"}}"),
		"a type is missing"},
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_null(parse(bad[i].text, &err));
		assert_int_equal(err.class, ERR_REJECT);
		if (strstr(err.msg, bad[i].why) == NULL)
			fail_msg(
			    "\"%s\" is not in \"%s\"", bad[i].why, err.msg);
	}
}

/* An array in an array in ..., LEVELS types with the record and the int. */
static struct schema *
nested(int levels, struct err *err)
{
	struct buf b = {0};
	struct schema *s;

	buf_puts(&b, "{\"type\":\"record\",\"name\":\"R\",\"fields\":"
		     "[{\"name\":\"a\",\"type\":");
	for (int i = 2; i < levels; i++)
		buf_puts(&b, "{\"type\":\"array\",\"items\":");
	buf_puts(&b, "\"int\"");
	for (int i = 2; i < levels; i++)
		buf_puts(&b, "}");
	buf_puts(&b, "}]}");
	s = schema_parse(b.data, b.size, err);
	buf_free(&b);
	return s;
}

static void
depth_is_bounded(void **state)
{
	struct err err;
	struct schema *s = nested(SCHEMA_DEPTH_MAX, &err);

	(void)state;
	assert_non_null(s);
	assert_int_equal(schema_root(s)->height, SCHEMA_DEPTH_MAX);
	schema_free(s);
	for (int levels = SCHEMA_DEPTH_MAX + 1; levels < 80; levels++)
		assert_null(nested(levels, &err));
	assert_null(nested(1000, &err));
}

/* Names make depth without nesting in the text: R0 in R1 in R2 in ... */
static void
depth_through_names_is_bounded(void **state)
{
	struct buf b = {0};
	struct err err;

	(void)state;
	buf_puts(&b, "{\"type\":\"record\",\"name\":\"R\",\"fields\":["
		     "{\"name\":\"f\",\"type\":\"int\"}");
	for (int i = 0; i < 40; i++) {
		buf_printf(&b,
		    ",{\"name\":\"f%d\",\"type\":{\"type\":\"record\",\"name\":"
		    "\"R%d\",\"fields\":[{\"name\":\"x\",\"type\":",
		    i, i);
		if (i == 0)
			buf_puts(&b, "\"int\"}]}}");
		else
			buf_printf(&b, "\"R%d\"}]}}", i - 1);
	}
	buf_puts(&b, "]}");
	assert_null(schema_parse(b.data, b.size, &err));
	assert_non_null(strstr(err.msg, "nested over"));
	buf_free(&b);
}

static void
fields_and_size_are_bounded(void **state)
{
	struct buf b = {0};
	struct err err;
	char *huge;

	(void)state;
	buf_puts(&b, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[");
	for (int i = 0; i <= SCHEMA_FIELDS_MAX; i++)
		buf_printf(&b, "%s{\"name\":\"f%d\",\"type\":\"int\"}",
		    i > 0 ? "," : "", i);
	buf_puts(&b, "]}");
	assert_null(schema_parse(b.data, b.size, &err));
	assert_non_null(strstr(err.msg, "over 512 fields"));
	buf_free(&b);

	huge = calloc(1, SCHEMA_TEXT_MAX_BYTES + 2);
	memset(huge, ' ', SCHEMA_TEXT_MAX_BYTES + 1);
	assert_null(schema_parse(huge, SCHEMA_TEXT_MAX_BYTES + 1, &err));
	assert_non_null(strstr(err.msg, "over 262144 bytes"));
	free(huge);
}

static void
defaults_that_do_not_fit_are_none(void **state)
{
	static const struct {
		const char *type, *value;
		int fits;
	} cases[] = {
	    {"\"int\"", "3", 1},
	    {"\"int\"", "3.5", 0},
	    {"\"int\"", "2147483648", 0},
	    {"\"int\"", "-2147483648", 1},
	    {"\"boolean\"", "false", 1},
	    {"\"boolean\"", "0", 0},
	    {"\"bytes\"", "\"\"", 0},
	    {"[\"null\",\"string\"]", "null", 1},
	    {"[\"null\",\"string\"]", "\"a\"", 0},
	    {"{\"type\":\"array\",\"items\":\"int\"}", "[]", 1},
	    {"{\"type\":\"array\",\"items\":\"int\"}", "[1]", 0},
	    {"{\"type\":\"map\",\"values\":\"int\"}", "{}", 1},
	    {"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"x\"]}", "\"x\"",
		1},
	    {"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"x\"]}", "\"y\"",
		0},
	    {"{\"type\":\"record\",\"name\":\"S\",\"fields\":[{\"name\":\"a\","
	     "\"type\":\"int\",\"default\":4}]}",
		"{}", 1},
	    {"{\"type\":\"record\",\"name\":\"S\",\"fields\":[{\"name\":\"a\","
	     "\"type\":\"int\"}]}",
		"{}", 0},
	    {"{\"type\":\"record\",\"name\":\"S\",\"fields\":[{\"name\":\"a\","
	     "\"type\":\"int\"}]}",
		"{\"a\":1}", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf b = {0};
		struct schema *s;

		buf_printf(&b,
		    RECORD("{\"name\":\"a\",\"type\":%s,\"default\":%s}"),
		    cases[i].type, cases[i].value);
		s = schema_parse(b.data, b.size, NULL);
		assert_non_null(s);
		assert_int_equal(jv_get_kind(schema_root(s)->fields[0].fill) !=
				     JV_KIND_INVALID,
		    cases[i].fits);
		schema_free(s);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_record_type_has_its_schema),
	    cmocka_unit_test(our_fields_have_a_doc_and_defaults_that_fit),
	    cmocka_unit_test(the_text_is_kept_as_it_was),
	    cmocka_unit_test(names_are_found_in_their_namespace),
	    cmocka_unit_test(bad_schemas_are_refused_with_a_reason),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(depth_through_names_is_bounded),
	    cmocka_unit_test(fields_and_size_are_bounded),
	    cmocka_unit_test(defaults_that_do_not_fit_are_none),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
