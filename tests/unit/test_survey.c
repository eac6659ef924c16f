/* links: services/connector/survey.c */
/* Goal of these tests: the newest version of every record is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "connector/survey.h"

static void
newest_is_the_last_noted(void **state)
{
	struct survey *s = survey_new();

	(void)state;
	assert_int_equal(survey_newest(s, "a"), -1);
	survey_note(s, "a", 3);
	survey_note(s, "b", 4);
	survey_note(s, "a", 9);
	assert_int_equal(survey_newest(s, "a"), 9);
	assert_int_equal(survey_newest(s, "b"), 4);
	assert_int_equal(survey_newest(s, "c"), -1);
	survey_free(s);
}

static void
many_are_kept_apart(void **state)
{
	struct survey *s = survey_new();
	char key[16];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(key, sizeof(key), "k%d", i % 10000);
		survey_note(s, key, i);
	}
	for (int i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_int_equal(survey_newest(s, key), 10000 + i);
	}
	survey_free(s);
}

static void
a_full_table_keeps_what_it_has(void **state)
{
	struct survey *s = survey_new();
	char key[16];

	(void)state;
	for (int i = 0; i <= SURVEY_KEYS_MAX; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		survey_note(s, key, i);
	}
	assert_int_equal(survey_newest(s, key), -1);
	survey_note(s, "k0", 7);
	assert_int_equal(survey_newest(s, "k0"), 7);
	survey_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(newest_is_the_last_noted),
	    cmocka_unit_test(many_are_kept_apart),
	    cmocka_unit_test(a_full_table_keeps_what_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
