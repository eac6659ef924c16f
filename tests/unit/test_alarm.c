/* links: services/watch/alarm.c services/watch/view.c */
/* links: services/watch/letter.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "watch/alarm.h"
#include "watch/letter.h"
#include "watch/view.h"

static const struct alarm_rules rules = {.settle_ms = 10, .again_ms = 100};

static jv
parse(const char *text)
{
	return json_parse(text, strlen(text), NULL);
}

/* What alarm_next() says at WALL_MS ("" nothing); told if IS_TOLD. */
static const char *
next(jv *memory, const char *now, int64_t wall_ms, int is_told)
{
	static char what[16];
	jv wrong = parse(now), m = alarm_next(memory, wrong, &rules, wall_ms);

	what[0] = '\0';
	if (jv_get_kind(m) == JV_KIND_OBJECT) {
		strncpy(what, json_str(m, "what", ""), sizeof(what) - 1);
		if (is_told)
			alarm_told(memory, m, wall_ms);
	}
	jv_free(m);
	jv_free(wrong);
	return what;
}

static void
a_change_is_told_once_and_its_end_once(void **state)
{
	const char *x = "{\"paused x\":{\"kind\":\"paused\",\"n\":1}}";
	jv memory = jv_object();

	(void)state;
	assert_string_equal(next(&memory, x, 1000, 1), "");
	assert_string_equal(next(&memory, x, 1009, 1), "");
	assert_string_equal(next(&memory, x, 1010, 0), "raised");
	assert_string_equal(next(&memory, x, 1011, 1), "raised");
	assert_string_equal(next(&memory, x, 5000, 1), "");
	/* Well for a moment only. */
	assert_string_equal(next(&memory, "{}", 5001, 1), "");
	assert_string_equal(next(&memory, x, 5005, 1), "");
	assert_string_equal(next(&memory, "{}", 6000, 1), "");
	assert_string_equal(next(&memory, "{}", 6010, 1), "well");
	assert_string_equal(next(&memory, "{}", 9999, 1), "");
	assert_int_equal(jv_object_length(memory), 0);
}

static void
what_passes_quickly_is_not_told(void **state)
{
	const char *x = "{\"paused x\":{\"kind\":\"paused\",\"n\":1}}";
	jv memory = jv_object();

	(void)state;
	assert_string_equal(next(&memory, x, 1000, 1), "");
	assert_string_equal(next(&memory, "{}", 1005, 1), "");
	assert_string_equal(next(&memory, x, 1010, 1), "");
	assert_string_equal(next(&memory, x, 1019, 1), "");
	jv_free(memory);
}

static void
what_may_pass_by_itself_is_told_later(void **state)
{
	const char *x = "{\"listing x\":{\"kind\":\"listing\",\"settle\":50}}";
	jv memory = jv_object();

	(void)state;
	assert_string_equal(next(&memory, x, 1000, 1), "");
	assert_string_equal(next(&memory, x, 1049, 1), "");
	assert_string_equal(next(&memory, x, 1050, 1), "raised");
	assert_string_equal(next(&memory, "{}", 1051, 1), "");
	assert_string_equal(next(&memory, "{}", 1061, 1), "well");
	jv_free(memory);
}

static void
more_of_the_same_is_told_after_a_while(void **state)
{
	jv memory = jv_object();

	(void)state;
	next(&memory, "{\"a\":{\"n\":1}}", 0, 1);
	assert_string_equal(
	    next(&memory, "{\"a\":{\"n\":2}}", 10, 1), "raised");
	assert_string_equal(next(&memory, "{\"a\":{\"n\":3}}", 50, 1), "");
	assert_string_equal(next(&memory, "{\"a\":{\"n\":3}}", 110, 1), "more");
	assert_string_equal(next(&memory, "{\"a\":{\"n\":1}}", 300, 1), "");
	assert_string_equal(next(&memory, "{\"a\":{\"n\":2}}", 310, 1), "more");
	jv_free(memory);
}

static void
a_message_has_one_name_also_after_a_restart(void **state)
{
	jv m = parse("{\"id\":\"a\",\"what\":\"raised\",\"since\":5}");
	jv later = parse("{\"id\":\"a\",\"what\":\"raised\",\"since\":6}");
	char *a = alarm_message_id("x", m), *b = alarm_message_id("x", m),
	     *c = alarm_message_id("x", later), *d = alarm_message_id("y", m);

	(void)state;
	assert_string_equal(a, b);
	assert_string_not_equal(a, c);
	assert_string_not_equal(a, d);
	free(a);
	free(b);
	free(c);
	free(d);
	jv_free(m);
	jv_free(later);
}

static void
a_week_begins_on_monday_morning(void **state)
{
	const int64_t monday = 1764568800000; /* 2025-12-01T06:00:00Z */

	(void)state;
	assert_int_equal(alarm_is_week_over(monday - 1, monday), 1);
	assert_int_equal(alarm_is_week_over(monday, monday + 1), 0);
	assert_int_equal(alarm_is_week_over(monday - 1, monday - 1), 0);
	assert_int_equal(
	    alarm_is_week_over(monday, monday + 7 * 24 * 3600 * 1000), 1);
}

static void
take_of(struct view *v, const char *member, enum record_type t, const char *key,
    const char *text)
{
	jv value = parse(text);

	view_take(v, t, member, key, value);
	jv_free(value);
}

static void
take(struct view *v, enum record_type t, const char *key, const char *text)
{
	take_of(v, "m", t, key, text);
}

/* Ids of what is wrong for MEMBER, canonical. */
static char *
wrong(struct view *v, const char *member, int64_t wall_ms)
{
	jv all = view_wrong(v, member, wall_ms), keys = jv_keys(all);
	struct buf out = {0};

	json_canonical(keys, &out);
	jv_free(keys);
	return buf_take(&out);
}

static void
assert_wrong(
    struct view *v, const char *member, int64_t wall_ms, const char *want)
{
	char *got = wrong(v, member, wall_ms);

	assert_string_equal(got, want);
	free(got);
}

static void
what_is_wrong_is_whose_it_is(void **state)
{
	struct view *v = view_new();

	(void)state;
	take(v, RECORD_STATUS, "c",
	    "{\"connection\":\"c\",\"state\":\"running\",\"at\":1000,"
	    "\"instanceId\":\"i\","
	    "\"counters\":{\"certificateDays\":30,\"diskPercent\":80}}");
	assert_wrong(v, NULL, 2000, "[]");
	assert_wrong(v, NULL, 151001, "[\"silent m c\"]");
	assert_wrong(v, "other", 151001, "[]");
	take(v, RECORD_STATUS, "c",
	    "{\"connection\":\"c\",\"state\":\"paused\",\"at\":1000,"
	    "\"instanceId\":\"i\","
	    "\"counters\":{\"certificateDays\":29,\"diskPercent\":81}}");
	assert_wrong(
	    v, NULL, 2000, "[\"certificate m c\",\"disk m i\",\"paused m c\"]");
	assert_wrong(v, "m", 2000, "[\"certificate m c\",\"paused m c\"]");
	take(v, RECORD_STATUS, "c",
	    "{\"connection\":\"c\",\"state\":\"running\",\"at\":1000,"
	    "\"reason\":\"listing\"}");
	assert_wrong(v, "m", 2000, "[\"listing m c\"]");
	take(v, RECORD_STATUS, "c",
	    "{\"connection\":\"c\",\"state\":\"running\",\"at\":1000,"
	    "\"reason\":\"kafka\"}");
	assert_wrong(v, "m", 2000, "[\"kafka m c\"]");
	take(v, RECORD_STATUS, "c", "null");
	assert_wrong(v, NULL, 999999, "[]");

	take(v, RECORD_STATUS, "c",
	    "{\"connection\":\"c\",\"state\":\"running\",\"at\":3601000}");
	take(v, RECORD_RECEIPT, "c|a",
	    "{\"connection\":\"c\",\"recordKey\":\"x.1@owner\",\"offset\":7,"
	    "\"state\":\"pending\",\"since\":1000}");
	assert_wrong(v, NULL, 3601000, "[]");
	assert_wrong(v, "owner", 3601001, "[\"pending m c\"]");
	take(v, RECORD_RECEIPT, "c|a",
	    "{\"connection\":\"c\",\"recordKey\":\"x.1@owner\",\"offset\":7,"
	    "\"state\":\"refused\",\"since\":1000}");
	take(v, RECORD_RECEIPT, "c|b",
	    "{\"connection\":\"c\",\"recordKey\":\"x.2@m\",\"offset\":-1,"
	    "\"state\":\"refused\",\"since\":1000}");
	assert_wrong(v, "m", 2000, "[\"not_delivered m c\",\"refused m c\"]");
	assert_wrong(v, "owner", 2000, "[\"not_delivered m c\"]");
	take(v, RECORD_RECEIPT, "c|a", "{\"state\":\"delivered\"}");
	take(v, RECORD_RECEIPT, "c|b", "null");
	assert_wrong(v, NULL, 2000, "[]");
	view_free(v);
}

/* Ids of connections are their member's to give: another's silence, and what
 * was withdrawn by others, is still told. */
static void
what_one_member_says_hides_nothing_of_anothers(void **state)
{
	static const char running[] =
	    "{\"connection\":\"c\",\"state\":\"running\",\"at\":200000}";
	struct view *v = view_new();

	(void)state;
	take(v, RECORD_STATUS, "c",
	    "{\"connection\":\"c\",\"state\":\"running\",\"at\":1000}");
	take(v, RECORD_RECEIPT, "c|x.1@m",
	    "{\"connection\":\"c\",\"recordKey\":\"x.1@m\",\"offset\":-1,"
	    "\"state\":\"refused\"}");
	take_of(v, "other", RECORD_STATUS, "c", running);
	take_of(v, "other", RECORD_RECEIPT, "c|x.1@m", "null");
	assert_int_equal(view_count(v), 2);
	assert_wrong(v, NULL, 200000, "[\"refused m c\",\"silent m c\"]");
	take_of(v, "other", RECORD_STATUS, "c", "null");
	assert_wrong(v, "m", 200000, "[\"refused m c\",\"silent m c\"]");
	view_free(v);
}

/* Nor does it fill the memory, or the operator's mailbox. */
static void
what_one_member_says_has_an_end(void **state)
{
	struct view *v = view_new();
	char key[40], text[160];

	(void)state;
	for (int i = 0; i < 2 * VIEW_TROUBLES_MAX; i++) {
		snprintf(key, sizeof(key), "c%d", i);
		snprintf(text, sizeof(text),
		    "{\"connection\":\"%s\",\"state\":\"refused\","
		    "\"recordKey\":\"x.1@m\",\"at\":1000}",
		    key);
		if (i < 2 * VIEW_STATUSES_MAX)
			take(v, RECORD_STATUS, key, text);
		strcat(key, "|x.1@m");
		take(v, RECORD_RECEIPT, key, text);
	}
	take_of(v, "other", RECORD_STATUS, "d",
	    "{\"connection\":\"d\",\"state\":\"paused\",\"at\":1000}");
	assert_int_equal(view_count(v), VIEW_STATUSES_MAX + 1);
	assert_wrong(v, "other", 1000, "[\"paused other d\"]");
	assert_int_equal(
	    jv_object_length(view_wrong(v, NULL, 1000)), VIEW_STATUSES_MAX + 1);
	view_free(v);
}

/* Of a build whose ids did not name the member. */
static void
what_an_earlier_build_told_goes_on(void **state)
{
	jv old = parse(
	    "{\"silent c\":{\"told\":20,\"since\":10,\"well\":0,\"n\":1,"
	    "\"last\":{\"kind\":\"silent\",\"connection\":\"c\","
	    "\"member\":\"m\"}},"
	    "\"disk i\":{\"told\":20,\"since\":10,\"well\":0,\"n\":1,"
	    "\"last\":{\"kind\":\"disk\",\"connection\":\"c\","
	    "\"member\":\"m\"}},"
	    "\"disk twinwire-watch\":{\"told\":20,\"since\":10,\"well\":0,"
	    "\"n\":1,\"last\":{\"kind\":\"disk\",\"connection\":"
	    "\"twinwire-watch\",\"member\":\"the operator\"}}}");
	static const char now[] =
	    "{\"silent m c\":{\"kind\":\"silent\",\"n\":1},"
	    "\"disk m i\":{\"kind\":\"disk\",\"n\":1},"
	    "\"disk twinwire-watch\":{\"kind\":\"disk\",\"n\":1}}";
	jv memory = view_renamed(old), again;

	(void)state;
	assert_string_equal(next(&memory, now, 1000, 1), "");
	assert_string_equal(next(&memory, now, 9000, 1), "");
	assert_int_equal(jv_object_length(jv_copy(memory)), 3);
	again = view_renamed(memory);
	assert_true(jv_equal(again, jv_copy(memory)));
	assert_string_equal(next(&memory, "{}", 9001, 1), "");
	assert_string_equal(next(&memory, "{}", 9011, 1), "well");
	jv_free(memory);
	jv_free(old);
}

/* Such a one as was begun again under the new id is told of once. */
static void
what_is_kept_under_both_ids_is_one(void **state)
{
	jv old =
	    parse("{\"paused m c\":{\"told\":0,\"since\":30,\"well\":0,"
		  "\"last\":{\"kind\":\"paused\",\"connection\":\"c\","
		  "\"member\":\"m\"}},"
		  "\"paused c\":{\"told\":20,\"since\":10,\"well\":30,\"n\":1,"
		  "\"last\":{\"kind\":\"paused\",\"connection\":\"c\","
		  "\"member\":\"m\"}}}");
	jv memory = view_renamed(old);

	(void)state;
	assert_int_equal(jv_object_length(jv_copy(memory)), 1);
	assert_string_equal(
	    next(&memory, "{\"paused m c\":{\"n\":1}}", 1000, 1), "");
	jv_free(memory);
	jv_free(old);
}

static void
the_week_says_what_the_counts_do_not_cover(void **state)
{
	jv c = parse("[{\"connection\":\"c\",\"state\":\"running\","
		     "\"counters\":{\"consumed\":9,\"applied\":7,"
		     "\"pending\":1}}]");
	jv last = parse("{\"c\":{\"applied\":4}}"), none = jv_object();
	struct buf subject = {0}, text = {0};

	(void)state;
	letter_week(c, last, none, &subject, &text);
	assert_string_equal(
	    subject.data, "[twinwire] the week: 3 delivered, all is well");
	assert_non_null(strstr(text.data, "Lost: 1."));
	buf_free(&subject);
	buf_free(&text);
	jv_free(c);
	jv_free(last);
	jv_free(none);
}

/* Subject of the week of C, whose LAST were its counters; *OUT_TEXT, new. */
static void
assert_week(jv c, const char *last, const char *subject, char **out_text)
{
	jv before = parse(last), none = jv_object();
	struct buf said = {0}, text = {0};

	letter_week(c, before, none, &said, &text);
	assert_string_equal(said.data, subject);
	*out_text = buf_take(&text);
	buf_free(&said);
	jv_free(before);
	jv_free(none);
}

/* Ids of connections are their member's to give. */
static void
the_week_tells_members_apart(void **state)
{
	jv c = parse("[{\"connection\":\"site\",\"member\":\"a\","
		     "\"state\":\"running\",\"counters\":{\"applied\":100}},"
		     "{\"connection\":\"site\",\"member\":\"b\","
		     "\"state\":\"running\",\"counters\":{\"applied\":7}},"
		     "{\"connection\":\"d\",\"member\":\"b\","
		     "\"state\":\"running\",\"counters\":{\"applied\":5}}]");
	char *text;

	(void)state;
	assert_week(c,
	    "{\"a site\":{\"applied\":90},\"b site\":{\"applied\":4},"
	    "\"b d\":{\"applied\":5}}",
	    "[twinwire] the week: 13 delivered, all is well", &text);
	assert_non_null(strstr(text,
	    "\nsite                   a              running         10 "));
	assert_non_null(strstr(text,
	    "\nsite                   b              running          3 "));
	free(text);
	jv_free(c);
}

/* Of several of one name an earlier build kept one, by that name. */
static void
a_week_that_an_earlier_build_began_has_no_wrong_difference(void **state)
{
	jv c = parse("[{\"connection\":\"site\",\"member\":\"a\","
		     "\"counters\":{\"applied\":100}},"
		     "{\"connection\":\"site\",\"member\":\"b\","
		     "\"counters\":{\"applied\":7}},"
		     "{\"connection\":\"d\",\"member\":\"b\","
		     "\"counters\":{\"applied\":5}}]");
	jv kept = letter_counters(c),
	   want =
	       parse("{\"a site\":{\"applied\":100},\"b site\":{\"applied\":7},"
		     "\"b d\":{\"applied\":5}}");
	char *text;

	(void)state;
	assert_week(c, "{\"site\":{\"applied\":4},\"d\":{\"applied\":3}}",
	    "[twinwire] the week: 2 delivered, all is well", &text);
	assert_true(jv_equal(kept, want));
	free(text);
	jv_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_change_is_told_once_and_its_end_once),
	    cmocka_unit_test(what_passes_quickly_is_not_told),
	    cmocka_unit_test(what_may_pass_by_itself_is_told_later),
	    cmocka_unit_test(more_of_the_same_is_told_after_a_while),
	    cmocka_unit_test(a_message_has_one_name_also_after_a_restart),
	    cmocka_unit_test(a_week_begins_on_monday_morning),
	    cmocka_unit_test(what_is_wrong_is_whose_it_is),
	    cmocka_unit_test(what_one_member_says_hides_nothing_of_anothers),
	    cmocka_unit_test(what_one_member_says_has_an_end),
	    cmocka_unit_test(what_an_earlier_build_told_goes_on),
	    cmocka_unit_test(what_is_kept_under_both_ids_is_one),
	    cmocka_unit_test(the_week_says_what_the_counts_do_not_cover),
	    cmocka_unit_test(the_week_tells_members_apart),
	    cmocka_unit_test(
		a_week_that_an_earlier_build_began_has_no_wrong_difference),
	};

	return cmocka_run_group_tests_name("alarm", tests, NULL, NULL);
}
