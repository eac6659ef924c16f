/* links: tests/unit/core_rig.c */
/* links: services/connector/core.c services/connector/advance.c */
/* links: services/connector/outcome.c services/connector/ledger.c */
/* links: services/connector/decide.c services/connector/lane.c */
/* links: services/connector/gate.c services/connector/position.c */
/* links: services/connector/window.c services/connector/intake.c */
/* Goal of these tests: what the core decides, scenario by scenario. */
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
start(enum core_tier tier)
{
	rig_init(&rig);
	rig.conf.tier = tier;
	rig_start(&rig);
}

static void
new_record_is_looked_up_then_created(void **state)
{
	(void)state;
	start(CORE_TIER_FIND);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "create:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered");
	rig_stop(&rig);
}

static void
put_tier_puts(void **state)
{
	(void)state;
	start(CORE_TIER_PUT);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_UNKNOWN);
	rig_expect(&rig, "");
	rig_wake(&rig);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered");
	rig_stop(&rig);
}

static void
found_is_adopted(void **state)
{
	(void)state;
	start(CORE_TIER_FIND);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_offer(&rig, rig_record("b", 1, 'x'));
	rig_expect(&rig, "find:a find:b");
	rig_answer(&rig, "a",
	    (struct core_answer){
		.result = CORE_FOUND, .n_items = 1, .is_equal = 1});
	rig_answer(&rig, "b",
	    (struct core_answer){.result = CORE_FOUND, .n_items = 1});
	rig_expect(&rig, "unchanged:a@0=delivered update:b");
	rig_say(&rig, "b", CORE_OK);
	rig_expect(&rig, "applied:b@1=delivered");
	rig_stop(&rig);
}

static void
row_decides_without_a_call(void **state)
{
	struct core_record r;

	(void)state;
	start(CORE_TIER_FIND);
	r = rig_record("a", 4, 'x');
	rig_row(&r, 4, 'x');
	rig_offer(&rig, r);
	r = rig_record("b", 5, 'x');
	rig_row(&r, 3, 'x');
	rig_offer(&rig, r);
	rig_offer(&rig, rig_record("c", 6, 0));
	r = rig_record("d", 7, 'x');
	r.want = CORE_LEFT;
	rig_offer(&rig, r);
	r.want = CORE_SKIP;
	r.offset = 8;
	rig_offer(&rig, r);
	r.offset = 8;
	rig_offer(&rig, r);
	rig_expect(&rig,
	    "stale:a@4=none unchanged:b@5=delivered unchanged:c@6=none"
	    " filtered:d@7=none filtered:d@8=none seen:d@8=none");
	rig_stop(&rig);
}

static void
below_the_floor_is_adopted_never_created(void **state)
{
	struct core_record r = rig_record("a", 0, 'x');

	(void)state;
	start(CORE_TIER_FIND);
	r.may_create = 0;
	rig_offer(&rig, r);
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "filtered:a@0=none");
	rig_stop(&rig);
}

static void
newer_replaces_older(void **state)
{
	(void)state;
	start(CORE_TIER_FIND);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "find:a");
	rig_offer(&rig, rig_record("a", 1, 'y'));
	rig_offer(&rig, rig_record("a", 2, 'z'));
	rig_expect(&rig, "superseded:a@1=none");
	rig_say(&rig, "a", CORE_RETRY);
	rig_expect(&rig, "superseded:a@0=none find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "create:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@2=delivered");
	rig_stop(&rig);
}

static void
notices_never_replace(void **state)
{
	struct core_record r = rig_record("n", 0, 'x');

	(void)state;
	start(CORE_TIER_POST);
	r.is_state = 0;
	rig_offer(&rig, r);
	r.offset = 1;
	rig_offer(&rig, r);
	rig_expect(&rig, "create:n");
	rig_say(&rig, "n", CORE_UNKNOWN);
	rig_wake(&rig);
	rig_expect(&rig, "create:n");
	rig_say(&rig, "n", CORE_OK);
	rig_expect(&rig, "applied:n@0=delivered unchanged:n@1=delivered");
	rig_stop(&rig);
}

static void
unknown_create_is_looked_up_and_verified(void **state)
{
	struct core_row row = {.state = CORE_ROW_DELIVERED,
	    .has_local_id = 1,
	    .offset = 0,
	    .verify_in_ms = 0};

	(void)state;
	start(CORE_TIER_FIND);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "create:a");
	rig_say(&rig, "a", CORE_UNKNOWN);
	rig_wake(&rig);
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "create:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered+verify");
	rig_wait(&rig, rig.conf.timeout_ms);
	rig.n_payloads++;
	core_verify(rig.core, rig.now_ms, "a", &row, &rig);
	rig_expect(&rig, "find:a");
	rig_answer(&rig, "a",
	    (struct core_answer){
		.result = CORE_FOUND, .n_items = 2, .is_twin_equal = 1});
	rig_expect(&rig, "remove_twin:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "find:a");
	rig_answer(&rig, "a",
	    (struct core_answer){.result = CORE_FOUND, .n_items = 1});
	rig_expect(&rig, "verified:a@-1=none");
	assert_int_equal(rig.a.verify_in_ms, 0);
	rig_stop(&rig);
}

/* The look that an earlier version waits for stays due. */
static void
a_create_does_not_end_a_look_that_is_not_past(void **state)
{
	struct core_record r = rig_record("a", 4, 'y');

	(void)state;
	rig_init(&rig);
	rig.conf.tier = CORE_TIER_FIND;
	rig.conf.on_gone_recreate = 1;
	rig_start(&rig);
	r.row.state = CORE_ROW_GONE;
	r.row.offset = 3;
	r.row.verify_in_ms = 5000;
	rig_offer(&rig, r);
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "create:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@4=delivered");
	assert_int_equal(rig.a.verify_in_ms, -1);
	rig_stop(&rig);
}

/* Its clerk removed the first one meanwhile, and that decision stands. */
static void
a_late_create_of_what_was_removed_there_is_removed_too(void **state)
{
	struct core_row row = {.state = CORE_ROW_GONE, .offset = 3};

	(void)state;
	rig_init(&rig);
	rig.conf.tier = CORE_TIER_FIND;
	rig_start(&rig);
	rig.n_payloads++;
	core_verify(rig.core, rig.now_ms, "a", &row, &rig);
	rig_expect(&rig, "find:a");
	rig_answer(&rig, "a",
	    (struct core_answer){
		.result = CORE_FOUND, .n_items = 1, .is_as_created = 1});
	rig_expect(&rig, "remove:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "verified:a@-1=none");
	/* What is not as it was created is a clerk's. */
	rig.n_payloads++;
	core_verify(rig.core, rig.now_ms, "b", &row, &rig);
	rig_expect(&rig, "find:b");
	rig_answer(&rig, "b",
	    (struct core_answer){.result = CORE_FOUND, .n_items = 1});
	rig_expect(&rig, "verified:b@-1=none");
	rig_stop(&rig);
}

static void
two_with_our_marker_stay_unless_settling(void **state)
{
	(void)state;
	start(CORE_TIER_FIND);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "find:a");
	rig_answer(&rig, "a",
	    (struct core_answer){.result = CORE_FOUND,
		.n_items = 2,
		.is_equal = 1,
		.is_twin_equal = 1});
	rig_expect(&rig, "unchanged:a@0=delivered");
	rig_stop(&rig);
}

static void
newer_content_waits_for_a_late_create(void **state)
{
	(void)state;
	start(CORE_TIER_FIND);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "create:a");
	rig_say(&rig, "a", CORE_UNKNOWN);
	rig_offer(&rig, rig_record("a", 1, 'y'));
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "");
	rig_wake(&rig);
	assert_int_equal(rig.now_ms, 1000000 + rig.conf.timeout_ms);
	rig_expect(&rig, "find:a");
	rig_answer(&rig, "a",
	    (struct core_answer){.result = CORE_FOUND, .n_items = 1});
	rig_expect(&rig, "update:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "superseded:a@0=none applied:a@1=delivered");
	rig_stop(&rig);
}

static void
withdrawn_after_an_unknown_create_leaves_nothing(void **state)
{
	(void)state;
	start(CORE_TIER_FIND);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "create:a");
	rig_offer(&rig, rig_record("a", 1, 0));
	rig_say(&rig, "a", CORE_UNKNOWN);
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "");
	rig_wake(&rig);
	rig_expect(&rig, "find:a");
	rig_answer(&rig, "a",
	    (struct core_answer){.result = CORE_FOUND, .n_items = 1});
	rig_expect(&rig, "remove:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "superseded:a@0=none applied:a@1=delete");
	rig_stop(&rig);
}

static void
failing_is_parked_and_goes_on(void **state)
{
	const int64_t *open;
	int64_t read_end;
	size_t n;

	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.breaker_failures = 0;
	rig_start(&rig);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "put:a");
	rig_answer(&rig, "a",
	    (struct core_answer){
		.result = CORE_RETRY, .retry_after_ms = 90000});
	rig_expect(&rig, "");
	rig_wake(&rig);
	rig_expect(&rig, "park:a@0");
	core_position(rig.core, 0, &read_end, &open, &n);
	assert_int_equal(n, 0);
	assert_int_equal(read_end, 1);
	rig_wake(&rig);
	assert_int_equal(rig.now_ms, 1090000);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_RETRY);
	rig_offer(&rig, rig_record("a", 1, 'y'));
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "superseded:a@0=none applied:a@1=delivered");
	rig_stop(&rig);
}

static void
parked_full_pauses(void **state)
{
	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.breaker_failures = 0;
	rig.conf.parked_max = 1;
	rig_start(&rig);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_RETRY);
	rig_wait(&rig, rig.conf.park_after_ms);
	rig_expect(&rig, "park:a@0 pause put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered resume");
	rig_stop(&rig);
}

static void
rejected_is_final_once_its_dead_letter_is(void **state)
{
	(void)state;
	start(CORE_TIER_PUT);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_REJECT);
	rig_expect(&rig, "dead:a@0");
	assert_int_equal(rig.a.cause, CORE_CAUSE_REJECTED);
	rig_dead(&rig, 0);
	rig_expect(&rig, "");
	rig_wake(&rig);
	rig_expect(&rig, "dead:a@0");
	rig_offer(&rig, rig_record("a", 1, 'y'));
	rig_dead(&rig, 1);
	rig_expect(&rig, "dead:a@0=refused put:a");
	rig_stop(&rig);
}

static void
bad_keeps_its_place_in_the_lane(void **state)
{
	struct core_record bad = rig_record("a", 1, 'b');

	(void)state;
	start(CORE_TIER_PUT);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	bad.want = CORE_BAD;
	rig_offer(&rig, bad);
	rig_offer(&rig, rig_record("b", 2, 'x'));
	rig_expect(&rig, "put:a put:b");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered dead:a@1");
	rig_dead(&rig, 1);
	rig_expect(&rig, "dead:a@1=refused");
	rig_stop(&rig);
}

static void
gives_up_only_while_others_succeed(void **state)
{
	int64_t offset = 1;

	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.breaker_failures = 0;
	rig.conf.give_up_after_ms = 3600000;
	rig_start(&rig);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_RETRY);
	rig_wait(&rig, 100 * 3600000);
	rig_expect(&rig, "park:a@0 put:a");
	rig_say(&rig, "a", CORE_RETRY);
	rig_expect(&rig, "");
	for (int i = 0; i < 40; i++) {
		rig_offer(&rig, rig_record("b", offset++, (char)i + 1));
		rig_wait(&rig, 100000);
		while (core_next(rig.core, rig.now_ms, &rig.a))
			if (rig.a.act == CORE_CALL && *rig.a.key == 'b')
				core_answer(rig.core, rig.now_ms, rig.a.id,
				    &(struct core_answer){.result = CORE_OK});
			else if (rig.a.act == CORE_CALL)
				core_answer(rig.core, rig.now_ms, rig.a.id,
				    &(struct core_answer){
					.result = CORE_RETRY});
			else if (rig.a.act == CORE_DEAD)
				break;
			else if (rig.a.act == CORE_DONE)
				rig.n_payloads--;
		if (rig.a.act == CORE_DEAD)
			break;
	}
	assert_int_equal(rig.a.act, CORE_DEAD);
	assert_int_equal(rig.a.cause, CORE_CAUSE_GAVE_UP);
	rig_stop(&rig);
}

/* Process by process, as the state file carries what PARK says. */
static void
what_is_parked_is_given_up_on_over_restarts(void **state)
{
	struct core_record parked = rig_parked("a", 0, 'x');
	int64_t offset = 1, good_ms;

	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.give_up_after_ms = 3600000;
	rig_start(&rig);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_RETRY);
	rig_wait(&rig, 70000);
	rig_expect(&rig, "park:a@0 put:a");
	assert_int_equal(core_good_ms(rig.core), 0);
	for (int life = 0; life < 4; life++) {
		/* A quarter of an hour and a bit, in steps that count whole. */
		for (int i = 0; i < 10; i++) {
			rig_offer(&rig, rig_record("b", offset, 'x'));
			rig_wait(&rig, 91000);
			while (core_next(rig.core, rig.now_ms, &rig.a))
				if (rig.a.act == CORE_DEAD)
					break;
				else if (rig.a.act == CORE_DONE)
					rig.n_payloads--;
				else if (rig.a.act == CORE_CALL)
					core_answer(rig.core, rig.now_ms,
					    rig.a.id,
					    &(struct core_answer){
						.result = *rig.a.key == 'b'
							      ? CORE_OK
							      : CORE_RETRY});
			if (rig.a.act == CORE_DEAD)
				break;
			offset++;
		}
		if (rig.a.act == CORE_DEAD)
			break;
		good_ms = core_good_ms(rig.core);
		assert_in_range(good_ms - rig.conf.good_ms, 900000, 1000000);
		rig_stop(&rig);
		rig.n_payloads = 0;
		rig.conf.good_ms = good_ms;
		rig_start(&rig);
		rig_offer(&rig, parked);
	}
	assert_int_equal(rig.a.act, CORE_DEAD);
	assert_int_equal(rig.a.cause, CORE_CAUSE_GAVE_UP);
	rig_stop(&rig);
}

static void
stop_probes_and_comes_back(void **state)
{
	(void)state;
	start(CORE_TIER_PUT);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "put:a");
	rig_answer(&rig, "a",
	    (struct core_answer){.result = CORE_STOP, .becomes = CORE_REJECT});
	rig_offer(&rig, rig_record("b", 1, 'x'));
	rig_expect(&rig, "probe state=1");
	core_probe_done(rig.core, rig.now_ms, 0, 0);
	rig_expect(&rig, "pause state=2");
	rig_wake(&rig);
	rig_expect(&rig, "probe");
	core_probe_done(rig.core, rig.now_ms, 1, 0);
	rig_expect(&rig, "resume put:b put:a state=0");
	/* Now it is about the record alone. */
	rig_answer(&rig, "a",
	    (struct core_answer){.result = CORE_STOP, .becomes = CORE_REJECT});
	rig_expect(&rig, "probe state=1");
	core_probe_done(rig.core, rig.now_ms, 1, 0);
	rig_expect(&rig, "dead:a@0 state=0");
	rig_stop(&rig);
}

/* 404, as the rule has it. */
static const struct core_answer no_such_item = {
    .result = CORE_STOP, .becomes = CORE_GONE, .is_doubted = 1};

static struct core_record
known(const char *key, int64_t offset)
{
	struct core_record rec = rig_record(key, offset, 'y');

	rig_row(&rec, -1, 'x');
	return rec;
}

static void
one_probe_decides_on_many_that_are_not_there(void **state)
{
	(void)state;
	start(CORE_TIER_FIND);
	rig_offer(&rig, known("a", 0));
	rig_offer(&rig, known("b", 1));
	rig_expect(&rig, "update:a update:b");
	rig_answer(&rig, "a", no_such_item);
	rig_expect(&rig, "probe");
	rig_wait(&rig, 10);
	/* The others go on; what comes now the probe says nothing about. */
	rig_offer(&rig, known("c", 2));
	rig_expect(&rig, "update:c");
	rig_say(&rig, "c", CORE_OK);
	rig_answer(&rig, "b", no_such_item);
	core_probe_done(rig.core, rig.now_ms, 1, 0);
	rig_expect(&rig, "applied:c@2=delivered applied:a@0=gone");
	rig_offer(&rig, known("d", 3));
	rig_offer(&rig, known("e", 4));
	rig_expect(&rig, "update:d update:e");
	rig_answer(&rig, "d", no_such_item);
	rig_answer(&rig, "e", no_such_item);
	rig_expect(&rig, "");
	rig_wake(&rig);
	assert_int_equal(rig.now_ms, 1001000); /* a second after the first */
	rig_expect(&rig, "probe");
	core_probe_done(rig.core, rig.now_ms, 1, 0);
	rig_expect(&rig, "applied:b@1=gone applied:d@3=gone applied:e@4=gone");
	assert_int_equal(core_deadline(rig.core, rig.now_ms), -1);
	rig_stop(&rig);
}

static void
a_site_where_nothing_is_there_is_stopped(void **state)
{
	struct core_record b = known("b", 1);

	(void)state;
	start(CORE_TIER_FIND);
	b.want = CORE_WITHDRAWN;
	rig_offer(&rig, known("a", 0));
	rig_offer(&rig, b);
	rig_expect(&rig, "update:a remove:b");
	rig_answer(&rig, "a", no_such_item);
	rig_expect(&rig, "probe");
	rig_answer(&rig, "b",
	    (struct core_answer){
		.result = CORE_STOP, .becomes = CORE_OK, .is_doubted = 1});
	core_probe_done(rig.core, rig.now_ms, 0, 0);
	rig_expect(&rig, "pause state=2");
	rig_wake(&rig);
	rig_expect(&rig, "probe");
	core_probe_done(rig.core, rig.now_ms, 1, 0);
	rig_expect(&rig, "resume update:a remove:b state=0");
	rig_say(&rig, "a", CORE_OK);
	rig_say(&rig, "b", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered applied:b@1=delete");
	rig_stop(&rig);
}

static void
breaker_lets_one_through(void **state)
{
	static const char *const keys[] = {"a", "b", "c", "d"};

	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.breaker_failures = 4;
	rig_start(&rig);
	for (int i = 0; i < 4; i++)
		rig_offer(&rig, rig_record(keys[i], i, 'x'));
	rig_expect(&rig, "put:a put:b put:c put:d");
	for (int i = 0; i < 4; i++)
		rig_say(&rig, keys[i], CORE_RETRY);
	rig_expect(&rig, "state=3");
	rig_wait(&rig, 2000);
	rig_offer(&rig, rig_record("e", 4, 'x'));
	core_next(rig.core, rig.now_ms, &rig.a);
	assert_int_equal(rig.a.act, CORE_CALL);
	rig_expect(&rig, "");
	core_answer(rig.core, rig.now_ms, rig.a.id,
	    &(struct core_answer){.result = CORE_OK});
	rig_stop(&rig);
}

/* All that may go at once, each answered after LATENCY_MS with A; how many. */
static int
round_of(int64_t latency_ms, struct core_answer a)
{
	static int64_t offset;
	uint64_t ids[64];
	char key[24];
	int n = 0;

	rig_wait(&rig, 1);
	for (int i = 0; i < 16; i++) {
		snprintf(key, sizeof(key), "k%d", (int)offset);
		rig_offer(&rig, rig_record(key, offset++, 'x'));
	}
	while (core_next(rig.core, rig.now_ms, &rig.a))
		if (rig.a.act == CORE_CALL)
			ids[n++] = rig.a.id;
		else if (rig.a.act == CORE_DONE)
			rig.n_payloads--;
	rig_wait(&rig, latency_ms);
	a.latency_ms = latency_ms;
	for (int i = 0; i < n; i++)
		core_answer(rig.core, rig.now_ms, ids[i], &a);
	return n;
}

static void
fewer_at_once_while_the_site_is_slow(void **state)
{
	const struct core_answer ok = {.result = CORE_OK};
	int n = 0;

	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.in_flight = 16;
	rig.conf.outstanding_max = 100000;
	rig_start(&rig);
	for (int i = 0; i < 10; i++)
		assert_int_equal(round_of(200, ok), 16);
	/* Up to twice the usual is no slowness. */
	for (int i = 0; i < 10; i++)
		assert_int_equal(round_of(390, ok), 16);
	for (int i = 0; i < 8; i++)
		n = round_of(4000, ok);
	assert_in_range(n, 1, 5);
	for (int i = 0; i < 8; i++)
		n = round_of(200, ok);
	assert_int_equal(n, 16);
	/* Slower for good: not held back for good. */
	for (int i = 0; i < 200; i++)
		n = round_of(4000, ok);
	assert_int_equal(n, 16);
	rig_stop(&rig);
}

static void
half_at_once_when_it_is_too_much(void **state)
{
	const struct core_answer ok = {.result = CORE_OK};
	const struct core_answer busy = {
	    .result = CORE_RETRY, .is_overload = 1};
	const struct core_answer silent = {.result = CORE_UNKNOWN};
	struct core_pace pace;
	int n = 0;

	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.in_flight = 16;
	rig.conf.outstanding_max = 100000;
	rig.conf.breaker_failures = 0;
	rig_start(&rig);
	assert_int_equal(round_of(200, ok), 16);
	assert_int_equal(round_of(200, busy), 16);
	/* All of one burst say the same: it counts once. */
	assert_int_equal(round_of(200, busy), 8);
	assert_int_equal(round_of(200, ok), 4);
	assert_int_equal(
	    round_of(rig.conf.timeout_ms, silent), 6); /* 4 + root of 4 */
	assert_int_equal(round_of(200, silent), 3);    /* reset: not slow */
	core_pace(rig.core, &pace);
	assert_int_equal(pace.window, 3);
	for (int i = 0; i < 10; i++)
		n = round_of(200, ok);
	assert_int_equal(n, 16);
	rig_stop(&rig);
}

static void
a_quiet_time_does_not_widen(void **state)
{
	const struct core_answer busy = {
	    .result = CORE_RETRY, .is_overload = 1};
	int64_t offset = 100000;
	struct core_pace pace;

	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.in_flight = 64;
	rig_start(&rig);
	assert_int_equal(round_of(200, busy), 16);
	core_pace(rig.core, &pace);
	assert_int_equal(pace.window, 32);
	/* One at a time tells nothing about thirty at once. */
	for (int i = 0; i < 200; i++) {
		rig_offer(&rig, rig_record("one", offset++, (char)(i + 1)));
		while (core_next(rig.core, rig.now_ms, &rig.a))
			if (rig.a.act == CORE_CALL)
				core_answer(rig.core, rig.now_ms, rig.a.id,
				    &(struct core_answer){
					.result = CORE_OK, .latency_ms = 10});
			else if (rig.a.act == CORE_DONE)
				rig.n_payloads--;
		core_pace(rig.core, &pace);
		assert_int_equal(pace.window, 32);
	}
	rig_stop(&rig);
}

static void
rate_is_kept(void **state)
{
	char key[8] = "k00";
	int sent = 0;

	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.rate_per_s = 5;
	rig.conf.in_flight = 64;
	rig_start(&rig);
	for (int i = 0; i < 20; i++) {
		key[1] = (char)('0' + i / 10);
		key[2] = (char)('0' + i % 10);
		rig_offer(&rig, rig_record(key, i, 'x'));
	}
	while (core_next(rig.core, rig.now_ms, &rig.a))
		sent++;
	assert_int_equal(sent, 5);
	rig_wait(&rig, 1000);
	while (core_next(rig.core, rig.now_ms, &rig.a))
		sent++;
	assert_int_equal(sent, 10);
	rig_stop(&rig);
}

static void
outstanding_pauses_and_half_resumes(void **state)
{
	char key[8] = "k0";

	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.outstanding_max = 4;
	rig.conf.in_flight = 1;
	rig_start(&rig);
	for (int i = 0; i < 4; i++) {
		key[1] = (char)('0' + i);
		rig_offer(&rig, rig_record(key, i, 'x'));
	}
	rig_expect(&rig, "pause put:k0");
	rig_say(&rig, "k0", CORE_OK);
	rig_expect(&rig, "applied:k0@0=delivered put:k1");
	rig_say(&rig, "k1", CORE_OK);
	rig_expect(&rig, "applied:k1@1=delivered put:k2");
	rig_say(&rig, "k2", CORE_OK);
	rig_expect(&rig, "applied:k2@2=delivered resume put:k3");
	rig_stop(&rig);
}

static void
gone_is_not_recreated(void **state)
{
	struct core_record r = rig_record("a", 1, 'y');

	(void)state;
	start(CORE_TIER_FIND);
	rig_row(&r, 0, 'x');
	rig_offer(&rig, r);
	rig_expect(&rig, "update:a");
	rig_say(&rig, "a", CORE_GONE);
	rig_expect(&rig, "applied:a@1=gone");
	r = rig_record("a", 2, 'z');
	r.row.state = CORE_ROW_GONE;
	r.row.offset = 1;
	rig_offer(&rig, r);
	rig_expect(&rig, "applied:a@2=gone");
	rig.conf.on_gone_recreate = 1;
	rig.n_payloads = 0;
	rig_start(&rig);
	rig_offer(&rig, r);
	rig_expect(&rig, "find:a");
	rig_stop(&rig);
}

static void
in_doubt_the_hash_proves_nothing(void **state)
{
	struct core_record r = rig_record("a", 5, 'x');

	(void)state;
	start(CORE_TIER_FIND);
	r.is_doubtful = 1;
	rig_row(&r, 3, 'x');
	rig_offer(&rig, r);
	rig_expect(&rig, "update:a");
	rig_stop(&rig);
}

static void
in_doubt_a_tombstone_is_looked_up(void **state)
{
	struct core_record r = rig_record("a", 5, 0);

	(void)state;
	start(CORE_TIER_FIND);
	r.is_doubtful = 1;
	rig_offer(&rig, r);
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "");
	rig_wake(&rig); /* a create of the old process may land till then */
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "unchanged:a@5=none");
	rig_stop(&rig);
}

static void
hidden_and_shown_again(void **state)
{
	struct core_record r = rig_record("a", 1, 'x');

	(void)state;
	start(CORE_TIER_FIND);
	r.want = CORE_HIDE;
	rig_row(&r, 0, 'x');
	rig_offer(&rig, r);
	rig_expect(&rig, "remove:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "filtered:a@1=hidden");
	r = rig_record("a", 1, 'x');
	r.origin = CORE_AGAIN;
	r.row.state = CORE_ROW_HIDDEN;
	r.row.offset = 1;
	rig_offer(&rig, r);
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "create:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@1=delivered");
	rig_stop(&rig);
}

static void
what_was_compacted_away_is_superseded(void **state)
{
	static const int64_t open[] = {3, 5, 7};
	struct core_counts n;

	(void)state;
	start(CORE_TIER_PUT);
	core_topic(rig.core, 1, 9, open, 3);
	assert_int_equal(core_topic_start(rig.core, 1), 3);
	struct core_record r = rig_record("a", 5, 'x');
	r.topic = 1;
	rig_offer(&rig, r);
	core_read_to(rig.core, 1, 12);
	rig_expect(&rig, "put:a");
	core_counts(rig.core, &n);
	assert_int_equal(n.carried, 3);
	assert_int_equal(n.fates[CORE_SUPERSEDED], 2);
	assert_int_equal(n.pending, 1);
	assert_int_equal(core_topic_start(rig.core, 1), 5);
	rig_stop(&rig);
}

static void
held_sends_nothing(void **state)
{
	(void)state;
	start(CORE_TIER_PUT);
	core_hold(rig.core, rig.now_ms, 1);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "pause state=4");
	core_hold(rig.core, rig.now_ms, 0);
	rig_expect(&rig, "resume put:a state=0");
	rig_stop(&rig);
}

static void
barred_waits_for_release_and_is_parked_meanwhile(void **state)
{
	struct core_record r = rig_record("a", 4, 'y'), s;

	(void)state;
	start(CORE_TIER_FIND);
	rig_row(&r, 3, 'x');
	r.is_barred = 1;
	rig_offer(&rig, r);
	s = rig_record("b", 5, 'x'); /* it changes nothing: no need to wait */
	rig_row(&s, 3, 'x');
	s.is_barred = 1;
	rig_offer(&rig, s);
	rig_offer(&rig, rig_record("c", 6, 'x'));
	rig_expect(&rig, "unchanged:b@5=delivered find:c");
	rig_say(&rig, "c", CORE_NONE);
	rig_expect(&rig, "create:c");
	rig_say(&rig, "c", CORE_OK);
	rig_expect(&rig, "applied:c@6=delivered");
	rig_wake(&rig);
	rig_expect(&rig, "park:a@4");
	r.offset = 7;
	r.want = CORE_WITHDRAWN;
	rig_offer(&rig, r); /* it takes the place of what waits */
	rig_expect(&rig, "");
	core_release(rig.core, rig.now_ms);
	rig_expect(&rig, "remove:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "superseded:a@4=none applied:a@7=delete");
	rig_stop(&rig);
}

static void
below_the_floor_stays_uncreated_after_parking(void **state)
{
	struct core_record r = rig_record("a", 0, 'x');

	(void)state;
	start(CORE_TIER_FIND);
	r.may_create = 0;
	rig_offer(&rig, r);
	rig_expect(&rig, "find:a");
	rig_answer(&rig, "a",
	    (struct core_answer){
		.result = CORE_RETRY, .retry_after_ms = 90000});
	rig_wait(&rig, rig.conf.park_after_ms);
	rig_expect(&rig, "park:a@0");
	rig_wake(&rig);
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "filtered:a@0=delete");
	rig_stop(&rig);
}

static void
resync_judges_again_and_counts_once(void **state)
{
	struct core_record r = rig_record("a", 0, 'x');
	struct core_counts n;

	(void)state;
	start(CORE_TIER_PUT);
	rig_offer(&rig, r);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered");
	r.origin = CORE_RESYNC;
	rig_row(&r, 0, 'x');
	rig_offer(&rig, r);
	r.want = CORE_LEFT;
	rig_offer(&rig, r);
	rig_expect(&rig, "unchanged:a@0=delivered remove:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delete");
	core_counts(rig.core, &n);
	assert_int_equal(n.consumed, 1);
	assert_int_equal(n.fates[CORE_APPLIED], 1);
	assert_int_equal(n.fates[CORE_UNCHANGED], 0);
	rig_stop(&rig);
}

static void
old_poison_is_stale(void **state)
{
	struct core_record r = rig_record("a", 1, 'x');

	(void)state;
	start(CORE_TIER_PUT);
	r.want = CORE_BAD;
	r.origin = CORE_AGAIN;
	rig_row(&r, 4, 'y');
	rig_offer(&rig, r);
	rig_expect(&rig, "stale:a@1=none");
	rig_stop(&rig);
}

static void
a_remove_under_way_is_not_passed_over(void **state)
{
	struct core_record r = rig_record("a", 1, 0);

	(void)state;
	start(CORE_TIER_FIND);
	rig_row(&r, 0, 'x');
	rig_offer(&rig, r);
	rig_expect(&rig, "remove:a");
	rig_say(&rig, "a", CORE_UNKNOWN);
	rig_offer(&rig, rig_record("a", 2, 'y'));
	rig_expect(&rig, "");
	rig_wake(&rig);
	rig_expect(&rig, "remove:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@1=delete find:a");
	rig_stop(&rig);
}

static void
a_late_write_of_an_older_version_is_written_over(void **state)
{
	(void)state;
	start(CORE_TIER_PUT);
	rig_offer(&rig, rig_record("a", 0, 'x'));
	rig_expect(&rig, "put:a");
	rig_offer(&rig, rig_record("a", 1, 'y'));
	rig_say(&rig, "a", CORE_UNKNOWN);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, ""); /* the first one may still land */
	rig_wake(&rig);
	assert_int_equal(rig.now_ms, 1000000 + rig.conf.timeout_ms);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "superseded:a@0=none applied:a@1=delivered");
	rig_stop(&rig);
}

static void
a_row_below_that_is_passed_over_ends_too(void **state)
{
	struct core_record r = rig_record("a", 3, 'x');

	(void)state;
	start(CORE_TIER_PUT);
	r.origin = CORE_RESYNC;
	r.is_doubtful = 1;
	rig_offer(&rig, r);
	rig_expect(&rig, "put:a");
	r.offset = 4;
	rig_offer(&rig, r);
	rig_say(&rig, "a", CORE_RETRY);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "superseded:a@3=none applied:a@4=delivered");
	rig_stop(&rig);
}

static int
is_settled(void)
{
	return core_is_settled(rig.core, rig.now_ms);
}

static void
what_was_answered_is_settled(void **state)
{
	struct core_record r = rig_record("b", 1, 'x');

	(void)state;
	start(CORE_TIER_PUT);
	assert_true(is_settled());
	rig_offer(&rig, rig_record("a", 0, 'x'));
	assert_true(is_settled()); /* it waits, and nothing was sent */
	rig_expect(&rig, "put:a");
	assert_false(is_settled());
	rig_say(&rig, "a", CORE_UNKNOWN);
	assert_false(is_settled());
	rig_wake(&rig);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered");
	assert_false(is_settled()); /* the first one may still land */
	rig_wait(&rig, rig.conf.timeout_ms);
	rig_expect(&rig, "");
	assert_true(is_settled());
	r.is_doubtful = 1;
	rig_offer(&rig, r);
	assert_false(is_settled());
	rig_expect(&rig, "put:b");
	rig_say(&rig, "b", CORE_OK);
	rig_expect(&rig, "applied:b@1=delivered");
	assert_true(is_settled());
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(new_record_is_looked_up_then_created),
	    cmocka_unit_test(put_tier_puts),
	    cmocka_unit_test(found_is_adopted),
	    cmocka_unit_test(row_decides_without_a_call),
	    cmocka_unit_test(below_the_floor_is_adopted_never_created),
	    cmocka_unit_test(newer_replaces_older),
	    cmocka_unit_test(notices_never_replace),
	    cmocka_unit_test(unknown_create_is_looked_up_and_verified),
	    cmocka_unit_test(a_create_does_not_end_a_look_that_is_not_past),
	    cmocka_unit_test(
		a_late_create_of_what_was_removed_there_is_removed_too),
	    cmocka_unit_test(two_with_our_marker_stay_unless_settling),
	    cmocka_unit_test(newer_content_waits_for_a_late_create),
	    cmocka_unit_test(withdrawn_after_an_unknown_create_leaves_nothing),
	    cmocka_unit_test(failing_is_parked_and_goes_on),
	    cmocka_unit_test(parked_full_pauses),
	    cmocka_unit_test(rejected_is_final_once_its_dead_letter_is),
	    cmocka_unit_test(bad_keeps_its_place_in_the_lane),
	    cmocka_unit_test(gives_up_only_while_others_succeed),
	    cmocka_unit_test(what_is_parked_is_given_up_on_over_restarts),
	    cmocka_unit_test(stop_probes_and_comes_back),
	    cmocka_unit_test(one_probe_decides_on_many_that_are_not_there),
	    cmocka_unit_test(a_site_where_nothing_is_there_is_stopped),
	    cmocka_unit_test(breaker_lets_one_through),
	    cmocka_unit_test(fewer_at_once_while_the_site_is_slow),
	    cmocka_unit_test(half_at_once_when_it_is_too_much),
	    cmocka_unit_test(a_quiet_time_does_not_widen),
	    cmocka_unit_test(rate_is_kept),
	    cmocka_unit_test(outstanding_pauses_and_half_resumes),
	    cmocka_unit_test(gone_is_not_recreated),
	    cmocka_unit_test(in_doubt_the_hash_proves_nothing),
	    cmocka_unit_test(in_doubt_a_tombstone_is_looked_up),
	    cmocka_unit_test(hidden_and_shown_again),
	    cmocka_unit_test(what_was_compacted_away_is_superseded),
	    cmocka_unit_test(held_sends_nothing),
	    cmocka_unit_test(barred_waits_for_release_and_is_parked_meanwhile),
	    cmocka_unit_test(below_the_floor_stays_uncreated_after_parking),
	    cmocka_unit_test(resync_judges_again_and_counts_once),
	    cmocka_unit_test(old_poison_is_stale),
	    cmocka_unit_test(a_remove_under_way_is_not_passed_over),
	    cmocka_unit_test(a_late_write_of_an_older_version_is_written_over),
	    cmocka_unit_test(a_row_below_that_is_passed_over_ends_too),
	    cmocka_unit_test(what_was_answered_is_settled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
