/* links: services/connector/hidden.c */
/* Which announcement of one event a site shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connector/hidden.h"

/* Live are the events whose letter stands in this word. */
static int
is_live(void *ctx, const char *uid)
{
	return strchr(ctx, uid[0]) != NULL;
}

static void
names(struct hidden *h, const char *uid, int is_own, const char *others)
{
	jv same_as = jv_array();
	char name[2] = "";

	for (; *others != '\0'; others++) {
		name[0] = *others;
		same_as = jv_array_append(same_as, jv_string(name));
	}
	hidden_set(h, uid, is_own, same_as);
	jv_free(same_as);
}

static void
an_event_gives_way_to_the_live_one_it_names(void **state)
{
	char live[8] = "ab";
	struct hidden *h = hidden_new(is_live, live);

	(void)state;
	names(h, "b", 0, "a");
	assert_true(hidden_is(h, "b"));
	assert_false(hidden_is(h, "a"));
	strcpy(live, "b");
	assert_false(hidden_is(h, "b"));
	hidden_free(h);
}

static void
only_what_an_event_itself_names_hides_it(void **state)
{
	char live[8] = "ab";
	struct hidden *h = hidden_new(is_live, live);

	(void)state;
	names(h, "b", 0, "a");
	assert_false(hidden_is(h, "a"));
	names(h, "b", 0, "");
	assert_false(hidden_is(h, "b"));
	hidden_free(h);
}

static void
an_own_event_hides_what_it_names_and_is_never_hidden(void **state)
{
	char live[8] = "ab";
	struct hidden *h = hidden_new(is_live, live);

	(void)state;
	names(h, "b", 1, "a");
	assert_true(hidden_is(h, "a"));
	assert_false(hidden_is(h, "b"));
	strcpy(live, "a");
	assert_false(hidden_is(h, "a"));
	hidden_free(h);
}

static void
in_a_ring_the_lowest_is_shown(void **state)
{
	char live[8] = "abc";
	struct hidden *h = hidden_new(is_live, live);

	(void)state;
	names(h, "b", 0, "c");
	names(h, "c", 0, "a");
	names(h, "a", 0, "b");
	assert_false(hidden_is(h, "a"));
	assert_true(hidden_is(h, "b"));
	assert_true(hidden_is(h, "c"));
	/* The ring opens: c names a dead event, so c is shown. */
	strcpy(live, "bc");
	assert_false(hidden_is(h, "c"));
	assert_true(hidden_is(h, "b"));
	hidden_free(h);
}

static void
a_ring_gives_way_to_a_live_event_outside(void **state)
{
	char live[8] = "abz";
	struct hidden *h = hidden_new(is_live, live);

	(void)state;
	names(h, "a", 0, "bz");
	names(h, "b", 0, "a");
	assert_true(hidden_is(h, "a"));
	assert_true(hidden_is(h, "b"));
	assert_false(hidden_is(h, "z"));
	hidden_free(h);
}

/* Counts what is asked: all are live but for those with a big letter. */
static int
is_live_counted(void *ctx, const char *uid)
{
	(*(size_t *)ctx)++;
	return uid[0] < 'A' || uid[0] > 'Z';
}

/* Event N of LETTER names the N_NAMES that begin at FIRST, in a ring of SIZE.
 */
static void
names_next(
    struct hidden *h, char letter, int n, int first, int n_names, int size)
{
	jv same_as = jv_array();
	jv uid = jv_string_fmt("%c%03d", letter, n);
	int i;

	for (i = 0; i < n_names; i++)
		same_as = jv_array_append(same_as,
		    jv_string_fmt("%c%03d", letter, (first + i) % size));
	hidden_set(h, jv_string_value(uid), 0, same_as);
	jv_free(same_as);
	jv_free(uid);
}

/* A member whose events all name as many others as they may must not keep the
 * process from its work: an answer is a look into the state file each. */
static void
each_live_event_is_asked_about_once(void **state)
{
	enum { SIZE = HIDDEN_REACH_MAX };
	size_t asked = 0;
	struct hidden *h = hidden_new(is_live_counted, &asked);
	int n;

	(void)state;
	for (n = 0; n < SIZE; n++)
		names_next(h, 'e', n, n + 1, HIDDEN_NAMES_MAX, SIZE);
	assert_false(hidden_is(h, "e000"));
	assert_in_range(asked, 1, SIZE);
	asked = 0;
	assert_true(hidden_is(h, "e001"));
	assert_in_range(asked, 1, SIZE);
	hidden_free(h);
}

static void
what_is_not_live_is_asked_about_to_a_bound(void **state)
{
	size_t asked = 0;
	struct hidden *h = hidden_new(is_live_counted, &asked);
	int n, i;

	(void)state;
	/* Each names the next one, and as many others that nobody has. */
	for (n = 0; n < 128; n++) {
		jv same_as = jv_array();
		jv uid = jv_string_fmt("e%03d", n);

		same_as = jv_array_append(
		    same_as, jv_string_fmt("e%03d", (n + 1) % 128));
		for (i = 1; i < HIDDEN_NAMES_MAX; i++)
			same_as = jv_array_append(
			    same_as, jv_string_fmt("X%03d-%d", n, i));
		hidden_set(h, jv_string_value(uid), 0, same_as);
		jv_free(same_as);
		jv_free(uid);
	}
	hidden_is(h, "e000");
	assert_in_range(asked, 1, HIDDEN_REACH_MAX);
	hidden_free(h);
}

static void
note(void *ctx, const char *uid)
{
	strcat(ctx, uid);
}

static void
a_change_reaches_everything_connected(void **state)
{
	char live[8] = "abc", touched[8] = "";
	struct hidden *h = hidden_new(is_live, live);

	(void)state;
	names(h, "b", 0, "a");
	names(h, "c", 0, "b");
	names(h, "y", 0, "z");
	hidden_touch(h, "a", note, touched);
	assert_string_equal(touched, "bc");
	touched[0] = '\0';
	hidden_touch(h, "q", note, touched);
	assert_string_equal(touched, "");
	hidden_free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_event_gives_way_to_the_live_one_it_names),
	    cmocka_unit_test(only_what_an_event_itself_names_hides_it),
	    cmocka_unit_test(
		an_own_event_hides_what_it_names_and_is_never_hidden),
	    cmocka_unit_test(in_a_ring_the_lowest_is_shown),
	    cmocka_unit_test(a_ring_gives_way_to_a_live_event_outside),
	    cmocka_unit_test(a_change_reaches_everything_connected),
	    cmocka_unit_test(each_live_event_is_asked_about_once),
	    cmocka_unit_test(what_is_not_live_is_asked_about_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
