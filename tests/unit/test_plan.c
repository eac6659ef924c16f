/* links: services/connector/plan.c */
/* A plan: one change a record, an id of all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "connector/plan.h"

static const unsigned char hash[JSON_HASH_SIZE] = {1};

static jv
twelve(int from, int step)
{
	struct plan *p = plan_new();
	char key[16];
	jv plan;

	for (int n = 0, i = from; n < 12; n++, i += step) {
		snprintf(key, sizeof(key), "k%d", i);
		plan_set(p, key, i % 2 ? PLAN_UPDATE : PLAN_WITHDRAW,
		    i % 2 ? hash : NULL, "a title");
	}
	assert_int_equal(plan_changes(p), 12);
	plan = plan_json(p);
	plan_free(p);
	return plan;
}

/* As the plan is shown. */
static int
shown(const struct plan *p, const char *action)
{
	jv plan = plan_json(p), counts = json_get(plan, "counts");
	int n = (int)json_int(counts, action, 0);

	jv_free(counts);
	jv_free(plan);
	return n;
}

static void
its_id_names_these_changes_in_any_order(void **state)
{
	jv a = twelve(0, 1), b = twelve(11, -1), c = twelve(1, 1), part;

	(void)state;
	assert_string_equal(json_str(a, "id", "a"), json_str(b, "id", "b"));
	assert_string_not_equal(json_str(a, "id", ""), json_str(c, "id", ""));
	part = json_get(a, "first");
	assert_int_equal(jv_array_length(part), PLAN_FIRST);
	part = json_get(a, "counts");
	assert_int_equal(json_int(part, "update", 0), 6);
	assert_int_equal(json_int(part, "withdraw", 0), 6);
	jv_free(part);
	jv_free(a);
	jv_free(b);
	jv_free(c);
}

static void
its_list_is_whole_and_by_key(void **state)
{
	struct plan *p = plan_new();
	struct buf list = {0};

	(void)state;
	plan_set(p, "b", PLAN_UPDATE, hash, "B");
	plan_set(p, "c", PLAN_KEEP, NULL, "C");
	plan_set(p, "a", PLAN_REMOVE, NULL, "A \"quoted\"");
	plan_list(p, &list);
	assert_string_equal(list.data,
	    "{\"action\":\"remove\",\"key\":\"a\","
	    "\"label\":\"A \\\"quoted\\\"\"}\n"
	    "{\"action\":\"update\",\"key\":\"b\",\"label\":\"B\"}\n");
	buf_free(&list);
	plan_free(p);
}

static void
the_last_word_on_a_record_holds(void **state)
{
	struct plan *p = plan_new();
	jv once, twice;

	(void)state;
	plan_set(p, "k", PLAN_CREATE, hash, "a title");
	once = plan_json(p);
	plan_set(p, "k", PLAN_REMOVE, NULL, "");
	plan_set(p, "left alone", PLAN_KEEP, NULL, "");
	assert_int_equal(shown(p, "create"), 0);
	assert_int_equal(plan_of(p, "k"), PLAN_REMOVE);
	plan_set(p, "k", PLAN_CREATE, hash, "a title");
	twice = plan_json(p);
	assert_string_equal(
	    json_str(once, "id", "1"), json_str(twice, "id", "2"));
	plan_drop(p, "k");
	assert_int_equal(plan_of(p, "k"), PLAN_ACTIONS);
	assert_int_equal(shown(p, "create"), 0);
	jv_free(once);
	jv_free(twice);
	plan_free(p);
}

static void
parts_are_approved_together(void **state)
{
	jv a = twelve(0, 1), b = twelve(100, 1);
	jv both = plan_join(jv_copy(a), b), alone, counts, first, last, fifth;

	(void)state;
	counts = json_get(both, "counts");
	assert_int_equal(json_int(counts, "update", 0), 12);
	assert_string_not_equal(
	    json_str(both, "id", ""), json_str(a, "id", ""));
	/* Each part is among the first. */
	first = json_get(both, "first");
	assert_int_equal(jv_array_length(jv_copy(first)), PLAN_FIRST);
	last = jv_array_get(first, PLAN_FIRST - 1);
	first = json_get(b, "first");
	fifth = jv_array_get(first, PLAN_FIRST / 2 - 1);
	assert_string_equal(
	    json_str(last, "key", ""), json_str(fifth, "key", ""));
	jv_free(last);
	jv_free(fifth);
	alone = plan_join(jv_null(), a);
	assert_string_equal(json_str(alone, "id", ""), json_str(a, "id", ""));
	alone = plan_join(alone, jv_null());
	assert_string_equal(json_str(alone, "id", ""), json_str(a, "id", ""));
	jv_free(counts);
	jv_free(both);
	jv_free(alone);
	jv_free(a);
	jv_free(b);
}

static void
it_asks_beyond_a_share_and_a_number(void **state)
{
	(void)state;
	assert_false(plan_is_beyond(12, -1, 0, 0));
	assert_false(plan_is_beyond(12, 0.2, 12, 10));
	assert_false(plan_is_beyond(12, 0.2, 5, 60));
	assert_true(plan_is_beyond(12, 0.2, 5, 59));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(its_id_names_these_changes_in_any_order),
	    cmocka_unit_test(its_list_is_whole_and_by_key),
	    cmocka_unit_test(the_last_word_on_a_record_holds),
	    cmocka_unit_test(parts_are_approved_together),
	    cmocka_unit_test(it_asks_beyond_a_share_and_a_number),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
