/* links: services/cli/input.c services/cli/csv.c services/cli/text.c */
/* links: services/cli/columns.c services/cli/day.c services/cli/lines.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "cli/csv.h"
#include "cli/day.h"
#include "cli/input.h"
#include "cli/text.h"

#define BYTES(text) text, sizeof(text) - 1

static void
dates_are_taken_as_people_write_them(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: no date */
	} cases[] = {
	    {"31.10.2022", "2022-10-31"},
	    {"1.2.1994", "1994-02-01"},
	    {"02.1994", "1994-02"},
	    {"1994", "1994"},
	    {"1994-02", "1994-02"},
	    {"2024-02-29", "2024-02-29"},
	    {"29.02.2023", NULL},
	    {"31.13.2022", NULL},
	    {"32.1.2022", NULL},
	    {"10/31/2022", NULL},
	    {"31.10.22", NULL},
	    {"31.10.2022 13:00", NULL},
	    {"13.1994", NULL},
	    {"", NULL},
	    {"tomorrow morning", NULL},
	};
	char out[DAY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int rc = day_date(cases[i].text, out);

		if (rc != (cases[i].want != NULL ? 0 : -1))
			fail_msg("\"%s\": %d", cases[i].text, rc);
		if (cases[i].want != NULL)
			assert_string_equal(out, cases[i].want);
	}
}

static void
times_are_taken_as_people_write_them(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: no time */
	} cases[] = {
	    {"31.10.2022", "2022-10-31"},
	    {"2022-10-31", "2022-10-31"},
	    {"31.10.2022 13:00", "2022-10-31T13:00:00"},
	    {"31.10.2022 9:05", "2022-10-31T09:05:00"},
	    {"2022-10-31 13:00:59", "2022-10-31T13:00:59"},
	    {"2022-10-31T13:00", "2022-10-31T13:00:00"},
	    {"2022-10-31T13:00:00+03:00", NULL},
	    {"2022-10-31T13:00:00Z", NULL},
	    {"31.10.2022 24:00", NULL},
	    {"31.10.2022 13:60", NULL},
	    {"31.10.2022 13", NULL},
	    {"31.10.2022, 13:00", NULL},
	    {"30.02.2022 13:00", NULL},
	    {"2022-10", NULL},
	    {"2022", NULL},
	    {"13:00", NULL},
	};
	char out[DAY_TIME_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int rc = day_time(cases[i].text, out);

		if (rc != (cases[i].want != NULL ? 0 : -1))
			fail_msg("\"%s\": %d", cases[i].text, rc);
		if (cases[i].want != NULL)
			assert_string_equal(out, cases[i].want);
	}
}

static void
the_next_day_knows_the_calendar(void **state)
{
	char leap[DAY_SIZE] = "2024-02-28", year[DAY_SIZE] = "2022-12-31";

	(void)state;
	day_next(leap);
	assert_string_equal(leap, "2024-02-29");
	day_next(year);
	assert_string_equal(year, "2023-01-01");
}

static void
encodings_become_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *want; /* NULL: refused */
	} cases[] = {
	    {BYTES("a\xd0\x94"), "a\xd0\x94"},
	    {BYTES("\xef\xbb\xbfid"), "id"},
	    {BYTES("\xc4\xee\xec \xb9 5 \xab\xb8\xbb"),
		"\xd0\x94\xd0\xbe\xd0\xbc \xe2\x84\x96 5 \xc2\xab\xd1\x91\xc2"
		"\xbb"},
	    {BYTES("\xff\xfe\x14\x04!\0"), "\xd0\x94!"},
	    {BYTES("\xfe\xff\x04\x14\0!"), "\xd0\x94!"},
	    {BYTES("\xff\xfe\x3d\xd8\x00\xde"), "\xf0\x9f\x98\x80"},
	    {BYTES("\xff\xfe\x3d\xd8"), NULL},
	    {BYTES("\xff\xfe\x00\xde"), NULL},
	    {BYTES("\xff\xfe\x14"), NULL},
	    {BYTES("a\0b"), NULL},
	    {BYTES("\x98"), NULL},
	    {BYTES("\xd0\x94\xd0\xbe\xd0\xbc\n\xff"), NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf out = {0};
		struct err err;
		int rc = text_utf8(cases[i].text, cases[i].size, &out, &err);

		if (rc != (cases[i].want != NULL ? 0 : -1))
			fail_msg("case %zu: %d", i, rc);
		if (cases[i].want != NULL)
			assert_string_equal(out.data, cases[i].want);
		buf_free(&out);
	}
}

static void
a_mostly_utf8_file_names_its_bad_line(void **state)
{
	struct buf out = {0};
	struct err err;

	(void)state;
	assert_int_equal(
	    text_utf8(BYTES("\xd0\x94\n\xd0\xbe\xd0\xbc\n\xff"), &out, &err),
	    -1);
	assert_string_equal(
	    err.msg, "line 3: a character that is not UTF-8, as the rest is");
	buf_free(&out);
}

/* ROWS as "a|b" joined by "/", or the error. */
static char *
table(const char *text)
{
	struct csv *c = csv_new(text, strlen(text));
	struct buf out = {0};
	struct err err;
	int rc;

	while ((rc = csv_next(c, &err)) == 1) {
		buf_printf(&out, "%s%zu:", out.size > 0 ? "/" : "", csv_row(c));
		for (size_t i = 0; i < csv_cells(c); i++)
			buf_printf(
			    &out, "%s%s", i > 0 ? "|" : "", csv_cell(c, i));
	}
	if (rc < 0)
		buf_printf(&out, "/%zu! %s", csv_row(c), err.msg);
	csv_free(c);
	return buf_take(&out);
}

static void
tables_are_read_as_spreadsheets_save_them(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"", ""},
	    {"a,b\n1,2\n", "1:a|b/2:1|2"},
	    {"a;b\r\n1;2,5\r\n", "1:a|b/2:1|2,5"},
	    {"a\tb\n1\t2", "1:a|b/2:1|2"},
	    {"a,b\r1,2", "1:a|b/2:1|2"},
	    {"a,b\n\n,\n1,2", "1:a|b/4:1|2"},
	    {"a;b\n\"x;\"\"y\"\"\";2", "1:a|b/2:x;\"y\"|2"},
	    {"a,b\n\"1\n2\",3\n4,5", "1:a|b/2:1\n2|3/3:4|5"},
	    {"a, b \n 1 ,\xc2\xa0 2\xc2\xa0", "1:a|b/2:1|2"},
	    {"a,b\n 5\" , \"q\" \n", "1:a|b/2:5\"|q"},
	    {"\"a;b\",c\n1,2", "1:a;b|c/2:1|2"},
	    {"a\n1,2", "1:a/2:1|2"},
	    {"a,b\n\"1,2\n3", "1:a|b/2! a quotation mark is not closed"},
	    {"a,b\n\"1\"x,2", "1:a|b/2! text behind a closing quotation mark"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *got = table(cases[i].text);

		assert_string_equal(got, cases[i].want);
		free(got);
	}
}

/* Every record or error of TEXT, a line each. */
static char *
read_all(enum record_type t, const char *text)
{
	struct buf out = {0};
	struct err err;
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	struct input *in = input_new(t, f, &err);
	const char *unit;
	size_t n;
	jv record;
	int rc;

	if (in == NULL) {
		buf_puts(&out, err.msg);
		fclose(f);
		return buf_take(&out);
	}
	while ((rc = input_next(in, &record, &err)) != 0) {
		unit = input_where(in, &n);
		buf_printf(&out, "%s %zu: ", unit, n);
		if (rc > 0) {
			json_canonical(record, &out);
			jv_free(record);
		} else {
			buf_puts(&out, err.msg);
		}
		buf_puts(&out, "\n");
	}
	input_free(in);
	fclose(f);
	return buf_take(&out);
}

static void
json_in_its_three_forms_gives_records(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"{\"id\": 1}", "line 1: {\"id\":1}\n"},
	    {"\n{\n\"id\": 1}", "item 1: {\"id\":1}\n"},
	    {"{\"id\": 1}\r{\"id\": 2}\r\r{\"id\": 3}", "line 1: {\"id\":1}\n"
							"line 2: {\"id\":2}\n"
							"line 4: {\"id\":3}\n"},
	    {" [{\"id\": 1},\n 7, {\"id\": 2}]",
		"item 1: {\"id\":1}\n"
		"item 2: not a record: expected {...}\n"
		"item 3: {\"id\":2}\n"},
	    {"\xef\xbb\xbf{\"id\": 1}\r\n\r\n{\"id\": 2}\n{\"id\" \"3\"}\n[]",
		"line 1: {\"id\":1}\n"
		"line 3: {\"id\":2}\n"
		"line 4: not JSON: two values without a separator, at byte 6\n"
		"line 5: not a record: expected {...}\n"},
	    {"{\n \"id\": 1,\n}", NULL},
	    {"[{\"id\": 1}", NULL},
	    {"  ", "the file is empty"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *got = read_all(RECORD_EVENT, cases[i].text);

		if (cases[i].want == NULL)
			assert_int_equal(strncmp(got, "not JSON: ", 10), 0);
		else
			assert_string_equal(got, cases[i].want);
		free(got);
	}
}

static void
a_table_of_events_gives_records(void **state)
{
	static const char text[] =
	    "ID;Title.ru;#note;start;end;tz;city;city.ru;country;lat;languages;"
	    "organizer.ru\n"
	    "17;\xd0\x94;x;31.10.2022 13:00;;Europe/Volgograd;wd:Q914;"
	    "\xd0\x92;RU;48,5;ru, en;\xd0\x90\n"
	    "18;\xd0\x95;;31.10.2022;1.11.2022\n";
	char *got = read_all(RECORD_EVENT, text);

	(void)state;
	assert_string_equal(got,
	    "row 2: {\"allDay\":false,\"id\":\"17\",\"languages\":[\"ru\","
	    "\"en\"],\"organizers\":[{\"names\":{\"ru\":\"\xd0\x90\"},"
	    "\"role\":\"organizer\"}],\"places\":[{\"city\":{\"country\":"
	    "\"RU\",\"id\":\"wd:Q914\",\"names\":{\"ru\":\"\xd0\x92\"}},"
	    "\"lat\":48.5}],\"start\":\"2022-10-31T13:00:00\",\"status\":"
	    "\"confirmed\",\"title\":{\"ru\":\"\xd0\x94\"},\"tz\":"
	    "\"Europe/Volgograd\"}\n"
	    "row 3: {\"allDay\":true,\"end\":\"2022-11-02\",\"id\":\"18\","
	    "\"start\":\"2022-10-31\",\"status\":\"confirmed\",\"title\":"
	    "{\"ru\":\"\xd0\x95\"}}\n");
	free(got);
}

static void
a_table_of_claims_gives_records(void **state)
{
	static const char text[] =
	    "id,city_a,city_b,status,kind,signed_on,areas\n"
	    "1,wd:Q914,wd:Q92277,Active,TWIN,22.02.1994,culture trade\n";
	char *got = read_all(RECORD_CLAIM, text);

	(void)state;
	assert_string_equal(got,
	    "row 2: {\"a\":{\"id\":\"wd:Q914\"},\"agreements\":[{\"areas\":"
	    "[\"culture\",\"trade\"],\"kind\":\"twin\",\"signedOn\":"
	    "\"1994-02-22\"}],\"b\":{\"id\":\"wd:Q92277\"},\"id\":\"1\","
	    "\"status\":\"active\"}\n");
	free(got);
}

static void
faults_of_a_table_name_row_and_column(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"id,titel\n", "row 1: column \"titel\" is not known; --template "
			   "prints those there are"},
	    {"\nid,title\n", "row 2: column \"title\" needs a language behind "
			     "a point, such as .ru"},
	    {"id,start.ru\n", "row 1: column \"start.ru\" has no languages"},
	    {"id,start,Start\n", "row 1: column \"Start\" stands there twice"},
	    {"id,start\n1,soon\n2,2022-10-31 10:00\n",
		"row 2: column start: \"soon\" is no date or time; write "
		"31.10.2022 13:00, 2022-10-31 13:00, or the day alone\n"
		"row 3: {\"allDay\":false,\"id\":\"2\",\"start\":"
		"\"2022-10-31T10:00:00\",\"status\":\"confirmed\"}\n"},
	    {"id,lat\n1,north\n",
		"row 2: column lat: \"north\" is no number\n"},
	    {"id,lat\n1,1,2\n",
		"row 2: more cells than the table has columns\n"},
	    {"id,lat\n1,\"2\n", "row 2: a quotation mark is not closed\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *got = read_all(RECORD_EVENT, cases[i].text);

		assert_string_equal(got, cases[i].want);
		free(got);
	}
}

static void
a_field_is_called_as_the_file_calls_it(void **state)
{
	static const char *const cases[][2] = {
	    {"start", "column start"},
	    {"title.ru", "column title.ru"},
	    {"places[0].city.id", "column city"},
	    {"places[0].city.names.ru", "column city.ru"},
	    {"sameAs[1]", "column same_as"},
	    {"", "column "},
	};
	static char table[] = "id\n1\n", object[] = "{}";
	FILE *files[] = {fmemopen(table, strlen(table), "r"),
	    fmemopen(object, strlen(object), "r")};
	struct input *in = input_new(RECORD_EVENT, files[0], NULL);
	struct input *json = input_new(RECORD_EVENT, files[1], NULL);
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		input_field(in, cases[i][0], out, sizeof(out));
		assert_string_equal(out, cases[i][1]);
		input_field(json, cases[i][0], out, sizeof(out));
		assert_string_equal(out, cases[i][0]);
	}
	input_free(in);
	input_free(json);
	fclose(files[0]);
	fclose(files[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates_are_taken_as_people_write_them),
	    cmocka_unit_test(times_are_taken_as_people_write_them),
	    cmocka_unit_test(the_next_day_knows_the_calendar),
	    cmocka_unit_test(encodings_become_utf8),
	    cmocka_unit_test(a_mostly_utf8_file_names_its_bad_line),
	    cmocka_unit_test(tables_are_read_as_spreadsheets_save_them),
	    cmocka_unit_test(json_in_its_three_forms_gives_records),
	    cmocka_unit_test(a_table_of_events_gives_records),
	    cmocka_unit_test(a_table_of_claims_gives_records),
	    cmocka_unit_test(faults_of_a_table_name_row_and_column),
	    cmocka_unit_test(a_field_is_called_as_the_file_calls_it),
	};

	return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
