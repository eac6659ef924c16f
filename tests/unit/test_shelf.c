/* links: services/sandbox/shelf.c services/sandbox/text.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sandbox/shelf.h"
#include "sandbox/text.h"

static jv
doc(const char *title)
{
	jv out = jv_object();

	json_set_str(&out, "title", title);
	return out;
}

static int64_t
count(struct shelf *s, const char *after, int64_t page, int64_t size,
    int64_t *out_next)
{
	jv list = shelf_list(s, SHELF_EVENTS, after, page, size);
	jv items = json_get(list, "items");
	int64_t n = jv_array_length(items);

	*out_next = json_int(list, "next", -1);
	jv_free(list);
	return n;
}

static void
an_item_lives_is_replaced_and_trashed(void **state)
{
	struct shelf *s = shelf_new();
	jv item = jv_null();

	(void)state;
	assert_int_equal(shelf_get(s, SHELF_EVENTS, "c/k", &item), SHELF_NONE);
	assert_int_equal(shelf_trash(s, SHELF_EVENTS, "c/k"), SHELF_NONE);
	assert_int_equal(
	    shelf_put(s, SHELF_EVENTS, "c/k", doc("a")), SHELF_CREATED);
	assert_int_equal(
	    shelf_put(s, SHELF_EVENTS, "c/k", doc("b")), SHELF_CHANGED);
	assert_int_equal(shelf_get(s, SHELF_CLAIMS, "c/k", &item), SHELF_NONE);
	assert_int_equal(
	    shelf_get(s, SHELF_EVENTS, "c/k", &item), SHELF_CHANGED);
	assert_string_equal(json_str(item, "title", ""), "b");
	assert_string_equal(json_str(item, "id", ""), "c/k");
	assert_int_equal(json_bool(item, "trashed", 1), 0);
	jv_free(item);
	assert_int_equal(shelf_trash(s, SHELF_EVENTS, "c/k"), SHELF_CHANGED);
	assert_int_equal(shelf_trash(s, SHELF_EVENTS, "c/k"), SHELF_TRASHED);
	assert_int_equal(
	    shelf_patch(s, SHELF_EVENTS, "c/k", doc("c")), SHELF_TRASHED);
	assert_int_equal(
	    shelf_get(s, SHELF_EVENTS, "c/k", &item), SHELF_TRASHED);
	assert_int_equal(json_bool(item, "trashed", 0), 1);
	jv_free(item);
	/* Put again, it is back. */
	assert_int_equal(
	    shelf_put(s, SHELF_EVENTS, "c/k", doc("d")), SHELF_CHANGED);
	assert_int_equal(shelf_version(s), 4);
	shelf_free(s);
}

static void
own_items_get_numbers_that_are_free(void **state)
{
	struct shelf *s = shelf_new();
	char id[SHELF_ID_MAX + 1];

	(void)state;
	shelf_put(s, SHELF_EVENTS, "2", doc("taken"));
	assert_int_equal(
	    shelf_add(s, SHELF_EVENTS, doc("a"), id), SHELF_CREATED);
	assert_string_equal(id, "1");
	assert_int_equal(
	    shelf_add(s, SHELF_EVENTS, doc("b"), id), SHELF_CREATED);
	assert_string_equal(id, "3");
	shelf_free(s);
}

static void
the_listing_has_pages_and_a_since(void **state)
{
	struct shelf *s = shelf_new();
	char modified[64], id[16];
	int64_t next;
	jv item = jv_null();
	int i;

	(void)state;
	for (i = 0; i < 25; i++) {
		snprintf(id, sizeof(id), "%d", i);
		shelf_put(s, SHELF_EVENTS, id, doc("x"));
	}
	assert_int_equal(count(s, "", 1, 10, &next), 10);
	assert_int_equal(next, 2);
	assert_int_equal(count(s, "", 3, 10, &next), 5);
	assert_int_equal(next, -1);
	assert_int_equal(count(s, "", 4, 10, &next), 0);
	assert_int_equal(count(s, "", 1, 25, &next), 25);
	assert_int_equal(next, -1);
	shelf_get(s, SHELF_EVENTS, "19", &item);
	snprintf(
	    modified, sizeof(modified), "%s", json_str(item, "modified", ""));
	jv_free(item);
	assert_int_equal(count(s, modified, 1, 10, &next), 5);
	/* What goes to the trash is a change, too. */
	shelf_trash(s, SHELF_EVENTS, "3");
	assert_int_equal(count(s, modified, 1, 10, &next), 6);
	assert_int_equal(count(s, "no instant", 1, 100, &next), 25);
	item = shelf_live(s, SHELF_EVENTS);
	assert_int_equal(jv_array_length(item), 24);
	shelf_free(s);
}

static void
records_stand_inside_or_beside(void **state)
{
	jv nested = jv_object(), record;

	(void)state;
	json_set(&nested, "record", doc("in"));
	record = shelf_record(nested);
	assert_string_equal(json_str(record, "title", ""), "in");
	jv_free(record);
	jv_free(nested);
	nested = doc("beside");
	record = shelf_record(nested);
	assert_string_equal(json_str(record, "title", ""), "beside");
	jv_free(record);
	jv_free(nested);
}

static void
html_is_escaped(void **state)
{
	struct buf b = {0};

	(void)state;
	text_html(&b, "<b a=\"x\" c='y'>&\xd0\xb9");
	assert_string_equal(
	    b.data, "&#60;b a=&#34;x&#34; c=&#39;y&#39;&#62;&#38;\xd0\xb9");
	buf_free(&b);
}

static void
forms_become_objects(void **state)
{
	static const char body[] = "a=1&b=x+y%26&a=2&broken&bad=%zz&=&c=";
	jv form = text_form(body, sizeof(body) - 1);
	struct buf b = {0};

	(void)state;
	json_canonical(form, &b);
	assert_string_equal(
	    b.data, "{\"\":\"\",\"a\":\"2\",\"b\":\"x y&\",\"c\":\"\"}");
	buf_free(&b);
	jv_free(form);
}

static void
the_readers_language_comes_first(void **state)
{
	static const char *const languages[] = {"ky", "ru", NULL};
	jv map = jv_object();

	(void)state;
	assert_string_equal(text_in(map, languages), "");
	json_set_str(&map, "zh-Hans", "z");
	assert_string_equal(text_in(map, languages), "z");
	json_set_str(&map, "ru", "r");
	assert_string_equal(text_in(map, languages), "r");
	json_set_str(&map, "ky", "");
	assert_string_equal(text_in(map, languages), "r");
	jv_free(map);
	map = jv_invalid();
	assert_string_equal(text_in(map, languages), "");
	jv_free(map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_item_lives_is_replaced_and_trashed),
	    cmocka_unit_test(own_items_get_numbers_that_are_free),
	    cmocka_unit_test(the_listing_has_pages_and_a_since),
	    cmocka_unit_test(records_stand_inside_or_beside),
	    cmocka_unit_test(html_is_escaped),
	    cmocka_unit_test(forms_become_objects),
	    cmocka_unit_test(the_readers_language_comes_first),
	};

	return cmocka_run_group_tests_name("shelf", tests, NULL, NULL);
}
