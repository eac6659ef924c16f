#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "event/envelope.h"

static void
a_prefix_is_read_as_it_was_put(void **state)
{
	static const int32_t ids[] = {0, 1, 0x01020304, INT32_MAX};
	const void *avro;
	size_t avro_size;
	int32_t id;

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		struct buf b = {0};

		envelope_put_prefix(&b, ids[i]);
		buf_puts(&b, "abc");
		assert_int_equal(b.size, ENVELOPE_PREFIX_BYTES + 3);
		assert_int_equal(envelope_prefix(b.data, b.size, &id, &avro,
				     &avro_size, NULL),
		    0);
		assert_int_equal(id, ids[i]);
		assert_int_equal(avro_size, 3);
		assert_memory_equal(avro, "abc", 3);
		buf_free(&b);
	}
}

static void
the_id_is_big_endian_after_a_zero(void **state)
{
	struct buf b = {0};

	(void)state;
	envelope_put_prefix(&b, 0x01020304);
	assert_memory_equal(b.data, "\0\1\2\3\4", 5);
	buf_free(&b);
}

static void
other_framing_is_refused(void **state)
{
	const void *avro = NULL;
	size_t avro_size = 7;
	int32_t id = 7;
	struct err err;

	(void)state;
	for (size_t size = 0; size < ENVELOPE_PREFIX_BYTES; size++)
		assert_int_equal(envelope_prefix("\0\0\0\0", size, &id, &avro,
				     &avro_size, &err),
		    -1);
	assert_int_equal(
	    envelope_prefix("{\"uid\":1}", 9, &id, &avro, &avro_size, &err),
	    -1);
	assert_string_equal(
	    err.msg, "framing: starts with 0x7b instead of 0x00");
	assert_int_equal(err.class, ERR_REJECT);
	assert_int_equal(envelope_prefix("\0\xff\xff\xff\xff", 5, &id, &avro,
			     &avro_size, &err),
	    -1);
	assert_int_equal(id, 7);
	assert_int_equal(avro_size, 7);
}

static void
headers_are_cloudevents(void **state)
{
	const struct envelope e = {
	    "1", "/mag/site", "org.twinwire.v1.Event", "2022-10-31T10:00:00Z"};
	static const char *const want[][2] = {{"ce_specversion", "1.0"},
	    {"ce_id", "1"}, {"ce_source", "/mag/site"},
	    {"ce_type", "org.twinwire.v1.Event"},
	    {"ce_time", "2022-10-31T10:00:00Z"}};
	struct envelope_header h[ENVELOPE_HEADERS];

	(void)state;
	envelope_headers(&e, h);
	for (size_t i = 0; i < ENVELOPE_HEADERS; i++) {
		assert_string_equal(h[i].name, want[i][0]);
		assert_string_equal(h[i].value, want[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_prefix_is_read_as_it_was_put),
	    cmocka_unit_test(the_id_is_big_endian_after_a_zero),
	    cmocka_unit_test(other_framing_is_refused),
	    cmocka_unit_test(headers_are_cloudevents),
	};

	return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
