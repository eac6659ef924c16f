/* Configuration against a table of keys: see conf.h. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"

struct checker {
	const struct conf *conf;
	const struct conf_key *keys;
	size_t n;
	struct buf *out;
	int errors;
	jv *sound; /* NULL, or the document, of which errors are taken out */
};

/* "a.b[2].c" as jv's path; a key with a point in it is not found. */
static jv
path_of(const char *text)
{
	jv path = jv_array();
	size_t size;

	while (*text != '\0') {
		if (*text == '[') {
			path = jv_array_append(path,
			    jv_number((double)strtol(text + 1, NULL, 10)));
			size = strcspn(text, "]") + 1;
		} else {
			size = strcspn(text, ".[");
			path = jv_array_append(
			    path, jv_string_sized(text, (int)size));
		}
		text += size;
		text += *text == '.';
	}
	return path;
}

/* Count an error at PATH and take what stands there out of the sound part;
 * an item leaves null, so that those behind it keep their places. */
static void
count_error(struct checker *k, const char *path)
{
	jv made, at;

	k->errors++;
	if (k->sound == NULL)
		return;
	at = path_of(path);
	if (path[strlen(path) - 1] == ']')
		made = jv_setpath(jv_copy(*k->sound), at, jv_null());
	else
		made = jv_delpaths(jv_copy(*k->sound), JV_ARRAY(at));
	if (jv_is_valid(made)) {
		jv_free(*k->sound);
		*k->sound = made;
	} else {
		jv_free(made);
	}
}

/* The line of PATH or of the nearest thing around it. */
static int
near_line(const struct conf *c, const char *path)
{
	char *p = mem_dup(path);
	int line;
	size_t n;

	while ((line = conf_line(c, p)) == 0 && *p != '\0') {
		n = strlen(p);
		while (n > 0 && p[n - 1] != '.' && p[n - 1] != '[')
			n--;
		p[n > 0 ? n - 1 : 0] = '\0';
	}
	free(p);
	return line == 0 ? 1 : line;
}

void
conf_complain(const struct conf *c, const char *path, struct buf *out,
    const char *fmt, ...)
{
	char text[ERR_MSG_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_printf(out, "%s:%d: %s%s%s\n", conf_name(c), near_line(c, path),
	    path, *path ? ": " : "", text);
}

/* The last step of PATTERN if its parent is PARENT, else NULL. */
static const char *
child_of(const char *pattern, const char *parent)
{
	size_t n = strlen(parent);

	if (strncmp(pattern, parent, n) != 0)
		return NULL;
	pattern += n;
	if (n > 0 && *pattern++ != '.')
		return NULL;
	return *pattern != '\0' && strpbrk(pattern, ".[") == NULL ? pattern
								  : NULL;
}

static const struct conf_key *
find_key(const struct checker *k, const char *parent, const char *name)
{
	const struct conf_key *any = NULL;
	const char *child;
	size_t i;

	for (i = 0; i < k->n; i++) {
		child = child_of(k->keys[i].path, parent);
		if (child != NULL && strcmp(child, name) == 0)
			return &k->keys[i];
		if (child != NULL && strcmp(child, "*") == 0)
			any = &k->keys[i];
	}
	return any;
}

static int
has_children(const struct checker *k, const char *pattern)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		if (child_of(k->keys[i].path, pattern) != NULL)
			return 1;
	}
	return 0;
}

static void
complain_unknown(struct checker *k, const char *path, const char *parent)
{
	struct buf known = {.max = 300};
	const char *child;
	size_t i;

	for (i = 0; i < k->n; i++) {
		child = child_of(k->keys[i].path, parent);
		if (child != NULL)
			buf_printf(
			    &known, "%s%s", known.size ? ", " : "", child);
	}
	conf_complain(k->conf, path, k->out, "unknown key; known here: %s",
	    known.size ? known.data : "none");
	count_error(k, path);
	buf_free(&known);
}

static int
is_strings(jv v)
{
	int ok = 1;

	if (jv_get_kind(v) == JV_KIND_STRING)
		return 1;
	if (jv_get_kind(v) != JV_KIND_ARRAY)
		return 0;
	jv_array_foreach (v, i, item) {
		ok &= jv_get_kind(item) == JV_KIND_STRING;
		jv_free(item);
	}
	return ok;
}

static int
is_share(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n > 0 && n <= 3 && strcmp(s + n, "%") == 0 &&
	       strtol(s, NULL, 10) <= 100;
}

/* What a value of TYPE looks like if V (borrowed) is none; else NULL. */
static const char *
type_error(enum conf_type type, jv v)
{
	jv_kind kind = jv_get_kind(v);
	const char *s = kind == JV_KIND_STRING ? jv_string_value(v) : "";
	int64_t ms;

	switch (type) {
	case CONF_STRING:
		if (kind == JV_KIND_STRING)
			return NULL;
		return kind == JV_KIND_NUMBER ? "a text, in quotes" : "a text";
	case CONF_INT:
		return kind == JV_KIND_NUMBER &&
			       jv_number_value(v) == floor(jv_number_value(v))
			   ? NULL
			   : "a whole number";
	case CONF_BOOL:
		return kind == JV_KIND_TRUE || kind == JV_KIND_FALSE
			   ? NULL
			   : "true or false";
	case CONF_DURATION:
		return conf_duration_ms(s, &ms) == 0
			   ? NULL
			   : "a duration such as 500ms, 30s, 5m, 2h or 30d";
	case CONF_SHARE:
		return is_share(s) ? NULL : "a share such as 20%";
	case CONF_OBJECT:
		return kind == JV_KIND_OBJECT ? NULL : "a mapping of keys";
	case CONF_LIST:
		return kind == JV_KIND_ARRAY ? NULL : "a list";
	case CONF_STRINGS:
		return is_strings(v) ? NULL : "a text or a list of texts";
	case CONF_ANY:
		break;
	}
	return NULL;
}

static void check_object(
    struct checker *k, jv v, const char *path, const char *pattern);

/* V (consumed) at PATH against the row KEY. */
static void
check_value(
    struct checker *k, jv v, const char *path, const struct conf_key *key)
{
	const char *bad = type_error(key->type, v);
	const struct conf_key *row = NULL;
	char *pattern = NULL, *child;
	size_t i;

	if (bad != NULL) {
		conf_complain(k->conf, path, k->out, "expected %s",
		    key->expected != NULL ? key->expected : bad);
		count_error(k, path);
	} else if (jv_get_kind(v) == JV_KIND_OBJECT) {
		if (key->type == CONF_OBJECT || has_children(k, key->path))
			check_object(k, jv_copy(v), path, key->path);
	} else if (key->type == CONF_LIST) {
		pattern = mem_printf("%s[]", key->path);
		for (i = 0; i < k->n && row == NULL; i++) {
			if (strcmp(k->keys[i].path, pattern) == 0)
				row = &k->keys[i];
		}
		jv_array_foreach (v, n, item) {
			child = mem_printf("%s[%d]", path, n);
			if (row != NULL)
				check_value(k, item, child, row);
			else
				jv_free(item);
			free(child);
		}
	}
	free(pattern);
	jv_free(v);
}

static void
check_required(struct checker *k, jv v, const char *path, const char *pattern)
{
	const char *name;
	char *child;
	size_t i;

	for (i = 0; i < k->n; i++) {
		name = child_of(k->keys[i].path, pattern);
		if (name == NULL || !k->keys[i].is_required)
			continue;
		if (jv_object_has(jv_copy(v), jv_string(name)))
			continue;
		child = mem_printf("%s%s%s", path, *path ? "." : "", name);
		conf_complain(k->conf, child, k->out, "missing%s%s",
		    k->keys[i].expected ? "; expected " : "",
		    k->keys[i].expected ? k->keys[i].expected : "");
		k->errors++;
		free(child);
	}
}

static void
check_object(struct checker *k, jv v, const char *path, const char *pattern)
{
	const struct conf_key *key;
	char *child;

	check_required(k, v, path, pattern);
	jv_object_foreach (v, name, value) {
		key = find_key(k, pattern, jv_string_value(name));
		child = mem_printf(
		    "%s%s%s", path, *path ? "." : "", jv_string_value(name));
		if (key == NULL)
			complain_unknown(k, child, pattern);
		else
			check_value(k, jv_copy(value), child, key);
		free(child);
		jv_free(name);
		jv_free(value);
	}
	jv_free(v);
}

static int
check_all(struct checker *k)
{
	jv value = conf_value(k->conf);

	if (jv_get_kind(value) != JV_KIND_OBJECT) {
		jv_free(value);
		conf_complain(
		    k->conf, "", k->out, "expected a mapping of keys");
		return 1;
	}
	check_object(k, value, "", "");
	return k->errors;
}

int
conf_check(const struct conf *c, const struct conf_key *keys, size_t n,
    struct buf *out)
{
	struct checker k = {.conf = c, .keys = keys, .n = n, .out = out};

	return check_all(&k);
}

jv
conf_sound(const struct conf *c, const struct conf_key *keys, size_t n)
{
	struct buf said = {0};
	jv sound = conf_value(c);
	struct checker k = {
	    .conf = c, .keys = keys, .n = n, .out = &said, .sound = &sound};

	(void)check_all(&k);
	buf_free(&said);
	if (jv_get_kind(sound) == JV_KIND_OBJECT)
		return sound;
	jv_free(sound);
	return jv_object();
}
