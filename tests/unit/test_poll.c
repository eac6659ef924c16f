/* links: services/connector/poll.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "connector/poll.h"

/* An event as a system's mapping gives it; ' stands for ". */
#define EVENT                                                          \
	"{'title':{'en':'Forum'},'kind':'forum','status':'confirmed'," \
	"'start':'2022-10-31T13:00:00','end':'2022-10-31T15:00:00',"   \
	"'tz':'Europe/Volgograd','attendance':'offline'}"
#define KEY "web.17@mag"
#define NOW INT64_C(1700000000000)
#define FROM INT64_C(1600000000000)

static struct poll_conf conf = {.type = RECORD_EVENT,
    .connection = "mag-web",
    .member = "mag",
    .ns = "web",
    .from_ms = INT64_MIN};

static jv
parse(const char *text)
{
	char *copy = strdup(text);
	jv v;

	for (char *c = copy; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	v = jv_parse(copy);
	if (!jv_is_valid(v))
		fail_msg("no JSON: %s", copy);
	free(copy);
	return v;
}

static jv
item_of(const char *more, const char *record)
{
	jv item = parse(more);

	json_set_str(&item, "local_id", "17");
	json_set(&item, "record", parse(record));
	return item;
}

static struct poll_decision
decide(const struct poll_conf *c, const char *more, const char *record,
    const struct poll_row *row)
{
	struct poll_decision d;
	jv item = item_of(more, record);

	poll_decide(c, item, KEY, row, NOW, &d);
	jv_free(item);
	return d;
}

/* Row of an item that was judged with content RECORD. */
static struct poll_row
row_of(enum poll_known known, const char *record)
{
	struct poll_row row = {.known = known};
	struct poll_row none = {0};
	struct poll_decision d = decide(&conf, "{}", record, &none);

	memcpy(row.hash, d.hash, sizeof(row.hash));
	poll_decision_fini(&d);
	return row;
}

static void
what_an_item_means_depends_on_what_is_known_of_it(void **state)
{
	static const char other[] =
	    "{'title':{'en':'Forum 2'},'kind':'forum','status':'confirmed',"
	    "'start':'2022-10-31T13:00:00','end':'2022-10-31T15:00:00',"
	    "'tz':'Europe/Volgograd','attendance':'offline'}";
	static const struct {
		const char *more, *record;
		enum poll_known known;
		const char *before; /* content judged last */
		enum poll_want want;
	} rows[] = {
	    {"{}", EVENT, POLL_NEW, NULL, POLL_PUBLISH},
	    {"{}", EVENT, POLL_TAKEN, EVENT, POLL_PUBLISH},
	    {"{}", EVENT, POLL_LIVE, EVENT, POLL_UNCHANGED},
	    {"{}", EVENT, POLL_LIVE, other, POLL_PUBLISH},
	    {"{}", EVENT, POLL_HELD, EVENT, POLL_UNCHANGED},
	    {"{}", EVENT, POLL_HELD, other, POLL_PUBLISH},
	    {"{}", EVENT, POLL_HELD, NULL, POLL_KEEP},
	    {"{}", EVENT, POLL_OLD, EVENT, POLL_UNCHANGED},
	    {"{}", EVENT, POLL_OLD, other, POLL_PUBLISH},
	    {"{}", EVENT, POLL_BAD, EVENT, POLL_UNCHANGED},
	    {"{}", EVENT, POLL_BAD, other, POLL_PUBLISH},
	    {"{}", "null", POLL_NEW, NULL, POLL_UNCHANGED},
	    {"{}", "null", POLL_TAKEN, EVENT, POLL_UNCHANGED},
	    {"{}", "null", POLL_LIVE, EVENT, POLL_WITHDRAW},
	    {"{}", "null", POLL_BAD_LIVE, EVENT, POLL_WITHDRAW},
	    {"{}", "null", POLL_BAD, EVENT, POLL_FORGET},
	    {"{}", "null", POLL_HELD, EVENT, POLL_FORGET},
	    {"{}", "7", POLL_NEW, NULL, POLL_REFUSE},
	    {"{}", "7", POLL_BAD, "7", POLL_UNCHANGED},
	    {"{'marker':'mag-web/web.1@volgograd'}", EVENT, POLL_NEW, NULL,
		POLL_ECHO},
	    {"{'marker':'mag-web/web.1@volgograd'}", EVENT, POLL_LIVE, other,
		POLL_ECHO},
	    {"{'marker':'other/web.1@volgograd'}", EVENT, POLL_NEW, NULL,
		POLL_ECHO},
	    {"{'marker':'x'}", "null", POLL_LIVE, EVENT, POLL_ECHO},
	    {"{'marker':''}", EVENT, POLL_NEW, NULL, POLL_PUBLISH},
	    {"{'marker':null}", EVENT, POLL_NEW, NULL, POLL_PUBLISH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct poll_row row = {.known = rows[i].known};
		struct poll_decision d;

		if (rows[i].before != NULL)
			row = row_of(rows[i].known, rows[i].before);
		d = decide(&conf, rows[i].more, rows[i].record, &row);
		if (d.want != rows[i].want)
			fail_msg("row %zu: %d, not %d (%s)", i, (int)d.want,
			    (int)rows[i].want, d.text);
		poll_decision_fini(&d);
	}
}

static void
what_is_published_is_ours_and_complete(void **state)
{
	jv before, wrapped;
	struct poll_row row = {0};
	struct poll_decision d = decide(&conf, "{}",
	    "{'uid':'forged','publisher':'volgograd','title':{'en':'Forum'},"
	    "'kind':'forum','status':'confirmed','attendance':'offline',"
	    "'start':'2022-10-31T13:00:00','end':'2022-10-31T15:00:00',"
	    "'tz':'Europe/Volgograd'}",
	    &row);

	(void)state;
	assert_int_equal(d.want, POLL_PUBLISH);
	assert_false(d.is_update);
	assert_string_equal(json_str(d.record, "uid", ""), KEY);
	assert_string_equal(json_str(d.record, "publisher", ""), "mag");
	assert_true(json_int(d.record, "startUtc", 0) == 1667210400000);
	assert_true(json_int(d.record, "modifiedAt", 0) == NOW);

	before = jv_dump_string(d.record, 0);
	/* Moved: the version before it says from when and how often. */
	row = row_of(POLL_LIVE, EVENT);
	row.record = jv_string_value(before);
	row.record_size = strlen(row.record);
	d = decide(&conf, "{'modified':'2023-01-01T00:00:00Z'}",
	    "{'title':{'en':'Forum'},'kind':'forum','status':'confirmed',"
	    "'start':'2022-10-31T14:00:00','end':'2022-10-31T15:00:00',"
	    "'tz':'Europe/Volgograd','attendance':'offline'}",
	    &row);
	assert_int_equal(d.want, POLL_PUBLISH);
	assert_true(d.is_update);
	assert_int_equal(json_int(d.record, "sequence", 0), 1);
	assert_string_equal(
	    json_str(d.record, "previousStart", ""), "2022-10-31T13:00:00");
	assert_true(json_int(d.record, "modifiedAt", 0) == 1672531200000);
	poll_decision_fini(&d);

	/* The same while it is refused in between. */
	row.known = POLL_BAD_LIVE;
	wrapped =
	    jv_dump_string(jv_object_set(jv_object(), jv_string("previous"),
			       jv_parse(jv_string_value(before))),
		0);
	row.record = jv_string_value(wrapped);
	row.record_size = strlen(row.record);
	d = decide(&conf, "{}",
	    "{'title':{'en':'Forum'},'kind':'forum','status':'confirmed',"
	    "'start':'2022-10-31T14:00:00','end':'2022-10-31T15:00:00',"
	    "'tz':'Europe/Volgograd','attendance':'offline'}",
	    &row);
	assert_int_equal(json_int(d.record, "sequence", 0), 1);
	poll_decision_fini(&d);
	jv_free(wrapped);
	jv_free(before);
}

static void
what_breaks_the_rules_is_refused_in_a_sentence(void **state)
{
	struct poll_row row = {0};
	struct poll_decision d = decide(&conf, "{}",
	    "{'title':{'en':'Forum'},'kind':'forum','status':'confirmed',"
	    "'start':'31 October','end':'tomorrow',"
	    "'tz':'Europe/Volgograd','attendance':'offline'}",
	    &row);

	(void)state;
	assert_int_equal(d.want, POLL_REFUSE);
	assert_true(d.code[0] != '\0');
	assert_true(d.text[0] != '\0');
	assert_non_null(strstr(d.text, "more)"));
	poll_decision_fini(&d);
}

static void
a_hash_is_the_same_after_the_wire_filled_in_what_is_empty(void **state)
{
	static const char *const same[] = {EVENT,
	    "{'title':{'en':'Forum'},'kind':'forum','status':'confirmed',"
	    "'start':'2022-10-31T13:00:00','end':'2022-10-31T15:00:00',"
	    "'tz':'Europe/Volgograd','attendance':'offline','summary':{},"
	    "'allDay':false,'previousStart':null,'places':[],'url':null,"
	    "'dataLicence':'','sequence':3,'startUtc':5,'modifiedAt':7}"};
	unsigned char hash[2][JSON_HASH_SIZE];

	(void)state;
	for (int i = 0; i < 2; i++) {
		jv record = parse(same[i]);

		poll_hash(RECORD_EVENT, record, hash[i]);
		jv_free(record);
	}
	assert_memory_equal(hash[0], hash[1], JSON_HASH_SIZE);
}

static void
what_is_older_than_from_is_not_announced(void **state)
{
	static const struct {
		const char *more;
		int is_first_listing;
		enum poll_known known;
		enum poll_want want;
	} rows[] = {
	    {"{'modified':'2020-09-13T12:26:39Z'}", 0, POLL_NEW, POLL_BELOW},
	    {"{'modified':'2020-09-13T12:26:40Z'}", 0, POLL_NEW, POLL_PUBLISH},
	    {"{'modified':'2020-09-13T12:26:39Z'}", 0, POLL_LIVE, POLL_PUBLISH},
	    {"{'modified':'2020-01-01T00:00:00Z',"
	     "'created':'2021-01-01T00:00:00Z'}",
		0, POLL_NEW, POLL_PUBLISH},
	    {"{'version':'2020-01-01T00:00:00Z'}", 0, POLL_NEW, POLL_BELOW},
	    {"{'version':'12'}", 1, POLL_NEW, POLL_KEEP},
	    {"{}", 1, POLL_NEW, POLL_KEEP},
	    {"{}", 0, POLL_NEW, POLL_PUBLISH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct poll_conf c = conf;
		struct poll_row row = {.known = rows[i].known};
		struct poll_decision d;

		c.from_ms = FROM;
		c.is_first_listing = rows[i].is_first_listing;
		d = decide(&c, rows[i].more, EVENT, &row);
		if (d.want != rows[i].want)
			fail_msg("row %zu: %d", i, (int)d.want);
		poll_decision_fini(&d);
	}
}

static void
keys_come_from_the_systems_id(void **state)
{
	static const struct {
		enum record_type type;
		const char *item, *key;
	} rows[] = {
	    {RECORD_EVENT, "{'local_id':'17'}", "web.17@mag"},
	    {RECORD_EVENT, "{'local_id':17}", "web.17@mag"},
	    {RECORD_CLAIM, "{'local_id':'a b'}", "mag|web.a%20b"},
	    {RECORD_ORGANIZATION, "{'local_id':'1','record':{'id':'org:mag'}}",
		"mag|org:mag"},
	    {RECORD_ORGANIZATION, "{'local_id':'1','record':{}}",
		"mag|org:mag%2F1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct poll_conf c = conf;
		jv item = parse(rows[i].item);
		char *id = poll_local_id(item), *key;

		c.type = rows[i].type;
		key = poll_key(&c, item, id, NULL);
		assert_string_equal(key, rows[i].key);
		free(key);
		free(id);
		jv_free(item);
	}
	for (size_t i = 0; i < 3; i++) {
		jv item = parse(i == 0	 ? "{}"
				: i == 1 ? "{'local_id':''}"
					 : "{'local_id':null}");

		assert_null(poll_local_id(item));
		jv_free(item);
	}
}

static void
a_marker_names_its_connection(void **state)
{
	(void)state;
	assert_string_equal(
	    poll_own_marker("mag-web", "mag-web/a|b/c"), "a|b/c");
	assert_null(poll_own_marker("mag-web", "mag-web2/a"));
	assert_null(poll_own_marker("mag-web", "mag-web/"));
	assert_null(poll_own_marker("mag-web", "mag-web"));
	assert_null(poll_own_marker("mag-web", ""));
}

static void
a_missing_record_goes_only_when_that_is_sure(void **state)
{
	static const struct {
		enum poll_read read;
		unsigned times;
		int gone;
	} rows[] = {
	    {POLL_READ_ABSENT, 1, 1},
	    {POLL_READ_THERE, 1, 0},
	    {POLL_READ_THERE, 2, 1},
	    {POLL_READ_NONE, 1, 0},
	    {POLL_READ_NONE, 2, 1},
	    {POLL_READ_FAILED, 1, 0},
	    {POLL_READ_FAILED, 9, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(
		    poll_missing(rows[i].read, rows[i].times), rows[i].gone);
}

static void
large_collections_are_listed_whole_less_often(void **state)
{
	(void)state;
	assert_int_equal(poll_whole_every_ms(0), 300000);
	assert_int_equal(poll_whole_every_ms(4999), 300000);
	assert_int_equal(poll_whole_every_ms(100000), 21 * 300000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_an_item_means_depends_on_what_is_known_of_it),
	    cmocka_unit_test(what_is_published_is_ours_and_complete),
	    cmocka_unit_test(what_breaks_the_rules_is_refused_in_a_sentence),
	    cmocka_unit_test(
		a_hash_is_the_same_after_the_wire_filled_in_what_is_empty),
	    cmocka_unit_test(what_is_older_than_from_is_not_announced),
	    cmocka_unit_test(keys_come_from_the_systems_id),
	    cmocka_unit_test(a_marker_names_its_connection),
	    cmocka_unit_test(a_missing_record_goes_only_when_that_is_sure),
	    cmocka_unit_test(large_collections_are_listed_whole_less_often),
	};

	return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
