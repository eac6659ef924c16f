/* Connections: see connection.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/connection.h"
#include "map/filter.h"
#include "map/preset.h"
#include "map/program.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { KEYS_MAX = 96, IN_FLIGHT_MAX = 256, RATE_MAX = 10000 };

static const struct conf_key keys[] = {
    {"connection", CONF_STRING, 1, "an id: a-z, 0-9 and -"},
    {"member", CONF_STRING, 1, "a member's id"},
    {"uses", CONF_STRING, 0, "the name of a preset"},
    {"system", CONF_OBJECT, 1, NULL},
    {"system.base_url", CONF_STRING, 1, "a URL"},
    {"system.auth", CONF_OBJECT, 0, NULL},
    {"system.auth.basic", CONF_OBJECT, 0, NULL},
    {"system.auth.basic.username", CONF_STRING, 1, NULL},
    {"system.auth.basic.password_file", CONF_STRING, 1, "a file"},
    {"system.auth.bearer_file", CONF_STRING, 0, "a file"},
    {"system.auth.signature", CONF_OBJECT, 0, NULL},
    {"system.auth.signature.scheme", CONF_STRING, 1, "standard-webhooks"},
    {"system.auth.signature.secret_files", CONF_STRINGS, 1,
	"a file, or several while a secret is replaced"},
    {"system.ca_file", CONF_STRING, 0, "a file"},
    {"system.allow_private", CONF_BOOL, 0, NULL},
    {"system.insecure_http", CONF_BOOL, 0, NULL},
    {"limits", CONF_OBJECT, 0, NULL},
    {"limits.in_flight", CONF_INT, 0, NULL},
    {"limits.rate_per_s", CONF_INT, 0, NULL},
    {"limits.timeout_s", CONF_INT, 0, NULL},
    {"limits.give_up_after", CONF_DURATION, 0, NULL},
    {"max_change", CONF_ANY, 0, NULL},
    {"max_change.share", CONF_SHARE, 0, NULL},
    {"max_change.at_least", CONF_INT, 0, NULL},
    {"first_run", CONF_STRING, 0, NULL},
    {"foreign_edits", CONF_STRING, 0, NULL},
    {"on_gone", CONF_STRING, 0, NULL},
    {"personal_data", CONF_STRING, 0, NULL},
    {"subscribe", CONF_LIST, 0, NULL},
    {"subscribe[]", CONF_OBJECT, 0, NULL},
    {"subscribe[].topics", CONF_STRINGS, 1, "patterns such as tw.events.*"},
    {"subscribe[].from", CONF_STRING, 0, NULL},
    {"subscribe[].cities", CONF_STRINGS, 0, NULL},
    {"subscribe[].countries", CONF_STRINGS, 0, NULL},
    {"subscribe[].members", CONF_STRINGS, 0, NULL},
    {"subscribe[].kinds", CONF_STRINGS, 0, NULL},
    {"subscribe[].statuses", CONF_STRINGS, 0, NULL},
    {"subscribe[].where", CONF_STRING, 0, "a jq program"},
    {"subscribe[].on_leave", CONF_STRING, 0, NULL},
    {"subscribe[].send_unconfirmed", CONF_BOOL, 0, NULL},
    {"subscribe[].as", CONF_STRING, 0, NULL},
    {"subscribe[].language", CONF_STRINGS, 0, NULL},
    {"subscribe[].arrive_as", CONF_STRING, 0, NULL},
    {"publish", CONF_LIST, 0, NULL},
    {"publish[]", CONF_OBJECT, 0, NULL},
    {"publish[].into", CONF_STRING, 1, "events, claims or organizations"},
    {"publish[].namespace", CONF_STRING, 1, "an id: a-z, 0-9 and -"},
    {"publish[].from", CONF_STRING, 0, NULL},
    {"publish[].every", CONF_DURATION, 0, NULL},
};

struct loader {
	struct connection *c;
	const struct conf *conf;
	jv doc;
	struct buf *out;
	size_t errors;
};

static void
complain(struct loader *l, const char *path, const char *text)
{
	conf_complain(l->conf, path, l->out, "%s", text);
	l->errors++;
}

/* The text at KEY of V, new; NULL if it is not there. */
static char *
text_of(jv v, const char *key)
{
	return mem_dup(json_str(v, key, NULL));
}

/* The file at KEY of V as seen from the connection's file, new, or NULL. */
static char *
file_of(const struct loader *l, jv v, const char *key)
{
	return conf_beside(l->c->file, json_str(v, key, NULL));
}

/* A text or list of texts at KEY as a list; invalid if it is not there. */
static jv
list_of(jv v, const char *key)
{
	jv list = json_get(v, key);

	return jv_get_kind(list) == JV_KIND_STRING ? JV_ARRAY(list) : list;
}

/* 1 if member KEY of V at PATH is YES, 0 if it is NO or missing. */
static int
either(
    struct loader *l, jv v, const char *path, const char *yes, const char *no)
{
	const char *key = strrchr(path, '.');
	const char *word = json_str(v, key != NULL ? key + 1 : path, no);

	if (strcmp(word, yes) != 0 && strcmp(word, no) != 0) {
		conf_complain(
		    l->conf, path, l->out, "expected %s or %s", no, yes);
		l->errors++;
	}
	return strcmp(word, yes) == 0;
}

/* A whole number at PATH, within bounds; OTHERWISE if missing. */
static int64_t
number_of(
    struct loader *l, jv v, const char *path, int64_t otherwise, int64_t max)
{
	int64_t n = json_int(v, strrchr(path, '.') + 1, otherwise);

	if (n < 0 || n > max) {
		conf_complain(l->conf, path, l->out,
		    "expected a number from 0 to %lld", (long long)max);
		l->errors++;
	}
	return n;
}

static int64_t
duration_of(jv v, const char *key, int64_t otherwise)
{
	const char *text = json_str(v, key, NULL);

	if (text != NULL)
		conf_duration_ms(text, &otherwise);
	return otherwise;
}

/* "beginning", "now" or an instant at PATH; new. */
static char *
from_of(struct loader *l, jv v, const char *path)
{
	const char *from = json_str(v, "from", "now");
	int64_t ms;

	if (strcmp(from, "now") != 0 && strcmp(from, "beginning") != 0 &&
	    clock_parse(from, &ms) != 0)
		complain(l, path,
		    "expected beginning, now or an instant such "
		    "as 2022-10-31T10:00:00Z");
	return mem_dup(from);
}

/* ---- the system -------------------------------------------------------- */

static void
check_secret(struct loader *l, const char *path, const char *file)
{
	struct buf secret = {0};
	struct err err;

	if (file == NULL)
		return;
	if (conf_secret(file, &secret, &err) != 0)
		complain(l, path, err.msg);
	if (secret.data != NULL)
		explicit_bzero(secret.data, secret.size);
	buf_free(&secret);
}

static void
read_signature(struct loader *l, jv signature)
{
	jv files = list_of(signature, "secret_files");
	int n = jv_array_length(jv_copy(files));

	if (strcmp(json_str(signature, "scheme", ""), "standard-webhooks") != 0)
		complain(l, "system.auth.signature.scheme",
		    "expected standard-webhooks");
	if (n == 0)
		complain(l, "system.auth.signature.secret_files",
		    "expected at least one");
	l->c->signature_files =
	    mem_new((size_t)n + 1, sizeof(*l->c->signature_files));
	jv_array_foreach (files, i, file) {
		l->c->signature_files[i] =
		    conf_beside(l->c->file, jv_string_value(file));
		check_secret(l, "system.auth.signature.secret_files",
		    l->c->signature_files[i]);
		jv_free(file);
	}
	jv_free(files);
}

static int
is_base_url(const char *url)
{
	const char *host = NULL;

	if (strncmp(url, "https://", 8) == 0)
		host = url + 8;
	else if (strncmp(url, "http://", 7) == 0)
		host = url + 7;
	return host != NULL && *host != '\0' && *host != '/' &&
	       strpbrk(host, "?#@ \t\"<>\\") == NULL;
}

static void
read_system(struct loader *l)
{
	struct connection *c = l->c;
	jv system = json_get(l->doc, "system");
	jv auth = json_get(system, "auth"), basic = json_get(auth, "basic");
	jv signature = json_get(auth, "signature");
	size_t n;

	c->base_url = text_of(system, "base_url");
	if (!is_base_url(c->base_url))
		complain(l, "system.base_url",
		    "expected https://host/path, without user, ? or #");
	for (n = strlen(c->base_url); n > 0 && c->base_url[n - 1] == '/'; n--)
		c->base_url[n - 1] = '\0';
	c->username = text_of(basic, "username");
	c->password_file = file_of(l, basic, "password_file");
	c->bearer_file = file_of(l, auth, "bearer_file");
	c->ca_file = file_of(l, system, "ca_file");
	check_secret(l, "system.auth.basic.password_file", c->password_file);
	check_secret(l, "system.auth.bearer_file", c->bearer_file);
	if (c->username != NULL && c->bearer_file != NULL)
		complain(l, "system.auth",
		    "expected basic or bearer_file, "
		    "not both");
	if (jv_is_valid(signature))
		read_signature(l, signature);
	c->allow_private = json_bool(system, "allow_private", 0);
	c->insecure_http = json_bool(system, "insecure_http", 0);
	jv_free(signature);
	jv_free(basic);
	jv_free(auth);
	jv_free(system);
}

static void
read_limits(struct loader *l)
{
	enum { SECOND = 1000, TIMEOUT_MAX_S = 600 };
	struct connection *c = l->c;
	jv limits = json_get(l->doc, "limits");
	jv change = json_get(l->doc, "max_change");
	const char *share = json_str(change, "share", "20%");

	c->in_flight =
	    (size_t)number_of(l, limits, "limits.in_flight", 16, IN_FLIGHT_MAX);
	c->rate_per_s =
	    (size_t)number_of(l, limits, "limits.rate_per_s", 20, RATE_MAX);
	c->timeout_ms = SECOND * number_of(l, limits, "limits.timeout_s", 30,
				     TIMEOUT_MAX_S);
	if (c->in_flight == 0)
		complain(l, "limits.in_flight", "expected at least 1");
	if (c->timeout_ms == 0)
		complain(l, "limits.timeout_s", "expected at least 1");
	c->give_up_after_ms = duration_of(
	    limits, "give_up_after", (int64_t)30 * 24 * 3600 * SECOND);
	c->max_change_share = strtod(share, NULL) / 100;
	c->max_change_at_least = (size_t)json_int(change, "at_least", 5);
	if (jv_get_kind(change) == JV_KIND_STRING &&
	    strcmp(jv_string_value(change), "off") == 0)
		c->max_change_share = -1;
	else if (jv_is_valid(change) && jv_get_kind(change) != JV_KIND_OBJECT)
		complain(l, "max_change",
		    "expected off, or share and "
		    "at_least");
	jv_free(change);
	jv_free(limits);
}

/* ---- subscribe --------------------------------------------------------- */

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
	jv topics = list_of(entry, "topics");
	int n = jv_array_length(jv_copy(topics));
	enum record_type type = RECORD_EVENT;

	s->topics = mem_new((size_t)n + 1, sizeof(*s->topics));
	jv_array_foreach (topics, i, topic) {
		s->topics[i] = mem_dup(jv_string_value(topic));
		jv_free(topic);
		if (!is_pattern(s->topics[i], &type)) {
			conf_complain(l->conf, path, l->out,
			    "topics: %s is none of tw.events.*, tw.claims.*, "
			    "tw.organizations.*, tw.partnerships, tw.notices",
			    s->topics[i]);
			l->errors++;
		} else if (s->as_columns && type != RECORD_PARTNERSHIP) {
			complain(l, path,
			    "as: columns is for "
			    "tw.partnerships");
		}
	}
	if (n == 0)
		complain(l, path, "topics: expected at least one");
	jv_free(topics);
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
		list = list_of(entry, filter_keys[i]);
		if (!jv_is_valid(list)) {
			jv_free(list);
			continue;
		}
		if (jv_array_length(jv_copy(list)) == 0)
			complain(l, path,
			    "a filter without words lets "
			    "nothing pass");
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
	char *path = mem_printf("subscribe[%d]", n);
	char *from = mem_printf("%s.from", path);
	char *leave = mem_printf("%s.on_leave", path);
	char *as = mem_printf("%s.as", path);

	s->as_columns = either(l, entry, as, "columns", "items");
	s->on_leave_keep = either(l, entry, leave, "keep", "remove");
	s->send_unconfirmed = json_bool(entry, "send_unconfirmed", 0);
	s->from = from_of(l, entry, from);
	read_topics(l, s, entry, path);
	read_filter(l, s, entry, path);
	if (s->as_columns && !preset_has(l->c->preset, PRESET_COLUMNS))
		complain(l, path, "the preset has no `columns`");
	if (!s->as_columns && !preset_has(l->c->preset, PRESET_CREATE))
		complain(l, path, "the preset has no `create`");
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
		value = i == 0 ? list_of(entry, names[i])
			       : json_get(entry, names[i]);
		if (!jv_is_valid(value)) {
			jv_free(value);
			continue;
		}
		path = mem_printf("subscribe[%d].%s", n, names[i]);
		known = json_get(l->c->config, names[i]);
		if (n > 0 && jv_is_valid(known) &&
		    !jv_equal(jv_copy(known), jv_copy(value)))
			complain(l, path,
			    "differs from another entry's; "
			    "make it a connection of its own");
		if (i == 1 && strcmp(jv_string_value(value), "publish") &&
		    strcmp(jv_string_value(value), "draft"))
			complain(l, path, "expected publish or draft");
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
	char *path = mem_printf("publish[%d]", n);
	char *from = mem_printf("%s.from", path);
	enum { MINUTE_MS = 60000 };

	if (record_type_parse(json_str(entry, "into", ""), &p->into) != 0 ||
	    (p->into != RECORD_EVENT && p->into != RECORD_CLAIM &&
		p->into != RECORD_ORGANIZATION))
		complain(
		    l, path, "into: expected events, claims or organizations");
	p->ns = text_of(entry, "namespace");
	if (!key_is_id(p->ns))
		complain(l, path, "namespace: expected an id: a-z, 0-9 and -");
	p->from = from_of(l, entry, from);
	p->every_ms = duration_of(entry, "every", MINUTE_MS);
	if (p->every_ms == 0)
		complain(l, path, "every: expected more than 0s");
	if (!preset_has(l->c->preset, PRESET_LIST))
		complain(l, path, "the preset has no `list`");
	free(from);
	free(path);
}

/* ---- one file ---------------------------------------------------------- */

static void
read_words(struct loader *l)
{
	struct connection *c = l->c;

	c->id = text_of(l->doc, "connection");
	c->member = text_of(l->doc, "member");
	c->uses = text_of(l->doc, "uses");
	if (!key_is_id(c->id))
		complain(l, "connection", "expected an id: a-z, 0-9 and -");
	if (!key_is_id(c->member))
		complain(l, "member", "expected an id: a-z, 0-9 and -");
	c->first_run_go = either(l, l->doc, "first_run", "go", "plan");
	if (strcmp(json_str(l->doc, "foreign_edits", "keep"), "keep") != 0)
		complain(l, "foreign_edits",
		    "expected keep; restore is not built yet");
	c->on_gone_recreate = either(l, l->doc, "on_gone", "recreate", "keep");
	c->personal_data_strip =
	    either(l, l->doc, "personal_data", "strip", "refuse");
}

/* 1 if the connection's limits do: they go before the preset. */
static int
says_give_up(jv doc)
{
	jv limits = json_get(doc, "limits");
	int says = json_str(limits, "give_up_after", NULL) != NULL;

	jv_free(limits);
	return says;
}

static int
read_preset(struct loader *l, const char *preset_dir)
{
	struct connection *c = l->c;

	if (c->uses != NULL && !key_is_id(c->uses)) {
		complain(l, "uses", "expected the name of a preset");
		return -1;
	}
	c->preset = preset_load(preset_dir, c->uses, l->conf, l->out);
	if (c->preset == NULL) {
		l->errors++;
		return -1;
	}
	if (preset_give_up_after_ms(c->preset) >= 0 && !says_give_up(l->doc))
		c->give_up_after_ms = preset_give_up_after_ms(c->preset);
	jv_free(c->config);
	c->config = preset_config(c->preset);
	json_set_str(&c->config, "connection", c->id);
	json_set_str(&c->config, "member", c->member);
	return 0;
}

static void
read_entries(struct loader *l)
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
		complain(l, "", "expected subscribe, publish or both");
}

/* The number of errors; C is filled as far as it goes. */
static size_t
load_one(struct connection *c, const char *file, const char *preset_dir,
    struct buf *out)
{
	struct conf_key all[KEYS_MAX];
	const struct conf_key *more;
	struct err err;
	struct loader l = {.c = c, .out = out};
	size_t n;

	c->file = mem_dup(file);
	c->config = jv_object();
	more = preset_keys(&n);
	if (COUNT(keys) + n > KEYS_MAX)
		abort();
	memcpy(all, keys, sizeof(keys));
	memcpy(all + COUNT(keys), more, n * sizeof(*more));
	struct conf *conf = conf_load(file, &err);
	if (conf == NULL) {
		buf_printf(out, "%s\n", err.msg);
		return 1;
	}
	l.conf = conf;
	l.errors = (size_t)conf_check(conf, all, COUNT(keys) + n, out);
	l.doc = conf_value(conf);
	if (l.errors == 0) {
		read_words(&l);
		read_system(&l);
		read_limits(&l);
		if (read_preset(&l, preset_dir) == 0)
			read_entries(&l);
	}
	jv_free(l.doc);
	conf_free(conf);
	return l.errors;
}

/* ---- all together ------------------------------------------------------ */

/* 1 if some topic could match a pattern of each. */
static int
subscribe_alike(const struct connection *a, const struct connection *b)
{
	size_t i, j;
	char **p, **q;

	for (i = 0; i < a->n_subscribe; i++) {
		for (j = 0; j < b->n_subscribe; j++) {
			for (p = a->subscribe[i].topics; *p != NULL; p++) {
				for (q = b->subscribe[j].topics; *q; q++) {
					if (strcmp(*p, *q) == 0 ||
					    topic_matches(*p, *q) ||
					    topic_matches(*q, *p))
						return 1;
				}
			}
		}
	}
	return 0;
}

static int
publish_alike(const struct connection *a, const struct connection *b)
{
	size_t i, j;

	if (strcmp(a->member, b->member) != 0)
		return 0;
	for (i = 0; i < a->n_publish; i++) {
		for (j = 0; j < b->n_publish; j++) {
			if (a->publish[i].into == b->publish[j].into &&
			    strcmp(a->publish[i].ns, b->publish[j].ns) == 0)
				return 1;
		}
	}
	return 0;
}

static int
same_collections(const struct connection *a, const struct connection *b)
{
	return strcmp(a->base_url, b->base_url) == 0 &&
	       jv_equal(json_get(a->config, "collections"),
		   json_get(b->config, "collections")) &&
	       jv_equal(
		   json_get(a->config, "path"), json_get(b->config, "path"));
}

/* B stands after A. */
static size_t
check_pair(
    const struct connection *a, const struct connection *b, struct buf *out)
{
	size_t errors = 0;

	if (strcmp(a->id, b->id) == 0)
		errors++, buf_printf(out, "%s: connection: %s is also in %s\n",
			      b->file, b->id, a->file);
	if (publish_alike(a, b))
		errors++,
		    buf_printf(out,
			"%s: publish: %s publishes under the same namespace "
			"(%s)\n",
			b->file, a->id, a->file);
	if (same_collections(a, b) && subscribe_alike(a, b))
		errors++, buf_printf(out,
			      "%s: subscribe: %s writes the same topics into "
			      "the same "
			      "collections (%s)\n",
			      b->file, a->id, a->file);
	return errors;
}

size_t
connections_load(const char *const *files, size_t n, const char *preset_dir,
    struct connections *out_list, struct buf *out)
{
	struct connections made = {.n = n};
	size_t i, j, errors = 0;

	made.list = mem_new(n, sizeof(*made.list));
	for (i = 0; i < n; i++)
		errors += load_one(&made.list[i], files[i], preset_dir, out);
	for (i = 0; i < n && errors == 0; i++) {
		for (j = i + 1; j < n; j++)
			errors += check_pair(&made.list[i], &made.list[j], out);
	}
	if (errors > 0)
		connections_fini(&made);
	else
		*out_list = made;
	return errors;
}

static void
subscribe_fini(struct connection_subscribe *s)
{
	char **topic;

	for (topic = s->topics; topic != NULL && *topic != NULL; topic++)
		free(*topic);
	free(s->topics);
	free(s->from);
	jv_free(s->filter);
	program_put(s->where);
}

static void
connection_fini(struct connection *c)
{
	char **file;
	size_t i;

	for (i = 0; i < c->n_subscribe; i++)
		subscribe_fini(&c->subscribe[i]);
	for (i = 0; i < c->n_publish; i++) {
		free(c->publish[i].ns);
		free(c->publish[i].from);
	}
	free(c->subscribe);
	free(c->publish);
	preset_free(c->preset);
	jv_free(c->config);
	free(c->file);
	free(c->id);
	free(c->member);
	free(c->uses);
	free(c->base_url);
	free(c->username);
	free(c->password_file);
	free(c->bearer_file);
	free(c->ca_file);
	for (file = c->signature_files; file != NULL && *file != NULL; file++)
		free(*file);
	free(c->signature_files);
}

void
connections_fini(struct connections *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		connection_fini(&list->list[i]);
	free(list->list);
	*list = (struct connections){0};
}

/* ---- passing ----------------------------------------------------------- */

int
connection_passes(const struct connection_subscribe *s, enum record_type t,
    const char *topic, jv record, struct err *err)
{
	jv vars, result;
	int passes;

	if (!s->send_unconfirmed && filter_is_unconfirmed(record))
		return 0;
	if (!filter_passes(s->filter, t, record))
		return 0;
	if (s->where == NULL)
		return 1;
	vars = jv_object();
	json_set_str(&vars, "type", record_type_word(t));
	json_set_str(&vars, "topic", topic);
	if (program_run(s->where, jv_copy(record), vars, &result, err) != 0)
		return -1;
	passes = jv_get_kind(result) != JV_KIND_NULL &&
		 jv_get_kind(result) != JV_KIND_FALSE;
	jv_free(result);
	return passes;
}
