/* The gate before anything is made of foreign bytes: see guard.h. */
#include "base/err.h"
#include "event/cursor.h"
#include "event/guard.h"
#include "event/path.h"
#include "event/schema_node.h"

static int walk(struct cursor *c, const struct schema_node *node,
    const struct path *up, struct err *err);

static int
fail(const struct cursor *c, const struct path *p, struct err *err)
{
	return path_err(err, p, "%s, at byte %zu", c->why, c->at);
}

static int
walk_record(struct cursor *c, const struct schema_node *node,
    const struct path *up, struct err *err)
{
	for (size_t i = 0; i < node->n; i++) {
		const struct schema_field *f = &node->fields[i];
		struct path p = path_name(up, f->name, f->name_size);

		if (walk(c, f->type, &p, err) != 0)
			return -1;
	}
	return 0;
}

static int
walk_items(struct cursor *c, const struct schema_node *node,
    const struct path *up, struct err *err)
{
	int is_map = node->kind == SCHEMA_MAP;
	struct cursor_items items = {
	    .item_min = node->types[0]->min_bytes + (size_t)is_map};
	struct path p = path_index(up, 0);
	const char *key;
	size_t size;
	int rc;

	while ((rc = cursor_item(c, &items)) == 1) {
		p = path_index(up, items.count - 1);
		if (is_map) {
			if (cursor_string(c, &key, &size) != 0)
				return fail(c, &p, err);
			p = path_name(up, key, size);
		}
		if (walk(c, node->types[0], &p, err) != 0)
			return -1;
	}
	return rc == 0 ? 0 : fail(c, up, err);
}

static int
walk_int(struct cursor *c)
{
	int64_t i;

	if (cursor_long(c, &i) != 0)
		return -1;
	if (i >= INT32_MIN && i <= INT32_MAX)
		return 0;
	c->why = "an int of more than 32 bits";
	return -1;
}

static int
walk_leaf(struct cursor *c, const struct schema_node *node)
{
	const void *data;
	const char *text;
	size_t n;
	int64_t i;
	int b;

	switch (node->kind) {
	case SCHEMA_NULL:
		return 0;
	case SCHEMA_BOOLEAN:
		return cursor_boolean(c, &b);
	case SCHEMA_INT:
		return walk_int(c);
	case SCHEMA_LONG:
		return cursor_long(c, &i);
	case SCHEMA_FLOAT:
		return cursor_bytes(c, sizeof(float), &data);
	case SCHEMA_DOUBLE:
		return cursor_bytes(c, sizeof(double), &data);
	case SCHEMA_BYTES:
		return cursor_sized(c, &data, &n);
	case SCHEMA_STRING:
		return cursor_string(c, &text, &n);
	case SCHEMA_ENUM:
		return cursor_index(c, node->n, &n);
	default:
		return cursor_bytes(c, node->n, &data);
	}
}

static int
walk(struct cursor *c, const struct schema_node *node, const struct path *up,
    struct err *err)
{
	size_t branch;

	if (cursor_count(c) != 0)
		return fail(c, up, err);
	switch (node->kind) {
	case SCHEMA_RECORD:
		return walk_record(c, node, up, err);
	case SCHEMA_ARRAY:
	case SCHEMA_MAP:
		return walk_items(c, node, up, err);
	case SCHEMA_UNION:
		if (cursor_index(c, node->n, &branch) != 0)
			return fail(c, up, err);
		return walk(c, node->types[branch], up, err);
	default:
		return walk_leaf(c, node) == 0 ? 0 : fail(c, up, err);
	}
}

int
guard_check(
    const struct schema *s, const void *data, size_t size, struct err *err)
{
	struct cursor c = cursor_new(data, size);

	if (size > GUARD_VALUE_MAX_BYTES)
		return path_err(
		    err, NULL, "over %d bytes", GUARD_VALUE_MAX_BYTES);
	if (walk(&c, schema_root(s), NULL, err) != 0)
		return -1;
	if (cursor_left(&c) > 0)
		return path_err(
		    err, NULL, "%zu bytes too many", cursor_left(&c));
	return 0;
}
