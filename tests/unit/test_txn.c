/* links: services/connector/txn.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "connector/txn.h"
#include "store/state.h"

static char folder[64], file[96];

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_txn.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/state", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	static const char *const ends[] = {"", "-wal", "-lock"};
	char name[128];

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(name, sizeof(name), "%s%s", file, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

static struct txn
open_it(void)
{
	struct err err = {0};
	struct txn t = {.state = state_open(file, &err)};

	if (t.state == NULL)
		fail_msg("%s", err.msg);
	return t;
}

static int
set(struct txn *t, const char *name, struct err *err)
{
	if (txn_need(t, err) != 0)
		return -1;
	return state_set_value(t->state, "c", name, "1", err);
}

static int
has(struct txn *t, const char *name)
{
	const char *value;

	return state_value(t->state, "c", name, &value, NULL);
}

static void
what_is_written_together_is_kept_together(void **state)
{
	struct txn t = open_it();

	(void)state;
	assert_int_equal(txn_commit(&t, NULL), 0);
	assert_int_equal(set(&t, "row", NULL), 0);
	assert_int_equal(set(&t, "position", NULL), 0);
	assert_int_equal(txn_commit(&t, NULL), 1);
	assert_int_equal(txn_commit(&t, NULL), 0);
	state_close(t.state);
	t = open_it();
	assert_int_equal(has(&t, "row"), 1);
	assert_int_equal(has(&t, "position"), 1);
	state_close(t.state);
}

/* SQLite ends a transaction by itself where the disk is full; whoever got that
 * error kept it to himself. */
static void
nothing_is_written_after_rows_that_were_lost(void **state)
{
	struct txn t = open_it();
	struct err err = {0};

	(void)state;
	assert_int_equal(set(&t, "row", &err), 0);
	state_rollback(t.state);
	assert_int_equal(set(&t, "position", &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	err.class = ERR_NONE;
	assert_int_equal(txn_commit(&t, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_int_equal(has(&t, "position"), 0);
	state_close(t.state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_written_together_is_kept_together),
	    TEST(nothing_is_written_after_rows_that_were_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
