/* links: services/connector/receipts.c services/connector/txn.c */
/* links: services/connector/receipt.c */
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
#include "base/json.h"
#include "connector/env.h"
#include "connector/receipts.h"
#include "connector/txn.h"
#include "event/codec.h"
#include "event/keys.h"
#include "event/schema.h"
#include "map/connection.h"
#include "store/state.h"
#include "wire/writer.h"

static struct {
	char key[64], record[256]; /* as JSON */
	writer_done *done;
	void *ctx;
} sent[600];
static size_t n_sent;

int
writer_send_avro(struct writer *w, const struct writer_bytes *bytes,
    writer_done *done, void *ctx, struct err *err)
{
	const struct schema *schema =
	    schema_builtin(record_type_schema(bytes->type));
	struct buf text = {0};
	jv record;

	(void)w;
	assert_int_equal(
	    codec_decode(schema, NULL, bytes->data, bytes->size, &record, err),
	    0);
	json_canonical(record, &text);
	jv_free(record);
	snprintf(sent[n_sent].key, sizeof(sent[0].key), "%s", bytes->key);
	snprintf(sent[n_sent].record, sizeof(sent[0].record), "%s", text.data);
	buf_free(&text);
	sent[n_sent].done = done;
	sent[n_sent++].ctx = ctx;
	return 1;
}

/* --- the stage ------------------------------------------------------------ */

static char file[64];
static struct connection conf;
static struct txn txn;
static struct env env = {.conf = &conf, .txn = &txn};
static struct receipts *r;
static int64_t now;

static void
start(void)
{
	struct err err = {0};

	env.state = txn.state = state_open(file, &err);
	if (env.state == NULL)
		fail_msg("%s", err.msg);
	txn.is_open = 0;
	r = env.receipts = receipts_new(&env);
	n_sent = 0;
}

/* As a process that is killed: what is not committed is lost. */
static void
stop(void)
{
	receipts_free(r);
	state_close(env.state);
}

static int
set_up(void **state)
{
	static char id[] = "mag-web", member[] = "mag";

	(void)state;
	snprintf(file, sizeof(file), "/tmp/test_receipts.%d", (int)getpid());
	conf = (struct connection){.id = id, .member = member};
	now = 1000;
	start();
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const ends[] = {"", "-wal", "-lock"};
	char name[80];

	(void)state;
	stop();
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", file, ends[i]);
		unlink(name);
	}
	return 0;
}

static void
deliver(const char *key, int64_t offset)
{
	const struct state_row row = {.key = key,
	    .topic = "tw.events.volgograd",
	    .offset = offset,
	    .state = STATE_DELIVERED,
	    .receipt_due = 1,
	    .since_ms = now};

	assert_int_equal(txn_need(&txn, NULL), 0);
	assert_int_equal(receipts_put(&env, STATE_SUBSCRIBED, &row, NULL), 0);
}

static void
turn(void)
{
	now += 1000;
	assert_int_equal(receipts_step(r, now, now, NULL), 0);
}

static void
commit(void)
{
	assert_int_equal(txn_commit(&txn, NULL), 1);
	assert_int_equal(receipts_committed(r, now, NULL), 0);
}

static void
acknowledge(void)
{
	for (size_t i = 0; i < n_sent; i++)
		sent[i].done(sent[i].ctx, (int64_t)i, NULL);
	n_sent = 0;
}

static int64_t
is_due(const char *key)
{
	struct state_row row;

	assert_int_equal(
	    state_get(env.state, "mag-web", STATE_SUBSCRIBED, key, &row, NULL),
	    1);
	return row.receipt_due;
}

/* --- what is told --------------------------------------------------------- */

static void
only_what_is_committed_is_told(void **state)
{
	(void)state;
	deliver("a", 1);
	turn();
	assert_int_equal(n_sent, 0);
	/* The commit is waited for, not the clock. */
	assert_int_equal(receipts_deadline(r), -1);
	commit();
	assert_int_equal(receipts_deadline(r), 0);
	turn();
	assert_int_equal(n_sent, 1);
	assert_string_equal(sent[0].key, "mag-web|a");
	/* Its acknowledgement comes by itself. */
	assert_int_equal(receipts_deadline(r), -1);
}

static void
what_comes_while_others_are_told_waits_for_its_own_commit(void **state)
{
	(void)state;
	deliver("a", 1);
	commit();
	turn();
	deliver("b", 2);
	acknowledge();
	turn(); /* settles the first one, in the transaction of the second */
	turn();
	assert_int_equal(n_sent, 0);
	assert_int_equal(is_due("a"), 0);
	commit();
	turn();
	assert_int_equal(n_sent, 1);
	assert_string_equal(sent[0].key, "mag-web|b");
}

static void
a_commit_too_soon_after_the_last_is_made_up_for(void **state)
{
	(void)state;
	deliver("a", 1);
	commit();
	turn();
	acknowledge();
	assert_int_equal(receipts_step(r, now, now, NULL), 0);
	commit();
	deliver("b", 2);
	commit();
	assert_int_equal(receipts_step(r, now, now, NULL), 0);
	assert_false(receipts_is_drained(r));
	assert_true(receipts_deadline(r) >= now);
	turn();
	assert_int_equal(n_sent, 1);
	acknowledge();
	turn();
	commit();
	turn();
	assert_true(receipts_is_drained(r));
}

static void
what_a_kill_undid_was_never_told(void **state)
{
	struct state_row row;

	(void)state;
	deliver("a", 1);
	commit();
	deliver("b", 2);
	turn();
	assert_int_equal(n_sent, 1);
	stop();
	start();
	assert_int_equal(
	    state_get(env.state, "mag-web", STATE_SUBSCRIBED, "b", &row, NULL),
	    0);
	turn();
	assert_int_equal(n_sent, 1); /* again: it was not acknowledged */
	assert_string_equal(sent[0].key, "mag-web|a");
}

static void
a_receipt_is_the_wires(void **state)
{
	struct state_row row = {.key = "a",
	    .topic = "tw.events.volgograd",
	    .offset = 300,
	    .state = STATE_REFUSED,
	    .reason = "site_refused_content",
	    .url = "https://example.org/1",
	    .receipt_due = 1,
	    .since_ms = now};

	(void)state;
	assert_int_equal(txn_need(&txn, NULL), 0);
	receipts_put(&env, STATE_SUBSCRIBED, &row, NULL);
	row = (struct state_row){.key = "b",
	    .offset = -1,
	    .state = STATE_REFUSED,
	    .receipt_due = 1,
	    .record = "{\"url\":\"/b\"}",
	    .record_size = 12};
	receipts_put(&env, STATE_PUBLISHED, &row, NULL);
	commit();
	turn();
	assert_int_equal(n_sent, 2);
	assert_string_equal(sent[0].record,
	    "{\"at\":2000,\"connection\":\"mag-web\",\"offset\":300,"
	    "\"reason\":\"site_refused_content\",\"recordKey\":\"a\","
	    "\"since\":1000,\"state\":\"refused\","
	    "\"topic\":\"tw.events.volgograd\","
	    "\"url\":\"https://example.org/1\"}");
	assert_string_equal(sent[1].record,
	    "{\"at\":2000,\"connection\":\"mag-web\",\"offset\":-1,"
	    "\"reason\":\"\",\"recordKey\":\"b\",\"since\":0,"
	    "\"state\":\"refused\",\"topic\":\"\",\"url\":\"/b\"}");
}

/* Of two versions before the commit the newer is told, and none of a row that
 * is not due any more. */
static void
what_is_told_is_the_row_as_it_was_written_last(void **state)
{
	const struct state_row hidden = {
	    .key = "b", .offset = 3, .state = STATE_HIDDEN};

	(void)state;
	deliver("a", 1);
	deliver("b", 2);
	deliver("a", 4);
	receipts_put(&env, STATE_SUBSCRIBED, &hidden, NULL);
	commit();
	turn();
	assert_int_equal(n_sent, 1);
	assert_non_null(strstr(sent[0].record, "\"offset\":4"));
	acknowledge();
	turn();
	commit();
	assert_int_equal(is_due("a"), 0);
	stop();
	start();
	turn();
	assert_int_equal(n_sent, 0);
}

static void
what_fails_is_told_again_and_all_after_it_waits(void **state)
{
	(void)state;
	deliver("a", 1);
	deliver("b", 2);
	deliver("c", 3);
	commit();
	turn();
	assert_int_equal(n_sent, 3);
	for (size_t i = 0; i < n_sent; i++)
		sent[i].done(sent[i].ctx,
		    strcmp(sent[i].key, "mag-web|b") == 0 ? 0 : -1, NULL);
	n_sent = 0;
	deliver("c", 4); /* takes the place of the one that failed */
	turn();
	commit();
	turn();
	assert_int_equal(n_sent, 1);
	assert_string_equal(sent[0].key, "mag-web|a");
	assert_true(is_due("b")); /* the mark stands below the first */
	acknowledge();
	turn();
	commit();
	turn();
	assert_int_equal(is_due("b"), 0);
	assert_int_equal(n_sent, 1);
	assert_string_equal(sent[0].key, "mag-web|c");
}

/* More than is kept in memory: the file says it. */
static void
many_that_wait_are_searched_for(void **state)
{
	enum { MANY = 12000 };
	static char told[MANY + 1];
	char key[16];

	(void)state;
	memset(told, 0, sizeof(told));
	for (int i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "%d", i);
		deliver(key, i);
	}
	commit();
	for (int rounds = 0; !receipts_is_drained(r); rounds++) {
		assert_true(rounds < 200);
		turn();
		for (size_t i = 0; i < n_sent; i++)
			told[strtol(sent[i].key + 8, NULL, 10)]++;
		if (rounds == 3) /* comes while it is searched */
			deliver("12000", MANY);
		acknowledge();
		turn();
		if (txn.is_open)
			commit();
	}
	for (int i = 0; i <= MANY; i++)
		if (told[i] != 1)
			fail_msg("%d told %d times", i, told[i]);
	assert_int_equal(state_told(env.state, "mag-web", NULL), MANY + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(only_what_is_committed_is_told),
	    TEST(what_comes_while_others_are_told_waits_for_its_own_commit),
	    TEST(a_commit_too_soon_after_the_last_is_made_up_for),
	    TEST(what_a_kill_undid_was_never_told),
	    TEST(a_receipt_is_the_wires),
	    TEST(what_is_told_is_the_row_as_it_was_written_last),
	    TEST(what_fails_is_told_again_and_all_after_it_waits),
	    TEST(many_that_wait_are_searched_for),
	};

	return cmocka_run_group_tests_name("receipts", tests, NULL, NULL);
}
