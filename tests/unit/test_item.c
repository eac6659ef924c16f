/* links: services/connector/label.c */
/* links: services/connector/item.c services/connector/parcel.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bus/bus.h"
#include "connector/item.h"
#include "map/connection.h"

/* One message as an item of connection ID with content BODY (JSON). */
static char *
id_of(const char *id, struct bus_message m, const char *body, int is_removal)
{
	char name[32];
	struct connection conf = {.id = name};
	struct item *i;
	char *made;

	snprintf(name, sizeof(name), "%s", id);
	i = item_new(&conf, RECORD_EVENT, "site.1@a", &m);
	if (body != NULL)
		i->body = jv_parse(body);
	item_seal(i);
	made = item_message_id(i, is_removal);
	item_free(i);
	return made;
}

static void
an_id_is_the_same_for_a_repeat_and_for_nothing_else(void **state)
{
	static const struct {
		const char *connection;
		struct bus_message m;
		const char *body;
		int is_removal, is_same;
	} rows[] = {
	    {"c", {.topic = "t", .offset = 5, .timestamp_ms = 9}, "{\"a\":1}",
		0, 1},
	    {"d", {.topic = "t", .offset = 5, .timestamp_ms = 9}, "{\"a\":1}",
		0, 0},
	    {"c", {.topic = "u", .offset = 5, .timestamp_ms = 9}, "{\"a\":1}",
		0, 0},
	    {"c", {.topic = "t", .offset = 6, .timestamp_ms = 9}, "{\"a\":1}",
		0, 0},
	    /* the same offset in a cluster that was built again */
	    {"c", {.topic = "t", .offset = 5, .timestamp_ms = 8}, "{\"a\":1}",
		0, 0},
	    /* mapped in another way since */
	    {"c", {.topic = "t", .offset = 5, .timestamp_ms = 9}, "{\"a\":2}",
		0, 0},
	    /* delivered, then taken off again */
	    {"c", {.topic = "t", .offset = 5, .timestamp_ms = 9}, "{\"a\":1}",
		1, 0},
	    {"c", {.topic = "t", .offset = 5, .timestamp_ms = 9}, NULL, 1, 0},
	};
	struct bus_message m = {.topic = "t", .offset = 5, .timestamp_ms = 9};
	char *first = id_of("c", m, "{\"a\":1}", 0), *other;

	(void)state;
	assert_int_equal(strlen(first), 4 + 32);
	assert_int_equal(strncmp(first, "msg_", 4), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		other = id_of(rows[i].connection, rows[i].m, rows[i].body,
		    rows[i].is_removal);
		assert_int_equal(strcmp(first, other) == 0, rows[i].is_same);
		free(other);
	}
	free(first);
}

/* A removal is one message, whatever was delivered before. */
static void
a_removal_s_id_does_not_depend_on_content(void **state)
{
	struct bus_message m = {.topic = "t", .offset = 5, .timestamp_ms = 9};
	char *with = id_of("c", m, "{\"a\":1}", 1);
	char *without = id_of("c", m, NULL, 1);

	(void)state;
	assert_string_equal(with, without);
	free(with);
	free(without);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		an_id_is_the_same_for_a_repeat_and_for_nothing_else),
	    cmocka_unit_test(a_removal_s_id_does_not_depend_on_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
