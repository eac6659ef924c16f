/* Events as iCalendar, read back by libical itself; others read it in
 * component tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "event/ical.h"

/* One event of RECORD (JSON) with TITLE, as a file. */
static char *
file_of(const char *record, const char *title, const char *summary)
{
	struct ical *c = ical_new("Twinwire", "https://example.org/calendar");
	struct ical_event e = {
	    .record = json_parse(record, strlen(record), NULL),
	    .title = title,
	    .language = "ru",
	    .summary = summary,
	    .place = "",
	    .address = "https://example.org/events/1",
	    .at_ms = INT64_C(1790000000000)};
	struct buf out = {0};

	assert_true(jv_is_valid(e.record));
	ical_add(c, &e);
	ical_print(c, &out);
	ical_free(c);
	jv_free(e.record);
	return buf_take(&out);
}

static void
assert_has(const char *file, const char *part)
{
	if (strstr(file, part) == NULL)
		fail_msg("%s is not in\n%s", part, file);
}

static const char forum[] =
    "{\"uid\":\"site.1@volgograd\",\"start\":\"2027-05-12T13:00:00\","
    "\"end\":\"2027-05-12T15:00:00\",\"tz\":\"Europe/Volgograd\","
    "\"status\":\"confirmed\",\"sequence\":3,\"allDay\":false,"
    "\"startUtc\":1810116000000,\"endUtc\":1810123200000}";

static void
an_event_has_its_wall_time_and_zone(void **state)
{
	char *file = file_of(forum, "Форум", "");

	(void)state;
	assert_has(file, "BEGIN:VTIMEZONE\r\nTZID:Europe/Volgograd\r\n");
	assert_has(file, "TZID=Europe/Volgograd:20270512T130000\r\n");
	assert_has(file, "TZID=Europe/Volgograd:20270512T150000\r\n");
	assert_has(file, "UID:site.1@volgograd\r\n");
	assert_has(file, "SEQUENCE:3\r\n");
	assert_has(file, "STATUS:CONFIRMED\r\n");
	assert_has(file, "LANGUAGE=ru:Форум\r\n");
	assert_has(file, "URL");
	free(file);
}

/* Who writes them may write what it likes. */
static void
a_language_or_a_kind_of_any_length_is_none(void **state)
{
	struct ical *c = ical_new("Twinwire", "https://example.org/calendar");
	char *kind = mem_new(100001, 1);
	struct buf out = {0};
	struct ical_event e = {.title = "Forum",
	    .language = kind,
	    .summary = "",
	    .place = "",
	    .address = ""};

	(void)state;
	memset(kind, 'x', 100000);
	e.record = json_parse(forum, strlen(forum), NULL);
	json_set_str(&e.record, "kind", kind);
	ical_add(c, &e);
	ical_print(c, &out);
	assert_has(out.data, "SUMMARY:Forum\r\n");
	assert_null(strstr(out.data, "CATEGORIES"));
	assert_null(strstr(out.data, "xxx"));
	buf_free(&out);
	ical_free(c);
	jv_free(e.record);
	free(kind);
}

/* A zone that is named has to be in the file: RFC 5545, section 3.2.19. */
static void
a_time_without_a_zone_of_its_own_is_utc(void **state)
{
	static const char *const zones[] = {"UTC", "GMT", "Mars/Olympus", ""};
	char record[256], *file;

	(void)state;
	for (size_t i = 0; i < sizeof(zones) / sizeof(*zones); i++) {
		snprintf(record, sizeof(record),
		    "{\"uid\":\"a@b\",\"start\":\"2027-05-12T13:00:00\","
		    "\"end\":\"2027-05-12T15:00:00\",\"tz\":\"%s\","
		    "\"startUtc\":0,\"endUtc\":9007199254740991}",
		    zones[i]);
		file = file_of(record, "Webinar", "");
		assert_has(file, "DTSTART:20270512T130000Z\r\n");
		assert_has(file, "DTEND:20270512T150000Z\r\n");
		assert_null(strstr(file, "TZID"));
		free(file);
	}
}

static void
a_place_off_the_globe_is_none(void **state)
{
	char *file =
	    file_of("{\"uid\":\"a@b\",\"start\":\"2027-06-01\",\"places\":"
		    "[{\"lat\":1e300,\"lon\":-1e300}]}",
		"All day", "");

	(void)state;
	assert_has(file, "DTSTART;VALUE=DATE:20270601\r\n");
	assert_null(strstr(file, "GEO"));
	free(file);
}

static void
a_text_stays_one_line_and_only_text(void **state)
{
	char *file =
	    file_of(forum, "A, b; c\\d\nEND:VEVENT\r\nBEGIN:VALARM", "x");
	const char *at = file;
	size_t n = 0;

	(void)state;
	assert_has(file, "A\\, b\\; c\\\\d\\nEND:VEVENT");
	while ((at = strstr(at, "\nEND:VEVENT")) != NULL) {
		n++;
		at++;
	}
	assert_int_equal(n, 1);
	assert_null(strstr(file, "\nBEGIN:VALARM"));
	free(file);
}

static void
days_are_days_and_a_cancelled_event_stays(void **state)
{
	char *file =
	    file_of("{\"uid\":\"a@b\",\"start\":\"2027-06-01\",\"end\":"
		    "\"2027-06-03\",\"allDay\":true,\"status\":"
		    "\"cancelled\",\"tz\":\"Asia/Shanghai\"}",
		"All day", "");

	(void)state;
	assert_has(file, "DTSTART;VALUE=DATE:20270601\r\n");
	assert_has(file, "DTEND;VALUE=DATE:20270603\r\n");
	assert_has(file, "STATUS:CANCELLED\r\n");
	free(file);
}

static void
what_has_no_start_is_left_out(void **state)
{
	static const char *const records[] = {"{\"uid\":\"a@b\"}",
	    "{\"uid\":\"a@b\",\"start\":\"soon\",\"tz\":\"Europe/Moscow\"}",
	    "{\"uid\":\"a@b\",\"start\":\"2027-13-41T00:00:00\"}",
	    "{\"uid\":\"a@b\",\"start\":\"0000-01-01\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
		char *file = file_of(records[i], "x", "");

		assert_null(strstr(file, "VEVENT"));
		assert_has(file, "END:VCALENDAR");
		free(file);
	}
}

static void
long_lines_are_folded(void **state)
{
	char title[1001];
	char *file, *line, *end;

	(void)state;
	for (size_t i = 0; i < 500; i++)
		memcpy(title + 2 * i, "ж", 2);
	title[1000] = '\0';
	file = file_of(forum, title, "");
	for (line = file; *line != '\0'; line = end + 2) {
		end = strstr(line, "\r\n");
		assert_non_null(end);
		assert_true(end - line <= 75);
	}
	free(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_language_or_a_kind_of_any_length_is_none),
	    cmocka_unit_test(an_event_has_its_wall_time_and_zone),
	    cmocka_unit_test(a_time_without_a_zone_of_its_own_is_utc),
	    cmocka_unit_test(a_place_off_the_globe_is_none),
	    cmocka_unit_test(a_text_stays_one_line_and_only_text),
	    cmocka_unit_test(days_are_days_and_a_cancelled_event_stays),
	    cmocka_unit_test(what_has_no_start_is_left_out),
	    cmocka_unit_test(long_lines_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
