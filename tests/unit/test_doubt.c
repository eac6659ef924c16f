/* Goal of these tests: a broker that fell behind is not taken for a topic that
 * was made anew, and a topic that was made anew is not taken for the old one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bus/admin.h"
#include "wire/doubt.h"

static const char topic[] = "tw.events.a";

/* --- a catalog that is asked one thing ----------------------------------- */

static int64_t asked_ms;

void
catalog_ask(struct catalog *c, const char *name, int64_t wall_ms)
{
	(void)c;
	assert_string_equal(name, topic);
	asked_ms = wall_ms;
}

int64_t
catalog_answer(jv listing, const char *name, int64_t wall_ms)
{
	assert_string_equal(name, topic);
	return wall_ms == asked_ms ? json_int(listing, "answer", -1) : -1;
}

/* Made at AT: the log ends at HIGH, what is newer begins at ANSWER (-1: nobody
 * said). */
static enum doubt
judge(struct doubts *d, int64_t at, int64_t high, int64_t answer)
{
	jv listing = jv_object(), topics = jv_object(), bounds = jv_object();
	enum doubt is;

	if (high >= 0)
		json_set_int(&bounds, "high", high);
	json_set(&topics, topic, bounds);
	json_set(&listing, "topics", topics);
	json_set_int(&listing, "at", at);
	json_set_int(&listing, "answer", answer);
	is = doubts_judge(d, topic, listing);
	jv_free(listing);
	return is;
}

/* A log of 100 records, the last of them appended at AT_MS, is in doubt. */
static struct doubts *
doubtful(int64_t at_ms)
{
	const struct doubt_known known = {100, 100, at_ms};
	struct doubts *d = doubts_new(NULL);

	asked_ms = -1;
	doubts_add(d, topic, &known);
	assert_int_equal(asked_ms, at_ms + 1);
	assert_true(doubts_has(d, topic));
	return d;
}

static void
settled(struct doubts *d)
{
	assert_false(doubts_has(d, topic));
	assert_int_equal(judge(d, 99, 1, 0), DOUBT_NONE);
	doubts_free(d);
}

/* --- tests ----------------------------------------------------------------
 */

static void
a_leader_that_fell_behind_is_waited_for(void **state)
{
	struct doubts *d = doubtful(5000);

	(void)state;
	assert_int_equal(judge(d, 1, 70, 70), DOUBT_OPEN);
	assert_int_equal(judge(d, 2, 70, 70), DOUBT_OPEN);
	assert_int_equal(judge(d, 3, -1, -1), DOUBT_OPEN); /* leads no more */
	assert_int_equal(judge(d, 4, 120, 100), DOUBT_SAME);
	settled(d);
}

static void
a_log_made_anew_is_told_by_what_is_new_in_it(void **state)
{
	struct doubts *d = doubtful(5000);

	(void)state;
	assert_int_equal(judge(d, 1, 3, 0), DOUBT_OTHER);
	settled(d);
}

static void
also_when_it_has_grown_past_our_place(void **state)
{
	struct doubts *d = doubtful(5000);

	(void)state;
	/* Nobody answered what was asked: its length alone says nothing. */
	assert_int_equal(judge(d, 1, 150, -1), DOUBT_OPEN);
	assert_int_equal(judge(d, 2, 150, 0), DOUBT_OTHER);
	settled(d);
}

static void
an_empty_one_is_told_by_time(void **state)
{
	struct doubts *d = doubtful(5000);
	int64_t at;

	(void)state;
	for (at = 1; judge(d, at, 0, 0) == DOUBT_OPEN; at++) {
		assert_true(at < 60);
		/* The same listing once more counts once. */
		assert_int_equal(judge(d, at, 0, 0), DOUBT_OPEN);
	}
	assert_true(at >= 20);
	settled(d);
}

static void
without_a_time_the_length_decides(void **state)
{
	struct doubts *d = doubtful(-1);

	(void)state;
	assert_int_equal(judge(d, 1, 70, 0), DOUBT_OPEN);
	assert_int_equal(judge(d, 2, 100, 0), DOUBT_SAME);
	settled(d);
}

static void
a_second_doubt_changes_nothing(void **state)
{
	struct doubts *d = doubtful(5000);
	const struct doubt_known other = {10, 10, 1};

	(void)state;
	doubts_add(d, topic, &other);
	assert_int_equal(asked_ms, 5001);
	assert_int_equal(judge(d, 1, 100, 100), DOUBT_SAME);
	settled(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_leader_that_fell_behind_is_waited_for),
	    cmocka_unit_test(a_log_made_anew_is_told_by_what_is_new_in_it),
	    cmocka_unit_test(also_when_it_has_grown_past_our_place),
	    cmocka_unit_test(an_empty_one_is_told_by_time),
	    cmocka_unit_test(without_a_time_the_length_decides),
	    cmocka_unit_test(a_second_doubt_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
