/* Items of a demo site: see shelf.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/shelf.h"

struct item {
	char *id; /* key */
	int64_t modified_ms;
	int is_trashed;
	jv doc;
	UT_hash_handle hh;
};

struct shelf {
	struct item *items[SHELF_COLLECTIONS];
	int64_t next_number[SHELF_COLLECTIONS];
	int64_t last_ms; /* no two changes have the same instant */
	int64_t version;
};

static const char *const words[SHELF_COLLECTIONS] = {
    [SHELF_EVENTS] = "events",
    [SHELF_CLAIMS] = "claims",
    [SHELF_ORGANIZATIONS] = "organizations",
    [SHELF_PARTNERSHIPS] = "partnerships",
    [SHELF_NOTICES] = "notices",
};

struct shelf *
shelf_new(void)
{
	struct shelf *s = mem_new(1, sizeof(*s));
	int c;

	for (c = 0; c < SHELF_COLLECTIONS; c++)
		s->next_number[c] = 1;
	return s;
}

void
shelf_free(struct shelf *s)
{
	struct item *i, *next;
	int c;

	if (s == NULL)
		return;
	for (c = 0; c < SHELF_COLLECTIONS; c++) {
		HASH_ITER (hh, s->items[c], i, next) {
			HASH_DEL(s->items[c], i);
			jv_free(i->doc);
			free(i->id);
			free(i);
		}
	}
	free(s);
}

int
shelf_parse(const char *word, enum shelf_collection *out)
{
	int c;

	for (c = 0; c < SHELF_COLLECTIONS; c++) {
		if (strcmp(word, words[c]) == 0) {
			*out = (enum shelf_collection)c;
			return 0;
		}
	}
	return -1;
}

int64_t
shelf_version(const struct shelf *s)
{
	return s->version;
}

static struct item *
find(const struct shelf *s, enum shelf_collection c, const char *id)
{
	struct item *i;

	HASH_FIND_STR(s->items[c], id, i);
	return i;
}

/* I has changed: a new instant, and the members that are the site's own. */
static void
touch(struct shelf *s, struct item *i, int is_trashed)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t now = clock_wall_ms();

	s->last_ms = now > s->last_ms ? now : s->last_ms + 1;
	s->version++;
	i->modified_ms = s->last_ms;
	i->is_trashed = is_trashed;
	json_set_str(&i->doc, "id", i->id);
	json_set_str(&i->doc, "modified", clock_text(i->modified_ms, text));
	json_set(&i->doc, "trashed", is_trashed ? jv_true() : jv_false());
}

enum shelf_outcome
shelf_put(struct shelf *s, enum shelf_collection c, const char *id, jv doc)
{
	struct item *i = find(s, c, id);
	enum shelf_outcome outcome = SHELF_CHANGED;

	if (i == NULL) {
		if (HASH_COUNT(s->items[c]) >= SHELF_ITEMS_MAX) {
			jv_free(doc);
			return SHELF_FULL;
		}
		i = mem_new(1, sizeof(*i));
		i->id = mem_dup(id);
		i->doc = jv_null();
		HASH_ADD_KEYPTR(hh, s->items[c], i->id, strlen(i->id), i);
		outcome = SHELF_CREATED;
	}
	jv_free(i->doc);
	i->doc = doc;
	touch(s, i, 0);
	return outcome;
}

enum shelf_outcome
shelf_add(struct shelf *s, enum shelf_collection c, jv doc,
    char out_id[SHELF_ID_MAX + 1])
{
	char id[32];
	enum shelf_outcome outcome;

	do
		snprintf(
		    id, sizeof(id), "%lld", (long long)s->next_number[c]++);
	while (find(s, c, id) != NULL);
	outcome = shelf_put(s, c, id, doc);
	if (outcome == SHELF_CREATED)
		memcpy(out_id, id, strlen(id) + 1);
	return outcome;
}

enum shelf_outcome
shelf_patch(struct shelf *s, enum shelf_collection c, const char *id, jv doc)
{
	struct item *i = find(s, c, id);

	if (i == NULL || i->is_trashed) {
		jv_free(doc);
		return i == NULL ? SHELF_NONE : SHELF_TRASHED;
	}
	i->doc = jv_object_merge(i->doc, doc);
	touch(s, i, 0);
	return SHELF_CHANGED;
}

enum shelf_outcome
shelf_trash(struct shelf *s, enum shelf_collection c, const char *id)
{
	struct item *i = find(s, c, id);

	if (i == NULL || i->is_trashed)
		return i == NULL ? SHELF_NONE : SHELF_TRASHED;
	touch(s, i, 1);
	return SHELF_CHANGED;
}

enum shelf_outcome
shelf_get(
    const struct shelf *s, enum shelf_collection c, const char *id, jv *out)
{
	struct item *i = find(s, c, id);

	if (i == NULL)
		return SHELF_NONE;
	*out = jv_copy(i->doc);
	return i->is_trashed ? SHELF_TRASHED : SHELF_CHANGED;
}

jv
shelf_record(jv item)
{
	jv record = json_get(item, "record");

	if (jv_get_kind(record) == JV_KIND_OBJECT)
		return record;
	jv_free(record);
	return jv_copy(item);
}

static int
by_change(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a;
	const struct item *y = *(struct item *const *)b;

	return (x->modified_ms > y->modified_ms) -
	       (x->modified_ms < y->modified_ms);
}

jv
shelf_list(const struct shelf *s, enum shelf_collection c, const char *after,
    int64_t page, int64_t size)
{
	struct item **found, *i, *next;
	int64_t after_ms = INT64_MIN, n = 0, k;
	jv items = jv_array(), out = jv_object();

	if (clock_parse(after, &after_ms) != 0)
		after_ms = INT64_MIN;
	found = mem_new(HASH_COUNT(s->items[c]) + 1, sizeof(struct item *));
	HASH_ITER (hh, s->items[c], i, next)
		if (i->modified_ms > after_ms)
			found[n++] = i;
	qsort(found, (size_t)n, sizeof(struct item *), by_change);
	for (k = (page - 1) * size; k < n && k < page * size; k++)
		items = jv_array_append(items, jv_copy(found[k]->doc));
	json_set(&out, "items", items);
	json_set(&out, "next",
	    page * size < n ? jv_number((double)(page + 1)) : jv_null());
	json_set_int(&out, "total", n);
	free(found);
	return out;
}

jv
shelf_live(const struct shelf *s, enum shelf_collection c)
{
	struct item *i, *next;
	jv out = jv_array();

	HASH_ITER (hh, s->items[c], i, next)
		if (!i->is_trashed)
			out = jv_array_append(out, jv_copy(i->doc));
	return out;
}
