/* links: services/connector/position.c */
/* Goal of these tests: an offset counts once, however often it is read, and
 * reading starts where the first one is not final. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "connector/position.h"

static void
assert_open(struct position *p, const int64_t *want, size_t n)
{
	const int64_t *open;

	assert_int_equal(position_list(p, &open), n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(open[i], want[i]);
}

static void
ends_out_of_order(void **state)
{
	struct position p;

	(void)state;
	position_init(&p, 0, NULL, 0);
	for (int64_t o = 0; o < 5; o++)
		assert_int_equal(position_see(&p, o), POSITION_NEW);
	position_close(&p, 3);
	position_close(&p, 0);
	assert_int_equal(position_start(&p), 1);
	assert_open(&p, (const int64_t[]){1, 2, 4}, 3);
	position_close(&p, 1);
	position_close(&p, 2);
	position_close(&p, 4);
	assert_int_equal(position_start(&p), 5);
	assert_open(&p, NULL, 0);
	position_fini(&p);
}

static void
what_was_final_is_not_counted_again(void **state)
{
	struct position p;

	(void)state;
	position_init(&p, 8, (const int64_t[]){4, 6}, 2);
	assert_int_equal(position_start(&p), 4);
	assert_int_equal(position_see(&p, 4), POSITION_AGAIN);
	assert_int_equal(position_see(&p, 5), POSITION_KNOWN);
	assert_int_equal(position_see(&p, 4), POSITION_KNOWN);
	assert_int_equal(position_see(&p, 6), POSITION_AGAIN);
	assert_int_equal(position_see(&p, 9), POSITION_NEW);
	assert_int_equal(p.read_end, 10);
	assert_int_equal(p.n_expected, 0);
	position_fini(&p);
}

static void
what_the_log_lost_is_closed(void **state)
{
	struct position p;

	(void)state;
	position_init(&p, 9, (const int64_t[]){1, 3, 5, 7}, 4);
	assert_int_equal(position_read_to(&p, 3), 1);
	assert_int_equal(position_see(&p, 3), POSITION_AGAIN);
	assert_int_equal(position_read_to(&p, 12), 2);
	assert_int_equal(p.read_end, 12);
	assert_open(&p, (const int64_t[]){3}, 1);
	assert_int_equal(position_see(&p, 7), POSITION_KNOWN);
	position_fini(&p);
}

/* Against a plain array of flags, with ends in random order. */
static void
agrees_with_a_model(void **state)
{
	enum { N = 3000 };
	static char held[N];
	struct position p;
	uint32_t seed = 20221031;
	int64_t next = 0;
	size_t n = 0;

	(void)state;
	position_init(&p, 0, NULL, 0);
	while (next < N || n > 0) {
		const int64_t *open;
		size_t at = 0;

		seed = seed * 1664525u + 1013904223u;
		if (next < N && (n < 40 || seed >> 31)) {
			position_see(&p, next);
			held[next++] = 1;
			n++;
		} else {
			int64_t o = position_start(&p);

			for (uint32_t k = (seed >> 8) % 40; k > 0; k--)
				o = o + 1 < next ? o + 1 : o;
			while (!held[o])
				o--;
			position_close(&p, o);
			held[o] = 0;
			n--;
		}
		assert_int_equal(position_list(&p, &open), n);
		for (int64_t o = 0; o < next; o++)
			if (held[o])
				assert_int_equal(open[at++], o);
	}
	position_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ends_out_of_order),
	    cmocka_unit_test(what_was_final_is_not_counted_again),
	    cmocka_unit_test(what_the_log_lost_is_closed),
	    cmocka_unit_test(agrees_with_a_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
