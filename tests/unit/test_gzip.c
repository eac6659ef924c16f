/* What is compressed whole or piece by piece reads back, and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "web/gzip.h"

enum { SIZE = 300000, PIECE = 777 };

/* Half of it repeats, half does not. */
static char *
sample(void)
{
	char *data = malloc(SIZE);
	uint32_t x = 7;

	assert_non_null(data);
	for (size_t i = 0; i < SIZE; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = (char)(i % 20000 < 10000 ? 'a' + i % 7 : x >> 24);
	}
	return data;
}

static void
test_pieces_and_whole_read_back(void **state)
{
	char *data = sample();
	struct buf whole = {0}, pieces = {0}, back = {0};
	struct gzip *g = gzip_new();

	(void)state;
	assert_int_equal(gzip_add(data, SIZE, &whole), 0);
	for (size_t at = 0; at < SIZE; at += PIECE)
		assert_int_equal(
		    gzip_more(g, data + at,
			SIZE - at < PIECE ? SIZE - at : PIECE, &pieces),
		    0);
	assert_int_equal(gzip_end(g, &pieces), 0);
	gzip_free(g);
	assert_int_equal(gzip_read(whole.data, whole.size, &back), 0);
	assert_int_equal(back.size, SIZE);
	assert_memory_equal(back.data, data, SIZE);
	buf_clear(&back);
	assert_int_equal(gzip_read(pieces.data, pieces.size, &back), 0);
	assert_int_equal(back.size, SIZE);
	assert_memory_equal(back.data, data, SIZE);
	buf_free(&whole);
	buf_free(&pieces);
	buf_free(&back);
	free(data);
}

static void
test_nothing_is_a_member_too(void **state)
{
	struct buf out = {0}, back = {0};

	(void)state;
	assert_int_equal(gzip_add("", 0, &out), 0);
	assert_int_equal(gzip_read(out.data, out.size, &back), 0);
	assert_int_equal(back.size, 0);
	buf_free(&out);
	buf_free(&back);
}

static void
test_limits_and_damage_are_noticed(void **state)
{
	char *data = sample();
	struct buf out = {0}, small = {.max = 1000}, back = {.max = 1000};

	(void)state;
	assert_int_equal(gzip_add(data, SIZE, &small), -1);
	assert_int_equal(gzip_add(data, SIZE, &out), 0);
	assert_int_equal(gzip_read(out.data, out.size, &back), -1);
	back.max = 0;
	buf_clear(&back);
	assert_int_equal(gzip_read(out.data, out.size / 2, &back), -1);
	assert_int_equal(gzip_read("not at all", 10, &back), -1);
	out.data[out.size / 2] ^= 0x55;
	assert_int_equal(gzip_read(out.data, out.size, &back), -1);
	buf_free(&out);
	buf_free(&small);
	buf_free(&back);
	free(data);
}

static void
test_who_takes_it_is_read_from_the_header(void **state)
{
	(void)state;
	assert_true(gzip_is_accepted("gzip"));
	assert_true(gzip_is_accepted("br, gzip;q=0.5, *"));
	assert_false(gzip_is_accepted("gzip;q=0"));
	assert_false(gzip_is_accepted("gzip;q=0.0, br"));
	assert_false(gzip_is_accepted("br"));
	assert_false(gzip_is_accepted(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces_and_whole_read_back),
	    cmocka_unit_test(test_nothing_is_a_member_too),
	    cmocka_unit_test(test_limits_and_damage_are_noticed),
	    cmocka_unit_test(test_who_takes_it_is_read_from_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
