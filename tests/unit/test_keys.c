#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "event/keys.h"

static void
topics_are_read_and_written(void **state)
{
	static const struct {
		const char *topic, *member;
		enum record_type type;
	} good[] = {
	    {"tw.claims.kg-lsg", "kg-lsg", RECORD_CLAIM},
	    {"tw.events.volgograd", "volgograd", RECORD_EVENT},
	    {"tw.organizations.mag", "mag", RECORD_ORGANIZATION},
	    {"tw.receipts.mag", "mag", RECORD_RECEIPT},
	    {"tw.status.mag", "mag", RECORD_STATUS},
	    {"tw.control.mag", "mag", RECORD_COMMAND},
	    {"tw.partnerships", "", RECORD_PARTNERSHIP},
	    {"tw.notices", "", RECORD_NOTICE},
	};
	static const char *const bad[] = {"", "tw", "tw.", "tw.events",
	    "tw.events.", "tw.Events.mag", "tw.events.Mag", "tw.events.a.b",
	    "tw.partnerships.mag", "tw.dead", "tw.other.mag", "xtw.events.mag",
	    "tw.events.-mag"};
	struct topic_name t;
	char *made;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(topic_parse(good[i].topic, &t), 0);
		assert_int_equal(t.type, good[i].type);
		assert_string_equal(t.member, good[i].member);
		assert_false(t.is_dead);
		made = topic_new(t.type, t.member);
		assert_string_equal(made, good[i].topic);
		free(made);
	}
	assert_int_equal(topic_parse("tw.dead.mag", &t), 0);
	assert_true(t.is_dead);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(topic_parse(bad[i], &t), -1);
}

static void
a_star_stands_for_one_or_more_characters(void **state)
{
	(void)state;
	assert_true(topic_matches("tw.events.*", "tw.events.mag"));
	assert_true(topic_matches("tw.events.mag", "tw.events.mag"));
	assert_true(topic_matches("tw.*.mag", "tw.events.mag"));
	assert_true(topic_matches("*.mag", "tw.mag.mag"));
	assert_true(topic_matches("tw.*", "tw.partnerships"));
	assert_false(topic_matches("tw.events.*", "tw.events."));
	assert_false(topic_matches("tw.events.*", "tw.claims.mag"));
	assert_false(topic_matches("tw.events.mag", "tw.events.mag2"));
	assert_false(topic_matches("tw.events.mag*", "tw.events.mag"));
	assert_false(topic_matches("", "x"));
}

static void
words_name_types(void **state)
{
	enum record_type t;

	(void)state;
	for (int i = 0; i < RECORD_TYPES; i++) {
		enum record_type want = (enum record_type)i;

		assert_int_equal(
		    record_type_parse(record_type_word(want), &t), 0);
		assert_int_equal(t, want);
		assert_int_equal(
		    record_type_parse(record_type_topic_word(want), &t), 0);
		assert_int_equal(t, want);
	}
	assert_int_equal(record_type_parse("dead", &t), -1);
	assert_string_equal(
	    record_type_schema(RECORD_CLAIM), "PartnershipClaim");
	assert_true(record_type_is_state(RECORD_PARTNERSHIP));
	assert_false(record_type_is_state(RECORD_NOTICE));
}

static void
keys_survive_there_and_back(void **state)
{
	static const struct {
		enum record_type type;
		const char *ns, *local, *key;
	} rows[] = {
	    {RECORD_CLAIM, "site", "17", "mag|site.17"},
	    {RECORD_CLAIM, "site", "a b/c|d@e", "mag|site.a%20b%2Fc%7Cd%40e"},
	    {RECORD_CLAIM, "site", "7.5%", "mag|site.7.5%25"},
	    {RECORD_EVENT, "web-2", "\xD0\x96", "web-2.%D0%96@mag"},
	    {RECORD_EVENT, "web", "x@y", "web.x%40y@mag"},
	    {RECORD_ORGANIZATION, "", "org:mag", "mag|org:mag"},
	};
	struct key_parts parts;
	char *key;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		key = key_new(
		    rows[i].type, "mag", rows[i].ns, rows[i].local, NULL);
		assert_string_equal(key, rows[i].key);
		assert_int_equal(key_parse(rows[i].type, key, &parts), 0);
		assert_string_equal(parts.member, "mag");
		assert_string_equal(parts.ns, rows[i].ns);
		assert_string_equal(parts.local_id, rows[i].local);
		free(key);
	}
}

static void
a_key_that_we_would_not_write_is_none(void **state)
{
	static const struct {
		enum record_type type;
		const char *key;
	} bad[] = {
	    {RECORD_CLAIM, ""},
	    {RECORD_CLAIM, "mag"},
	    {RECORD_CLAIM, "mag|"},
	    {RECORD_CLAIM, "mag|17"},
	    {RECORD_CLAIM, "mag|site."},
	    {RECORD_CLAIM, "Mag|site.1"},
	    {RECORD_CLAIM, "mag|site.a b"},
	    {RECORD_CLAIM, "mag|site.%2f"},
	    {RECORD_CLAIM, "mag|site.%2"},
	    {RECORD_CLAIM, "mag|site.%00"},
	    {RECORD_CLAIM, "mag|site.%41"},
	    {RECORD_CLAIM, "mag|site.%FF"},
	    {RECORD_EVENT, "site.1"},
	    {RECORD_EVENT, "site.1@"},
	    {RECORD_EVENT, "mag|site.1"},
	    {RECORD_NOTICE, "mag|site.1"},
	};
	struct key_parts parts;
	struct err err = {0};
	char longest[KEY_MAX_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(
		    key_parse(bad[i].type, bad[i].key, &parts), -1);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(key_new(RECORD_CLAIM, "mag", "site", longest, &err));
	assert_int_equal(err.class, ERR_REJECT);
	assert_null(key_new(RECORD_CLAIM, "mag", "site", "", NULL));
	assert_null(key_new(RECORD_CLAIM, "mag", "Site", "1", NULL));
	assert_null(key_new(RECORD_CLAIM, "mag", "site", "\xFF", NULL));
	assert_null(key_new(RECORD_STATUS, "mag", "site", "1", NULL));
}

static void
pairs_have_one_key_whatever_the_order(void **state)
{
	static const struct {
		const char *a, *b, *key;
	} good[] = {
	    {"wd:Q914", "wd:Q92277", "wd:Q914+wd:Q92277"},
	    {"wd:Q8686", "wd:Q656", "wd:Q656+wd:Q8686"},
	    {"wd:Q1", "gn:9", "gn:9+wd:Q1"},
	};
	static const char *const bad[][2] = {
	    {"wd:Q914", "wd:Q914"},
	    {"wd:Q914", ""},
	    {"x:mag/7", "wd:Q914"},
	    {"wd:Q914", "wd:Q0914"},
	    {"wd:914", "wd:Q1"},
	    {"wd:Q", "wd:Q1"},
	};
	char *key;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		key = key_pair(good[i].a, good[i].b, NULL);
		assert_string_equal(key, good[i].key);
		free(key);
		key = key_pair(good[i].b, good[i].a, NULL);
		assert_string_equal(key, good[i].key);
		free(key);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_null(key_pair(bad[i][0], bad[i][1], NULL));
	assert_true(key_city_cmp("wd:Q9", "wd:Q10") < 0);
	assert_true(key_city_cmp("wd:Q11", "wd:Q10") > 0);
	assert_int_equal(key_city_cmp("wd:Q10", "wd:Q10"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(topics_are_read_and_written),
	    cmocka_unit_test(a_star_stands_for_one_or_more_characters),
	    cmocka_unit_test(words_name_types),
	    cmocka_unit_test(keys_survive_there_and_back),
	    cmocka_unit_test(a_key_that_we_would_not_write_is_none),
	    cmocka_unit_test(pairs_have_one_key_whatever_the_order),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
