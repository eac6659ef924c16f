/* What a connection subscribes to and publishes: see connection.h. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/connection.h"
#include "map/connection_inner.h"
#include "map/filter.h"
#include "map/preset.h"
#include "map/program.h"
#include "event/codes.h"

/* "beginning", "now" or an instant at PATH, a day as its start; new. */
static char *
from_of(struct loader *l, jv v, const char *path)
{
	const char *from = json_str(v, "from", "now");
	char text[CLOCK_TEXT_SIZE];
	int64_t ms;

	if (strcmp(from, "now") == 0 || strcmp(from, "beginning") == 0)
		return mem_dup(from);
	if (clock_parse_start(from, &ms) == 0)
		return mem_dup(clock_text(ms, text));
	connection_complain(l, path,
	    "expected beginning, now, a day such as 2022-10-31 (its start in "
	    "UTC) or an instant such as 2022-10-31T10:00:00Z");
	return mem_dup(from);
}

/* 1 if PATTERN names topics that a system can be sent. */
static int
is_pattern(const char *pattern, enum record_type *out_type)
{
	struct topic_name name;
	char *sample = mem_dup(pattern), *p;
	int ok;

	for (p = sample; *p != '\0'; p++) {
		if (*p == '*')
			*p = 'x';
	}
	ok = topic_parse(sample, &name) == 0 && !name.is_dead &&
	     name.type <= RECORD_NOTICE;
	if (ok)
		*out_type = name.type;
	free(sample);
	return ok;
}

static void
read_topics(struct loader *l, struct connection_subscribe *s, jv entry,
    const char *path)
{
	jv topics = connection_list(entry, "topics");
	int n = jv_is_valid(topics) ? jv_array_length(jv_copy(topics)) : -1;
	enum record_type type = RECORD_EVENT;

	/* Never NULL, also where errors have been found. */
	s->topics = mem_new(n > 0 ? (size_t)n + 1 : 1, sizeof(*s->topics));
	if (n < 0) {
		jv_free(topics);
		return;
	}

	jv_array_foreach (topics, i, topic) {
		s->topics[i] = mem_dup(jv_string_value(topic));
		jv_free(topic);
		if (!is_pattern(s->topics[i], &type)) {
			connection_complain(l, path,
			    "topics: %s is none of tw.events.*, tw.claims.*, "
			    "tw.organizations.*, tw.partnerships, tw.notices",
			    s->topics[i]);
		} else if (s->as_columns && type != RECORD_PARTNERSHIP) {
			connection_complain(l, path,
			    "as: columns is for "
			    "tw.partnerships");
		}
	}
	if (n == 0)
		connection_complain(l, path, "topics: expected at least one");
	jv_free(topics);
}

static int
is_country(const char *word)
{
	return codes_rank(CODES_COUNTRY, word) >= 0;
}

/* LIST (borrowed) at KEY of PATH: a misspelled word would let nothing pass. */
static void
check_words(struct loader *l, const char *path, const char *key, jv list)
{
	static const struct {
		const char *key;
		int (*is)(const char *word);
		const char *expected;
	} sorts[] = {
	    {"cities", key_is_city,
		"the id of a city, such as wd:Q914 or "
		"gn:472757"},
	    {"countries", is_country,
		"the code of a country: two capital "
		"letters, such as KG"},
	    {"members", key_is_id, "the id of a member: a-z, 0-9 and -"},
	};
	char *at = mem_printf("%s.%s", path, key);

	for (size_t i = 0; i < COUNT(sorts); i++) {
		if (strcmp(sorts[i].key, key) != 0)
			continue;
		jv_array_foreach (list, n, word) {
			if (!sorts[i].is(jv_string_value(word)))
				connection_complain(l, at, "\"%s\" is not %s",
				    jv_string_value(word), sorts[i].expected);
			jv_free(word);
		}
	}
	free(at);
}

static void
read_filter(struct loader *l, struct connection_subscribe *s, jv entry,
    const char *path)
{
	size_t i;
	char *name, *at;
	const char *where = json_str(entry, "where", NULL);
	struct err err;
	jv list;

	s->filter = jv_object();
	for (i = 0; filter_keys[i] != NULL; i++) {
		list = connection_list(entry, filter_keys[i]);
		if (!jv_is_valid(list)) {
			jv_free(list);
			continue;
		}
		if (jv_array_length(jv_copy(list)) == 0)
			connection_complain(l, path,
			    "a filter without words lets "
			    "nothing pass");
		check_words(l, path, filter_keys[i], list);
		json_set(&s->filter, filter_keys[i], list);
	}
	if (where == NULL)
		return;
	at = mem_printf("%s.where", path);
	name = mem_printf("%s:%d: %s", l->c->file, conf_line(l->conf, at), at);
	s->where = program_get(name, where, &err);
	if (s->where == NULL) {
		buf_printf(l->out, "%s\n", err.msg);
		l->errors++;
	}
	free(name);
	free(at);
}

static void
read_subscribe(struct loader *l, int n, jv entry)
{
	struct connection_subscribe *s = &l->c->subscribe[n];
	const struct preset *preset = l->c->preset; /* NULL: has errors */
	char *path = mem_printf("subscribe[%d]", n);
	char *from = mem_printf("%s.from", path);
	char *leave = mem_printf("%s.on_leave", path);
	char *as = mem_printf("%s.as", path);

	s->line = conf_line(l->conf, path);
	s->as_columns = connection_either(l, entry, as, "columns", "items");
	s->on_leave_keep = connection_either(l, entry, leave, "keep", "remove");
	s->send_unconfirmed = json_bool(entry, "send_unconfirmed", 0);
	s->from = from_of(l, entry, from);
	read_topics(l, s, entry, path);
	read_filter(l, s, entry, path);
	if (preset != NULL && s->as_columns &&
	    !preset_has(preset, PRESET_COLUMNS))
		connection_complain(l, path, "the preset has no `columns`");
	if (preset != NULL && !s->as_columns &&
	    !preset_has(preset, PRESET_CREATE))
		connection_complain(l, path, "the preset has no `create`");
	free(as);
	free(leave);
	free(from);
	free(path);
}

/* language and arrive_as are one for the connection: $config. */
static void
read_arrival(struct loader *l, int n, jv entry)
{
	static const char *const names[] = {"language", "arrive_as"};
	jv value, known;
	char *path;
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		value = i == 0 ? connection_list(entry, names[i])
			       : json_get(entry, names[i]);
		if (!jv_is_valid(value)) {
			jv_free(value);
			continue;
		}
		path = mem_printf("subscribe[%d].%s", n, names[i]);
		known = json_get(l->c->config, names[i]);
		if (n > 0 && jv_is_valid(known) &&
		    !jv_equal(jv_copy(known), jv_copy(value)))
			connection_complain(l, path,
			    "differs from another entry's; "
			    "make it a connection of its own");
		if (i == 1 && strcmp(jv_string_value(value), "publish") &&
		    strcmp(jv_string_value(value), "draft"))
			connection_complain(
			    l, path, "expected publish or draft");
		json_set(&l->c->config, names[i], value);
		jv_free(known);
		free(path);
	}
}

/* ---- publish ----------------------------------------------------------- */

static void
read_publish(struct loader *l, int n, jv entry)
{
	struct connection_publish *p = &l->c->publish[n];
	const char *into = json_str(entry, "into", NULL);
	char *path = mem_printf("publish[%d]", n);
	char *into_at = mem_printf("%s.into", path);
	char *ns_at = mem_printf("%s.namespace", path);
	char *from = mem_printf("%s.from", path);
	enum { MINUTE_MS = 60000 };

	p->line = conf_line(l->conf, path);
	if (into != NULL &&
	    (record_type_parse(into, &p->into) != 0 ||
		strcmp(into, record_type_topic_word(p->into)) != 0 ||
		p->into > RECORD_ORGANIZATION))
		connection_complain(
		    l, into_at, "expected events, claims or organizations");
	p->ns = connection_text(entry, "namespace");
	if (p->ns != NULL && !key_is_id(p->ns))
		connection_complain(l, ns_at, "expected an id: a-z, 0-9 and -");
	p->from = from_of(l, entry, from);
	p->every_ms = conf_duration(entry, "every", MINUTE_MS);
	if (p->every_ms == 0)
		connection_complain(l, path, "every: expected more than 0s");
	if (l->c->preset != NULL && !preset_has(l->c->preset, PRESET_LIST))
		connection_complain(l, path, "the preset has no `list`");
	free(from);
	free(ns_at);
	free(into_at);
	free(path);
}

void
connection_read_entries(struct loader *l)
{
	struct connection *c = l->c;
	jv list = json_get(l->doc, "subscribe");

	if (jv_get_kind(list) == JV_KIND_ARRAY) {
		c->n_subscribe = (size_t)jv_array_length(jv_copy(list));
		c->subscribe = mem_new(c->n_subscribe, sizeof(*c->subscribe));
		jv_array_foreach (list, i, entry) {
			read_subscribe(l, i, entry);
			read_arrival(l, i, entry);
			jv_free(entry);
		}
	}
	jv_free(list);
	list = json_get(l->doc, "publish");
	if (jv_get_kind(list) == JV_KIND_ARRAY) {
		c->n_publish = (size_t)jv_array_length(jv_copy(list));
		c->publish = mem_new(c->n_publish, sizeof(*c->publish));
		jv_array_foreach (list, i, entry) {
			read_publish(l, i, entry);
			jv_free(entry);
		}
	}
	jv_free(list);
	if (c->n_subscribe + c->n_publish == 0)
		connection_complain(
		    l, "", "expected subscribe, publish or both");
}
