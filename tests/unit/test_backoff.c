#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rest/backoff.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static const struct backoff_conf CONF = {.first_ms = 1000, .max_ms = 60000};

static void
waits_double_up_to_the_limit(void **state)
{
	static const int64_t whole[] = {
	    1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++) {
		assert_int_equal(backoff_ms(&CONF, i + 1, 0, 0), whole[i]);
		assert_in_range(backoff_ms(&CONF, i + 1, UINT32_MAX, 0),
		    whole[i] / 2, whole[i] / 2 + 1);
	}
	assert_int_equal(backoff_ms(&CONF, UINT32_MAX, 0, 0), 60000);
}

static void
never_sooner_than_asked(void **state)
{
	(void)state;
	assert_int_equal(backoff_ms(&CONF, 1, 0, 5000), 5000);
	assert_int_equal(backoff_ms(&CONF, 1, 0, 10), 1000);
	assert_int_equal(backoff_ms(&CONF, 1, 0, INT64_MAX), DAY_MS);
}

static void
retry_after_is_understood(void **state)
{
	/* 1994-11-06T08:49:37Z */
	static const int64_t then = 784111777000;
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
	    {"7", 7000},
	    {"0", 0},
	    {"99999999999999999999999", DAY_MS},
	    {"Sun, 06 Nov 1994 08:49:47 GMT", 10000},
	    {"Sun, 06 Nov 1994 08:49:27 GMT", 0},
	    {"Sun, 06 Nov 2094 08:49:27 GMT", DAY_MS},
	    {"", 0},
	    {"-5", 0},
	    {"7s", 0},
	    {"soon", 0},
	    {"Sun, 06 Nov 1994", 0},
	    {"Sun, 06 Foo 1994 08:49:47 GMT", 0},
	    {"Sun, 06 Nov 1994 08:49:47 CET", 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    backoff_retry_after(cases[i].text, then), cases[i].ms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waits_double_up_to_the_limit),
	    cmocka_unit_test(never_sooner_than_asked),
	    cmocka_unit_test(retry_after_is_understood),
	};

	return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
