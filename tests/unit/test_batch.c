/* links: services/cli/batch.c services/cli/input.c services/cli/csv.c */
/* links: services/cli/text.c services/cli/columns.c services/cli/day.c */
/* links: services/cli/lines.c services/cli/spool.c */
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
#include "cli/batch.h"
#include "event/rules.h"

static const struct rules_conf refuse = {
    .personal_data = RULES_PERSONAL_REFUSE};

static const char events[] = "id;title.ru;start;tz\n"
			     "1;Forum;31.10.2022 13:00;Europe/Volgograd\n"
			     "2;Panel;31.10.2022 14:00;Europe/Volgograd\n";

static void
note(void *ctx, const char *where, const char *field, const char *text)
{
	buf_printf(ctx, "%s|%s|%s\n", where, field, text);
}

static int
add(struct batch *b, const char *text, struct buf *problems)
{
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	struct err err;
	int rc;

	assert_non_null(f);
	buf_clear(problems);
	rc = batch_add(b, "f", f, note, problems, &err);
	fclose(f);
	if (rc < 0)
		buf_puts(problems, err.msg);
	return rc;
}

static void
records_are_made_whole(void **state)
{
	struct batch b = batch_new(RECORD_EVENT, "mag", "site", &refuse);
	struct buf problems = {0};
	struct batch_entry *e;
	struct err err;
	jv record;

	(void)state;
	assert_int_equal(add(&b, events, &problems), 0);
	assert_int_equal(b.n, 2);
	e = batch_find(&b, "site.2@mag");
	assert_non_null(e);
	assert_string_equal(e->unit, "row");
	assert_int_equal(e->n, 3);
	record = batch_record(&b, e, &err);
	assert_string_equal(json_str(record, "uid", ""), "site.2@mag");
	assert_string_equal(json_str(record, "publisher", ""), "mag");
	assert_string_equal(json_str(record, "attendance", "?"), "");
	jv_free(record);
	assert_null(batch_find(&b, "site.3@mag"));
	batch_fini(&b);
	buf_free(&problems);
}

/* The first record's member NAME is WANT. */
static void
expect_member(struct batch *b, const char *name, const char *want)
{
	struct err err;
	jv record = batch_record(b, b->entries, &err);

	assert_string_equal(json_str(record, name, ""), want);
	jv_free(record);
}

static void
claims_and_organizations_get_their_keys(void **state)
{
	struct batch c = batch_new(RECORD_CLAIM, "mag", "reg", &refuse);
	struct batch o = batch_new(RECORD_ORGANIZATION, "mag", "x", &refuse);
	struct buf problems = {0};

	(void)state;
	if (add(&c,
		"[{\"id\": 17, \"status\": \"active\", \"a\": {\"id\": "
		"\"wd:Q1\", \"names\": {\"en\": \"A\"}}, \"b\": {\"id\": "
		"\"wd:Q2\", \"names\": {\"en\": \"B\"}}}]",
		&problems) != 0)
		fail_msg("%s", problems.data);
	assert_non_null(batch_find(&c, "mag|reg.17"));
	expect_member(&c, "localId", "reg.17");
	if (add(&o, "{\"id\": \"org:mag\", \"names\": {\"ru\": \"M\"}}",
		&problems) != 0)
		fail_msg("%s", problems.data);
	assert_non_null(batch_find(&o, "mag|org:mag"));
	expect_member(&o, "id", "org:mag");
	batch_fini(&c);
	batch_fini(&o);
	buf_free(&problems);
}

static void
a_whole_record_keeps_its_key_if_it_is_the_members(void **state)
{
	static const char mine[] = "{\"uid\": \"old.7@mag\", \"title\": {\"en\""
				   ": \"T\"}, \"status\": \"confirmed\", "
				   "\"start\": \"2022-10-31\", \"allDay\": "
				   "true}";
	static const char other[] =
	    "{\"uid\": \"old.7@cpaffc\", \"publisher\": \"cpaffc\", "
	    "\"title\": {\"en\": \"T\"}, \"status\": \"confirmed\", "
	    "\"start\": \"2022-10-31\", \"allDay\": true}";
	struct batch b = batch_new(RECORD_EVENT, "mag", "site", &refuse);
	struct buf problems = {0};

	(void)state;
	assert_int_equal(add(&b, mine, &problems), 0);
	assert_non_null(batch_find(&b, "old.7@mag"));
	assert_int_equal(add(&b, other, &problems), 1);
	assert_non_null(strstr(problems.data, "does not belong"));
	batch_fini(&b);
	buf_free(&problems);
}

static void
what_is_wrong_is_left_out_and_told(void **state)
{
	static const struct {
		const char *text, *told;
	} cases[] = {
	    {"title.ru;start\nForum;31.10.2022\n",
		"f, row 2||has no id; each entry needs one that stays the "
		"same\n"},
	    {"id;title.ru;start\n1;A;31.10.2022\n1;B;31.10.2022\n",
		"f, row 3||has the same id as f, row 2\n"},
	    {"id;title.ru;start\n7;A;soon\n", "f, row 2||column start: \"soon"},
	    {"id;title.ru;start;tz\n7;A;31.10.2022 13:00;Mars/Base\n",
		"f, row 2|column tz|"},
	    {"[{\"id\": 1, \"title\": 7}]",
		"f, item 1||title: expected an object\n"},
	    {"[{\"id\": 1, \"colour\": 7}]",
		"f, item 1||colour: is not a field of org.twinwire.v1.Event\n"},
	    {"[{\"id\": {}}]", "f, item 1||has no id"},
	};
	struct buf problems = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct batch b =
		    batch_new(RECORD_EVENT, "mag", "site", &refuse);

		assert_int_equal(add(&b, cases[i].text, &problems), 1);
		if (strncmp(problems.data, cases[i].told,
			strlen(cases[i].told)) != 0)
			assert_string_equal(problems.data, cases[i].told);
		batch_fini(&b);
	}
	buf_free(&problems);
}

static void
only_what_is_new_is_news(void **state)
{
	struct batch b = batch_new(RECORD_EVENT, "mag", "site", &refuse);
	struct buf problems = {0};
	struct err err;
	jv record, previous;

	(void)state;
	assert_int_equal(add(&b, events, &problems), 0);
	record = batch_record(&b, b.entries, &err);
	assert_true(batch_is_news(&b, record, jv_null()));
	/* what stands there differs in nothing but derived fields */
	previous = rules_derive(
	    RECORD_EVENT, jv_copy(record), jv_null(), 1667210400000);
	assert_false(batch_is_news(&b, record, previous));
	json_set_str(&previous, "tz", "Europe/Moscow");
	assert_true(batch_is_news(&b, record, previous));
	jv_free(record);
	jv_free(previous);
	batch_fini(&b);
	buf_free(&problems);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records_are_made_whole),
	    cmocka_unit_test(claims_and_organizations_get_their_keys),
	    cmocka_unit_test(a_whole_record_keeps_its_key_if_it_is_the_members),
	    cmocka_unit_test(what_is_wrong_is_left_out_and_told),
	    cmocka_unit_test(only_what_is_new_is_news),
	};

	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
