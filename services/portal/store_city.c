/* Cities: all names of each, and where it is.  See store_inner.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/cities.h"
#include "portal/search.h"
#include "portal/store_inner.h"
#include "store/sql.h"

enum {
	/* Of a city, over all who write about it: they stand wherever it does.
	 */
	NAMES_MAX = 24,
	NAME_MAX_BYTES = 200,
	LANGUAGE_MAX_BYTES = 35,
	WORDS_MAX_BYTES = 32 * 1024, /* to find it by */
	KNOWN_MAX = 100000
};

/* Thousands of records name the same city: it is written when news come. */
struct store_known {
	UT_hash_handle hh;
	char *name; /* owned; its id */
	int64_t id;
	int rank;
	unsigned char hash[JSON_HASH_SIZE]; /* of the reference taken last */
};

void
store_cities_forget(struct store *s)
{
	struct store_known *k, *next;

	HASH_ITER (hh, s->known, k, next) {
		HASH_DEL(s->known, k);
		free(k->name);
		free(k);
	}
}

static jv_kind
kind_of(jv v, const char *key)
{
	jv member = json_get(v, key);
	jv_kind kind = jv_get_kind(member);

	jv_free(member);
	return kind;
}

static jv
or_null(jv v)
{
	if (jv_is_valid(v))
		return v;
	jv_free(v);
	return jv_null();
}

static void
add_words(struct buf *words, jv names)
{
	if (jv_get_kind(names) == JV_KIND_ARRAY) {
		jv_array_foreach (names, i, name) {
			if (jv_get_kind(name) == JV_KIND_STRING)
				search_words(jv_string_value(name), words);
			jv_free(name);
		}
	} else if (jv_get_kind(names) == JV_KIND_OBJECT) {
		jv_object_foreach (names, language, name) {
			if (jv_get_kind(name) == JV_KIND_STRING)
				search_words(jv_string_value(name), words);
			jv_free(language);
			jv_free(name);
		}
	}
	jv_free(names);
}

/* What the city list knows of it: by its id; or else, for its names alone, by
 * the one city of its country that has one of its names.  Null: nothing. */
static jv
look_up(struct store *s, const char *name, jv ref, int *out_is_it)
{
	jv found = cities_get(s->cities, name), names;

	*out_is_it = jv_get_kind(found) == JV_KIND_OBJECT;
	if (*out_is_it)
		return found;
	names = json_get(ref, "names");
	jv_object_foreach (names, language, one) {
		jv list = jv_get_kind(one) == JV_KIND_STRING &&
				  jv_get_kind(found) == JV_KIND_NULL
			      ? cities_suggest(s->cities, jv_string_value(one),
				    json_str(ref, "country", ""), 2)
			      : jv_array();

		if (jv_array_length(jv_copy(list)) == 1)
			found = jv_array_get(jv_copy(list), 0);
		jv_free(list);
		jv_free(language);
		jv_free(one);
	}
	jv_free(names);
	return found;
}

/* The list's word for what REF (consumed) leaves open; all words to find it by
 * into WORDS. */
static jv
complete(struct store *s, const char *name, jv ref, struct buf *words)
{
	jv listed, names = json_get(ref, "names");
	int is_it = 0;

	if (jv_get_kind(names) != JV_KIND_OBJECT) {
		jv_free(names);
		names = jv_object();
	}
	listed = s->cities == NULL ? jv_null() : look_up(s, name, ref, &is_it);
	if (jv_get_kind(listed) == JV_KIND_OBJECT) {
		add_words(words, json_get(listed, "names"));
		add_words(
		    words, cities_names(s->cities, json_str(listed, "id", "")));
	}
	if (is_it) {
		names = jv_object_merge(json_get(listed, "names"), names);
		if (kind_of(ref, "lat") != JV_KIND_NUMBER) {
			json_set(&ref, "lat", json_get(listed, "lat"));
			json_set(&ref, "lon", json_get(listed, "lon"));
		}
		if (*json_str(ref, "country", "") == '\0')
			json_set(&ref, "country", json_get(listed, "country"));
	}
	jv_free(listed);
	add_words(words, jv_copy(names));
	json_set(&ref, "names", names);
	return ref;
}

/* NAMES (consumed), and of MORE (borrowed; maps of language to name) what they
 * do not have, as long as there is room: of many members, whoever writes about
 * a city adds to them. */
static jv
with_names(jv names, jv more)
{
	struct json_member few[JSON_MEMBERS_FEW], *all;
	size_t n;

	if (jv_get_kind(more) != JV_KIND_OBJECT)
		return names;
	all = json_members(more, few, &n);
	for (size_t i = 0; i < n; i++) {
		int is_fit =
		    all[i].size <= LANGUAGE_MAX_BYTES &&
		    jv_get_kind(all[i].value) == JV_KIND_STRING &&
		    jv_string_length_bytes(jv_copy(all[i].value)) <=
			NAME_MAX_BYTES &&
		    jv_object_length(jv_copy(names)) < NAMES_MAX &&
		    !jv_object_has(jv_copy(names), jv_copy(all[i].key));

		if (is_fit)
			names = jv_object_set(
			    names, jv_copy(all[i].key), jv_copy(all[i].value));
		jv_free(all[i].key);
		jv_free(all[i].value);
	}
	if (all != few)
		free(all);
	return names;
}

/* Degrees KEY of REF, null if they lie beyond MAX. */
static jv
degrees(jv ref, const char *key, double max)
{
	jv v = json_get(ref, key);

	if (jv_get_kind(v) == JV_KIND_NUMBER && fabs(jv_number_value(v)) <= max)
		return v;
	jv_free(v);
	return jv_null();
}

jv
store_city_short(jv ref)
{
	jv out = jv_object(), names = json_get(ref, "names");

	json_set_str(&out, "id", json_str(ref, "id", ""));
	json_set_str(&out, "country", json_str(ref, "country", ""));
	json_set(&out, "lat", degrees(ref, "lat", 90));
	json_set(&out, "lon", degrees(ref, "lon", 180));
	json_set(&out, "names", with_names(jv_object(), names));
	jv_free(names);
	return out;
}

/* What stands there (borrowed row) and REF (consumed) together. */
static jv
merge(jv row, jv ref, int is_higher)
{
	jv old = json_get(row, "names"), new = json_get(ref, "names");
	jv names = with_names(jv_object(), is_higher ? new : old);

	json_set(&ref, "names", with_names(names, is_higher ? old : new));
	jv_free(old);
	jv_free(new);
	if (!is_higher && kind_of(row, "lat") == JV_KIND_NUMBER) {
		json_set(&ref, "lat", json_get(row, "lat"));
		json_set(&ref, "lon", json_get(row, "lon"));
	}
	if (!is_higher || *json_str(ref, "country", "") == '\0')
		json_set(&ref, "country", json_get(row, "country"));
	return ref;
}

static int
write_city(struct store *s, struct store_known *k, jv ref,
    const struct buf *words, struct err *err)
{
	jv columns = JV_ARRAY(jv_string(k->name),
	    jv_string(json_str(ref, "country", "")), json_get(ref, "names"),
	    or_null(json_get(ref, "lat")), or_null(json_get(ref, "lon")),
	    jv_number(k->rank));
	jv text = jv_string(words->data != NULL ? words->data : "");
	int rc;

	rc = sql_run(s->sql,
	    "INSERT INTO city (name, country, names, lat, lon, rank)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO UPDATE SET"
	    " country = excluded.country, names = excluded.names,"
	    " lat = excluded.lat, lon = excluded.lon, rank = excluded.rank",
	    columns, err);
	if (rc == 0 && k->id == 0)
		k->id = sql_last_id(s->sql);
	if (rc == 0)
		rc = sql_run(s->sql, "DELETE FROM city_text WHERE rowid = ?1",
		    JV_ARRAY(jv_number((double)k->id)), err);
	if (rc != 0) {
		jv_free(text);
		return -1;
	}
	return sql_run(s->sql,
	    "INSERT INTO city_text (rowid, names) VALUES (?1, ?2)",
	    JV_ARRAY(jv_number((double)k->id), text), err);
}

static int
update(
    struct store *s, struct store_known *k, jv ref, int rank, struct err *err)
{
	struct buf words = {.max = WORDS_MAX_BYTES};
	jv row = sql_one(s->sql,
	    "SELECT id, country, names AS names_json, lat, lon, rank FROM city"
	    " WHERE name = ?1",
	    JV_ARRAY(jv_string(k->name)), err);
	int rc = -1;

	if (jv_is_valid(row)) {
		k->id = json_int(row, "id", 0);
		k->rank = (int)json_int(row, "rank", -1);
		ref = jv_copy(ref);
		if (k->id > 0)
			ref = merge(row, ref, rank >= k->rank);
		if (rank > k->rank)
			k->rank = rank;
		ref = complete(s, k->name, ref, &words);
		rc = write_city(s, k, ref, &words, err);
		jv_free(ref);
	}
	jv_free(row);
	buf_free(&words);
	return rc;
}

/* ID as it was last written; new where it is not kept in mind. */
static struct store_known *
known(struct store *s, const char *id)
{
	struct store_known *k;

	HASH_FIND_STR(s->known, id, k);
	if (k != NULL)
		return k;
	/* More than there are: some member makes them up. */
	if (HASH_COUNT(s->known) == KNOWN_MAX)
		store_cities_forget(s);
	k = mem_new(1, sizeof(*k));
	k->name = mem_dup(id);
	HASH_ADD_KEYPTR(hh, s->known, k->name, strlen(k->name), k);
	return k;
}

int64_t
store_city(struct store *s, jv ref, int rank, struct err *err)
{
	const char *name = json_str(ref, "id", "");
	unsigned char hash[JSON_HASH_SIZE];
	struct store_known *k;
	jv city;
	int rc;

	if (*name == '\0' || strlen(name) > KEY_MAX_BYTES)
		return 0;
	k = known(s, name);
	json_hash(ref, hash);
	if (k->id > 0 &&
	    (rank < k->rank || memcmp(hash, k->hash, sizeof(hash)) == 0))
		return k->id;
	city = store_city_short(ref);
	rc = update(s, k, city, rank, err);
	jv_free(city);
	if (rc != 0)
		return -1;
	memcpy(k->hash, hash, sizeof(hash));
	return k->id;
}
