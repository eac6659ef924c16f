/* links: tests/unit/core_rig.c */
/* links: services/connector/core.c services/connector/advance.c */
/* links: services/connector/outcome.c services/connector/ledger.c */
/* links: services/connector/decide.c services/connector/lane.c */
/* links: services/connector/gate.c services/connector/position.c */
/* links: services/connector/intake.c services/connector/window.c */
/* Goal of these tests: what the simulation and the failure list found about
 * order, doubt and bounds, each as the few steps that show it. */
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

/* A remove of the lost log may have gone out after the row was written. */
static void
a_row_of_another_cluster_proves_nothing(void **state)
{
	struct core_record r = rig_record("a", 5, 'x');

	(void)state;
	start(CORE_TIER_PUT);
	r.is_doubtful = 1;
	rig_row(&r, -1, 'x');
	rig_offer(&rig, r);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@5=delivered");
	rig_stop(&rig);
}

/* Its key is spent: a repeat of the newer version would do nothing. */
static void
a_late_update_lands_before_the_newer_version(enum core_tier tier)
{
	struct core_record r = rig_record("a", 1, 'x');

	start(tier);
	rig_row(&r, 0, 'w');
	rig_offer(&rig, r);
	rig_expect(&rig, "update:a");
	r = rig_record("a", 2, 'y');
	rig_row(&r, 0, 'w');
	rig_offer(&rig, r);
	rig_say(&rig, "a", CORE_UNKNOWN);
	rig_expect(&rig, "");
	rig_wake(&rig);
	assert_true(rig.now_ms >= 1000000 + rig.conf.timeout_ms);
	rig_expect(&rig, "update:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "superseded:a@1=none applied:a@2=delivered");
	rig_stop(&rig);
}

static void
keyed_waits_for_a_late_update(void **state)
{
	(void)state;
	a_late_update_lands_before_the_newer_version(CORE_TIER_KEYED);
}

static void
post_waits_for_a_late_update(void **state)
{
	(void)state;
	a_late_update_lands_before_the_newer_version(CORE_TIER_POST);
}

/* A row holds one version. */
static void
behind_a_barred_one_nothing_is_parked(void **state)
{
	struct core_record r = rig_record("a", 4, 'y');

	(void)state;
	start(CORE_TIER_PUT);
	r.is_barred = 1;
	r.is_state = 0;
	rig_row(&r, 3, 'x');
	rig_offer(&rig, r);
	r.offset = 5;
	memset(r.hash, 'z', sizeof(r.hash));
	rig_offer(&rig, r);
	rig_expect(&rig, "");
	rig_wait(&rig, rig.conf.park_after_ms);
	rig_expect(&rig, "park:a@4");
	rig_wait(&rig, 2 * rig.conf.park_after_ms);
	rig_expect(&rig, "");
	core_release(rig.core, rig.now_ms);
	rig_expect(&rig, "put:a");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "applied:a@4=delivered put:a");
	rig_stop(&rig);
}

/* Its row stands until the newer one writes its own: a crash before that finds
 * it, and must not count it again. */
static void
a_replay_behind_a_newer_version_ends_with_it(void **state)
{
	struct core_record r = rig_parked("a", 1, 'x');

	(void)state;
	start(CORE_TIER_PUT);
	rig_offer(&rig, rig_record("a", 5, 'y'));
	rig_expect(&rig, "put:a");
	rig_offer(&rig, r);
	rig_expect(&rig, "");
	rig_say(&rig, "a", CORE_OK);
	rig_expect(&rig, "superseded:a@1=none applied:a@5=delivered");
	rig_stop(&rig);
}

/* Each message that cannot be read begets two actions, and a shell that takes
 * one for each that it reads is never done. */
static void
poison_pauses_though_actions_wait(void **state)
{
	enum { MOST = 50 };
	char key[16];
	int n = 0;

	(void)state;
	start(CORE_TIER_PUT);
	rig.conf.outstanding_max = MOST;
	rig_start(&rig);
	for (; n < 10 * MOST && !core_is_paused(rig.core); n++) {
		struct core_record r;

		snprintf(key, sizeof(key), "k%d", n);
		r = rig_record(key, n, 'x');
		r.want = CORE_BAD;
		rig_offer(&rig, r);
		if (!core_next(rig.core, rig.now_ms, &rig.a))
			continue;
		if (rig.a.act == CORE_DONE)
			rig.n_payloads--;
		if (rig.a.act == CORE_DEAD)
			core_dead_done(rig.core, rig.now_ms, rig.a.id, 1);
	}
	assert_true(n <= 2 * MOST + 1);
	rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_row_of_another_cluster_proves_nothing),
	    cmocka_unit_test(keyed_waits_for_a_late_update),
	    cmocka_unit_test(post_waits_for_a_late_update),
	    cmocka_unit_test(behind_a_barred_one_nothing_is_parked),
	    cmocka_unit_test(a_replay_behind_a_newer_version_ends_with_it),
	    cmocka_unit_test(poison_pauses_though_actions_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
