/* links: services/connector/own.c services/connector/boot.c */
/* links: services/connector/txn.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "bus/admin.h"
#include "bus/bus.h"
#include "connector/env.h"
#include "connector/own.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "store/state.h"

#define TOPIC "tw.events.mag"

/* --- a catalog that answers what a listing says it does --------------------
 */

static int n_asked;

void
catalog_ask(struct catalog *c, const char *topic, int64_t wall_ms)
{
	(void)c, (void)wall_ms;
	assert_string_equal(topic, TOPIC);
	n_asked++;
}

int64_t
catalog_answer(jv listing, const char *topic, int64_t wall_ms)
{
	(void)topic, (void)wall_ms;
	return json_int(listing, "answer", -1);
}

/* --- the stage ------------------------------------------------------------ */

static char file[64];
static struct connection_publish entry;
static struct connection conf;
static struct txn txn;
static struct env env = {.conf = &conf, .txn = &txn};
static struct bus_conf bus;
static struct own *o;

static int
set_up(void **state)
{
	static char id[] = "mag-web", member[] = "mag", ns[] = "web";
	static int catalog;
	struct err err = {0};

	(void)state;
	snprintf(file, sizeof(file), "/tmp/test_own.%d", (int)getpid());
	entry = (struct connection_publish){.into = RECORD_EVENT, .ns = ns};
	conf = (struct connection){
	    .id = id, .member = member, .publish = &entry, .n_publish = 1};
	bus = (struct bus_conf){"127.0.0.1:1", "test", jv_null()};
	env.state = txn.state = state_open(file, &err);
	if (env.state == NULL)
		fail_msg("%s", err.msg);
	o = own_new(&env, &bus, (struct catalog *)(void *)&catalog);
	n_asked = 0;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const ends[] = {"", "-wal", "-lock"};
	char name[80];

	(void)state;
	own_free(o);
	txn_commit(&txn, NULL);
	state_close(env.state);
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", file, ends[i]);
		unlink(name);
	}
	return 0;
}

static void
listed(const char *listing)
{
	struct err err = {0};
	jv v = jv_parse(listing);

	assert_int_equal(own_listed(o, v, &err), 0);
	jv_free(v);
}

/* --- the tests ------------------------------------------------------------ */

static void
a_question_that_nobody_answers_is_asked_again(void **state)
{
	(void)state;
	own_ask(o, TOPIC);
	assert_int_equal(n_asked, 1);
	assert_int_equal(own_known(o, TOPIC), -1);
	/* Its leader was asked, and did not answer in time. */
	listed("{\"topics\":{\"" TOPIC "\":{\"low\":0,\"high\":0}}}");
	assert_int_equal(n_asked, 2);
	assert_int_equal(own_known(o, TOPIC), -1);
	/* Nobody leads it. */
	listed("{\"topics\":{\"" TOPIC "\":{}}}");
	assert_int_equal(n_asked, 3);
	assert_int_equal(own_known(o, TOPIC), -1);
	listed("{\"answer\":0,"
	       "\"topics\":{\"" TOPIC "\":{\"low\":0,\"high\":0}}}");
	assert_int_equal(n_asked, 3);
	assert_int_equal(own_known(o, TOPIC), 0);
}

static void
a_topic_that_is_not_there_holds_nothing(void **state)
{
	(void)state;
	own_ask(o, TOPIC);
	listed("{\"topics\":{}}");
	assert_int_equal(own_known(o, TOPIC), 0);
}

static void
a_log_made_anew_is_not_known_before_it_is_read(void **state)
{
	(void)state;
	assert_int_equal(txn_need(&txn, NULL), 0);
	assert_int_equal(
	    state_set_value(env.state, "mag-web", "own." TOPIC, "9", NULL), 0);
	listed("{\"topics\":{\"" TOPIC "\":{\"low\":0,\"high\":9}}}");
	own_ask(o, TOPIC);
	listed("{\"answer\":0,"
	       "\"topics\":{\"" TOPIC "\":{\"low\":0,\"high\":4}}}");
	assert_int_equal(own_known(o, TOPIC), -1);
}

static void
what_was_written_since_a_listing_does_not_make_a_log_anew(void **state)
{
	char newer[160];

	(void)state;
	listed("{\"topics\":{\"" TOPIC "\":{\"low\":0,\"high\":0}}}");
	own_acked(o, TOPIC, 0);
	own_acked(o, TOPIC, 1);
	assert_int_equal(own_known(o, TOPIC), 2);
	listed("{\"begun\":1,"
	       "\"topics\":{\"" TOPIC "\":{\"low\":0,\"high\":1}}}");
	assert_int_equal(own_known(o, TOPIC), 2);
	snprintf(newer, sizeof(newer),
	    "{\"begun\":%lld,"
	    "\"topics\":{\"" TOPIC "\":{\"low\":0,\"high\":1}}}",
	    (long long)clock_wall_ms() + 1);
	listed(newer);
	assert_int_equal(own_known(o, TOPIC), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_question_that_nobody_answers_is_asked_again, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		a_topic_that_is_not_there_holds_nothing, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_log_made_anew_is_not_known_before_it_is_read, set_up,
		tear_down),
	    cmocka_unit_test_setup_teardown(
		what_was_written_since_a_listing_does_not_make_a_log_anew,
		set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
