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
#include "event/codec_inner.h"
#include "event/cursor.h"
#include "event/guard.h"
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
print_field(struct printer *t, const struct schema_field *f, int is_first,
    const struct path *p)
{
	/* An Avro name needs no escape. */
	buf_add(t->out, is_first ? "{\"" : ",\"", 2);
	buf_add(t->out, f->name, f->name_size);
	buf_add(t->out, "\":", 2);
	return print_value(t, f->type, p);
}

static int
print_record(
    struct printer *t, const struct schema_node *w, const struct path *up)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct schema_field *f = &w->fields[i];
		struct path p = path_name(up, f->name, f->name_size);

		if (print_field(t, f, i == 0, &p) != 0)
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
		if (w->kind == SCHEMA_INT && (i > INT32_MAX || i < INT32_MIN))
			return path_err(
			    t->err, p, "an int of more than 32 bits");
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

/* The top record W, and what PART has of it into *OUT.  A part has its fields
 * in the whole's order. */
static int
print_top(struct printer *t, const struct schema_node *w,
    const struct schema_node *part, jv *out)
{
	const struct schema_field *next = part->fields;
	const struct schema_field *end = next + part->n;
	struct cursor from;
	jv value;

	if (cursor_count(&t->c) != 0)
		return broken(t, NULL);
	for (size_t i = 0; i < w->n; i++) {
		const struct schema_field *f = &w->fields[i];
		struct path p = path_name(NULL, f->name, f->name_size);

		from = t->c;
		if (print_field(t, f, i == 0, &p) != 0)
			return -1;
		if (next == end || strcmp(next->name, f->name) != 0)
			continue;
		if (codec_read(&from, f->type, &p, &value, t->err) != 0)
			return -1;
		*out = jv_object_set(*out, jv_copy(f->key), value);
		next++;
	}
	buf_puts(t->out, w->n == 0 ? "{}" : "}");
	return 0;
}

int
codec_text(const struct schema *s, const struct schema *part, const void *data,
    size_t size, struct buf *out, jv *out_part, struct err *err)
{
	static const struct schema_node nothing = {.kind = SCHEMA_RECORD};
	struct printer t = {
	    .c = cursor_new(data, size), .out = out, .err = err};
	size_t from = out->size;
	jv value = jv_object();
	int rc = -1;

	if (size > GUARD_VALUE_MAX_BYTES)
		rc =
		    path_err(err, NULL, "over %d bytes", GUARD_VALUE_MAX_BYTES);
	else if (print_top(&t, schema_root(s),
		     part != NULL ? schema_root(part) : &nothing, &value) == 0)
		rc = cursor_left(&t.c) == 0
			 ? 0
			 : path_err(err, NULL, "%zu bytes too many",
			       cursor_left(&t.c));
	if (rc == 0) {
		if (out_part != NULL)
			*out_part = value;
		else
			jv_free(value);
		return 0;
	}
	jv_free(value);
	buf_cut(out, from);
	return t.is_unsorted ? 1 : -1;
}
