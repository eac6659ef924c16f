/* Defaults: see schema_default.h. */
#include <math.h>
#include <string.h>

#include "event/schema_default.h"
#include "event/schema_node.h"

static int
is_whole(jv v, double max)
{
	double d = jv_number_value(v);

	return d == floor(d) && d >= -max - 1 && d <= max;
}

static int
is_symbol(const struct schema_node *node, jv v)
{
	for (size_t i = 0; i < node->n; i++)
		if (strcmp(node->symbols[i], jv_string_value(v)) == 0)
			return 1;
	return 0;
}

static int
is_empty(jv v)
{
	return jv_get_kind(v) == JV_KIND_ARRAY
		   ? jv_array_length(jv_copy(v)) == 0
		   : jv_object_length(jv_copy(v)) == 0;
}

/* Whether V fits a type other than record and union. */
static int
fits(const struct schema_node *node, jv v)
{
	jv_kind kind = jv_get_kind(v);

	switch (node->kind) {
	case SCHEMA_NULL:
		return kind == JV_KIND_NULL;
	case SCHEMA_BOOLEAN:
		return kind == JV_KIND_TRUE || kind == JV_KIND_FALSE;
	case SCHEMA_INT:
		return kind == JV_KIND_NUMBER && is_whole(v, INT32_MAX);
	case SCHEMA_LONG:
		return kind == JV_KIND_NUMBER &&
		       is_whole(v, 9007199254740991.0);
	case SCHEMA_FLOAT:
	case SCHEMA_DOUBLE:
		return kind == JV_KIND_NUMBER && isfinite(jv_number_value(v));
	case SCHEMA_STRING:
		return kind == JV_KIND_STRING;
	case SCHEMA_ENUM:
		return kind == JV_KIND_STRING && is_symbol(node, v);
	case SCHEMA_ARRAY:
		return kind == JV_KIND_ARRAY && is_empty(v);
	case SCHEMA_MAP:
		return kind == JV_KIND_OBJECT && is_empty(v);
	default:
		return 0;
	}
}

static jv
record(const struct schema_node *node, jv value, size_t *left)
{
	jv out, member;

	if (jv_get_kind(value) != JV_KIND_OBJECT) {
		jv_free(value);
		return jv_invalid();
	}
	out = jv_object();
	for (size_t i = 0; i < node->n; i++) {
		const struct schema_field *f = &node->fields[i];

		member = jv_object_get(jv_copy(value), jv_copy(f->key));
		if (jv_is_valid(member))
			member = schema_default(f->type, member, left);
		else if (*left > 0 && --*left > 0)
			member = jv_copy(f->fill);
		if (!jv_is_valid(member)) {
			jv_free(out);
			out = jv_invalid();
			break;
		}
		out = jv_object_set(out, jv_copy(f->key), member);
	}
	jv_free(value);
	return out;
}

jv
schema_default(const struct schema_node *node, jv value, size_t *left)
{
	if (node->kind == SCHEMA_UNION)
		return schema_default(node->types[0], value, left);
	if (*left == 0) {
		jv_free(value);
		return jv_invalid();
	}
	--*left;
	if (node->kind == SCHEMA_RECORD)
		return record(node, value, left);
	if (fits(node, value))
		return value;
	jv_free(value);
	return jv_invalid();
}
