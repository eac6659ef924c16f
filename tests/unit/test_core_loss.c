/* links: tests/unit/core_rig.c */
/* links: services/connector/core.c services/connector/advance.c */
/* links: services/connector/outcome.c services/connector/ledger.c */
/* links: services/connector/decide.c services/connector/lane.c */
/* links: services/connector/gate.c services/connector/position.c */
/* links: services/connector/intake.c services/connector/window.c */
/* Goal of these tests: what the core does without its state file: receipts
 * stand in for rows, and old versions in the log are passed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

/* A record read again, whose receipt says STATE at TOLD. */
static struct core_record
again(int64_t offset, char c, enum core_row_state state, int64_t told)
{
	struct core_record r = rig_record("a", offset, c);

	r.is_doubtful = 1;
	r.row.state = state;
	r.row.offset = told;
	r.row.is_told = 1;
	return r;
}

static void
delivered_by_its_receipt_needs_no_put(void **state)
{
	(void)state;
	start(CORE_TIER_PUT);
	rig_offer(&rig, again(3, 'x', CORE_ROW_DELIVERED, 5));
	rig_offer(&rig, again(5, 'y', CORE_ROW_DELIVERED, 5));
	rig_expect(&rig, "stale:a@3=none unchanged:a@5=delivered");
	rig_offer(&rig, again(7, 'z', CORE_ROW_DELIVERED, 5));
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@7=delivered");
	rig_stop(&rig);
}

static void
delivered_by_its_receipt_is_looked_up_and_kept_as_it_is(void **state)
{
	struct core_answer edited = {.result = CORE_FOUND, .n_items = 1};

	(void)state;
	start(CORE_TIER_FIND);
	rig_offer(&rig, again(5, 'y', CORE_ROW_DELIVERED, 5));
	rig_expect(&rig, "find:a");
	rig_answer(&rig, "a", edited);
	rig_expect(&rig, "unchanged:a@5=delivered+verify");
	rig_stop(&rig);
}

static void
refused_by_its_receipt_is_not_sent_again(void **state)
{
	struct core_record bad = again(5, 'y', CORE_ROW_REFUSED, 5);

	(void)state;
	start(CORE_TIER_PUT);
	rig_offer(&rig, again(5, 'y', CORE_ROW_REFUSED, 5));
	rig_expect(&rig, "dead:a@5=refused");
	bad.key = "b";
	bad.offset = bad.row.offset = 6;
	bad.want = CORE_BAD;
	rig_offer(&rig, bad);
	rig_expect(&rig, "dead:b@6=refused");
	rig_stop(&rig);
}

static void
refused_by_its_receipt_is_looked_up_for_a_twin_of_the_version_before(
    void **state)
{
	struct core_answer twins = {
	    .result = CORE_FOUND, .n_items = 2, .is_twin_equal = 1};

	(void)state;
	start(CORE_TIER_FIND);
	rig_offer(&rig, again(5, 'y', CORE_ROW_REFUSED, 5));
	rig_expect(&rig, "find:a");
	rig_answer(&rig, "a", twins);
	rig_expect(&rig, "remove_twin:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "find:a");
	rig_answer(&rig, "a",
	    (struct core_answer){.result = CORE_FOUND, .n_items = 1});
	/* One more may land: the look that was due is due again. */
	rig_expect(&rig, "dead:a@5=refused+verify");
	rig_stop(&rig);
}

static void
what_cannot_be_read_is_looked_up_for_a_twin_of_the_version_told(void **state)
{
	struct core_record r = again(5, 'y', CORE_ROW_DELIVERED, 3);

	(void)state;
	start(CORE_TIER_FIND);
	r.want = CORE_BAD;
	rig_offer(&rig, r);
	rig_expect(&rig, "find:a");
	rig_say(&rig, "a", CORE_NONE);
	rig_expect(&rig, "dead:a@5");
	rig_dead(&rig, 1);
	rig_expect(&rig, "dead:a@5=refused");
	rig_stop(&rig);
}

static void
removed_by_its_receipt_is_not_removed_again(void **state)
{
	struct core_record r = again(5, 0, CORE_ROW_NONE, 5);

	(void)state;
	start(CORE_TIER_PUT);
	rig_offer(&rig, again(3, 'x', CORE_ROW_NONE, 5));
	r.want = CORE_WITHDRAWN;
	rig_offer(&rig, r);
	rig_expect(&rig, "stale:a@3=none unchanged:a@5=none");
	rig_stop(&rig);
}

static void
outdated_is_passed_over(void **state)
{
	struct core_record r = rig_record("a", 3, 'x');

	(void)state;
	start(CORE_TIER_PUT);
	r.is_doubtful = r.is_outdated = 1;
	rig_offer(&rig, r);
	rig_expect(&rig, "superseded:a@3=none");
	assert_true(core_leaves_late(rig.core, rig.now_ms));
	r = rig_record("a", 4, 'y');
	r.is_doubtful = 1;
	rig_offer(&rig, r);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	/* The old one may still land: it is written over. */
	rig_expect(&rig, "");
	rig_wake(&rig);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@4=delivered");
	assert_false(core_leaves_late(rig.core, rig.now_ms));
	rig_stop(&rig);
}

static void
what_was_passed_over_may_land_after_a_restart_too(void **state)
{
	struct core_record r = rig_record("a", 4, 'y');

	(void)state;
	rig_init(&rig);
	rig.conf.tier = CORE_TIER_PUT;
	rig.conf.leaves_late = 1;
	rig_start(&rig);
	r.is_doubtful = 1;
	rig_offer(&rig, r);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "");
	rig_wake(&rig);
	rig_expect(&rig, "put:a");
	rig_stop(&rig);
}

static void
an_outdated_parked_one_ends_with_the_newer(void **state)
{
	struct core_record r = rig_parked("a", 3, 'x');

	(void)state;
	start(CORE_TIER_PUT);
	r.is_outdated = 1;
	rig_offer(&rig, r);
	rig_expect(&rig, "");
	r = rig_record("a", 4, 'y');
	rig_offer(&rig, r);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "");
	rig_wake(&rig);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "superseded:a@3=none applied:a@4=delivered");
	rig_stop(&rig);
}

static void
an_outdated_parked_one_goes_on_if_the_newer_is_not_for_here(void **state)
{
	struct core_record r = rig_parked("a", 3, 'x');

	(void)state;
	start(CORE_TIER_PUT);
	r.is_outdated = 1;
	rig_offer(&rig, r);
	r = rig_record("a", 4, 'y');
	r.want = CORE_SKIP;
	rig_offer(&rig, r);
	rig_expect(&rig, "filtered:a@4=none put:a");
	rig_stop(&rig);
}

static void
an_outdated_parked_one_does_not_wait_for_an_approval_that_was_given(
    void **state)
{
	struct core_record r = rig_parked("a", 3, 'x');

	(void)state;
	start(CORE_TIER_PUT);
	r.is_outdated = r.is_barred = 1;
	rig_offer(&rig, r);
	core_release(rig.core, rig.now_ms);
	r = rig_record("a", 4, 'y');
	r.want = CORE_SKIP;
	rig_offer(&rig, r);
	rig_expect(&rig, "filtered:a@4=none put:a");
	rig_stop(&rig);
}

/* Its row says so, or the next start would take it up and count it again. */
static void
a_parked_one_that_is_not_taken_any_more_is_refused(void **state)
{
	struct core_record r = rig_parked("a", 3, 'x');

	(void)state;
	start(CORE_TIER_FIND);
	r.want = CORE_SKIP;
	rig_offer(&rig, r);
	rig_expect(&rig, "filtered:a@3=refused");
	rig_stop(&rig);
}

/* Parked payloads are bounded by what they weigh, too. */
static void
parked_bytes_pause(void **state)
{
	struct core_record r = rig_record("a", 0, 'x');

	(void)state;
	rig_init(&rig);
	rig.conf.tier = CORE_TIER_PUT;
	rig.conf.breaker_failures = 0;
	rig.conf.parked_bytes_max = 100;
	rig_start(&rig);
	r.bytes = 100;
	rig_offer(&rig, r);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_RETRY);
	rig_wait(&rig, rig.conf.park_after_ms);
	rig_expect(&rig, "park:a@0 pause put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@0=delivered resume");
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(delivered_by_its_receipt_needs_no_put),
	    cmocka_unit_test(
		an_outdated_parked_one_does_not_wait_for_an_approval_that_was_given),
	    cmocka_unit_test(
		a_parked_one_that_is_not_taken_any_more_is_refused),
	    cmocka_unit_test(parked_bytes_pause),
	    cmocka_unit_test(
		delivered_by_its_receipt_is_looked_up_and_kept_as_it_is),
	    cmocka_unit_test(refused_by_its_receipt_is_not_sent_again),
	    cmocka_unit_test(
		refused_by_its_receipt_is_looked_up_for_a_twin_of_the_version_before),
	    cmocka_unit_test(
		what_cannot_be_read_is_looked_up_for_a_twin_of_the_version_told),
	    cmocka_unit_test(removed_by_its_receipt_is_not_removed_again),
	    cmocka_unit_test(outdated_is_passed_over),
	    cmocka_unit_test(what_was_passed_over_may_land_after_a_restart_too),
	    cmocka_unit_test(an_outdated_parked_one_ends_with_the_newer),
	    cmocka_unit_test(
		an_outdated_parked_one_goes_on_if_the_newer_is_not_for_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
