#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "event/zone.h"

static int64_t
seconds(const char *text)
{
	int64_t ms = 0;

	assert_int_equal(clock_parse(text, &ms), 0);
	return ms / 1000;
}

static void
wall_time_becomes_utc(void **state)
{
	static const struct {
		const char *zone, *wall, *utc;
	} rows[] = {
	    {"Europe/Moscow", "2022-10-31T13:00:00Z", "2022-10-31T10:00:00Z"},
	    /* Offsets change by decree. */
	    {"Europe/Volgograd", "2019-06-01T10:00:00Z",
		"2019-06-01T06:00:00Z"},
	    {"Europe/Volgograd", "2022-10-31T10:00:00Z",
		"2022-10-31T07:00:00Z"},
	    {"Asia/Almaty", "2024-02-29T10:00:00Z", "2024-02-29T04:00:00Z"},
	    {"Asia/Almaty", "2024-03-02T10:00:00Z", "2024-03-02T05:00:00Z"},
	    {"Europe/Berlin", "2026-07-01T12:00:00Z", "2026-07-01T10:00:00Z"},
	    {"Europe/Berlin", "2026-12-01T12:00:00Z", "2026-12-01T11:00:00Z"},
	    /* Skipped: the offset before, 01:30 UTC is 03:30 there. */
	    {"Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z"},
	    /* Repeated: the first of the two. */
	    {"Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"},
	    /* Past the file's last transition: its footer's rule. */
	    {"Europe/Berlin", "2090-07-01T12:00:00Z", "2090-07-01T10:00:00Z"},
	    {"Australia/Sydney", "2090-01-01T12:00:00Z",
		"2090-01-01T01:00:00Z"},
	    {"Australia/Sydney", "2090-07-01T12:00:00Z",
		"2090-07-01T02:00:00Z"},
	    {"Asia/Kathmandu", "2026-01-01T05:45:00Z", "2026-01-01T00:00:00Z"},
	    {"UTC", "2026-01-01T05:45:00Z", "2026-01-01T05:45:00Z"},
	};
	int64_t got;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(
		    zone_to_utc(rows[i].zone, seconds(rows[i].wall), &got), 0);
		assert_int_equal(got, seconds(rows[i].utc));
	}
}

static void
what_is_no_zone_is_not_known(void **state)
{
	static const char *const bad[] = {"", "Mars/Phobos", "../../etc/passwd",
	    "/etc/localtime", "Europe/../Europe/Berlin", "Europe", "zone.tab",
	    "tzdata.zi", "Europe/Berlin\n", "posixrules.."};
	int64_t got = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(zone_is_known(bad[i]));
		assert_int_equal(zone_to_utc(bad[i], 0, &got), -1);
	}
	assert_int_equal(zone_to_utc("Europe/Berlin", INT64_MAX, &got), -1);
	assert_int_equal(got, 7);
	assert_true(zone_is_known("Asia/Bishkek"));
	assert_true(zone_is_known("Asia/Shanghai"));
}

/* The C library reads the same data with other code. */
static void
the_c_library_agrees(void **state)
{
	static const char *const zones[] = {"Europe/Berlin", "Europe/Moscow",
	    "Asia/Almaty", "Asia/Tehran", "America/New_York",
	    "Australia/Lord_Howe", "Europe/Dublin", "Africa/Casablanca"};

	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		setenv("TZ", zones[i], 1);
		tzset();
		for (int64_t t = 0; t < INT64_C(3786912000); t += 977 * 3601) {
			time_t utc = (time_t)t;
			struct tm tm;
			int64_t wall, got = 0, other;

			localtime_r(&utc, &tm);
			wall = t + tm.tm_gmtoff;
			assert_int_equal(zone_to_utc(zones[i], wall, &got), 0);
			/* Equal, or the same wall time said twice. */
			other = got;
			localtime_r((time_t[]){(time_t)other}, &tm);
			assert_int_equal(got + tm.tm_gmtoff, wall);
			assert_true(got <= t);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wall_time_becomes_utc),
	    cmocka_unit_test(what_is_no_zone_is_not_known),
	    cmocka_unit_test(the_c_library_agrees),
	};

	return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
