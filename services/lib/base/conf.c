/* Configuration from YAML: see conf.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"

enum { NUMBER_MAX_DIGITS = 15 };

struct place {
	char *path;
	int line;
};

struct conf {
	char *name;
	jv value;
	struct place *places; /* in the order of the file */
	size_t n_places;
	size_t room;
};

/* ---- reading ---------------------------------------------------------- */

struct reader {
	struct conf *conf;
	yaml_parser_t yaml;
	struct err *err;
};

static int
line_of(const yaml_event_t *e)
{
	return (int)e->start_mark.line + 1;
}

static int
refuse(struct reader *r, int line, const char *what)
{
	return err_set(
	    r->err, ERR_REJECT, 0, "%s:%d: %s", r->conf->name, line, what);
}

static int
next_event(struct reader *r, yaml_event_t *e)
{
	const char *problem;

	if (yaml_parser_parse(&r->yaml, e))
		return 0;
	problem = r->yaml.problem != NULL ? r->yaml.problem : "not YAML";
	return refuse(r, (int)r->yaml.problem_mark.line + 1, problem);
}

static void
remember(struct conf *c, const char *path, int line)
{
	if (c->n_places == c->room) {
		c->room = c->room == 0 ? 64 : c->room * 2;
		c->places = mem_grow(c->places, c->room, sizeof(*c->places));
	}
	c->places[c->n_places].path = mem_dup(path);
	c->places[c->n_places].line = line;
	c->n_places++;
}

/* JSON's grammar for numbers; longer ones stay text, as doubles lose digits. */
static int
is_number(const char *s)
{
	size_t digits = 0, n;

	s += *s == '-';
	n = strspn(s, "0123456789");
	if (n == 0 || (s[0] == '0' && n > 1))
		return 0;
	digits += n;
	s += n;
	if (*s == '.') {
		n = strspn(++s, "0123456789");
		if (n == 0)
			return 0;
		digits += n;
		s += n;
	}
	return *s == '\0' && digits <= NUMBER_MAX_DIGITS;
}

static jv
scalar_value(const yaml_event_t *e)
{
	const char *s = (const char *)e->data.scalar.value;

	if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		if (*s == '\0' || strcmp(s, "null") == 0 || strcmp(s, "~") == 0)
			return jv_null();
		if (strcmp(s, "true") == 0)
			return jv_true();
		if (strcmp(s, "false") == 0)
			return jv_false();
		if (is_number(s))
			return jv_number(strtod(s, NULL));
	}
	return jv_string_sized(s, (int)e->data.scalar.length);
}

/* What YAML offers and a configuration does not need. */
static int
check_event(struct reader *r, const yaml_event_t *e, int depth)
{
	const unsigned char *anchor = NULL, *tag = NULL;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return refuse(r, line_of(e), "aliases are not allowed");
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
		if (memchr(e->data.scalar.value, 0, e->data.scalar.length))
			return refuse(r, line_of(e), "a NUL character");
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor != NULL)
		return refuse(r, line_of(e), "anchors are not allowed");
	if (tag != NULL)
		return refuse(r, line_of(e), "tags are not allowed");
	if (depth > CONF_DEPTH_MAX)
		return refuse(r, line_of(e), "nested too deeply");
	return 0;
}

static int read_value(
    struct reader *r, yaml_event_t *e, const char *path, int depth, jv *out);

static int
read_list(struct reader *r, const char *path, int depth, jv *out)
{
	jv list = jv_array(), item;
	yaml_event_t e;
	char *child;
	int i, rc;

	for (i = 0;; i++) {
		if (next_event(r, &e) != 0)
			break;
		if (e.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&e);
			*out = list;
			return 0;
		}
		child = mem_printf("%s[%d]", path, i);
		remember(r->conf, child, line_of(&e));
		rc = read_value(r, &e, child, depth, &item);
		free(child);
		if (rc != 0)
			break;
		list = jv_array_append(list, item);
	}
	jv_free(list);
	return -1;
}

/* One key and its value into *OBJECT; KEY is deleted here. */
static int
read_member(struct reader *r, yaml_event_t *key, const char *path, int depth,
    jv *object)
{
	const char *name;
	yaml_event_t e;
	char *child = NULL;
	jv value;
	int rc = -1;

	if (check_event(r, key, depth) != 0)
		goto out;
	if (key->type != YAML_SCALAR_EVENT) {
		refuse(r, line_of(key), "a key must be a word");
		goto out;
	}
	name = (const char *)key->data.scalar.value;
	child = mem_printf("%s%s%s", path, *path ? "." : "", name);
	if (jv_object_has(jv_copy(*object), jv_string(name))) {
		err_set(r->err, ERR_REJECT, 0, "%s:%d: %s: given twice",
		    r->conf->name, line_of(key), child);
		goto out;
	}
	remember(r->conf, child, line_of(key));
	if (next_event(r, &e) != 0)
		goto out;
	rc = read_value(r, &e, child, depth, &value);
	if (rc == 0)
		json_set(object, name, value);
out:
	free(child);
	yaml_event_delete(key);
	return rc;
}

static int
read_object(struct reader *r, const char *path, int depth, jv *out)
{
	jv object = jv_object();
	yaml_event_t key;

	while (next_event(r, &key) == 0) {
		if (key.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&key);
			*out = object;
			return 0;
		}
		if (read_member(r, &key, path, depth, &object) != 0)
			break;
	}
	jv_free(object);
	return -1;
}

/* The value that starts with E (deleted here). */
static int
read_value(
    struct reader *r, yaml_event_t *e, const char *path, int depth, jv *out)
{
	int rc = check_event(r, e, depth);

	if (rc == 0 && e->type == YAML_SCALAR_EVENT)
		*out = scalar_value(e);
	else if (rc == 0 && e->type == YAML_SEQUENCE_START_EVENT)
		rc = read_list(r, path, depth + 1, out);
	else if (rc == 0)
		rc = read_object(r, path, depth + 1, out);
	yaml_event_delete(e);
	return rc;
}

/* Skip to the first value; 1 if there is one, in *E. */
static int
first_value(struct reader *r, yaml_event_t *e)
{
	for (;;) {
		if (next_event(r, e) != 0)
			return -1;
		switch (e->type) {
		case YAML_STREAM_END_EVENT:
			yaml_event_delete(e);
			return 0;
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_START_EVENT:
			yaml_event_delete(e);
			break;
		default:
			return 1;
		}
	}
}

static int
expect_end(struct reader *r)
{
	yaml_event_t e;
	int rc;

	if (next_event(r, &e) != 0) /* the document's end */
		return -1;
	yaml_event_delete(&e);
	if (next_event(r, &e) != 0)
		return -1;
	rc = e.type == YAML_STREAM_END_EVENT
		 ? 0
		 : refuse(r, line_of(&e), "only one document a file");
	yaml_event_delete(&e);
	return rc;
}

struct conf *
conf_parse(const char *name, const char *text, size_t size, struct err *err)
{
	struct reader r = {.err = err};
	yaml_event_t e;
	int rc;

	r.conf = mem_new(1, sizeof(*r.conf));
	r.conf->name = mem_dup(name);
	r.conf->value = jv_null();
	if (size > CONF_FILE_MAX_BYTES) {
		refuse(&r, 1, "larger than 1 MiB");
		goto fail;
	}
	if (!yaml_parser_initialize(&r.yaml))
		abort();
	yaml_parser_set_encoding(&r.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &r.yaml, (const unsigned char *)text, size);
	rc = first_value(&r, &e);
	if (rc == 1) {
		remember(r.conf, "", line_of(&e));
		rc = read_value(&r, &e, "", 0, &r.conf->value);
		if (rc == 0)
			rc = expect_end(&r);
	}
	yaml_parser_delete(&r.yaml);
	if (rc == 0)
		return r.conf;
fail:
	conf_free(r.conf);
	return NULL;
}

struct conf *
conf_load(const char *file, struct err *err)
{
	struct conf *c = NULL;
	struct buf text = {0};

	if (conf_text(file, &text, err) == 0)
		c = conf_parse(file, text.data, text.size, err);
	buf_free(&text);
	return c;
}

void
conf_free(struct conf *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n_places; i++)
		free(c->places[i].path);
	free(c->places);
	free(c->name);
	jv_free(c->value);
	free(c);
}

const char *
conf_name(const struct conf *c)
{
	return c->name;
}

jv
conf_value(const struct conf *c)
{
	return jv_copy(c->value);
}

int
conf_line(const struct conf *c, const char *path)
{
	size_t i;

	for (i = 0; i < c->n_places; i++) {
		if (strcmp(c->places[i].path, path) == 0)
			return c->places[i].line;
	}
	return 0;
}

/* ---- values ----------------------------------------------------------- */

char *
conf_beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path == NULL || path[0] == '/' || slash == NULL)
		return mem_dup(path);
	return mem_printf("%.*s/%s", (int)(slash - file), file, path);
}

int
conf_duration_ms(const char *text, int64_t *out_ms)
{
	static const struct {
		const char *word;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000},
	    {"d", 86400000}};
	size_t n = strspn(text, "0123456789"), i;

	if (n == 0 || n > 9)
		return -1;
	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(text + n, units[i].word) == 0) {
			*out_ms = strtoll(text, NULL, 10) * units[i].ms;
			return 0;
		}
	}
	return -1;
}

int64_t
conf_duration(jv v, const char *key, int64_t otherwise)
{
	const char *text = json_str(v, key, NULL);

	if (text != NULL)
		conf_duration_ms(text, &otherwise);
	return otherwise;
}
