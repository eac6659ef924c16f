/* Connections: see connection.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/connection.h"
#include "map/connection_inner.h"
#include "map/filter.h"
#include "map/preset.h"
#include "map/program.h"

enum { KEYS_MAX = 96 };

static const struct conf_key keys[] = {
    {"connection", CONF_STRING, 1, "an id: a-z, 0-9 and -, not cli"},
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
    {"limits.dead_kib_per_s", CONF_INT, 0, NULL},
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
    {"subscribe[].from", CONF_STRING, 0,
	"beginning, now, an instant, or a day: its start in UTC"},
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
    {"publish[].from", CONF_STRING, 0,
	"beginning, now, an instant, or a day: its start in UTC"},
    {"publish[].every", CONF_DURATION, 0, NULL},
};

void
connection_complain(struct loader *l, const char *path, const char *fmt, ...)
{
	char text[ERR_MSG_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	conf_complain(l->conf, path, l->out, "%s", text);
	l->errors++;
}

char *
connection_text(jv v, const char *key)
{
	return mem_dup(json_str(v, key, NULL));
}

char *
connection_file(const struct loader *l, jv v, const char *key)
{
	return conf_beside(l->c->file, json_str(v, key, NULL));
}

jv
connection_list(jv v, const char *key)
{
	jv list = json_get(v, key);

	return jv_get_kind(list) == JV_KIND_STRING ? JV_ARRAY(list) : list;
}

int
connection_either(
    struct loader *l, jv v, const char *path, const char *yes, const char *no)
{
	const char *key = strrchr(path, '.');
	const char *word = json_str(v, key != NULL ? key + 1 : path, no);

	if (strcmp(word, yes) != 0 && strcmp(word, no) != 0)
		connection_complain(l, path, "expected %s or %s", no, yes);
	return strcmp(word, yes) == 0;
}

/* ---- one file ---------------------------------------------------------- */

static void
read_words(struct loader *l)
{
	struct connection *c = l->c;

	c->id = connection_text(l->doc, "connection");
	c->member = connection_text(l->doc, "member");
	c->uses = connection_text(l->doc, "uses");
	if (c->id != NULL && !key_is_id(c->id))
		connection_complain(
		    l, "connection", "expected an id: a-z, 0-9 and -");
	if (c->id != NULL && strcmp(c->id, KEY_CLI) == 0)
		connection_complain(l, "connection",
		    "%s stands for the command line in what it writes; choose "
		    "another id",
		    KEY_CLI);
	if (c->member != NULL && !key_is_id(c->member))
		connection_complain(
		    l, "member", "expected an id: a-z, 0-9 and -");
	c->first_run_go =
	    connection_either(l, l->doc, "first_run", "go", "plan");
	if (strcmp(json_str(l->doc, "foreign_edits", "keep"), "keep") != 0)
		connection_complain(l, "foreign_edits",
		    "expected keep; restore is not built yet");
	c->on_gone_recreate =
	    connection_either(l, l->doc, "on_gone", "recreate", "keep");
	c->personal_data_strip =
	    connection_either(l, l->doc, "personal_data", "strip", "refuse");
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

static void
read_preset(struct loader *l, const char *preset_dir)
{
	struct connection *c = l->c;

	if (c->uses != NULL && !key_is_id(c->uses)) {
		connection_complain(l, "uses", "expected the name of a preset");
		return;
	}
	c->preset = preset_load(preset_dir, c->uses, l->conf, l->out);
	if (c->preset == NULL) {
		l->errors++;
		return;
	}
	if (preset_give_up_after_ms(c->preset) >= 0 && !says_give_up(l->doc))
		c->give_up_after_ms = preset_give_up_after_ms(c->preset);
	jv_free(c->config);
	c->config = preset_config(c->preset);
	json_set_str(&c->config, "connection", c->id != NULL ? c->id : "");
	json_set_str(&c->config, "member", c->member != NULL ? c->member : "");
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
	/* What is of no right type is left out, the rest checked all the same:
	 * whoever mends the file sees everything at once. */
	l.doc = conf_sound(conf, all, COUNT(keys) + n);
	c->line = conf_line(conf, "connection");
	read_words(&l);
	connection_read_system(&l);
	connection_read_limits(&l);
	read_preset(&l, preset_dir);
	connection_read_entries(&l);
	jv_free(l.doc);
	conf_free(conf);
	return l.errors;
}

/* ---- all together ------------------------------------------------------ */

/* 1 if some topic could match a pattern of each. */
static int
topics_alike(char *const *some, char *const *others)
{
	char *const *p, *const *q;

	for (p = some; *p != NULL; p++)
		for (q = others; *q != NULL; q++)
			if (strcmp(*p, *q) == 0 || topic_matches(*p, *q) ||
			    topic_matches(*q, *p))
				return 1;
	return 0;
}

/* The line where B subscribes to what A does, or 0. */
static int
subscribe_alike(const struct connection *a, const struct connection *b)
{
	size_t i, j;

	for (j = 0; j < b->n_subscribe; j++)
		for (i = 0; i < a->n_subscribe; i++)
			if (topics_alike(
				a->subscribe[i].topics, b->subscribe[j].topics))
				return b->subscribe[j].line;
	return 0;
}

/* The line where B publishes under A's namespace, or 0. */
static int
publish_alike(const struct connection *a, const struct connection *b)
{
	size_t i, j;

	if (strcmp(a->member, b->member) != 0)
		return 0;
	for (j = 0; j < b->n_publish; j++)
		for (i = 0; i < a->n_publish; i++)
			if (a->publish[i].into == b->publish[j].into &&
			    strcmp(a->publish[i].ns, b->publish[j].ns) == 0)
				return b->publish[j].line;
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
	int line;

	if (strcmp(a->id, b->id) == 0) {
		buf_printf(out, "%s:%d: connection: %s is also in %s:%d\n",
		    b->file, b->line, b->id, a->file, a->line);
		errors++;
	}
	line = publish_alike(a, b);
	if (line > 0) {
		buf_printf(out,
		    "%s:%d: publish: %s publishes under the same namespace "
		    "(%s)\n",
		    b->file, line, a->id, a->file);
		errors++;
	}
	line = same_collections(a, b) ? subscribe_alike(a, b) : 0;
	if (line > 0) {
		buf_printf(out,
		    "%s:%d: subscribe: %s writes the same topics into the same "
		    "collections (%s)\n",
		    b->file, line, a->id, a->file);
		errors++;
	}
	return errors;
}

size_t
connections_load(const char *const *files, size_t n, const char *preset_dir,
    struct connections *out_list, struct buf *out)
{
	struct connections made = {.n = n};
	size_t i, j, errors = 0;
	char *is_good = mem_new(n, sizeof(*is_good));

	made.list = mem_new(n, sizeof(*made.list));
	for (i = 0; i < n; i++) {
		j = load_one(&made.list[i], files[i], preset_dir, out);
		is_good[i] = j == 0;
		errors += j;
	}
	for (i = 0; i < n; i++) {
		for (j = i + 1; is_good[i] && j < n; j++) {
			if (is_good[j])
				errors += check_pair(
				    &made.list[i], &made.list[j], out);
		}
	}
	free(is_good);
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
	if (jv_object_length(jv_copy(s->filter)) > 0 &&
	    !filter_passes(s->filter, t, record))
		return 0;
	if (s->where == NULL)
		return 1;
	vars = jv_object();
	json_set_str(&vars, "type", record_type_word(t));
	json_set_str(&vars, "topic", topic);
	if (program_run_parsed(s->where, jv_copy(record), vars, &result, err) !=
	    0)
		return -1;
	passes = jv_get_kind(result) != JV_KIND_NULL &&
		 jv_get_kind(result) != JV_KIND_FALSE;
	jv_free(result);
	return passes;
}
