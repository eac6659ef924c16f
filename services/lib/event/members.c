/* Who is on the wire: see members.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/codes.h"
#include "event/dates.h"
#include "event/keys.h"
#include "event/members.h"

enum { MEMBERS_MAX = 4096, PATH_SIZE = 64 };

struct member {
	const char *id; /* inside ROW */
	jv row;
};

struct members {
	struct member *list;
	size_t n;
};

static const struct conf_key keys[] = {
    {"members", CONF_LIST, 1, "the list of members"},
    {"members[]", CONF_OBJECT, 0, "a member"},
    {"members[].id", CONF_STRING, 1, "an id for life, like volgograd"},
    {"members[].names", CONF_OBJECT, 0, "names by language"},
    {"members[].names.*", CONF_STRING, 0, "a name"},
    {"members[].speaks_for", CONF_OBJECT, 0, "cities and countries"},
    {"members[].speaks_for.cities", CONF_STRINGS, 0,
	"ids of cities, like wd:Q914"},
    {"members[].speaks_for.countries", CONF_STRINGS, 0,
	"codes of countries, like KG"},
    {"members[].reads", CONF_STRINGS, 0,
	"kinds of topics: claims, events, organizations, partnerships, "
	"notices, receipts, status"},
    {"members[].role_mailboxes", CONF_STRINGS, 0, "mailboxes of offices"},
    {"members[].new_url", CONF_STRING, 0,
	"address where its clerks enter a record"},
    {"members[].left", CONF_STRING, 0, "the day it left, like 2026-11-29"},
};

/* A list of strings (consumed) that may be written as one string. */
static jv
as_list(jv value)
{
	if (jv_get_kind(value) == JV_KIND_ARRAY)
		return value;
	if (jv_get_kind(value) == JV_KIND_STRING)
		return JV_ARRAY(value);
	jv_free(value);
	return jv_array();
}

static int
is_country(const char *code)
{
	return codes_rank(CODES_COUNTRY, code) >= 0;
}

static int
is_read(const char *word)
{
	enum record_type t;

	return record_type_parse(word, &t) == 0 && t != RECORD_COMMAND &&
	       strcmp(word, record_type_topic_word(t)) == 0;
}

/* What a word must be. */
struct sort {
	int (*is)(const char *s);
	const char *expected; /* the rest of "... is not" */
};

static const struct sort a_city = {
    key_is_city, "the id of a city, such as wd:Q914 or gn:472757"};
static const struct sort a_country = {
    is_country, "the code of a country: two capital letters, such as KG"};
static const struct sort a_topic = {is_read,
    "a kind of topic: claims, events, organizations, partnerships, notices, "
    "receipts or status"};

/* Complain about items of LIST (consumed) at PATH that are not of SORT;
 * returns their number. */
static int
check_list(const struct conf *c, const char *path, jv list,
    const struct sort *sort, struct buf *out)
{
	int bad = 0;

	list = as_list(list);
	jv_array_foreach (list, i, item) {
		if (jv_get_kind(item) == JV_KIND_STRING &&
		    !sort->is(jv_string_value(item))) {
			conf_complain(c, path, out, "\"%s\" is not %s",
			    jv_string_value(item), sort->expected);
			bad++;
		}
		jv_free(item);
	}
	jv_free(list);
	return bad;
}

/* Ids that begin with "twinwire-" are the programs' own users of Kafka. */
static int
check_id(
    const struct conf *c, const char *path, const char *id, struct buf *out)
{
	static const char ours[] = "twinwire-";

	if (!key_is_id(id))
		conf_complain(c, path, out,
		    "expected small letters, digits and hyphens, at most %d",
		    KEY_ID_MAX);
	else if (strncmp(id, ours, sizeof(ours) - 1) == 0)
		conf_complain(c, path, out,
		    "ids that begin with \"%s\" belong to Twinwire's programs",
		    ours);
	else
		return 0;
	return 1;
}

static int
check_left(const struct conf *c, const char *at, jv row, struct buf *out)
{
	const char *day = json_str(row, "left", NULL);
	char *path;

	if (day == NULL || (strlen(day) == 10 && dates_is_edtf(day)))
		return 0;
	path = mem_printf("%s.left", at);
	conf_complain(c, path, out, "expected a day, like 2026-11-29");
	free(path);
	return 1;
}

static int
check_row(const struct conf *c, int i, jv row, struct buf *out)
{
	char *at = mem_printf("members[%d]", i), *path;
	jv speaks = json_get(row, "speaks_for");
	int bad = 0;

	path = mem_printf("%s.id", at);
	bad += check_id(c, path, json_str(row, "id", "x"), out);
	free(path);
	path = mem_printf("%s.speaks_for.cities", at);
	bad += check_list(c, path, json_get(speaks, "cities"), &a_city, out);
	free(path);
	path = mem_printf("%s.speaks_for.countries", at);
	bad +=
	    check_list(c, path, json_get(speaks, "countries"), &a_country, out);
	free(path);
	path = mem_printf("%s.reads", at);
	bad += check_list(c, path, json_get(row, "reads"), &a_topic, out);
	free(path);
	bad += check_left(c, at, row, out);
	free(at);
	jv_free(speaks);
	return bad;
}

static int
check(const struct conf *c, jv list, struct buf *out)
{
	int bad = conf_check(c, keys, sizeof(keys) / sizeof(*keys), out);
	int n = 0;
	char path[PATH_SIZE];
	jv seen = jv_object(), id;

	if (jv_get_kind(list) == JV_KIND_ARRAY)
		n = jv_array_length(jv_copy(list));
	if (n > MEMBERS_MAX) {
		conf_complain(c, "members", out, "at most %d", MEMBERS_MAX);
		bad++;
	}
	for (int i = 0; i < n && i < MEMBERS_MAX; i++) {
		jv row = jv_array_get(jv_copy(list), i);

		bad += check_row(c, i, row, out);
		id = json_get(row, "id");
		if (jv_get_kind(id) == JV_KIND_STRING) {
			if (jv_object_has(jv_copy(seen), jv_copy(id))) {
				snprintf(
				    path, sizeof(path), "members[%d].id", i);
				conf_complain(
				    c, path, out, "stands there twice");
				bad++;
			}
			seen = jv_object_set(seen, id, jv_true());
		} else {
			jv_free(id);
		}
		jv_free(row);
	}
	jv_free(seen);
	return bad;
}

static int
reject(const struct buf *lines, struct err *err)
{
	return err_set(err, ERR_REJECT, 0, "%.*s",
	    (int)strcspn(lines->data, "\n"), lines->data);
}

struct members *
members_load(const char *file, struct buf *out, struct err *err)
{
	struct buf lines = {0};
	struct conf *c = conf_load(file, err);
	struct members *m = NULL;
	jv document, list;

	if (c == NULL) {
		if (out != NULL && err != NULL)
			buf_printf(out, "%s\n", err->msg);
		return NULL;
	}
	document = conf_value(c);
	list = json_get(document, "members");
	jv_free(document);
	if (check(c, list, &lines) > 0) {
		if (out != NULL)
			buf_puts(out, lines.data);
		(void)reject(&lines, err);
		goto out;
	}
	m = mem_new(1, sizeof(*m));
	m->n = (size_t)jv_array_length(jv_copy(list));
	m->list = mem_new(m->n, sizeof(*m->list));
	for (size_t i = 0; i < m->n; i++) {
		m->list[i].row = jv_array_get(jv_copy(list), (int)i);
		m->list[i].id = json_str(m->list[i].row, "id", "");
	}
out:
	jv_free(list);
	buf_free(&lines);
	conf_free(c);
	return m;
}

void
members_free(struct members *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		jv_free(m->list[i].row);
	free(m->list);
	free(m);
}

size_t
members_count(const struct members *m)
{
	return m->n;
}

const char *
members_id(const struct members *m, size_t i)
{
	return m->list[i].id;
}

int
members_rank(const struct members *m, const char *id)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->list[i].id, id) == 0)
			return (int)i;
	return -1;
}

static int
holds(jv list, const char *word)
{
	int is = 0;

	list = as_list(list);
	jv_array_foreach (list, i, item) {
		if (jv_get_kind(item) == JV_KIND_STRING)
			is |= strcmp(jv_string_value(item), word) == 0;
		jv_free(item);
	}
	jv_free(list);
	return is;
}

int
members_speaks_for(const struct members *m, const char *id, const char *city,
    const char *country)
{
	int rank = members_rank(m, id), is;
	jv speaks;

	if (rank < 0)
		return 0;
	speaks = json_get(m->list[rank].row, "speaks_for");
	is =
	    (*city != '\0' && holds(json_get(speaks, "cities"), city)) ||
	    (*country != '\0' && holds(json_get(speaks, "countries"), country));
	jv_free(speaks);
	return is;
}

int
members_may_read(const struct members *m, const char *id, enum record_type t)
{
	int rank = members_rank(m, id);
	jv reads;

	if (rank < 0 || t == RECORD_COMMAND)
		return 0;
	reads = json_get(m->list[rank].row, "reads");
	if (jv_is_valid(reads) && jv_get_kind(reads) != JV_KIND_NULL)
		return holds(reads, record_type_topic_word(t));
	jv_free(reads);
	return 1;
}

jv
members_row(const struct members *m, const char *id)
{
	int rank = members_rank(m, id);

	return rank < 0 ? jv_null() : jv_copy(m->list[rank].row);
}

const char *
members_left(const struct members *m, const char *id)
{
	int rank = members_rank(m, id);

	return rank < 0 ? "" : json_str(m->list[rank].row, "left", "");
}
