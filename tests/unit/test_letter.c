/* links: services/connector/letter.c */
/* Goal of these tests: what a dead letter is replayed as is the very message
 * that died, and nobody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "connector/letter.h"

#define TEXT(name, text)                     \
	{                                    \
		name, text, sizeof(text) - 1 \
	}

static const struct bus_header headers[] = {
    TEXT("ce_id", "17"),
    TEXT("tw_connection", "site"),
    TEXT("tw_topic", "tw.events.a"),
    TEXT("tw_partition", "0"),
    TEXT("tw_offset", "42"),
    TEXT("tw_time", "1700000000123"),
    TEXT("tw_key", "x.1@a"),
    TEXT("tw_replays", "2"),
};
enum { N_HEADERS = sizeof(headers) / sizeof(headers[0]) };

static struct bus_message
letter(const char *key, size_t n_headers)
{
	return (struct bus_message){.topic = "tw.dead.b",
	    .offset = 7,
	    .timestamp_ms = 1800000000000,
	    .key = key,
	    .key_size = strlen(key),
	    .value = "\0poison",
	    .value_size = 7,
	    .headers = headers,
	    .n_headers = n_headers};
}

static void
it_is_the_message_that_died(void **state)
{
	struct bus_message l = letter("site|x.1@a", N_HEADERS);
	struct letter_message m;

	(void)state;
	assert_int_equal(letter_message(&l, "site", &m, NULL), 0);
	assert_string_equal(m.m.topic, "tw.events.a");
	assert_int_equal(m.m.partition, 0);
	assert_int_equal(m.m.offset, 42);
	assert_int_equal(m.m.timestamp_ms, 1700000000123);
	assert_int_equal(m.m.key_size, 5);
	assert_memory_equal(m.m.key, "x.1@a", 5);
	assert_int_equal(m.m.value_size, 7);
	assert_memory_equal(m.m.value, l.value, 7);
	assert_int_equal(m.is_rowless, 0);
	letter_fini(&m);
}

static void
its_replays_go_with_it_and_nothing_else_of_its_deaths(void **state)
{
	struct bus_message l = letter("site|x.1@a", N_HEADERS);
	struct letter_message m;

	(void)state;
	assert_int_equal(letter_replays(&l), 2);
	assert_int_equal(letter_message(&l, "site", &m, NULL), 0);
	assert_int_equal(m.replays, 2);
	assert_int_equal(m.m.n_headers, 2);
	assert_string_equal(m.m.headers[0].name, "ce_id");
	assert_string_equal(m.m.headers[1].name, LETTER_REPLAYS);
	assert_int_equal(letter_replays(&m.m), 3);
	letter_fini(&m);
}

static void
another_connections_letter_is_none(void **state)
{
	struct bus_message l = letter("site|x.1@a", N_HEADERS);
	struct letter_message m;
	struct err err;

	(void)state;
	assert_int_equal(letter_message(&l, "site-2", &m, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_int_equal(letter_message(&l, "sit", &m, &err), -1);
	l.n_headers = 3; /* no place */
	assert_int_equal(letter_message(&l, "site", &m, &err), -1);
}

static void
one_that_stands_by_its_place_is_known_by_that(void **state)
{
	struct bus_message l = letter("site|tw.events.a:0:42", N_HEADERS);
	struct letter_message m;

	(void)state;
	assert_int_equal(letter_message(&l, "site", &m, NULL), 0);
	assert_int_equal(m.is_rowless, 1);
	letter_fini(&m);
}

static void
a_letter_of_an_older_program_has_its_own_time(void **state)
{
	struct bus_message l = letter("site|x.1@a", 5);
	struct letter_message m;

	(void)state;
	assert_int_equal(letter_message(&l, "site", &m, NULL), 0);
	assert_int_equal(m.m.timestamp_ms, 1800000000000);
	assert_int_equal(m.replays, 0);
	assert_null(m.m.key);
	letter_fini(&m);
}

static void
a_count_that_is_none_counts_nothing(void **state)
{
	static const struct bus_header odd[] = {
	    TEXT("tw_replays", "-4"),
	    TEXT("tw_replays", "99999999999"),
	    TEXT("tw_replays", "3x"),
	    TEXT("tw_replays", ""),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct bus_message m = {.headers = &odd[i], .n_headers = 1};

		assert_int_equal(letter_replays(&m), 0);
	}
}

static void
what_is_cut_says_so(void **state)
{
	struct bus_header all[N_HEADERS + 1];
	struct bus_message l = letter("site|x.1@a", N_HEADERS + 1);
	struct letter_message m;

	(void)state;
	memcpy(all, headers, sizeof(headers));
	all[N_HEADERS] = (struct bus_header)TEXT("tw_cut", "3145728");
	l.headers = all;
	assert_int_equal(letter_message(&l, "site", &m, NULL), 0);
	assert_true(m.is_cut);
	letter_fini(&m);
	l.n_headers = N_HEADERS;
	assert_int_equal(letter_message(&l, "site", &m, NULL), 0);
	assert_false(m.is_cut);
	letter_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_is_the_message_that_died),
	    cmocka_unit_test(
		its_replays_go_with_it_and_nothing_else_of_its_deaths),
	    cmocka_unit_test(another_connections_letter_is_none),
	    cmocka_unit_test(one_that_stands_by_its_place_is_known_by_that),
	    cmocka_unit_test(a_letter_of_an_older_program_has_its_own_time),
	    cmocka_unit_test(a_count_that_is_none_counts_nothing),
	    cmocka_unit_test(what_is_cut_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
