/* links: tests/unit/core_rig.c */
/* links: services/connector/core.c services/connector/advance.c */
/* links: services/connector/outcome.c services/connector/ledger.c */
/* links: services/connector/decide.c services/connector/lane.c */
/* links: services/connector/gate.c services/connector/position.c */
/* links: services/connector/intake.c services/connector/window.c */
/* Topics side by side in one connection: who says much hinders nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core_rig.h"

static struct rig rig;

static void
start(void)
{
	rig_init(&rig);
	rig.conf.tier = CORE_TIER_PUT;
	rig.conf.in_flight = 1;
}

/* Two topics: 0 and 1. */
static void
begin(void)
{
	rig_start(&rig);
	core_topic(rig.core, 1, 0, NULL, 0);
}

static void
offer(unsigned topic, const char *key, int64_t offset, enum core_want want)
{
	struct core_record r = rig_record(key, offset, 'x');

	r.topic = topic;
	r.want = want;
	rig_offer(&rig, r);
}

static void
flood(unsigned topic, int n, enum core_want want)
{
	char key[16];

	for (int i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "f%d", i);
		offer(topic, key, i, want);
	}
}

static void
a_record_does_not_wait_behind_another_topics_flood(void **state)
{
	(void)state;
	start();
	begin();
	flood(0, 5, CORE_KEEP);
	rig_expect(&rig, "put:f0");
	offer(1, "a", 0, CORE_KEEP);
	offer(1, "b", 1, CORE_KEEP);
	rig_say(&rig, "f0", CORE_OK);
	rig_expect(&rig, "applied:f0@0=delivered put:f1");
	rig_say(&rig, "f1", CORE_OK);
	rig_expect(&rig, "applied:f1@1=delivered put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered put:f2");
	rig_say(&rig, "f2", CORE_OK);
	rig_expect(&rig, "applied:f2@2=delivered put:b");
	rig_say(&rig, "b", CORE_OK);
	rig_expect(&rig, "applied:b@1=delivered put:f3");
	rig_stop(&rig);
}

static void
what_failed_is_not_starved_by_what_is_new(void **state)
{
	(void)state;
	start();
	begin();
	offer(0, "a", 0, CORE_KEEP);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_RETRY);
	rig_expect(&rig, "");
	rig_wait(&rig, 3000);
	offer(0, "b", 1, CORE_KEEP);
	offer(0, "c", 2, CORE_KEEP);
	rig_expect(&rig, "put:b");
	rig_say(&rig, "b", CORE_OK);
	offer(0, "d", 3, CORE_KEEP);
	rig_expect(&rig, "applied:b@1=delivered put:c");
	rig_say(&rig, "c", CORE_OK);
	rig_expect(&rig, "applied:c@2=delivered put:a");
	rig_stop(&rig);
}

/* A record that changes all the time would never come to its turn. */
static void
a_record_that_changes_keeps_its_place(void **state)
{
	(void)state;
	start();
	begin();
	offer(0, "a", 0, CORE_KEEP);
	rig_expect(&rig, "put:a");
	offer(0, "b", 1, CORE_KEEP);
	offer(0, "c", 2, CORE_KEEP);
	offer(0, "b", 3, CORE_KEEP);
	rig_expect(&rig, "superseded:b@1=none");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered put:b");
	rig_stop(&rig);
}

static void
a_topic_leaves_room_for_the_others(void **state)
{
	enum { MOST = 100 };
	int n = 0;
	char key[16];

	(void)state;
	start();
	rig.conf.outstanding_max = MOST;
	begin();
	for (; core_takes(rig.core, 0); n++) {
		snprintf(key, sizeof(key), "f%d", n);
		offer(0, key, n, CORE_KEEP);
	}
	assert_int_equal(n, 75);
	for (n = 0; core_takes(rig.core, 1); n++) {
		snprintf(key, sizeof(key), "o%d", n);
		offer(1, key, n, CORE_KEEP);
	}
	assert_in_range(n, 15, 25);
	assert_false(core_is_paused(rig.core));
	assert_false(core_takes(rig.core, 0));
	rig_stop(&rig);
}

static void
bytes_have_shares_too(void **state)
{
	(void)state;
	start();
	rig.conf.bytes_max = 1000;
	begin();
	flood(0, 8, CORE_KEEP);
	assert_false(core_takes(rig.core, 0));
	assert_true(core_takes(rig.core, 1));
	rig_stop(&rig);
}

static int
letters(void)
{
	int n = 0;

	while (core_next(rig.core, rig.now_ms, &rig.a))
		switch (rig.a.act) {
		case CORE_DEAD:
			core_dead_done(rig.core, rig.now_ms, rig.a.id, 1);
			n++;
			break;
		case CORE_DONE:
			rig.n_payloads--;
			break;
		default:
			break;
		}
	return n;
}

static void
letters_of_a_topic_keep_a_rate_after_a_burst(void **state)
{
	enum { LETTER = 100 + 512, RATE = 2 * LETTER };

	(void)state;
	start();
	rig.conf.dead_bytes_per_s = RATE;
	begin();
	flood(0, 30, CORE_BAD);
	assert_int_equal(letters(), 16 + 1); /* eight seconds' worth */
	rig_wake(&rig);
	assert_int_equal(letters(), 1);
	rig_wait(&rig, 1000);
	assert_int_equal(letters(), 2);
	/* Another topic's have a limit of their own. */
	offer(1, "a", 0, CORE_BAD);
	assert_int_equal(letters(), 1);
	rig_wait(&rig, 20000);
	assert_int_equal(letters(), 30 - 20);
	assert_int_equal(rig.n_payloads, 0);
	rig_stop(&rig);
}

static void
a_letter_that_failed_waits_its_time_among_those_that_wait(void **state)
{
	uint64_t id;

	(void)state;
	start();
	rig.conf.dead_bytes_per_s = 64;
	begin();
	offer(0, "a", 0, CORE_BAD);
	assert_true(core_next(rig.core, rig.now_ms, &rig.a));
	assert_int_equal(rig.a.act, CORE_DEAD);
	id = rig.a.id;
	offer(0, "b", 1, CORE_BAD);
	offer(0, "c", 2, CORE_BAD);
	offer(0, "d", 3, CORE_BAD);
	assert_int_equal(letters(), 0); /* beyond the burst: 1.6 s, 11, 21 */
	core_dead_done(rig.core, rig.now_ms, id, 0);
	rig_wait(&rig, 4000);
	assert_int_equal(letters(), 1);
	rig_wait(&rig, 2000);
	assert_int_equal(letters(), 1); /* the first, again after 5 s */
	rig_wait(&rig, 16000);
	assert_int_equal(letters(), 2);
	assert_int_equal(rig.n_payloads, 0);
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_record_does_not_wait_behind_another_topics_flood),
	    cmocka_unit_test(what_failed_is_not_starved_by_what_is_new),
	    cmocka_unit_test(a_record_that_changes_keeps_its_place),
	    cmocka_unit_test(a_topic_leaves_room_for_the_others),
	    cmocka_unit_test(bytes_have_shares_too),
	    cmocka_unit_test(letters_of_a_topic_keep_a_rate_after_a_burst),
	    cmocka_unit_test(
		a_letter_that_failed_waits_its_time_among_those_that_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
