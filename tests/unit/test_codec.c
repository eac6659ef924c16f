/* Golden bytes: tests/data/codec, written by Python's fastavro (make.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <avro.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "event/codec.h"
#include "event/guard.h"
#include "event/schema.h"

static const char *const builtin[] = {"PartnershipClaim", "Partnership",
    "Notice", "Event", "Organization", "Receipt", "Status", "Command"};

enum { BUILTINS = sizeof(builtin) / sizeof(*builtin) };

static struct buf
load(const char *name, const char *suffix)
{
	char path[256], bytes[4096];
	struct buf b = {0};
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "tests/data/codec/%s.%s", name, suffix);
	f = fopen(path, "rb");
	assert_non_null(f);
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(&b, bytes, n);
	fclose(f);
	return b;
}

static jv
load_json(const char *name)
{
	struct buf b = load(name, "json");
	jv v = json_parse(b.data, b.size, NULL);

	assert_true(jv_is_valid(v));
	buf_free(&b);
	return v;
}

static struct schema *
load_schema(const char *name)
{
	struct buf b = load(name, "avsc");
	struct err err;
	struct schema *s = schema_parse(b.data, b.size, &err);

	if (s == NULL)
		fail_msg("%s", err.msg);
	buf_free(&b);
	return s;
}

static void
assert_json(jv got, jv want)
{
	struct buf g = {0}, w = {0};

	json_canonical(got, &g);
	json_canonical(want, &w);
	assert_string_equal(g.data, w.data);
	buf_free(&g);
	buf_free(&w);
}

static void
both_ways(const struct schema *s, const char *name)
{
	struct buf bytes = load(name, "avro"), ours = {0};
	jv record = load_json(name), value;
	struct err err;

	if (codec_decode(s, NULL, bytes.data, bytes.size, &value, &err) != 0)
		fail_msg("%s: %s", name, err.msg);
	assert_json(value, record);
	if (codec_encode(s, record, &ours, &err) != 0)
		fail_msg("%s: %s", name, err.msg);
	assert_int_equal(ours.size, bytes.size);
	assert_memory_equal(ours.data, bytes.data, bytes.size);
	jv_free(value);
	jv_free(record);
	buf_free(&bytes);
	buf_free(&ours);
}

static void
what_fastavro_writes_we_read_and_write(void **state)
{
	struct schema *zoo = load_schema("Zoo");

	(void)state;
	for (size_t i = 0; i < BUILTINS; i++)
		both_ways(schema_builtin(builtin[i]), builtin[i]);
	both_ways(zoo, "Zoo");
	schema_free(zoo);
}

/* The text of NAME's bytes is what json_canonical() makes of their jv, but for
 * the order of members. */
static void
as_text(const struct schema *s, const char *name)
{
	struct buf bytes = load(name, "avro"), text = {0};
	jv want = load_json(name), got;
	struct err err;

	buf_puts(&text, "before");
	if (codec_text(s, NULL, bytes.data, bytes.size, &text, NULL, &err) != 0)
		fail_msg("%s: %s", name, err.msg);
	got = json_parse(text.data + 6, text.size - 6, NULL);
	assert_true(jv_is_valid(got));
	assert_json(got, want);
	for (size_t cut = 0; cut < bytes.size; cut++) {
		size_t size = text.size;

		assert_int_equal(
		    codec_text(s, NULL, bytes.data, cut, &text, NULL, &err),
		    -1);
		assert_int_equal(text.size, size);
	}
	buf_add(&bytes, "", 1);
	assert_int_equal(
	    codec_text(s, NULL, bytes.data, bytes.size, &text, NULL, &err), -1);
	jv_free(got);
	jv_free(want);
	buf_free(&bytes);
	buf_free(&text);
}

static void
bytes_become_text_without_a_tree(void **state)
{
	struct schema *zoo = load_schema("Zoo");

	(void)state;
	for (size_t i = 0; i < BUILTINS; i++)
		as_text(schema_builtin(builtin[i]), builtin[i]);
	as_text(zoo, "Zoo");
	schema_free(zoo);
}

static void
what_the_guard_refuses_has_no_text(void **state)
{
	static const char schema[] = "{\"type\":\"record\",\"name\":\"R\","
				     "\"fields\":[{\"name\":\"i\",\"type\":"
				     "\"int\"},{\"name\":\"s\",\"type\":"
				     "\"string\"}]}";
	static const struct {
		const char *bytes;
		size_t size;
		const char *why; /* NULL: nothing */
	} cases[] = {
	    {"\x02\x02x", 3, NULL},
	    {"\x02\x02\xff", 3, "not UTF-8"},
	    {"\x02\x02\0", 3, "not UTF-8"},
	    {"\x80\x80\x80\x80\x10\x02x", 7, "more than 32 bits"},
	    {"\x02\x02xy", 4, "1 bytes too many"},
	};
	struct schema *s;
	struct err err;

	(void)state;
	s = schema_parse(schema, strlen(schema), &err);
	assert_non_null(s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf text = {0};
		int rc = codec_text(
		    s, NULL, cases[i].bytes, cases[i].size, &text, NULL, &err);

		assert_int_equal(rc, cases[i].why == NULL ? 0 : -1);
		if (cases[i].why != NULL)
			assert_non_null(strstr(err.msg, cases[i].why));
		assert_int_equal(
		    rc, guard_check(s, cases[i].bytes, cases[i].size, &err));
		buf_free(&text);
	}
	schema_free(s);
}

static void
a_map_in_another_order_has_no_text(void **state)
{
	const char *schema = "{\"type\":\"record\",\"name\":\"R\",\"fields\":"
			     "[{\"name\":\"m\",\"type\":{\"type\":\"map\","
			     "\"values\":\"int\"}}]}";
	static const struct {
		const char *bytes;
		int rc;
	} cases[] = {
	    {"\x04\x02"
	     "a\x02\x02"
	     "b\x04",
		0},
	    {"\x04\x02"
	     "b\x02\x02"
	     "a\x04",
		1},
	    {"\x04\x02"
	     "a\x02\x02"
	     "a\x04",
		1},
	    {"\x04\x02"
	     "a\x02\x04"
	     "ab\x04",
		0},
	};
	struct schema *s;
	struct buf text = {0};
	struct err err;

	(void)state;
	s = schema_parse(schema, strlen(schema), &err);
	assert_non_null(s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_clear(&text);
		/* the zero that ends the string ends the map */
		assert_int_equal(
		    codec_text(s, NULL, cases[i].bytes,
			strlen(cases[i].bytes) + 1, &text, NULL, &err),
		    cases[i].rc);
		assert_int_equal(text.size == 0, cases[i].rc != 0);
	}
	buf_free(&text);
	schema_free(s);
}

static void
a_part_of_a_schema_reads_only_that(void **state)
{
	static const char *const names[] = {
	    "publisher", "status", "nosuch", "sameAs", NULL};
	struct schema *part = schema_part(schema_builtin("Event"), names);
	struct schema *older = load_schema("Event-older");
	struct buf bytes = load("Event", "avro"),
		   old = load("Event-older", "avro"), text = {0};
	jv whole = load_json("Event"), want = jv_object(), got;
	struct err err;

	(void)state;
	for (size_t i = 0; names[i] != NULL; i++)
		if (jv_object_has(jv_copy(whole), jv_string(names[i])))
			json_set(&want, names[i], json_get(whole, names[i]));
	assert_int_equal(jv_object_length(jv_copy(want)), 3);
	if (codec_decode(schema_builtin("Event"), part, bytes.data, bytes.size,
		&got, &err) != 0)
		fail_msg("%s", err.msg);
	assert_json(got, want);
	jv_free(got);
	/* The same on the way to text. */
	if (codec_text(schema_builtin("Event"), part, bytes.data, bytes.size,
		&text, &got, &err) != 0)
		fail_msg("%s", err.msg);
	assert_json(got, want);
	jv_free(got);
	if (codec_decode(older, part, old.data, old.size, &got, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(jv_object_length(jv_copy(got)), 3);
	jv_free(got);
	jv_free(want);
	jv_free(whole);
	schema_free(older);
	schema_free(part);
	buf_free(&text);
	buf_free(&old);
	buf_free(&bytes);
}

static void
what_we_write_avro_c_reads_to_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < BUILTINS; i++) {
		const char *text = schema_text(schema_builtin(builtin[i]));
		struct buf bytes = load(builtin[i], "avro");
		char *back = malloc(bytes.size);
		avro_schema_t s;
		avro_value_iface_t *iface;
		avro_value_t v;
		avro_reader_t r =
		    avro_reader_memory(bytes.data, (int64_t)bytes.size);
		avro_writer_t w = avro_writer_memory(back, (int64_t)bytes.size);

		assert_int_equal(
		    avro_schema_from_json_length(text, strlen(text), &s), 0);
		iface = avro_generic_class_from_schema(s);
		avro_generic_value_new(iface, &v);
		assert_int_equal(avro_value_read(r, &v), 0);
		assert_int_equal(avro_value_write(w, &v), 0);
		assert_int_equal(avro_writer_tell(w), bytes.size);
		assert_memory_equal(back, bytes.data, bytes.size);
		avro_value_decref(&v);
		avro_value_iface_decref(iface);
		avro_schema_decref(s);
		avro_reader_free(r);
		avro_writer_free(w);
		free(back);
		buf_free(&bytes);
	}
}

static void
an_older_writer_is_read_with_our_defaults(void **state)
{
	struct schema *older = load_schema("Event-older");
	struct buf bytes = load("Event-older", "avro");
	jv want = load_json("Event-older"), got;
	struct err err;

	(void)state;
	json_set_str(&want, "dataLicence", "");
	json_set_int(&want, "modifiedAt", 0);
	if (codec_decode(older, schema_builtin("Event"), bytes.data, bytes.size,
		&got, &err) != 0)
		fail_msg("%s", err.msg);
	assert_json(got, want);
	jv_free(got);
	jv_free(want);
	schema_free(older);
	buf_free(&bytes);
}

static void
a_newer_writer_is_read_without_what_we_do_not_know(void **state)
{
	struct schema *newer = load_schema("Event-newer");
	struct buf bytes = load("Event-newer", "avro");
	jv want = load_json("Event"), got;
	struct err err;

	(void)state;
	if (codec_decode(newer, schema_builtin("Event"), bytes.data, bytes.size,
		&got, &err) != 0)
		fail_msg("%s", err.msg);
	assert_json(got, want);
	jv_free(got);
	jv_free(want);
	/* in its own shape its bytes have no form */
	assert_int_equal(
	    codec_decode(newer, NULL, bytes.data, bytes.size, &got, &err), -1);
	assert_string_equal(err.msg, "poster: bytes have no form in JSON");
	schema_free(newer);
	buf_free(&bytes);
}

static void
no_truncation_and_no_addition_decodes(void **state)
{
	struct err err;
	jv v;

	(void)state;
	for (size_t i = 0; i < BUILTINS; i++) {
		const struct schema *s = schema_builtin(builtin[i]);
		struct buf bytes = load(builtin[i], "avro");

		for (size_t n = 0; n < bytes.size; n++) {
			char *cut = malloc(n + 1); /* for ASan: no slack */

			memcpy(cut, bytes.data, n);
			cut = realloc(cut, n > 0 ? n : 1);
			assert_int_equal(
			    codec_decode(s, NULL, cut, n, &v, &err), -1);
			assert_int_equal(err.class, ERR_REJECT);
			free(cut);
		}
		buf_add(&bytes, "", 1);
		assert_int_equal(
		    codec_decode(s, NULL, bytes.data, bytes.size, &v, &err),
		    -1);
		assert_string_equal(err.msg, "record: 1 bytes too many");
		buf_free(&bytes);
	}
}

static void
refused_for(const char *name, const char *jq_like, const char *why)
{
	jv record = load_json(name);
	jv patch = jv_parse(jq_like);
	struct buf out = {0};
	struct err err;

	assert_int_equal(jv_get_kind(patch), JV_KIND_OBJECT);
	record = jv_object_merge(record, patch);
	buf_puts(&out, "kept");
	assert_int_equal(
	    codec_encode(schema_builtin(name), record, &out, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_string_equal(err.msg, why);
	assert_string_equal(out.data, "kept");
	jv_free(record);
	buf_free(&out);
}

static void
records_that_do_not_fit_name_the_place(void **state)
{
	static const struct {
		const char *patch, *why;
	} cases[] = {
	    {"{\"title\": \"Forum\"}", "title: expected an object"},
	    {"{\"title\": {\"ru\": 7}}", "title.ru: expected a string"},
	    {"{\"places\": [{}, {\"city\": {\"id\": 914}}]}",
		"places[1].city.id: expected a string"},
	    {"{\"places\": {}}", "places: expected an array"},
	    {"{\"places\": [{\"lat\": \"48\"}]}",
		"places[0].lat: expected a number or null"},
	    {"{\"sequence\": 1.5}", "sequence: expected a whole number"},
	    {"{\"sequence\": 3000000000}",
		"sequence: 3000000000 is out of range"},
	    {"{\"startUtc\": 1e300}",
		"startUtc: 1.0000000000000001e+300 is out of range"},
	    {"{\"allDay\": 0}", "allDay: expected true or false"},
	    {"{\"url\": 7}", "url: expected a string or null"},
	    {"{\"uid\": null}", "uid: expected a string"},
	    {"{\"colour\": \"red\"}",
		"colour: is not a field of org.twinwire.v1.Event"},
	    {"{\"places\": [{\"city\": {\"zip\": 1}}]}",
		"places[0].city.zip: is not a field of "
		"org.twinwire.v1.CityRef"},
	    {"{\"address\\u0007\": 1}",
		"[?]: is not a field of org.twinwire.v1.Event"},
	    {"{\"tz\": \"a\\u0000b\"}", "tz: not UTF-8, or with U+0000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		refused_for("Event", cases[i].patch, cases[i].why);
}

static void
what_is_left_out_takes_its_default(void **state)
{
	const struct schema *s = schema_builtin("Event");
	jv record = jv_parse("{\"uid\": \"a.1@mag\", \"publisher\": \"mag\","
			     " \"places\": [{\"address\": \"x\"}]}");
	struct buf out = {0};
	struct err err;
	jv got, places, want;

	(void)state;
	assert_int_equal(codec_encode(s, record, &out, &err), 0);
	assert_int_equal(
	    codec_decode(s, NULL, out.data, out.size, &got, &err), 0);
	assert_string_equal(json_str(got, "uid", ""), "a.1@mag");
	assert_string_equal(json_str(got, "status", "?"), "");
	assert_int_equal(json_int(got, "startUtc", -1), 0);
	assert_int_equal(json_bool(got, "allDay", 1), 0);
	places = json_get(got, "places");
	want = jv_parse("[{\"city\":{\"id\":\"\",\"country\":\"\","
			"\"names\":{},\"sameAs\":[],\"lat\":null,\"lon\":null},"
			"\"name\":{},\"address\":\"x\",\"lat\":null,"
			"\"lon\":null,\"url\":null}]");
	assert_json(places, want);
	jv_free(want);
	jv_free(places);
	jv_free(got);
	jv_free(record);
	buf_free(&out);

	record = jv_parse("{\"publisher\": \"mag\"}");
	assert_int_equal(codec_encode(s, record, &out, &err), -1);
	assert_string_equal(err.msg, "uid: missing");
	jv_free(record);
}

static int
resolve(const char *w_type, const char *r_type, const char *bytes, size_t size,
    jv *out)
{
	static const char fmt[] = "{\"type\":\"record\",\"name\":\"R\","
				  "\"fields\":[{\"name\":\"a\",\"type\":%s}]}";
	struct buf b = {0};
	struct schema *w, *r;
	struct err err;
	jv v;
	int rc;

	buf_printf(&b, fmt, w_type);
	w = schema_parse(b.data, b.size, NULL);
	buf_clear(&b);
	buf_printf(&b, fmt, r_type);
	r = schema_parse(b.data, b.size, NULL);
	buf_free(&b);
	assert_non_null(w);
	assert_non_null(r);
	rc = codec_decode(w, r, bytes, size, &v, &err);
	if (rc == 0)
		*out = jv_object_get(v, jv_string("a"));
	schema_free(w);
	schema_free(r);
	return rc;
}

static void
types_are_brought_together_or_refused(void **state)
{
	static const struct {
		const char *writer, *reader, *bytes;
		size_t size;
		const char *want; /* NULL: refused */
	} cases[] = {
	    {"\"int\"", "\"double\"", "\6", 1, "3"},
	    {"\"double\"", "\"int\"", "\0\0\0\0\0\0\0\0", 8, NULL},
	    {"\"string\"", "[\"null\",\"string\"]", "\2x", 2, "\"x\""},
	    {"[\"null\",\"string\"]", "\"string\"", "\2\2x", 3, "\"x\""},
	    {"[\"null\",\"string\"]", "\"string\"", "\0", 1, NULL},
	    {"[\"string\",\"null\"]", "[\"null\",\"string\"]", "\2", 1, "null"},
	    {"[\"int\",\"string\"]", "[\"string\",\"long\"]", "\0\6", 2, "3"},
	    {"\"string\"", "\"int\"", "\2x", 2, NULL},
	    {"\"boolean\"", "\"int\"", "\1", 1, NULL},
	    {"\"float\"", "\"float\"", "\0\0\x80\x7f", 4, NULL}, /* infinity */
	    {"\"long\"", "\"long\"", "\x80\x80\x80\x80\x80\x80\x80\x40", 8,
		NULL}, /* 2^54 */
	    {"{\"type\":\"array\",\"items\":\"int\"}",
		"{\"type\":\"array\",\"items\":[\"null\",\"long\"]}", "\2\6\0",
		3, "[3]"},
	    {"{\"type\":\"map\",\"values\":\"int\"}",
		"{\"type\":\"array\",\"items\":\"int\"}", "\0", 1, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		jv got = jv_invalid(), want;
		int rc = resolve(cases[i].writer, cases[i].reader,
		    cases[i].bytes, cases[i].size, &got);

		if (rc != (cases[i].want != NULL ? 0 : -1))
			fail_msg("case %zu: %d", i, rc);
		if (cases[i].want == NULL)
			continue;
		want = jv_parse(cases[i].want);
		assert_json(got, want);
		jv_free(want);
		jv_free(got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_fastavro_writes_we_read_and_write),
	    cmocka_unit_test(bytes_become_text_without_a_tree),
	    cmocka_unit_test(what_the_guard_refuses_has_no_text),
	    cmocka_unit_test(a_map_in_another_order_has_no_text),
	    cmocka_unit_test(a_part_of_a_schema_reads_only_that),
	    cmocka_unit_test(what_we_write_avro_c_reads_to_its_end),
	    cmocka_unit_test(an_older_writer_is_read_with_our_defaults),
	    cmocka_unit_test(
		a_newer_writer_is_read_without_what_we_do_not_know),
	    cmocka_unit_test(no_truncation_and_no_addition_decodes),
	    cmocka_unit_test(records_that_do_not_fit_name_the_place),
	    cmocka_unit_test(what_is_left_out_takes_its_default),
	    cmocka_unit_test(types_are_brought_together_or_refused),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
