/* links: services/portal/store.c services/portal/store_city.c */
/* links: services/portal/store_index.c services/portal/store_past.c */
/* links: services/portal/store_schema.c services/portal/search.c */
/* links: services/portal/question.c services/portal/query.c */
/* links: services/portal/query_lists.c services/portal/query_map.c */
/* links: services/portal/token.c */
/* Records into the portal's store, and what each filter finds of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "portal/ingest.h"
#include "portal/query.h"
#include "portal/query_map.h"
#include "portal/store.h"
#include "store/sql.h"

struct world {
	char folder[64];
	char *file;
	struct store *store;
	struct query *query;
	int64_t offset;
};

/* In place of the reader of topics: there is none. */
jv
ingest_state(const struct ingest *in)
{
	(void)in;
	return jv_object();
}

uint64_t
ingest_taken(const struct ingest *in, unsigned types)
{
	(void)in;
	(void)types;
	return 0;
}

static void
put(struct world *w, enum record_type type, const char *topic, const char *key,
    const char *text)
{
	struct store_record r = {.type = type,
	    .member = strrchr(topic, '.') + 1,
	    .offset = ++w->offset,
	    .at_ms = 1000 * w->offset,
	    .key = key,
	    .value = text == NULL ? jv_null()
				  : json_parse(text, strlen(text), NULL)};
	struct err err = {0};
	int64_t next;

	assert_true(jv_is_valid(r.value));
	assert_int_equal(
	    store_topic(w->store, topic, &r.topic, &next, &err), 0);
	if (store_put(w->store, &r, &err) != 0)
		fail_msg("%s", err.msg);
	jv_free(r.value);
}

#define CITY(id, country, name, lat)                                     \
	"{\"id\":\"" id "\",\"country\":\"" country "\",\"names\":{\"en" \
	"\":\"" name "\"}" lat "}"
#define PLACED ",\"lat\":1.5,\"lon\":2"
#define VOLGOGRAD CITY("wd:Q914", "RU", "Volgograd", PLACED)
#define JILIN CITY("wd:Q92277", "CN", "Jilin", PLACED)
#define NOWHERE CITY("x:mag/1", "KZ", "Nowhere", "")
#define PAIR(a, b, status, since)                                              \
	"{\"a\":" a ",\"b\":" b ",\"status\":\"" status "\",\"kind\":\"twin\"" \
	",\"since\":\"" since "\",\"claims\":[\"mag|s." since "\"],\"sides\":" \
	"[]}"

static int
set_up(void **state)
{
	struct world *w = mem_new(1, sizeof(*w));
	struct err err = {0};

	snprintf(w->folder, sizeof(w->folder), "/tmp/twinwire-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	w->file = mem_printf("%s/p.db", w->folder);
	w->store = store_open(w->file, NULL, &err);
	assert_non_null(w->store);
	w->query = query_new(w->store, NULL, NULL, NULL);
	put(w, RECORD_PARTNERSHIP, "tw.partnerships", "k1",
	    PAIR(VOLGOGRAD, JILIN, "active", "1994"));
	put(w, RECORD_PARTNERSHIP, "tw.partnerships", "k2",
	    PAIR(JILIN, NOWHERE, "suspended", "2001-05"));
	put(w, RECORD_CLAIM, "tw.claims.mag", "mag|s.1994",
	    "{\"a\":" VOLGOGRAD ",\"b\":" JILIN ",\"agreements\":[]}");
	put(w, RECORD_EVENT, "tw.events.mag", "e1@mag",
	    "{\"title\":{\"en\":\"Forum of towns\"},\"start\":\"2027-05-01\","
	    "\"places\":[{\"city\":" VOLGOGRAD "}],\"about\":[\"wd:Q92277\"],"
	    "\"languages\":[\"zh\"],\"kind\":\"forum\"}");
	put(w, RECORD_EVENT, "tw.events.mag", "e2@mag",
	    "{\"title\":{\"ru\":\"Праздник\"},\"start\":\"2027-06-01\","
	    "\"sameAs\":[\"e1@mag\"],\"kind\":\"festival\"}");
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;
	static const char *const ends[] = {"", "-wal", "-shm"};

	query_free(w->query);
	store_close(w->store);
	for (size_t i = 0; i < 3; i++) {
		char *name = mem_printf("%s%s", w->file, ends[i]);

		unlink(name);
		free(name);
	}
	rmdir(w->folder);
	free(w->file);
	free(w);
	return 0;
}

typedef jv lister(
    struct query *q, const struct query_filter *f, struct err *err);

/* Keys of what LIST finds with F, with spaces between. */
static char *
found(struct world *w, lister *list, const struct query_filter *f)
{
	struct err err = {0};
	struct buf out = {0};
	jv page = list(w->query, f, &err), items;

	if (!jv_is_valid(page))
		fail_msg("%s", err.msg);
	items = json_get(page, "items");
	jv_array_foreach (items, i, item) {
		buf_printf(
		    &out, "%s%s", i > 0 ? " " : "", json_str(item, "key", ""));
		jv_free(item);
	}
	jv_free(items);
	jv_free(page);
	return buf_take(&out);
}

static void
assert_found(
    struct world *w, lister *list, struct query_filter f, const char *expected)
{
	char *keys = found(w, list, &f);

	assert_string_equal(keys, expected);
	free(keys);
	jv_free(f.cities);
	jv_free(f.countries);
	jv_free(f.members);
	jv_free(f.kinds);
	jv_free(f.statuses);
	jv_free(f.languages);
}

static jv
one(const char *text)
{
	return JV_ARRAY(jv_string(text));
}

static void
each_filter_finds_its_partnerships(void **state)
{
	lister *l = query_partnerships;

	assert_found(*state, l, (struct query_filter){.limit = 0}, "k2 k1");
	assert_found(
	    *state, l, (struct query_filter){.sort = QUERY_SORT_DATE}, "k1 k2");
	assert_found(
	    *state, l, (struct query_filter){.cities = one("wd:Q914")}, "k1");
	assert_found(
	    *state, l, (struct query_filter){.countries = one("KZ")}, "k2");
	assert_found(
	    *state, l, (struct query_filter){.members = one("mag")}, "k1");
	assert_found(*state, l,
	    (struct query_filter){.statuses = one("suspended")}, "k2");
	assert_found(
	    *state, l, (struct query_filter){.kinds = one("other")}, "");
	assert_found(*state, l, (struct query_filter){.year_from = 1995}, "k2");
	assert_found(*state, l, (struct query_filter){.year_to = 1994}, "k1");
	assert_found(
	    *state, l, (struct query_filter){.text = "jil volg"}, "k1");
	assert_found(*state, l, (struct query_filter){.text = "\"' OR 1"}, "");
	assert_found(
	    *state, l, (struct query_filter){.cities = one("' OR 1=1 --")}, "");
}

static void
each_filter_finds_its_events(void **state)
{
	lister *l = query_events;

	assert_found(*state, l, (struct query_filter){.limit = 0}, "e1@mag");
	assert_found(*state, l, (struct query_filter){.with_duplicates = 1},
	    "e1@mag e2@mag");
	assert_found(*state, l,
	    (struct query_filter){.cities = one("wd:Q92277")}, "e1@mag");
	assert_found(
	    *state, l, (struct query_filter){.languages = one("zh")}, "e1@mag");
	assert_found(
	    *state, l, (struct query_filter){.countries = one("CN")}, "");
	assert_found(*state, l,
	    (struct query_filter){.text = "forum volgograd"}, "e1@mag");
	assert_found(*state, l,
	    (struct query_filter){.text = "праздн", .with_duplicates = 1},
	    "e2@mag");
	assert_found(*state, l,
	    (struct query_filter){.from_ms = INT64_C(1814400000000)}, "");
}

static void
what_is_withdrawn_is_found_no_more(void **state)
{
	struct world *w = *state;
	struct err err = {0};

	put(w, RECORD_EVENT, "tw.events.mag", "e1@mag", NULL);
	put(w, RECORD_PARTNERSHIP, "tw.partnerships", "k1", NULL);
	assert_found(
	    w, query_events, (struct query_filter){.limit = 0}, "e2@mag");
	assert_found(
	    w, query_partnerships, (struct query_filter){.limit = 0}, "k2");
	assert_found(w, query_partnerships,
	    (struct query_filter){.text = "volgograd"}, "");
	assert_int_equal(
	    sql_number(store_sql(w->store), "SELECT count(*) FROM record",
		jv_array(), -1, &err),
	    5);
	assert_int_equal(store_purge(w->store, 1000000, &err), 0);
	assert_int_equal(
	    sql_number(store_sql(w->store), "SELECT count(*) FROM record",
		jv_array(), -1, &err),
	    3);
}

struct told {
	char arcs[64], points[64];
};

static void
on_arc(void *ctx, const struct query_arc *arc)
{
	struct told *t = ctx;

	strcat(t->arcs, arc->key);
	assert_int_equal(arc->a->index, 0);
	assert_int_equal(arc->b->index, 1);
	assert_true(arc->a->lat > 1.4 && arc->a->lat < 1.6);
}

static void
on_point(void *ctx, const struct query_point *point)
{
	struct told *t = ctx;

	strcat(t->points, point->uid);
}

static void
the_map_has_what_has_a_place(void **state)
{
	static const struct query_map_reader reader = {on_arc, on_point};
	struct world *w = *state;
	struct told told = {"", ""};
	struct err err = {0};
	struct query_filter all = {.limit = 0};
	struct query_map *m = query_map_new(w->query, &all, &err);

	assert_non_null(m);
	while (query_map_step(m, &reader, &told, &err) == 1)
		continue;
	assert_string_equal(told.arcs, "k1");
	assert_string_equal(told.points, "e1@mag");
	query_map_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		each_filter_finds_its_partnerships, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		each_filter_finds_its_events, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_is_withdrawn_is_found_no_more, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		the_map_has_what_has_a_place, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
