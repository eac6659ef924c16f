/* links: services/connector/commands.c */
/* Goal of these tests: an order runs once, at the connection that it names,
 * while it holds; what was answered never runs again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "connector/commands.h"

enum { NOW = 1000 };

static jv
command(const char *connection, int64_t expires, const char *outcome)
{
	jv r = jv_object();

	json_set_str(&r, "connection", connection);
	json_set_int(&r, "expires", expires);
	json_set_str(&r, "outcome", outcome);
	return r;
}

static int
give(struct commands *c, const char *id, jv record)
{
	int rc = commands_take(c, id, record);

	jv_free(record);
	return rc;
}

/* The next one is ID (NULL: there is none). */
static void
assert_next(const struct commands *c, const char *id, int is_expired)
{
	int expired = -1;
	jv next = commands_next(c, NOW, &expired);

	if (id == NULL) {
		assert_false(jv_is_valid(next));
	} else {
		assert_string_equal(json_str(next, "id", ""), id);
		assert_int_equal(expired, is_expired);
	}
	jv_free(next);
}

static void
orders_run_oldest_first_and_once(void **state)
{
	struct commands *c = commands_new("site");

	(void)state;
	give(c, "b", command("site", NOW + 1, ""));
	give(c, "a", command("site", NOW + 1, ""));
	give(c, "b", command("site", NOW + 1, "")); /* written twice */
	assert_next(c, "b", 0);
	assert_next(c, "b", 0); /* until it is closed */
	commands_close(c, "b");
	assert_next(c, "a", 0);
	commands_close(c, "a");
	assert_next(c, NULL, 0);
	give(c, "a", command("site", NOW + 1, ""));
	assert_next(c, NULL, 0);
	commands_free(c);
}

static void
what_was_answered_does_not_run(void **state)
{
	static const char *const outcomes[] = {
	    "done", "refused", "expired", "failed"};
	char id[8];

	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		struct commands *c = commands_new("site");

		snprintf(id, sizeof(id), "%zu", i);
		give(c, id, command("site", NOW + 1, ""));
		give(c, id, command("site", NOW + 1, outcomes[i]));
		assert_next(c, NULL, 0);
		/* The order once more behind its answer. */
		give(c, id, command("site", NOW + 1, ""));
		assert_next(c, NULL, 0);
		commands_free(c);
	}
}

static void
expired_orders_are_only_answered(void **state)
{
	static const struct {
		int64_t expires;
		int is_expired;
	} rows[] = {{NOW + 1, 0}, {NOW, 1}, {NOW - 1, 1}, {0, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct commands *c = commands_new("site");

		give(c, "a", command("site", rows[i].expires, ""));
		assert_next(c, "a", rows[i].is_expired);
		commands_free(c);
	}
}

static void
others_orders_are_left_alone(void **state)
{
	struct commands *c = commands_new("site");
	jv tombstone = jv_null();

	(void)state;
	give(c, "a", command("site-2", NOW + 1, ""));
	give(c, "b", command("", NOW + 1, ""));
	give(c, "c", tombstone);
	assert_next(c, NULL, 0);
	/* Nor does their answer close an order of ours. */
	give(c, "d", command("site", NOW + 1, ""));
	give(c, "d", command("site-2", NOW + 1, "done"));
	assert_next(c, "d", 0);
	commands_free(c);
}

static void
a_flood_is_bounded(void **state)
{
	struct commands *c = commands_new("site");
	char id[16];

	(void)state;
	for (int i = 0; i < COMMANDS_OPEN_MAX; i++) {
		snprintf(id, sizeof(id), "%d", i);
		assert_int_equal(give(c, id, command("site", 0, "")), 1);
	}
	assert_int_equal(give(c, "x", command("site", 0, "")), 0);
	commands_close(c, "0");
	assert_int_equal(give(c, "x", command("site", 0, "")), 1);
	commands_free(c);
}

static void
one_that_is_too_long_is_dropped(void **state)
{
	static char text[COMMAND_MAX_BYTES + 1];
	struct commands *c = commands_new("site");
	jv order = command("site", NOW + 1, "");

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	json_set_str(&order, "arguments", text);
	assert_int_equal(give(c, "a", order), 0);
	assert_next(c, NULL, 0);
	commands_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(orders_run_oldest_first_and_once),
	    cmocka_unit_test(what_was_answered_does_not_run),
	    cmocka_unit_test(expired_orders_are_only_answered),
	    cmocka_unit_test(others_orders_are_left_alone),
	    cmocka_unit_test(a_flood_is_bounded),
	    cmocka_unit_test(one_that_is_too_long_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
