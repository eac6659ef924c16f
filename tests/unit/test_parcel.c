/* links: services/connector/parcel.c */
/* Copies of messages keep every byte, also through the state file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "connector/parcel.h"

static const struct bus_header headers[] = {
    {"ce_id", "a\0b", 3},
    {"empty", "", 0},
    {"none", NULL, 0},
};
static const struct bus_message full = {.topic = "tw.events.x",
    .partition = 0,
    .offset = 7,
    .timestamp_ms = 1234,
    .key = "k\0y",
    .key_size = 3,
    .value = "\0\0\0\0\1v",
    .value_size = 6,
    .headers = headers,
    .n_headers = 3};

static void
expect_full(const struct bus_message *m)
{
	assert_string_equal(m->topic, "tw.events.x");
	assert_int_equal(m->offset, 7);
	assert_int_equal(m->timestamp_ms, 1234);
	assert_int_equal(m->key_size, 3);
	assert_memory_equal(m->key, "k\0y", 3);
	assert_int_equal(m->value_size, 6);
	assert_memory_equal(m->value, "\0\0\0\0\1v", 6);
	assert_int_equal(m->n_headers, 3);
	assert_string_equal(m->headers[0].name, "ce_id");
	assert_memory_equal(m->headers[0].value, "a\0b", 3);
	assert_non_null(m->headers[1].value);
	assert_int_equal(m->headers[1].size, 0);
	assert_null(m->headers[2].value);
}

static void
every_byte_is_kept(void **state)
{
	struct parcel p, again;
	struct buf b = {0};
	struct err err;

	(void)state;
	parcel_copy(&p, &full);
	expect_full(&p.m);
	parcel_pack(&p, &b);
	assert_int_equal(parcel_unpack(&again, b.data, b.size, &err), 0);
	expect_full(&again.m);
	parcel_fini(&again);
	parcel_fini(&p);
	buf_free(&b);
}

static void
a_tombstone_and_a_missing_key_stay_so(void **state)
{
	struct bus_message m = {.topic = "t", .offset = 1};
	struct parcel p;

	(void)state;
	parcel_copy(&p, &m);
	assert_null(p.m.key);
	assert_null(p.m.value);
	parcel_fini(&p);
}

static void
what_is_cut_or_changed_is_refused(void **state)
{
	struct parcel p, again;
	struct buf b = {0};
	struct err err;
	size_t size;

	(void)state;
	parcel_copy(&p, &full);
	parcel_pack(&p, &b);
	for (size = 0; size < b.size; size++)
		assert_int_equal(parcel_unpack(&again, b.data, size, &err), -1);
	memset(b.data + 24, 0x7f, 8); /* the topic's length */
	assert_int_equal(parcel_unpack(&again, b.data, b.size, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_int_equal(parcel_unpack(&again, NULL, 0, &err), -1);
	parcel_fini(&p);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_byte_is_kept),
	    cmocka_unit_test(a_tombstone_and_a_missing_key_stay_so),
	    cmocka_unit_test(what_is_cut_or_changed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
