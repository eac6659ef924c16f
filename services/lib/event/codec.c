/*
 * Avro bytes -> jv: see codec.h.  (jv -> bytes is in codec_encode.c.)
 *
 * One walk with two schemas: the writer's says what the bytes are, the
 * reader's what to keep of it and in which shape; a part the reader does not
 * have is walked over without making anything.  avro-c could not do this: it
 * has no defaults, and it would build its own values first (see schema.c).
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "event/codec.h"
#include "event/codec_inner.h"
#include "event/cursor.h"
#include "event/guard.h"
#include "event/path.h"
#include "event/schema.h"
#include "event/schema_node.h"

enum { SEEN_WORDS = 512 / 64 }; /* a bit for each of SCHEMA_FIELDS_MAX */

struct decoder {
	struct cursor c;
	struct err *err;
};

/* Each of these makes *OUT only if OUT is not NULL, which goes with R. */
static int read_value(struct decoder *d, const struct schema_node *w,
    const struct schema_node *r, const struct path *up, jv *out);

static int
broken(struct decoder *d, const struct path *p)
{
	return path_err(d->err, p, "%s, at byte %zu", d->c.why, d->c.at);
}

/* Whether what was written as W can be kept as R, which is no union. */
static int
accepts(const struct schema_node *r, const struct schema_node *w)
{
	if (r->kind == SCHEMA_RECORD || r->kind == SCHEMA_ENUM ||
	    w->kind > SCHEMA_DOUBLE || w->kind < SCHEMA_INT)
		return r->kind == w->kind;
	return r->kind >= w->kind && r->kind <= SCHEMA_DOUBLE;
}

/* The branch of the union R for W: the one of its name, else the first that
 * accepts it; NULL if none does. */
static const struct schema_node *
branch_for(const struct schema_node *r, const struct schema_node *w)
{
	const struct schema_node *found = NULL;

	for (size_t i = 0; i < r->n; i++) {
		if (!accepts(r->types[i], w))
			continue;
		if (w->name != NULL && strcmp(r->types[i]->name, w->name) == 0)
			return r->types[i];
		if (found == NULL)
			found = r->types[i];
	}
	return found;
}

/* Index of field NAME in R, looked for from where it most likely is. */
static size_t
field_index(const struct schema_node *r, const char *name, size_t likely)
{
	for (size_t i = 0; i < r->n; i++) {
		size_t at = (likely + i) % r->n;

		if (strcmp(r->fields[at].name, name) == 0)
			return at;
	}
	return r->n;
}

static int
fill_missing(struct decoder *d, const struct schema_node *r,
    const uint64_t *seen, const struct path *up, jv *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct schema_field *f = &r->fields[i];

		if (seen[i / 64] >> i % 64 & 1)
			continue;
		if (!jv_is_valid(f->fill)) {
			struct path p = path_name(up, f->name, f->name_size);

			return path_err(d->err, &p, "missing");
		}
		*out = jv_object_set(*out, jv_copy(f->key), jv_copy(f->fill));
	}
	return 0;
}

static int
read_record(struct decoder *d, const struct schema_node *w,
    const struct schema_node *r, const struct path *up, jv *out)
{
	uint64_t seen[SEEN_WORDS] = {0};

	for (size_t i = 0; i < w->n; i++) {
		const struct schema_field *f = &w->fields[i];
		struct path p = path_name(up, f->name, f->name_size);
		size_t at = out != NULL ? field_index(r, f->name, i) : 0;
		jv value;

		if (out == NULL || at == r->n) {
			if (read_value(d, f->type, NULL, &p, NULL) != 0)
				return -1;
			continue;
		}
		if (read_value(d, f->type, r->fields[at].type, &p, &value) != 0)
			return -1;
		seen[at / 64] |= (uint64_t)1 << at % 64;
		*out = jv_object_set(*out, jv_copy(r->fields[at].key), value);
	}
	return out == NULL || w == r ? 0 : fill_missing(d, r, seen, up, out);
}

/* One item into the array, or one entry into the map *OUT. */
static int
read_item(struct decoder *d, const struct schema_node *w,
    const struct schema_node *r, const struct path *up, jv *out)
{
	const char *key = NULL;
	struct path p = *up;
	size_t size = 0;
	jv value;

	if (w->kind == SCHEMA_MAP) {
		if (cursor_string(&d->c, &key, &size) != 0)
			return broken(d, &p);
		p = path_name(up->up, key, size);
	}
	if (read_value(d, w->types[0], out != NULL ? r->types[0] : NULL, &p,
		out != NULL ? &value : NULL) != 0)
		return -1;
	if (out != NULL && key != NULL)
		*out =
		    jv_object_set(*out, jv_string_sized(key, (int)size), value);
	else if (out != NULL)
		*out = jv_array_append(*out, value);
	return 0;
}

static int
read_items(struct decoder *d, const struct schema_node *w,
    const struct schema_node *r, const struct path *up, jv *out)
{
	struct cursor_items items = {
	    .item_min = w->types[0]->min_bytes + (w->kind == SCHEMA_MAP)};
	struct path p;
	int rc;

	while ((rc = cursor_item(&d->c, &items)) == 1) {
		p = path_index(up, items.count - 1);
		if (read_item(d, w, r, &p, out) != 0)
			return -1;
	}
	return rc == 0 ? 0 : broken(d, up);
}

static int
number(struct decoder *d, double value, const struct path *p, jv *out)
{
	if (!isfinite(value))
		return path_err(d->err, p, "not a finite number");
	if (out != NULL)
		*out = jv_number(value);
	return 0;
}

static int
read_whole(struct decoder *d, const struct path *p, jv *out)
{
	int64_t i;

	if (cursor_long(&d->c, &i) != 0)
		return broken(d, p);
	if (out != NULL && fabs((double)i) > (double)JSON_INTEGER_MAX)
		return path_err(d->err, p, "a number beyond 2^53");
	return number(d, (double)i, p, out);
}

static int
read_float(struct decoder *d, const struct schema_node *w, const struct path *p,
    jv *out)
{
	const void *data;
	float f;
	double value;

	if (cursor_bytes(&d->c, w->min_bytes, &data) != 0)
		return broken(d, p);
	/* Avro is little-endian, and so is every system we build for. */
	if (w->kind == SCHEMA_FLOAT) {
		memcpy(&f, data, sizeof(f));
		value = (double)f;
	} else {
		memcpy(&value, data, sizeof(value));
	}
	return out == NULL ? 0 : number(d, value, p, out);
}

static int
read_text(struct decoder *d, const struct schema_node *w, const struct path *p,
    jv *out)
{
	const char *text;
	size_t size;

	if (w->kind == SCHEMA_ENUM) {
		if (cursor_index(&d->c, w->n, &size) != 0)
			return broken(d, p);
		text = w->symbols[size];
		size = strlen(text);
	} else if (cursor_string(&d->c, &text, &size) != 0) {
		return broken(d, p);
	}
	if (out != NULL)
		*out = jv_string_sized(text, (int)size);
	return 0;
}

static int
read_bytes(struct decoder *d, const struct schema_node *w, const struct path *p,
    jv *out)
{
	const void *data;
	size_t size;
	int rc = w->kind == SCHEMA_FIXED ? cursor_bytes(&d->c, w->n, &data)
					 : cursor_sized(&d->c, &data, &size);

	if (rc != 0)
		return broken(d, p);
	if (out != NULL)
		return path_err(d->err, p, "bytes have no form in JSON");
	return 0;
}

static int
read_boolean(struct decoder *d, const struct path *p, jv *out)
{
	int b;

	if (cursor_boolean(&d->c, &b) != 0)
		return broken(d, p);
	if (out != NULL)
		*out = jv_bool(b);
	return 0;
}

static int
read_leaf(struct decoder *d, const struct schema_node *w, const struct path *p,
    jv *out)
{
	switch (w->kind) {
	case SCHEMA_BOOLEAN:
		return read_boolean(d, p, out);
	case SCHEMA_INT:
	case SCHEMA_LONG:
		return read_whole(d, p, out);
	case SCHEMA_FLOAT:
	case SCHEMA_DOUBLE:
		return read_float(d, w, p, out);
	case SCHEMA_STRING:
	case SCHEMA_ENUM:
		return read_text(d, w, p, out);
	case SCHEMA_BYTES:
	case SCHEMA_FIXED:
		return read_bytes(d, w, p, out);
	default:
		if (out != NULL)
			*out = jv_null();
		return 0;
	}
}

static int
read_nested(struct decoder *d, const struct schema_node *w,
    const struct schema_node *r, const struct path *up, jv *out)
{
	int rc;

	if (out != NULL)
		*out = w->kind == SCHEMA_ARRAY ? jv_array() : jv_object();
	rc = w->kind == SCHEMA_RECORD ? read_record(d, w, r, up, out)
				      : read_items(d, w, r, up, out);
	if (rc != 0 && out != NULL)
		jv_free(*out);
	return rc;
}

static int
read_value(struct decoder *d, const struct schema_node *w,
    const struct schema_node *r, const struct path *up, jv *out)
{
	size_t branch;

	if (cursor_count(&d->c) != 0)
		return broken(d, up);
	if (w->kind == SCHEMA_UNION) {
		if (cursor_index(&d->c, w->n, &branch) != 0)
			return broken(d, up);
		/* The same union: the same branch, even if another fits. */
		if (out != NULL && w == r)
			r = r->types[branch];
		return read_value(d, w->types[branch], r, up, out);
	}
	if (out != NULL && r->kind == SCHEMA_UNION)
		r = branch_for(r, w);
	if (out != NULL && (r == NULL || !accepts(r, w)))
		return path_err(d->err, up,
		    "a %s was written where another type is expected",
		    schema_kind_name(w->kind));
	if (w->kind == SCHEMA_RECORD || w->kind == SCHEMA_ARRAY ||
	    w->kind == SCHEMA_MAP)
		return read_nested(d, w, r, up, out);
	return read_leaf(d, w, up, out);
}

int
codec_read(const struct cursor *c, const struct schema_node *type,
    const struct path *up, jv *out, struct err *err)
{
	struct decoder d = {.c = *c, .err = err};

	d.c.is_guarded = 1;
	return read_value(&d, type, type, up, out);
}

int
codec_decode(const struct schema *writer, const struct schema *reader,
    const void *data, size_t size, jv *out, struct err *err)
{
	struct decoder d = {.c = cursor_new(data, size), .err = err};
	jv value;

	if (reader == NULL || schema_same(writer, reader))
		reader = writer;
	if (guard_check(writer, data, size, err) != 0)
		return -1;
	d.c.is_guarded = 1;
	if (read_value(&d, schema_root(writer), schema_root(reader), NULL,
		&value) != 0)
		return -1;
	*out = value;
	return 0;
}
