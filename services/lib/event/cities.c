/* The city list: see cities.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/cities.h"
#include "event/fold.h"

enum { CITIES_FILE_MAX_BYTES = 32 * 1024 * 1024 };

/* Fields of a line, separated by tabs. */
enum field {
	FIELD_ID,
	FIELD_WIKIDATA,
	FIELD_COUNTRY,
	FIELD_LAT,
	FIELD_LON,
	FIELD_POPULATION,
	FIELD_ZONE,
	FIELD_EN,
	FIELD_RU,
	FIELD_ZH,
	FIELD_OTHERS,
	FIELDS
};

struct city {
	const char *fields[FIELDS]; /* inside the text */
	long population;
};

/* A name of a city, by a hash of its folded form. */
struct name {
	uint64_t hash;
	uint32_t city;
	uint32_t is_other; /* not one of its main names */
};

/* An id of a city. */
struct id {
	const char *id;
	uint32_t city;
};

struct cities {
	char *text; /* owned; cut into strings */
	struct city *list;
	size_t n;
	struct name *names; /* sorted */
	size_t n_names, room_names;
	struct id *ids; /* sorted */
	size_t n_ids;
};

/* FNV-1a. */
static uint64_t
hash_of(const char *name, struct buf *scratch)
{
	uint64_t h = 14695981039346656037u;

	buf_clear(scratch);
	fold_name(name, scratch);
	for (size_t i = 0; i < scratch->size; i++)
		h = (h ^ (unsigned char)scratch->data[i]) * 1099511628211u;
	return scratch->size == 0 ? 0 : h;
}

static void
add_name(struct cities *c, const char *name, int is_other, struct buf *scratch)
{
	uint64_t hash = hash_of(name, scratch);

	if (hash == 0)
		return;
	if (c->n_names == c->room_names) {
		c->room_names = c->room_names * 2 + 1024;
		c->names = mem_grow(c->names, c->room_names, sizeof(*c->names));
	}
	c->names[c->n_names++] =
	    (struct name){hash, (uint32_t)c->n, (uint32_t)is_other};
}

static void
add_names(struct cities *c, const struct city *city, struct buf *scratch)
{
	char others[8192], *at = others, *name;

	for (int i = FIELD_EN; i <= FIELD_ZH; i++)
		add_name(c, city->fields[i], 0, scratch);
	snprintf(others, sizeof(others), "%s", city->fields[FIELD_OTHERS]);
	while ((name = strsep(&at, "|")) != NULL)
		add_name(c, name, 1, scratch);
}

static int
take_line(struct cities *c, char *line, struct buf *scratch)
{
	struct city *city = &c->list[c->n];
	char *at = line;

	for (int i = 0; i < FIELDS; i++) {
		city->fields[i] = strsep(&at, "\t");
		if (city->fields[i] == NULL)
			return -1;
	}
	city->population = strtol(city->fields[FIELD_POPULATION], NULL, 10);
	for (int i = FIELD_ID; i <= FIELD_WIKIDATA; i++)
		if (*city->fields[i] != '\0')
			c->ids[c->n_ids++] =
			    (struct id){city->fields[i], (uint32_t)c->n};
	add_names(c, city, scratch);
	c->n++;
	return 0;
}

static int
name_cmp(const void *a, const void *b, void *ctx)
{
	const struct name *x = a, *y = b;
	const struct city *list = ctx;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->is_other != y->is_other)
		return x->is_other ? 1 : -1;
	if (list[x->city].population != list[y->city].population)
		return list[x->city].population > list[y->city].population ? -1
									   : 1;
	return (x->city > y->city) - (x->city < y->city);
}

static int
id_cmp(const void *a, const void *b)
{
	const struct id *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static char *
read_text(const char *file, struct err *err)
{
	struct buf text = {.max = CITIES_FILE_MAX_BYTES};
	char part[16384];
	size_t size;
	FILE *f = fopen(file, "re");

	if (f == NULL) {
		err_set(err, ERR_FATAL, errno, "%s: %s", file, strerror(errno));
		return NULL;
	}
	while ((size = fread(part, 1, sizeof(part), f)) > 0) {
		if (buf_add(&text, part, size) != 0) {
			err_set(err, ERR_FATAL, 0, "%s: too large", file);
			buf_free(&text);
			fclose(f);
			return NULL;
		}
	}
	fclose(f);
	return buf_take(&text);
}

struct cities *
cities_load(const char *file, struct err *err)
{
	char *text = read_text(file, err), *at = text, *line;
	struct buf scratch = {0};
	struct cities *c;
	size_t lines = 1;

	if (text == NULL)
		return NULL;
	for (char *s = text; (s = strchr(s, '\n')) != NULL; s++)
		lines++;
	c = mem_new(1, sizeof(*c));
	c->text = text;
	c->list = mem_new(lines, sizeof(*c->list));
	c->ids = mem_new(2 * lines, sizeof(*c->ids));
	for (int n = 1; (line = strsep(&at, "\n")) != NULL; n++) {
		if (*line == '\0' || *line == '#')
			continue;
		if (take_line(c, line, &scratch) != 0) {
			err_set(err, ERR_FATAL, 0,
			    "%s:%d: expected %d fields with tabs between them",
			    file, n, FIELDS);
			buf_free(&scratch);
			cities_free(c);
			return NULL;
		}
	}
	buf_free(&scratch);
	qsort_r(c->names, c->n_names, sizeof(*c->names), name_cmp, c->list);
	qsort(c->ids, c->n_ids, sizeof(*c->ids), id_cmp);
	return c;
}

void
cities_free(struct cities *c)
{
	if (c == NULL)
		return;
	free(c->text);
	free(c->list);
	free(c->names);
	free(c->ids);
	free(c);
}

static jv
json_of(const struct city *city)
{
	static const struct {
		enum field field;
		const char *language;
	} names[] = {{FIELD_EN, "en"}, {FIELD_RU, "ru"}, {FIELD_ZH, "zh-Hans"}};
	const char *wikidata = city->fields[FIELD_WIKIDATA];
	jv out = jv_object(), map = jv_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (*city->fields[names[i].field] != '\0')
			json_set_str(&map, names[i].language,
			    city->fields[names[i].field]);
	json_set_str(
	    &out, "id", *wikidata == '\0' ? city->fields[FIELD_ID] : wikidata);
	json_set_str(&out, "country", city->fields[FIELD_COUNTRY]);
	json_set(&out, "names", map);
	json_set(&out, "lat", jv_number(strtod(city->fields[FIELD_LAT], NULL)));
	json_set(&out, "lon", jv_number(strtod(city->fields[FIELD_LON], NULL)));
	json_set_str(&out, "tz", city->fields[FIELD_ZONE]);
	json_set_int(&out, "population", city->population);
	return out;
}

/* First name that is not below HASH. */
static size_t
lower_bound(const struct cities *c, uint64_t hash)
{
	size_t low = 0, high = c->n_names;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->names[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

jv
cities_suggest(
    const struct cities *c, const char *name, const char *country, size_t max)
{
	struct buf scratch = {0};
	uint64_t hash = hash_of(name, &scratch);
	size_t first = lower_bound(c, hash), n = 0;
	jv list = jv_array();

	buf_free(&scratch);
	for (size_t i = first;
	     hash != 0 && i < c->n_names && c->names[i].hash == hash && n < max;
	     i++) {
		const struct city *city = &c->list[c->names[i].city];
		int is_seen = 0;

		for (size_t j = first; j < i; j++)
			is_seen |= c->names[j].city == c->names[i].city;
		if (is_seen ||
		    (*country != '\0' &&
			strcmp(country, city->fields[FIELD_COUNTRY]) != 0))
			continue;
		list = jv_array_append(list, json_of(city));
		n++;
	}
	return list;
}

static const struct city *
find(const struct cities *c, const char *id)
{
	struct id wanted = {id, 0};
	const struct id *found =
	    bsearch(&wanted, c->ids, c->n_ids, sizeof(*c->ids), id_cmp);

	return found == NULL ? NULL : &c->list[found->city];
}

jv
cities_names(const struct cities *c, const char *id)
{
	const struct city *city = find(c, id);
	const char *at = city == NULL ? "" : city->fields[FIELD_OTHERS];
	jv list = jv_array();

	while (*at != '\0') {
		size_t size = strcspn(at, "|");

		list = jv_array_append(list, jv_string_sized(at, (int)size));
		at += size + (at[size] == '|');
	}
	return list;
}

jv
cities_get(const struct cities *c, const char *id)
{
	const struct city *city = find(c, id);

	return city == NULL ? jv_null() : json_of(city);
}
