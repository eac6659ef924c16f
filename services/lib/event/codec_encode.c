/* jv -> Avro bytes: see codec.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "event/codec.h"
#include "event/guard.h"
#include "event/path.h"
#include "event/schema_node.h"

/* What we would refuse to read we do not write: guard.h's limits hold. */
struct encoder {
	struct buf out;
	size_t nodes_left;
	struct err *err;
};

/* V is borrowed in all of these. */
static int put_value(struct encoder *e, const struct schema_node *node, jv v,
    const struct path *up);

void
codec_put_long(struct buf *out, int64_t value)
{
	uint64_t u = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
	unsigned char bytes[10];
	size_t n = 0;

	for (; u > 0x7f; u >>= 7)
		bytes[n++] = (unsigned char)(u | 0x80);
	bytes[n++] = (unsigned char)u;
	buf_add(out, bytes, n);
}

void
codec_put_string(struct buf *out, const char *text, size_t size)
{
	codec_put_long(out, (int64_t)size);
	buf_add(out, text, size);
}

static int
put_string(struct encoder *e, jv v, const struct path *p)
{
	const char *s = jv_string_value(v);
	size_t size = (size_t)jv_string_length_bytes(jv_copy(v));

	/* A program in jq can make what is no UTF-8. */
	if (!utf8_is_text(s, size))
		return path_err(e->err, p, "not UTF-8, or with U+0000");
	codec_put_string(&e->out, s, size);
	return 0;
}

static int
put_whole(struct encoder *e, const struct schema_node *node, jv v,
    const struct path *p)
{
	double max =
	    node->kind == SCHEMA_INT ? INT32_MAX : (double)JSON_INTEGER_MAX;
	double min =
	    node->kind == SCHEMA_INT ? INT32_MIN : -(double)JSON_INTEGER_MAX;
	double d = jv_number_value(v);

	if (d != floor(d))
		return path_err(e->err, p, "expected a whole number");
	if (d > max || d < min)
		return path_err(e->err, p, "%.17g is out of range", d);
	codec_put_long(&e->out, (int64_t)d);
	return 0;
}

static int
put_float(struct encoder *e, const struct schema_node *node, jv v,
    const struct path *p)
{
	double d = jv_number_value(v);
	float f = (float)d;

	if (!isfinite(d) || (node->kind == SCHEMA_FLOAT && !isfinite(f)))
		return path_err(e->err, p, "%.17g is out of range", d);
	if (node->kind == SCHEMA_FLOAT)
		buf_add(&e->out, &f, sizeof(f));
	else
		buf_add(&e->out, &d, sizeof(d));
	return 0;
}

static int
put_symbol(struct encoder *e, const struct schema_node *node, jv v,
    const struct path *p)
{
	for (size_t i = 0; i < node->n; i++) {
		if (strcmp(node->symbols[i], jv_string_value(v)) == 0) {
			codec_put_long(&e->out, (int64_t)i);
			return 0;
		}
	}
	return path_err(e->err, p, "not one of the known words");
}

/* The head of N items or entries, 0 of none. */
static int
put_count(struct encoder *e, size_t n, const struct path *p)
{
	if (n > GUARD_ITEMS_MAX)
		return path_err(e->err, p, "too many items");
	if (n > 0)
		codec_put_long(&e->out, (int64_t)n);
	return 0;
}

static int
put_array(struct encoder *e, const struct schema_node *node, jv v,
    const struct path *up)
{
	int n = jv_array_length(jv_copy(v));
	int rc = put_count(e, (size_t)n, up);

	for (int i = 0; rc == 0 && i < n; i++) {
		struct path p = path_index(up, (size_t)i);
		jv item = jv_array_get(jv_copy(v), i);

		rc = put_value(e, node->types[0], item, &p);
		jv_free(item);
	}
	codec_put_long(&e->out, 0);
	return rc;
}

/* Entries in the order of their keys, so that equal maps are equal bytes. */
static int
put_map(struct encoder *e, const struct schema_node *node, jv v,
    const struct path *up)
{
	struct json_member few[JSON_MEMBERS_FEW], *entries;
	size_t n;
	int rc;

	entries = json_members(v, few, &n);
	rc = put_count(e, n, up);
	for (size_t i = 0; i < n; i++) {
		struct path p = path_name(up, entries[i].name, entries[i].size);

		if (rc == 0)
			rc = put_string(e, entries[i].key, &p);
		if (rc == 0)
			rc = put_value(e, node->types[0], entries[i].value, &p);
		jv_free(entries[i].key);
		jv_free(entries[i].value);
	}
	if (entries != few)
		free(entries);
	codec_put_long(&e->out, 0);
	return rc;
}

/* V has a member that NODE does not: name it. */
static int
unknown_member(const struct schema_node *node, jv v, const struct path *up,
    struct err *err)
{
	jv keys = jv_keys(jv_copy(v));

	jv_array_foreach (keys, i, key) {
		if (!schema_has_field(node, jv_string_value(key))) {
			struct path p = path_name(up, jv_string_value(key),
			    (size_t)jv_string_length_bytes(jv_copy(key)));

			path_err(err, &p, "is not a field of %s", node->name);
			jv_free(key);
			break;
		}
		jv_free(key);
	}
	jv_free(keys);
	return -1;
}

static int
put_record(struct encoder *e, const struct schema_node *node, jv v,
    const struct path *up)
{
	int known = 0, rc = 0;

	for (size_t i = 0; rc == 0 && i < node->n; i++) {
		const struct schema_field *f = &node->fields[i];
		struct path p = path_name(up, f->name, f->name_size);
		jv value = jv_object_get(jv_copy(v), jv_copy(f->key));

		if (jv_is_valid(value))
			known++;
		else {
			jv_free(value);
			value = jv_copy(f->fill);
		}
		if (jv_is_valid(value))
			rc = put_value(e, f->type, value, &p);
		else
			rc = path_err(e->err, &p, "missing");
		jv_free(value);
	}
	if (rc == 0 && known != jv_object_length(jv_copy(v)))
		rc = unknown_member(node, v, up, e->err);
	return rc;
}

static int
suits(const struct schema_node *node, jv v)
{
	switch (jv_get_kind(v)) {
	case JV_KIND_NULL:
		return node->kind == SCHEMA_NULL;
	case JV_KIND_TRUE:
	case JV_KIND_FALSE:
		return node->kind == SCHEMA_BOOLEAN;
	case JV_KIND_NUMBER:
		return node->kind >= SCHEMA_INT && node->kind <= SCHEMA_DOUBLE;
	case JV_KIND_STRING:
		return node->kind == SCHEMA_STRING || node->kind == SCHEMA_ENUM;
	case JV_KIND_ARRAY:
		return node->kind == SCHEMA_ARRAY;
	case JV_KIND_OBJECT:
		return node->kind == SCHEMA_RECORD || node->kind == SCHEMA_MAP;
	default:
		return 0;
	}
}

static const char *
expected(const struct schema_node *node)
{
	static const char *const words[] = {
	    [SCHEMA_NULL] = "null",
	    [SCHEMA_BOOLEAN] = "true or false",
	    [SCHEMA_INT] = "a whole number",
	    [SCHEMA_LONG] = "a whole number",
	    [SCHEMA_FLOAT] = "a number",
	    [SCHEMA_DOUBLE] = "a number",
	    [SCHEMA_BYTES] = "bytes, which JSON has not",
	    [SCHEMA_STRING] = "a string",
	    [SCHEMA_RECORD] = "an object",
	    [SCHEMA_ENUM] = "a string",
	    [SCHEMA_FIXED] = "bytes, which JSON has not",
	    [SCHEMA_ARRAY] = "an array",
	    [SCHEMA_MAP] = "an object",
	    [SCHEMA_UNION] = "something else",
	};

	return words[node->kind];
}

/* The first branch that suits V by its kind; in our schemas there is one. */
static int
put_union(struct encoder *e, const struct schema_node *node, jv v,
    const struct path *up)
{
	const struct schema_node *last = node->types[node->n - 1];

	for (size_t i = 0; i < node->n; i++) {
		if (suits(node->types[i], v)) {
			codec_put_long(&e->out, (int64_t)i);
			return put_value(e, node->types[i], v, up);
		}
	}
	return path_err(e->err, up, "expected %s%s", expected(last),
	    node->types[0]->kind == SCHEMA_NULL ? " or null" : "");
}

static int
put_value(struct encoder *e, const struct schema_node *node, jv v,
    const struct path *up)
{
	unsigned char byte = jv_get_kind(v) == JV_KIND_TRUE;

	if (e->nodes_left == 0)
		return path_err(e->err, up, "too many values");
	e->nodes_left--;
	if (node->kind == SCHEMA_UNION)
		return put_union(e, node, v, up);
	if (!suits(node, v))
		return path_err(e->err, up, "expected %s", expected(node));
	switch (node->kind) {
	case SCHEMA_BOOLEAN:
		buf_add(&e->out, &byte, 1);
		return 0;
	case SCHEMA_INT:
	case SCHEMA_LONG:
		return put_whole(e, node, v, up);
	case SCHEMA_FLOAT:
	case SCHEMA_DOUBLE:
		return put_float(e, node, v, up);
	case SCHEMA_STRING:
		return put_string(e, v, up);
	case SCHEMA_ENUM:
		return put_symbol(e, node, v, up);
	case SCHEMA_ARRAY:
		return put_array(e, node, v, up);
	case SCHEMA_MAP:
		return put_map(e, node, v, up);
	case SCHEMA_RECORD:
		return put_record(e, node, v, up);
	default:
		return 0;
	}
}

int
codec_encode(
    const struct schema *s, jv record, struct buf *out, struct err *err)
{
	struct encoder e = {.nodes_left = GUARD_NODES_MAX, .err = err};
	int rc = put_value(&e, schema_root(s), record, NULL);

	if (rc == 0 && e.out.size > GUARD_VALUE_MAX_BYTES)
		rc =
		    path_err(err, NULL, "over %d bytes", GUARD_VALUE_MAX_BYTES);
	if (rc == 0 && buf_add(out, e.out.data, e.out.size) != 0)
		rc = path_err(err, NULL, "over %zu bytes", out->max);
	buf_free(&e.out);
	return rc;
}
