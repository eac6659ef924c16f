/*
 * Avro bytes -> JSON text: see codec.h.
 *
 * A record that goes out as it came in needs no tree in between: this walk
 * costs a tenth of decoding to jv and printing that.
 */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "event/codec.h"
#include "event/cursor.h"
#include "event/path.h"
#include "event/schema_node.h"

struct printer {
	struct cursor c;
	struct buf *out;
	int is_unsorted;
	struct err *err;
};

static int print_value(
    struct printer *t, const struct schema_node *w, const struct path *up);

static int
broken(struct printer *t, const struct path *p)
{
	return path_err(t->err, p, "%s, at byte %zu", t->c.why, t->c.at);
}

static int
print_record(
    struct printer *t, const struct schema_node *w, const struct path *up)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct schema_field *f = &w->fields[i];
		size_t size = strlen(f->name);
		struct path p = path_name(up, f->name, size);

		/* An Avro name needs no escape. */
		buf_add(t->out, i == 0 ? "{\"" : ",\"", 2);
		buf_add(t->out, f->name, size);
		buf_add(t->out, "\":", 2);
		if (print_value(t, f->type, &p) != 0)
			return -1;
	}
	buf_puts(t->out, w->n == 0 ? "{}" : "}");
	return 0;
}

/* 1 if B comes after A. */
static int
ascends(const char *a, size_t a_size, const char *b, size_t b_size)
{
	int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order < 0 || (order == 0 && a_size < b_size);
}

static int
print_items(
    struct printer *t, const struct schema_node *w, const struct path *up)
{
	int is_map = w->kind == SCHEMA_MAP, rc;
	struct cursor_items items = {
	    .item_min = w->types[0]->min_bytes + (size_t)is_map};
	const char *key, *last = NULL;
	size_t size, last_size = 0;
	struct path p;

	buf_add(t->out, is_map ? "{" : "[", 1);
	while ((rc = cursor_item(&t->c, &items)) == 1) {
		p = path_index(up, items.count - 1);
		if (items.count > 1)
			buf_add(t->out, ",", 1);
		if (is_map) {
			if (cursor_string(&t->c, &key, &size) != 0)
				return broken(t, &p);
			if (last != NULL &&
			    !ascends(last, last_size, key, size)) {
				t->is_unsorted = 1;
				return -1;
			}
			last = key;
			last_size = size;
			p = path_name(up, key, size);
			json_add_string(key, size, t->out);
			buf_add(t->out, ":", 1);
		}
		if (print_value(t, w->types[0], &p) != 0)
			return -1;
	}
	buf_add(t->out, is_map ? "}" : "]", 1);
	return rc == 0 ? 0 : broken(t, up);
}

static int
print_number(
    struct printer *t, const struct schema_node *w, const struct path *p)
{
	const void *data;
	double value;
	float f;
	int64_t i;

	if (w->kind == SCHEMA_INT || w->kind == SCHEMA_LONG) {
		if (cursor_long(&t->c, &i) != 0)
			return broken(t, p);
		if (i > JSON_INTEGER_MAX || i < -JSON_INTEGER_MAX)
			return path_err(t->err, p, "a number beyond 2^53");
		json_add_integer(i, t->out);
		return 0;
	}
	if (cursor_bytes(&t->c, w->min_bytes, &data) != 0)
		return broken(t, p);
	/* Avro is little-endian, and so is every system we build for. */
	if (w->kind == SCHEMA_FLOAT) {
		memcpy(&f, data, sizeof(f));
		value = (double)f;
	} else {
		memcpy(&value, data, sizeof(value));
	}
	if (!isfinite(value))
		return path_err(t->err, p, "not a finite number");
	json_add_number(value, t->out);
	return 0;
}

static int
print_text(struct printer *t, const struct schema_node *w, const struct path *p)
{
	const char *text;
	size_t size;

	if (w->kind == SCHEMA_ENUM) {
		if (cursor_index(&t->c, w->n, &size) != 0)
			return broken(t, p);
		text = w->symbols[size];
		size = strlen(text);
	} else if (cursor_string(&t->c, &text, &size) != 0) {
		return broken(t, p);
	}
	json_add_string(text, size, t->out);
	return 0;
}

static int
print_union(
    struct printer *t, const struct schema_node *w, const struct path *up)
{
	size_t branch;

	if (cursor_index(&t->c, w->n, &branch) != 0)
		return broken(t, up);
	return print_value(t, w->types[branch], up);
}

static int
print_value(
    struct printer *t, const struct schema_node *w, const struct path *up)
{
	int b;

	if (cursor_count(&t->c) != 0)
		return broken(t, up);
	switch (w->kind) {
	case SCHEMA_UNION:
		return print_union(t, w, up);
	case SCHEMA_RECORD:
		return print_record(t, w, up);
	case SCHEMA_ARRAY:
	case SCHEMA_MAP:
		return print_items(t, w, up);
	case SCHEMA_INT:
	case SCHEMA_LONG:
	case SCHEMA_FLOAT:
	case SCHEMA_DOUBLE:
		return print_number(t, w, up);
	case SCHEMA_STRING:
	case SCHEMA_ENUM:
		return print_text(t, w, up);
	case SCHEMA_BYTES:
	case SCHEMA_FIXED:
		return path_err(t->err, up, "bytes have no form in JSON");
	case SCHEMA_BOOLEAN:
		if (cursor_boolean(&t->c, &b) != 0)
			return broken(t, up);
		buf_puts(t->out, b ? "true" : "false");
		return 0;
	default:
		buf_add(t->out, "null", 4);
		return 0;
	}
}

int
codec_text(const struct schema *s, const void *data, size_t size,
    struct buf *out, struct err *err)
{
	struct printer t = {
	    .c = cursor_new(data, size), .out = out, .err = err};
	size_t from = out->size;

	t.c.is_guarded = 1;
	if (print_value(&t, schema_root(s), NULL) == 0)
		return 0;
	buf_cut(out, from);
	return t.is_unsorted ? 1 : -1;
}
