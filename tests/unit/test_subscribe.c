/* links: services/connector/core.c services/connector/advance.c */
/* links: services/connector/outcome.c services/connector/ledger.c */
/* links: services/connector/decide.c services/connector/lane.c */
/* links: services/connector/gate.c services/connector/position.c */
/* links: services/connector/window.c services/connector/intake.c */
/* links: services/connector/subscribe.c services/connector/survey.c */
/* links: services/connector/subscribe_hold.c services/connector/plan.c */
/* links: services/connector/subscribe_shown.c services/connector/hidden.c */
/* links: services/connector/subscribe_restore.c */
/* links: services/connector/subscribe_resync.c */
/* links: services/connector/subscribe_survey.c */
/* links: services/connector/subscribe_topics.c */
/* links: services/connector/subscribe_save.c */
/* links: services/connector/judge.c services/connector/item.c */
/* links: services/connector/parcel.c services/connector/label.c */
/* links: services/connector/rows.c services/connector/txn.c */
/* links: services/connector/told.c services/connector/receipt.c */
/* links: services/connector/receipts.c services/connector/resync.c */
/* links: services/connector/exchange.c */
/* links: services/connector/exchange_judge.c services/connector/answer.c */
/* links: services/connector/deadletter.c services/connector/letter.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "bus/bus.h"
#include "connector/env.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "map/program.h"
#include "store/state.h"

#define TOPIC "tw.events.mag"

static const char yaml[] =
    "connection: site\nmember: volgograd\nuses: rest\n"
    "system: {base_url: 'https://www.example.org/api/'}\n"
    "subscribe: [{topics: 'tw.events.*'}]\n";

static char file[64], yaml_file[80];
static struct connections list;
static struct txn txn;
static struct env env = {.txn = &txn};
static struct subscribe *s;

static void
load(void)
{
	const char *const files[] = {yaml_file};
	struct buf errors = {0};
	FILE *f = fopen(yaml_file, "w");

	assert_non_null(f);
	fputs(yaml, f);
	fclose(f);
	if (connections_load(files, 1, "deploy/connectors", &list, &errors) !=
	    0)
		fail_msg("%s", errors.data);
	buf_free(&errors);
}

static int
set_up(void **state)
{
	struct err err = {0};

	(void)state;
	snprintf(file, sizeof(file), "/tmp/test_subscribe.%d", (int)getpid());
	snprintf(yaml_file, sizeof(yaml_file), "%s.yaml", file);
	load();
	env.conf = &list.list[0];
	env.state = txn.state = state_open(file, &err);
	if (env.state == NULL)
		fail_msg("%s", err.msg);
	s = subscribe_new(&env, 100, 1000);
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const ends[] = {"", "-wal", "-lock", ".yaml"};
	char name[80];

	(void)state;
	subscribe_free(s);
	txn_commit(&txn, NULL);
	state_close(env.state);
	connections_fini(&list);
	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s%s", file, ends[i]);
		unlink(name);
	}
	return 0;
}

/* A withdrawal, which needs no schema. */
static void
came(int64_t offset, const char *key)
{
	const struct bus_message m = {.topic = TOPIC,
	    .offset = offset,
	    .timestamp_ms = 1,
	    .key = key,
	    .key_size = strlen(key)};
	struct err err = {0};

	assert_int_equal(subscribe_message(s, &m, 1000, &err), 1);
}

/* A broker that has just started knows of no topic yet, or a right is missing
 * for a moment. */
static void
a_first_reading_that_is_broken_off_loses_nothing(void **state)
{
	const struct subscribe_topic t = {
	    .name = TOPIC, .doubt_end = INT64_MAX, .is_backlog = 1};
	struct err err = {0};
	int64_t start, again = -1;

	(void)state;
	assert_int_equal(subscribe_topic(s, &t, &start, &err), 0);
	assert_int_equal(start, 0);
	came(0, "web.1@mag");
	came(1, "web.2@mag");
	subscribe_unread(s, TOPIC);
	subscribe_unread(s, TOPIC); /* says so each second */
	came(2, "web.3@mag");
	assert_int_equal(subscribe_end(s, TOPIC, 3, &again), 1);
	assert_int_equal(again, 0);
	came(0, "web.1@mag");
	came(1, "web.2@mag");
	came(2, "web.3@mag");
	assert_int_equal(subscribe_end(s, TOPIC, 3, &again), 0);
	assert_int_equal(subscribe_pending(s), 3);
}

static void
a_topic_that_cannot_be_read_holds_up_no_other(void **state)
{
	const struct subscribe_topic t = {
	    .name = TOPIC, .doubt_end = INT64_MAX, .is_backlog = 1};
	struct err err = {0};
	int64_t start, again;

	(void)state;
	subscribe_look_again(s, "web.1@mag");
	assert_int_equal(subscribe_topic(s, &t, &start, &err), 0);
	assert_int_equal(subscribe_deadline(s, 1000), -1);
	subscribe_unread(s, TOPIC);
	assert_true(subscribe_deadline(s, 1000) >= 1000);
	assert_int_equal(subscribe_end(s, TOPIC, 0, &again), 0);
	assert_true(subscribe_deadline(s, 1000) >= 1000);
}

/* Of a topic that nobody leads. */
static void
what_waits_of_a_topic_that_is_not_read_is_pending(void **state)
{
	static const int64_t open[] = {3, 4};
	const struct state_position p = {TOPIC, 5, 0, 1, open, 2};
	const struct state_row row = {.key = "web.1@mag",
	    .topic = TOPIC,
	    .offset = 1,
	    .state = STATE_PARKED};
	const struct subscribe_topic t = {.name = TOPIC, .is_backlog = 1};
	struct err err = {0};
	int64_t start;

	(void)state;
	assert_int_equal(state_put_position(env.state, "site", &p, &err), 0);
	assert_int_equal(
	    state_put(env.state, "site", STATE_SUBSCRIBED, &row, &err), 0);
	assert_int_equal(subscribe_restore(s, 1000, 1000, &err), 0);
	assert_int_equal(subscribe_pending(s), 3);
	assert_int_equal(subscribe_topic(s, &t, &start, &err), 0);
	assert_int_equal(start, 3);
	assert_int_equal(subscribe_restore_late(s, &err), 0);
	assert_int_equal(subscribe_pending(s), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_first_reading_that_is_broken_off_loses_nothing, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		a_topic_that_cannot_be_read_holds_up_no_other, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		what_waits_of_a_topic_that_is_not_read_is_pending, set_up,
		tear_down),
	};

	program_sandbox();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
