/* Exact filters: see filter.h. */
#include <string.h>

#include "map/filter.h"

const char *const filter_keys[] = {
    "cities", "countries", "members", "kinds", "statuses", NULL};

const char *const filter_members[] = {"a", "b", "places", "about", "speaksFor",
    "country", "publisher", "registrar", "sides", "by", "kind", "agreements",
    "status", "after", NULL};

const char *const filter_members_unconfirmed[] = {"status", NULL};

/* Append what V (consumed) names to *WORDS: a text, or a list of texts. */
static void
collect(jv *words, jv v)
{
	if (jv_get_kind(v) == JV_KIND_STRING) {
		*words = jv_array_append(*words, jv_copy(v));
	} else if (jv_get_kind(v) == JV_KIND_ARRAY) {
		jv_array_foreach (v, i, item) {
			if (jv_get_kind(item) == JV_KIND_STRING)
				*words = jv_array_append(*words, jv_copy(item));
			jv_free(item);
		}
	}
	jv_free(v);
}

/* Member KEY of member PARENT of RECORD. */
static jv
nested(jv record, const char *parent, const char *key)
{
	jv object = json_get(record, parent), v = json_get(object, key);

	jv_free(object);
	return v;
}

/* Member KEY (of member PARENT, if not NULL) of each item of list LIST. */
static void
collect_each(
    jv *words, jv record, const char *list, const char *parent, const char *key)
{
	jv items = json_get(record, list);

	if (jv_get_kind(items) == JV_KIND_ARRAY) {
		jv_array_foreach (items, i, item) {
			collect(words, parent != NULL
					   ? nested(item, parent, key)
					   : json_get(item, key));
			jv_free(item);
		}
	}
	jv_free(items);
}

/* `about` names cities, organizations and pairs of cities. */
static void
collect_about(jv *words, jv record)
{
	jv about = jv_array(), parts;

	collect(&about, json_get(record, "about"));
	jv_array_foreach (about, i, item) {
		parts = jv_string_split(item, jv_string("+"));
		collect(words, parts);
	}
	jv_free(about);
}

static void
collect_places(jv *words, enum record_type t, jv record, const char *key)
{
	if (t == RECORD_EVENT) {
		collect_each(words, record, "places", "city", key);
		return;
	}
	collect(words, nested(record, "a", key));
	collect(words, nested(record, "b", key));
}

/* All words of RECORD that the filter KEY looks at; the caller's. */
static jv
words_of(const char *key, enum record_type t, jv record)
{
	jv words = jv_array();

	if (strcmp(key, "cities") == 0) {
		collect_places(&words, t, record, "id");
		if (t == RECORD_EVENT)
			collect_about(&words, record);
		if (t == RECORD_ORGANIZATION)
			collect(&words, json_get(record, "speaksFor"));
	} else if (strcmp(key, "countries") == 0) {
		collect_places(&words, t, record, "country");
		collect(&words, json_get(record, "country"));
	} else if (strcmp(key, "members") == 0) {
		collect(&words, json_get(record, "publisher"));
		collect(&words, json_get(record, "registrar"));
		collect_each(&words, record, "sides", NULL, "registrar");
		if (t == RECORD_NOTICE)
			collect(&words, json_get(record, "by"));
	} else if (strcmp(key, "kinds") == 0) {
		collect(&words, json_get(record, "kind"));
		collect_each(&words, record, "agreements", NULL, "kind");
	} else {
		collect(&words, json_get(record, "status"));
		collect(&words, nested(record, "after", "status"));
	}
	return words;
}

static int
share_one(jv wanted, jv words)
{
	int found = 0;

	jv_array_foreach (words, i, word) {
		jv_array_foreach (wanted, j, want)
			found |= jv_equal(want, jv_copy(word));
		jv_free(word);
	}
	return found;
}

int
filter_passes(jv filter, enum record_type t, jv record)
{
	size_t i;
	jv wanted, words;
	int passes = 1;

	for (i = 0; filter_keys[i] != NULL && passes; i++) {
		wanted = json_get(filter, filter_keys[i]);
		if (jv_get_kind(wanted) == JV_KIND_ARRAY) {
			words = words_of(filter_keys[i], t, record);
			passes = share_one(wanted, words);
			jv_free(words);
		}
		jv_free(wanted);
	}
	return passes;
}

int
filter_is_unconfirmed(jv record)
{
	const char *status = json_str(record, "status", "");

	return strcmp(status, "tentative") == 0 ||
	       strcmp(status, "proposed") == 0 || strcmp(status, "draft") == 0;
}
