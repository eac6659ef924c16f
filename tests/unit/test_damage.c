/* Where a batch ends that cannot be read, found by reading at places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/damage.h"

enum { READS_MAX = 130 };

/* A bad batch from BASE to END, another bad one behind it if OTHER, where
 * WANTED is to be read.  How it went, and reads made. */
static enum damage_outcome
find_end(struct damage *d, int64_t base, int64_t end, int64_t wanted, int other)
{
	enum damage_outcome now = DAMAGE_READ;
	int n;

	damage_begin(d, base, wanted);
	for (n = 0; now == DAMAGE_READ; n++) {
		assert_true(d->is_open);
		assert_true(n < READS_MAX);
		assert_true(d->at >= d->first);
		if (d->at <= end)
			now = damage_again(d, base);
		else
			now =
			    other ? damage_again(d, end + 1) : damage_passed(d);
	}
	assert_false(d->is_open);
	return now;
}

static void
test_the_end_is_found_whatever_the_length(void **state)
{
	static const int64_t lengths[] = {
	    1, 2, 3, 4, 5, 7, 8, 9, 100, 1023, 1024, 1025, 1000000, INT32_MAX};
	struct damage d;

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (int other = 0; other < 2; other++) {
			int64_t end = 40 + lengths[i] - 1;

			assert_int_equal(
			    find_end(&d, 40, end, -2, other), DAMAGE_ENDS);
			assert_int_equal(d.first, 40);
			assert_int_equal(d.last, end);
		}
}

static void
test_a_batch_is_lost_from_where_it_was_wanted(void **state)
{
	struct damage d;

	(void)state;
	assert_int_equal(find_end(&d, 40, 49, 43, 0), DAMAGE_ENDS);
	assert_int_equal(d.first, 43);
	assert_int_equal(d.last, 49);
	assert_int_equal(find_end(&d, 40, 49, 49, 1), DAMAGE_ENDS);
	assert_int_equal(d.first, 49);
	assert_int_equal(d.last, 49);
}

static void
test_what_is_whole_the_second_time_is_not_lost(void **state)
{
	struct damage d;

	(void)state;
	damage_begin(&d, 40, 40);
	assert_int_equal(d.at, 40);
	assert_int_equal(damage_passed(&d), DAMAGE_HEALED);
	assert_false(d.is_open);
	/* Nor if another one behind it is bad then. */
	damage_begin(&d, 40, 40);
	assert_int_equal(damage_again(&d, 44), DAMAGE_HEALED);
	assert_false(d.is_open);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_end_is_found_whatever_the_length),
	    cmocka_unit_test(test_a_batch_is_lost_from_where_it_was_wanted),
	    cmocka_unit_test(test_what_is_whole_the_second_time_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
