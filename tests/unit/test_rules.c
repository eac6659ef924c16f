#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "event/dates.h"
#include "event/rules.h"

#define CITY(id)                                           \
	"{\"id\":\"" id "\",\"country\":\"RU\",\"names\":" \
	"{\"ru\":\"X\"}}"

static const char claim[] =
    "{\"registrar\":\"mag\",\"localId\":\"site.7\",\"speaksFor\":\"wd:Q914\","
    "\"a\":" CITY("wd:Q914") ",\"b\":" CITY(
	"wd:Q92277") ","
		     "\"status\":\"active\",\"statusSince\":\"1994\","
		     "\"agreements\":[{"
		     "\"kind\":\"twin\",\"kindLabel\":\"Sister "
		     "City\",\"signedOn\":"
		     "\"1994-02-22\",\"dateBasis\":\"signature\",\"term\":"
		     "\"indefinite\","
		     "\"renewal\":\"\",\"noticePeriod\":\"P90D\",\"endedOn\":"
		     "\"\","
		     "\"agreementGroup\":\"No. "
		     "13812345678\",\"languages\":[\"ru\","
		     "\"zh-Hans\"],\"areas\":[\"culture\"],\"documentUrl\":"
		     "null,"
		     "\"documentSha256\":null}],\"url\":\"https://example.org/"
		     "7\","
		     "\"dataLicence\":\"CC0-1.0\"}";
static const char event[] =
    "{\"uid\":\"site.7@mag\",\"publisher\":\"mag\",\"status\":\"confirmed\","
    "\"kind\":\"panel\",\"title\":{\"en\":\"A panel\"},\"summary\":{},"
    "\"start\":\"2022-10-31T13:00:00\",\"end\":\"2022-10-31T15:00:00\","
    "\"allDay\":false,\"tz\":\"Europe/Moscow\",\"attendance\":\"online\","
    "\"places\":[{\"city\":" CITY(
	"wd:Q914") ",\"name\":{},\"lat\":48.7}],"
		   "\"organizers\":[{\"id\":\"org:mag\",\"role\":\"host\","
		   "\"names\":{}}],"
		   "\"about\":[\"wd:Q914+wd:Q92277\",\"wd:Q914\",\"org:mag\"],"
		   "\"sameAs\":[\"i.12@volgograd\"],\"contactUrl\":\"mailto:i@"
		   "x.org\"}";
static const char organization[] =
    "{\"id\":\"org:mag\",\"registrar\":\"mag\",\"names\":{\"ru\":\"МАГ\"},"
    "\"kind\":\"association\",\"country\":\"RU\",\"speaksFor\":[\"country:KG\","
    "\"wd:Q914\"],\"website\":\"https://x.org\",\"roleMailbox\":\"i@x.org\"}";

static const struct subject {
	enum record_type type;
	const char *text, *key;
} subjects[] = {
    {RECORD_CLAIM, claim, "mag|site.7"},
    {RECORD_EVENT, event, "site.7@mag"},
    {RECORD_ORGANIZATION, organization, "mag|org:mag"},
};

/* The subject with the value at PATH (one jq-like path of names and numbers,
 * separated by slashes) set to JSON. */
static jv
with(const struct subject *s, const char *path, const char *json)
{
	jv steps = jv_array(), record = jv_parse(s->text);
	char copy[200], *step, *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (step = strtok_r(copy, "/", &save); step != NULL;
	     step = strtok_r(NULL, "/", &save))
		steps = jv_array_append(steps, *step >= '0' && *step <= '9'
						   ? jv_number(atoi(step))
						   : jv_string(step));
	record = jv_setpath(record, steps, jv_parse(json));
	assert_true(jv_is_valid(record));
	return record;
}

static char *
first_problem(jv problems, const char *member)
{
	jv one = jv_array_get(problems, 0);
	char *text = strdup(json_str(one, member, "none"));

	jv_free(one);
	return text;
}

static void
good_records_have_no_problem(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		jv record = jv_parse(subjects[i].text);
		char *text = first_problem(rules_check(subjects[i].type, record,
					       "mag", subjects[i].key, NULL),
		    "text");

		assert_string_equal(text, "none");
		free(text);
		jv_free(record);
	}
}

static void
each_fault_has_its_code_and_place(void **state)
{
	static const struct {
		int subject;
		const char *path, *json, *code, *field;
	} rows[] = {
	    {0, "status", "\"broken\"", "bad_code", "status"},
	    {0, "status", "\"\"", "missing", "status"},
	    {0, "statusSince", "\"31.10.2022\"", "bad_date", "statusSince"},
	    {0, "agreements/0/signedOn", "\"1994-02-30\"", "bad_date",
		"agreements[0].signedOn"},
	    {0, "agreements/0/kind", "\"sister\"", "bad_code",
		"agreements[0].kind"},
	    {0, "agreements/0/areas/1", "\"x\"", "bad_code",
		"agreements[0].areas[1]"},
	    {0, "agreements/0/term", "\"5 years\"", "bad_duration",
		"agreements[0].term"},
	    {0, "agreements/0/languages/0", "\"RU\"", "bad_language",
		"agreements[0].languages[0]"},
	    {0, "agreements/0/documentUrl", "\"javascript:x\"", "bad_url",
		"agreements[0].documentUrl"},
	    {0, "agreements/0/documentSha256", "\"00\"", "bad_sha256",
		"agreements[0].documentSha256"},
	    {0, "a/id", "\"Q914\"", "bad_city", "a.id"},
	    {0, "a/country", "\"XX\"", "bad_country", "a.country"},
	    {0, "a/names/russian", "\"X\"", "bad_language", "a.names.russian"},
	    {0, "b/id", "\"wd:Q914\"", "same_city", "b"},
	    {0, "b", "{\"id\":\"\",\"names\":{}}", "missing", "b"},
	    {0, "speaksFor", "\"wd:Q1\"", "bad_speaks_for", "speaksFor"},
	    {0, "registrar", "\"volgograd\"", "origin_mismatch", ""},
	    {0, "localId", "\"site.8\"", "origin_mismatch", ""},
	    {0, "url", "\"https://x y\"", "bad_url", "url"},
	    {0, "dataLicence", "\"CC BY\"", "bad_licence", "dataLicence"},
	    {1, "title", "{}", "missing", "title"},
	    {1, "title/en", "\"call 8 927 123-45-67\"", "personal_data",
		"title.en"},
	    {1, "summary/en", "\"ivan@mail.example\"", "personal_data",
		"summary.en"},
	    {1, "places/0/address", "\"+7 8442 301234\"", "personal_data",
		"places[0].address"},
	    {1, "summary/en", "\"\\u0007\"", "bad_text", "summary.en"},
	    {1, "start", "\"\"", "missing", "start"},
	    {1, "start", "\"2022-10-31\"", "bad_date", "start"},
	    {1, "start", "\"2022-10-31T25:00:00\"", "bad_date", "start"},
	    {1, "end", "\"2022-10-31\"", "bad_date", "end"},
	    {1, "end", "\"2022-10-31T12:00:00\"", "end_before_start", "end"},
	    {1, "end", "\"2022-10-31T13:00:00\"", "end_before_start", "end"},
	    {1, "tz", "\"\"", "missing", "tz"},
	    {1, "tz", "\"Moscow\"", "bad_zone", "tz"},
	    {1, "kind", "\"party\"", "bad_code", "kind"},
	    {1, "attendance", "\"hybrid\"", "bad_code", "attendance"},
	    {1, "places/0/lat", "91", "bad_number", "places[0].lat"},
	    {1, "places/0/city/lon", "-181", "bad_number",
		"places[0].city.lon"},
	    {1, "about/0", "\"wd:Q92277+wd:Q914\"", "bad_about", "about[0]"},
	    {1, "sameAs/0", "\"x\"", "bad_uid", "sameAs[0]"},
	    {1, "sameAs/0", "\"site.7@mag\"", "same_event", "sameAs"},
	    {1, "superEvent", "\"site.7@mag\"", "same_event", "superEvent"},
	    {1, "contactUrl", "\"mailto:Ivan\"", "bad_url", "contactUrl"},
	    {1, "organizers/0/id", "\"mag\"", "bad_organization",
		"organizers[0].id"},
	    {1, "uid", "\"site.8@mag\"", "origin_mismatch", ""},
	    {1, "publisher", "\"volgograd\"", "origin_mismatch", ""},
	    {2, "id", "\"org:cpaffc\"", "origin_mismatch", ""},
	    {2, "kind", "\"club\"", "bad_code", "kind"},
	    {2, "speaksFor/0", "\"country:kg\"", "bad_city", "speaksFor[0]"},
	    {2, "roleMailbox", "\"nobody\"", "bad_mailbox", "roleMailbox"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct subject *s = &subjects[rows[i].subject];
		jv record = with(s, rows[i].path, rows[i].json);
		jv problems = rules_check(s->type, record, "mag", s->key, NULL);
		char *code = first_problem(jv_copy(problems), "code");
		char *field = first_problem(problems, "field");

		if (strcmp(code, rows[i].code) != 0 ||
		    strcmp(field, rows[i].field) != 0)
			fail_msg("%s = %s: %s at %s", rows[i].path,
			    rows[i].json, code, field);
		free(code);
		free(field);
		jv_free(record);
	}
}

static void
sentences_never_repeat_personal_data(void **state)
{
	jv record = with(&subjects[1], "title/en", "\"call 89271234567\"");
	char *text = first_problem(
	    rules_check(RECORD_EVENT, record, "mag", "site.7@mag", NULL),
	    "text");

	(void)state;
	assert_null(strstr(text, "8927"));
	assert_non_null(strstr(text, "phone number"));
	free(text);
	jv_free(record);
	record = with(&subjects[1], "kind", "\"ivan@mail.example\"");
	text = first_problem(
	    rules_check(RECORD_EVENT, record, "mag", "site.7@mag", NULL),
	    "text");
	assert_null(strstr(text, "ivan"));
	free(text);
	jv_free(record);
}

static void
personal_data_is_stripped_where_configured(void **state)
{
	static const char *const roles[] = {"info@mag.example", NULL};
	struct rules_conf conf = {RULES_PERSONAL_STRIP, roles};
	jv record = with(&subjects[1], "summary",
	    "{\"en\":\"ivan@mail.example, info@mag.example\"}");
	jv summary;

	(void)state;
	record = rules_strip(RECORD_EVENT, record, &conf);
	summary = json_get(record, "summary");
	assert_string_equal(
	    json_str(summary, "en", ""), "[...], info@mag.example");
	jv_free(summary);
	assert_string_equal(
	    json_str(record, "contactUrl", ""), "mailto:i@x.org");
	assert_int_equal(jv_array_length(rules_check(
			     RECORD_EVENT, record, "mag", "site.7@mag", &conf)),
	    0);
	jv_free(record);
}

static void
whole_days_end_on_the_day_after(void **state)
{
	jv record = with(&subjects[1], "start", "\"2022-10-31\"");
	char *code;

	(void)state;
	json_set(&record, "allDay", jv_true());
	json_set_str(&record, "tz", "");
	json_set_str(&record, "end", "2022-11-02");
	assert_int_equal(jv_array_length(rules_check(
			     RECORD_EVENT, record, "mag", "site.7@mag", NULL)),
	    0);
	json_set_str(&record, "end", "2022-10-31");
	code = first_problem(
	    rules_check(RECORD_EVENT, record, "mag", "site.7@mag", NULL),
	    "code");
	assert_string_equal(code, "end_before_start");
	free(code);
	jv_free(record);
}

static void
a_record_belongs_to_its_topic(void **state)
{
	static const struct {
		enum record_type type;
		const char *json, *key, *topic;
		int outcome;
	} rows[] = {
	    {RECORD_CLAIM, claim, "mag|site.7", "tw.claims.mag", 0},
	    {RECORD_CLAIM, claim, "mag|site.7", "tw.claims.kg-lsg", -1},
	    {RECORD_CLAIM, claim, "mag|site.8", "tw.claims.mag", -1},
	    {RECORD_CLAIM, "null", "mag|site.7", "tw.claims.mag", 0},
	    {RECORD_CLAIM, "null", "mag|site.7", "tw.claims.kg-lsg", -1},
	    {RECORD_CLAIM, claim, "mag|site.7", "tw.events.mag", -1},
	    {RECORD_EVENT, event, "site.7@mag", "tw.events.mag", 0},
	    {RECORD_EVENT, event, "site.7@mag", "tw.dead.mag", -1},
	    {RECORD_ORGANIZATION, organization, "mag|org:mag",
		"tw.organizations.mag", 0},
	    {RECORD_PARTNERSHIP, "{\"pairKey\":\"wd:Q1+wd:Q2\"}", "wd:Q1+wd:Q2",
		"tw.partnerships", 0},
	    {RECORD_PARTNERSHIP, "{\"pairKey\":\"wd:Q1+wd:Q2\"}", "wd:Q1+wd:Q3",
		"tw.partnerships", -1},
	    {RECORD_RECEIPT, "{\"connection\":\"c\",\"recordKey\":\"k\"}",
		"c|k", "tw.receipts.mag", 0},
	    {RECORD_RECEIPT, "{\"connection\":\"d\",\"recordKey\":\"k\"}",
		"c|k", "tw.receipts.mag", -1},
	    {RECORD_RECEIPT, "{\"connection\":\"$(x)\",\"recordKey\":\"k\"}",
		"$(x)|k", "tw.receipts.mag", -1},
	    {RECORD_RECEIPT, "null", "c|k", "tw.receipts.mag", 0},
	    {RECORD_STATUS, "{\"connection\":\"c\"}", "c", "tw.status.mag", 0},
	    {RECORD_STATUS, "{\"connection\":\"c; ls\"}", "c; ls",
		"tw.status.mag", -1},
	    {RECORD_STATUS, "null", "c\n", "tw.status.mag", -1},
	    {RECORD_COMMAND, "{\"id\":\"1\"}", "2", "tw.control.mag", -1},
	};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		jv record = jv_parse(rows[i].json);

		assert_int_equal(rules_origin(rows[i].type, record, rows[i].key,
				     rows[i].topic, &err),
		    rows[i].outcome);
		jv_free(record);
	}
	assert_int_equal(err.class, ERR_REJECT);
	assert_non_null(strstr(err.msg, "origin_mismatch"));
}

static void
an_event_that_moves_counts_up(void **state)
{
	jv first, next, record = jv_parse(event);
	int64_t at = 0;

	(void)state;
	first = rules_derive(RECORD_EVENT, jv_copy(record), jv_null(), 1);
	assert_int_equal(clock_parse("2022-10-31T10:00:00Z", &at), 0);
	assert_int_equal(json_int(first, "startUtc", 0), at);
	assert_int_equal(json_int(first, "endUtc", 0), at + 7200000);
	assert_int_equal(json_int(first, "sequence", -1), 0);
	assert_int_equal(json_int(first, "modifiedAt", 0), 1);
	/* Off the wire it has all defaults; nothing moved. */
	json_set(&first, "places",
	    jv_parse("[{\"city\":{\"id\":\"wd:Q914\",\"country\":\"RU\","
		     "\"names\":{\"ru\":\"X\"},\"sameAs\":[],\"lat\":null,"
		     "\"lon\":null},\"name\":{},\"address\":\"\",\"lat\":48.7,"
		     "\"lon\":null,\"url\":null}]"));
	json_set(&record, "title", jv_parse("{\"en\":\"New\"}"));
	next = rules_derive(RECORD_EVENT, jv_copy(record), first, 2);
	assert_int_equal(json_int(next, "sequence", -1), 0);
	jv_free(next);
	json_set_str(&record, "start", "2022-10-31T14:00:00");
	next = rules_derive(RECORD_EVENT, jv_copy(record), first, 2);
	assert_int_equal(json_int(next, "sequence", -1), 1);
	assert_string_equal(
	    json_str(next, "previousStart", ""), "2022-10-31T13:00:00");
	jv_free(first);
	json_set_str(&record, "status", "cancelled");
	first = rules_derive(RECORD_EVENT, record, next, 3);
	assert_int_equal(json_int(first, "sequence", -1), 2);
	assert_string_equal(
	    json_str(first, "previousStart", ""), "2022-10-31T13:00:00");
	jv_free(next);
	first = rules_essence(RECORD_EVENT, first);
	assert_int_equal(json_int(first, "sequence", -1), -1);
	assert_int_equal(json_int(first, "modifiedAt", -1), -1);
	assert_int_equal(json_int(first, "startUtc", -1), -1);
	jv_free(first);
}

static void
dates_are_days_of_the_calendar(void **state)
{
	static const char *const good[] = {"1994", "1994-02", "2024-02-29"};
	static const char *const bad[] = {"", "94", "1994-13", "1994-2",
	    "2023-02-29", "1994-00", "1994-01-00", "1994-01-32",
	    "1994-01-01T00:00:00", "1994/01/01", "199a"};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(dates_is_edtf(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(dates_is_edtf(bad[i]));
	assert_int_equal(rules_utc("1970-01-02", "UTC", &ms), 0);
	assert_int_equal(ms, 86400000);
	assert_int_equal(rules_utc("2022-10-31T13:00:00", "Nowhere", &ms), -1);
	assert_int_equal(rules_utc("2022-10-31T13:00", "UTC", &ms), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_records_have_no_problem),
	    cmocka_unit_test(each_fault_has_its_code_and_place),
	    cmocka_unit_test(sentences_never_repeat_personal_data),
	    cmocka_unit_test(personal_data_is_stripped_where_configured),
	    cmocka_unit_test(whole_days_end_on_the_day_after),
	    cmocka_unit_test(a_record_belongs_to_its_topic),
	    cmocka_unit_test(an_event_that_moves_counts_up),
	    cmocka_unit_test(dates_are_days_of_the_calendar),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
