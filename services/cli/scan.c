/* Topics read whole: see scan.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "cli/cli.h"
#include "cli/scan.h"
#include "wire/reader.h"

static int
is_of(const char *topic, enum record_type t, int is_dead, const char *member)
{
	struct topic_name name;

	if (topic_parse(topic, &name) < 0 || name.is_dead != is_dead)
		return 0;
	if (!is_dead && name.type != t)
		return 0;
	return member == NULL || strcmp(name.member, member) == 0;
}

char **
scan_topics(struct cli *c, enum record_type t, int is_dead, const char *member,
    struct err *err)
{
	struct admin *a = cli_admin(c, err);
	char **out = mem_new(1, sizeof(*out));
	size_t n = 0;
	jv all, topics, names;

	if (a == NULL)
		goto fail;
	all = admin_list(a, SCAN_TIMEOUT_MS, err);
	if (!jv_is_valid(all))
		goto fail;
	topics = json_get(all, "topics");
	names = jv_keys(topics);
	jv_array_foreach (names, i, name) {
		if (is_of(jv_string_value(name), t, is_dead, member)) {
			out = mem_grow(out, n + 2, sizeof(*out));
			out[n++] = mem_dup(jv_string_value(name));
			out[n] = NULL;
		}
		jv_free(name);
	}
	jv_free(names);
	jv_free(all);
	return out;
fail:
	free(out);
	return NULL;
}

void
scan_free(char **topics)
{
	size_t i;

	if (topics == NULL)
		return;
	for (i = 0; topics[i] != NULL; i++)
		free(topics[i]);
	free(topics);
}

struct scan {
	struct cli *cli;
	scan_wanted *wanted;
	void *ctx;
	jv latest; /* "topic key" -> record */
	size_t n_bad;
};

static jv
record_new(const struct bus_message *m, const struct reader_record *r)
{
	jv one = jv_object();

	json_set_str(&one, "topic", m->topic);
	json_set_str(&one, "member", r->topic.member);
	json_set_int(&one, "offset", m->offset);
	json_set_int(&one, "at", m->timestamp_ms);
	json_set_str(&one, "key", r->key);
	json_set(&one, "value", jv_copy(r->value));
	return one;
}

static int
keep(void *ctx, const struct bus_message *m, struct err *err)
{
	struct scan *s = ctx;
	struct reader_record r;
	const char *reason;
	char *name;

	if (s->wanted != NULL && !s->wanted(s->ctx, m))
		return 0;
	if (cli_decode(s->cli, m, &r, &reason, err) < 0) {
		if (err->class != ERR_REJECT)
			return -1;
		s->n_bad++;
		return 0;
	}
	name = mem_printf("%s %s", m->topic, r.key);
	json_set(&s->latest, name, record_new(m, &r));
	free(name);
	reader_fini(&r);
	return 0;
}

static jv
scan(struct scan *s, char *const *topics, struct err *err)
{
	jv out = jv_array(), names;

	s->latest = jv_object();
	if (reader_scan(&s->cli->bus, (const char *const *)topics,
		SCAN_TIMEOUT_MS, keep, s, err) < 0) {
		jv_free(s->latest);
		jv_free(out);
		return jv_invalid();
	}
	names = jv_keys(jv_copy(s->latest));
	jv_array_foreach (names, i, name)
		out = jv_array_append(
		    out, jv_object_get(jv_copy(s->latest), name));
	jv_free(names);
	jv_free(s->latest);
	if (s->n_bad > 0)
		cli_say(s->cli, 0, "%zu %s left out: not readable", s->n_bad,
		    count_word(
			(int64_t)s->n_bad, "message is", "messages are"));
	return out;
}

jv
scan_some(struct cli *c, char *const *topics, scan_wanted *wanted, void *ctx,
    struct err *err)
{
	struct scan s = {.cli = c, .wanted = wanted, .ctx = ctx};

	return scan(&s, topics, err);
}

static int
has_key(void *ctx, const struct bus_message *m)
{
	const char *key = ctx;

	return m->key_size == strlen(key) &&
	       memcmp(m->key, key, m->key_size) == 0;
}

jv
scan_key(struct cli *c, enum record_type t, const char *member, const char *key,
    struct err *err)
{
	char **topics = scan_topics(c, t, 0, member, err);
	jv found;

	if (topics == NULL)
		return jv_invalid();
	found = topics[0] == NULL ? jv_array()
				  : scan_some(c, topics, has_key,
					(void *)(uintptr_t)key, err);
	scan_free(topics);
	return found;
}

jv
scan_latest(
    struct cli *c, enum record_type t, const char *member, struct err *err)
{
	struct scan s = {.cli = c};
	char **topics = scan_topics(c, t, 0, member, err);
	jv all, out = jv_array();

	if (topics == NULL) {
		jv_free(out);
		return jv_invalid();
	}
	all = scan(&s, topics, err);
	scan_free(topics);
	if (!jv_is_valid(all)) {
		jv_free(out);
		return all;
	}
	jv_array_foreach (all, i, one) {
		jv value = json_get(one, "value");

		if (jv_get_kind(value) != JV_KIND_NULL)
			out = jv_array_append(out, jv_copy(one));
		jv_free(value);
		jv_free(one);
	}
	jv_free(all);
	return out;
}

/* 1 if NAME, an id or MEMBER/ID, may be CONNECTION of MEMBER. */
static int
is_named(const char *name, const char *member, const char *connection)
{
	const char *slash = strchr(name, '/');
	size_t size = strlen(member);

	if (slash == NULL)
		return strcmp(name, connection) == 0;
	return (size_t)(slash - name) == size &&
	       memcmp(name, member, size) == 0 &&
	       strcmp(slash + 1, connection) == 0;
}

/* Of SAID (consumed), all that is said of the connection NAME: what to go by.
 * An id that two members use tells not whose connection is meant. */
static jv
only_one(const char *name, jv said, struct err *err)
{
	int n = jv_array_length(jv_copy(said));
	jv first = n > 0 ? jv_array_get(jv_copy(said), 0) : jv_null();
	jv second = n > 1 ? jv_array_get(jv_copy(said), 1) : jv_null();
	const char *a = json_str(first, "member", "");
	const char *b = json_str(second, "member", "");

	if (n > 1) {
		err_set(err, ERR_REJECT, 0,
		    "%s and %s both speak of a connection \"%s\": say which "
		    "is meant, %s/%s or %s/%s",
		    a, b, name, a, name, b, name);
		jv_free(first);
		first = jv_invalid();
	}
	jv_free(second);
	jv_free(said);
	return first;
}

jv
scan_status(struct cli *c, const char *name, struct err *err)
{
	jv all = scan_latest(c, RECORD_STATUS, NULL, err), said = jv_array();

	if (!jv_is_valid(all)) {
		jv_free(said);
		return all;
	}
	jv_array_foreach (all, i, one) {
		jv s = json_get(one, "value");

		if (is_named(name, json_str(one, "member", ""),
			json_str(s, "connection", "")))
			said = jv_array_append(said, jv_copy(one));
		jv_free(s);
		jv_free(one);
	}
	jv_free(all);
	return only_one(name, said, err);
}
