/*
 * Avro schemas: see schema.h.
 *
 * Schemas are compiled into our own small tree instead of avro-c's: the guard
 * has to walk the bytes against the schema anyway, and a walk that already
 * checks everything can hand out the values as well.  So avro-c, which trusts
 * its input, never sees a byte from outside; the tests hold it and Python's
 * fastavro against this code as witnesses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "event/guard.h"
#include "event/schema.h"
#include "event/schema_default.h"
#include "event/schema_node.h"

enum {
	NAME_MAX_BYTES = 255,
	NAMED_MAX = 256,   /* records, enums and fixed of one schema */
	NODES_MAX = 4096,  /* types of one schema */
	FILLS_MAX = 10000, /* values in its defaults */
	MIN_BYTES_MAX = GUARD_VALUE_MAX_BYTES + 1
};

struct parser {
	struct schema *s;
	struct schema_node *named[NAMED_MAX];
	size_t named_count;
	size_t fields;
	size_t fills_left;
	struct err *err;
};

static const char *const kind_names[] = {
    [SCHEMA_NULL] = "null",
    [SCHEMA_BOOLEAN] = "boolean",
    [SCHEMA_INT] = "int",
    [SCHEMA_LONG] = "long",
    [SCHEMA_FLOAT] = "float",
    [SCHEMA_DOUBLE] = "double",
    [SCHEMA_BYTES] = "bytes",
    [SCHEMA_STRING] = "string",
    [SCHEMA_RECORD] = "record",
    [SCHEMA_ENUM] = "enum",
    [SCHEMA_FIXED] = "fixed",
    [SCHEMA_ARRAY] = "array",
    [SCHEMA_MAP] = "map",
    [SCHEMA_UNION] = "union",
};

static const struct schema_node primitives[SCHEMA_PRIMITIVES] = {
    [SCHEMA_NULL] = {.kind = SCHEMA_NULL, .height = 1, .min_bytes = 0},
    [SCHEMA_BOOLEAN] = {.kind = SCHEMA_BOOLEAN, .height = 1, .min_bytes = 1},
    [SCHEMA_INT] = {.kind = SCHEMA_INT, .height = 1, .min_bytes = 1},
    [SCHEMA_LONG] = {.kind = SCHEMA_LONG, .height = 1, .min_bytes = 1},
    [SCHEMA_FLOAT] = {.kind = SCHEMA_FLOAT, .height = 1, .min_bytes = 4},
    [SCHEMA_DOUBLE] = {.kind = SCHEMA_DOUBLE, .height = 1, .min_bytes = 8},
    [SCHEMA_BYTES] = {.kind = SCHEMA_BYTES, .height = 1, .min_bytes = 1},
    [SCHEMA_STRING] = {.kind = SCHEMA_STRING, .height = 1, .min_bytes = 1},
};

static const struct schema_node *parse(
    struct parser *p, jv v, const char *ns, int depth);

static int
refuse(struct parser *p, const char *why)
{
	return err_set(p->err, ERR_REJECT, 0, "%s", why);
}

static int
is_name_n(const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			c == '_' || (i > 0 && c >= '0' && c <= '9')))
			return 0;
	}
	return size > 0;
}

/* Names joined by dots; a namespace may be empty, a name may not. */
static int
is_full_name(const char *name)
{
	const char *dot;

	if (strlen(name) > NAME_MAX_BYTES)
		return 0;
	while ((dot = strchr(name, '.')) != NULL) {
		if (!is_name_n(name, (size_t)(dot - name)))
			return 0;
		name = dot + 1;
	}
	return is_name_n(name, strlen(name));
}

static struct schema_node *
node_new(struct parser *p, enum schema_kind kind)
{
	struct schema *s = p->s;
	struct schema_node *node;

	if (s->count == NODES_MAX) {
		err_set(p->err, ERR_REJECT, 0, "over %d types", NODES_MAX);
		return NULL;
	}
	node = mem_new(1, sizeof(*node));
	node->kind = kind;
	node->height = 1;
	s->nodes =
	    mem_grow(s->nodes, s->count + 1, sizeof(struct schema_node *));
	s->nodes[s->count++] = node;
	return node;
}

static void
add_bytes(struct schema_node *node, size_t more)
{
	node->min_bytes += more;
	if (node->min_bytes > MIN_BYTES_MAX)
		node->min_bytes = MIN_BYTES_MAX;
}

/* CHILD stands below NODE from now on. */
static int
adopt(
    struct parser *p, struct schema_node *node, const struct schema_node *child)
{
	if (node->height < child->height + 1)
		node->height = child->height + 1;
	if (node->height > SCHEMA_DEPTH_MAX)
		return err_set(p->err, ERR_REJECT, 0,
		    "types nested over %d levels", SCHEMA_DEPTH_MAX);
	return 0;
}

/* NAME in NS in full; NULL if it breaks the grammar. */
static char *
full_name(struct parser *p, const char *name, const char *ns)
{
	char *full = strchr(name, '.') != NULL || ns[0] == '\0'
			 ? mem_dup(name)
			 : mem_printf("%s.%s", ns, name);

	if (is_full_name(full))
		return full;
	err_set(p->err, ERR_REJECT, 0, "\"%.80s\" is not a name", full);
	free(full);
	return NULL;
}

static struct schema_node *
find_named(struct parser *p, const char *full)
{
	for (size_t i = 0; i < p->named_count; i++)
		if (strcmp(p->named[i]->name, full) == 0)
			return p->named[i];
	return NULL;
}

/* A type given by its name alone. */
static const struct schema_node *
parse_reference(struct parser *p, const char *name, const char *ns)
{
	struct schema_node *node;
	char *full;

	for (int k = 0; k < SCHEMA_PRIMITIVES; k++)
		if (strcmp(name, kind_names[k]) == 0)
			return &primitives[k];
	full = full_name(p, name, ns);
	if (full == NULL)
		return NULL;
	node = find_named(p, full);
	free(full);
	if (node == NULL)
		err_set(p->err, ERR_REJECT, 0, "unknown type \"%.80s\"", name);
	else if (node->is_open)
		err_set(p->err, ERR_REJECT, 0,
		    "\"%.80s\" is recursive, which is not allowed", name);
	else
		return node;
	return NULL;
}

/* Give NODE the name V defines; *OUT_NS (the caller's) is the namespace in
 * which names inside it are looked up. */
static int
define(struct parser *p, struct schema_node *node, jv v, const char *ns,
    char **out_ns)
{
	const char *own = json_str(v, "namespace", ns);
	char *full = full_name(p, json_str(v, "name", ""), own);
	const char *dot;

	if (full == NULL)
		return -1;
	node->name = full;
	if (p->named_count == NAMED_MAX)
		return refuse(p, "too many named types");
	if (find_named(p, full) != NULL)
		return err_set(
		    p->err, ERR_REJECT, 0, "\"%.80s\" is defined twice", full);
	p->named[p->named_count++] = node;
	dot = strrchr(full, '.');
	*out_ns = mem_dup_n(full, dot == NULL ? 0 : (size_t)(dot - full));
	return 0;
}

int
schema_has_field(const struct schema_node *node, const char *name)
{
	for (size_t i = 0; i < node->n; i++)
		if (strcmp(node->fields[i].name, name) == 0)
			return 1;
	return 0;
}

static int
add_field(
    struct parser *p, struct schema_node *node, jv v, const char *ns, int depth)
{
	const char *name = json_str(v, "name", "");
	const struct schema_node *type;
	struct schema_field *f;
	jv given;

	if (++p->fields > SCHEMA_FIELDS_MAX)
		return err_set(
		    p->err, ERR_REJECT, 0, "over %d fields", SCHEMA_FIELDS_MAX);
	if (strlen(name) > NAME_MAX_BYTES || !is_name_n(name, strlen(name)))
		return err_set(p->err, ERR_REJECT, 0,
		    "\"%.80s\" is not a field's name", name);
	if (schema_has_field(node, name))
		return err_set(
		    p->err, ERR_REJECT, 0, "two fields \"%.80s\"", name);
	type = parse(p, json_get(v, "type"), ns, depth);
	if (type == NULL || adopt(p, node, type) != 0)
		return err_wrap(p->err, "field \"%.80s\"", name);
	add_bytes(node, type->min_bytes);
	given = json_get(v, "default");
	node->fields =
	    mem_grow(node->fields, node->n + 1, sizeof(*node->fields));
	f = &node->fields[node->n++];
	f->name = mem_dup(name);
	f->name_size = strlen(name);
	f->key = jv_string(name);
	f->type = type;
	f->fill = jv_is_valid(given)
		      ? schema_default(type, given, &p->fills_left)
		      : given;
	return 0;
}

static int
parse_record(
    struct parser *p, struct schema_node *node, jv v, const char *ns, int depth)
{
	jv fields = json_get(v, "fields");
	char *inner = NULL;
	int rc = define(p, node, v, ns, &inner);

	node->is_open = 1;
	if (rc == 0 && jv_get_kind(fields) != JV_KIND_ARRAY)
		rc = refuse(p, "a record without \"fields\"");
	for (int i = 0; rc == 0 && i < jv_array_length(jv_copy(fields)); i++) {
		jv field = jv_array_get(jv_copy(fields), i);

		rc = add_field(p, node, field, inner, depth);
		jv_free(field);
	}
	node->is_open = 0;
	free(inner);
	jv_free(fields);
	return rc;
}

static int
parse_enum(struct parser *p, struct schema_node *node, jv v, const char *ns)
{
	jv symbols = json_get(v, "symbols");
	char *inner = NULL;
	int rc = define(p, node, v, ns, &inner);
	int n = 0;

	free(inner);
	node->min_bytes = 1;
	if (jv_get_kind(symbols) == JV_KIND_ARRAY)
		n = jv_array_length(jv_copy(symbols));
	if (rc == 0 && (n == 0 || n > SCHEMA_FIELDS_MAX))
		rc = refuse(p, "an enum without symbols, or with too many");
	if (rc == 0)
		node->symbols = mem_new((size_t)n, sizeof(char *));
	for (int i = 0; rc == 0 && i < n; i++) {
		jv symbol = jv_array_get(jv_copy(symbols), i);
		const char *s = jv_get_kind(symbol) == JV_KIND_STRING
				    ? jv_string_value(symbol)
				    : "";

		if (is_name_n(s, strlen(s)))
			node->symbols[node->n++] = mem_dup(s);
		else
			rc = refuse(p, "an enum's symbol is not a name");
		jv_free(symbol);
	}
	jv_free(symbols);
	return rc;
}

static int
parse_fixed(struct parser *p, struct schema_node *node, jv v, const char *ns)
{
	int64_t size = json_int(v, "size", -1);
	char *inner = NULL;

	if (define(p, node, v, ns, &inner) != 0)
		return -1;
	free(inner);
	if (size < 0 || size > SCHEMA_FIXED_MAX_BYTES)
		return err_set(p->err, ERR_REJECT, 0,
		    "a fixed without size, or over %d bytes",
		    SCHEMA_FIXED_MAX_BYTES);
	node->n = (size_t)size;
	add_bytes(node, node->n);
	return 0;
}

static int
parse_items(struct parser *p, struct schema_node *node, jv items,
    const char *ns, int depth)
{
	node->min_bytes = 1;
	node->n = 1;
	node->types = mem_new(1, sizeof(struct schema_node *));
	node->types[0] = parse(p, items, ns, depth);
	if (node->types[0] == NULL)
		return -1;
	return adopt(p, node, node->types[0]);
}

/* Two branches that bytes could not tell apart, or a union in a union. */
static int
is_clash(const struct schema_node *a, const struct schema_node *b)
{
	if (a->kind != b->kind)
		return 0;
	return a->name == NULL || strcmp(a->name, b->name) == 0;
}

static int
add_branch(struct parser *p, struct schema_node *node,
    const struct schema_node *branch)
{
	if (branch->kind == SCHEMA_UNION)
		return refuse(p, "a union directly in a union");
	for (size_t i = 0; i < node->n; i++)
		if (is_clash(node->types[i], branch))
			return refuse(p, "a union with a type twice");
	node->types[node->n++] = branch;
	if (node->n == 1 || branch->min_bytes + 1 < node->min_bytes)
		node->min_bytes = branch->min_bytes + 1;
	return adopt(p, node, branch);
}

static const struct schema_node *
parse_union(struct parser *p, jv v, const char *ns, int depth)
{
	struct schema_node *node = node_new(p, SCHEMA_UNION);
	const struct schema_node *branch;
	int n = jv_array_length(jv_copy(v));
	int rc = 0;

	if (node == NULL)
		return NULL;
	if (n == 0 || n > NAMED_MAX)
		rc = refuse(p, "a union without types, or with too many");
	else
		node->types = mem_new((size_t)n, sizeof(struct schema_node *));
	for (int i = 0; rc == 0 && i < n; i++) {
		branch = parse(p, jv_array_get(jv_copy(v), i), ns, depth);
		rc = branch == NULL ? -1 : add_branch(p, node, branch);
	}
	return rc == 0 ? node : NULL;
}

static const struct schema_node *
parse_object(struct parser *p, jv v, const char *ns, int depth)
{
	const char *type = json_str(v, "type", "");
	enum schema_kind kind = SCHEMA_RECORD;
	struct schema_node *node;
	int rc = -1;

	while (kind < SCHEMA_UNION && strcmp(type, kind_names[kind]) != 0)
		kind++;
	if (kind == SCHEMA_UNION)
		return parse_reference(p, type, ns);
	node = node_new(p, kind);
	if (node == NULL)
		return NULL;
	if (kind == SCHEMA_RECORD)
		rc = parse_record(p, node, v, ns, depth);
	else if (kind == SCHEMA_ENUM)
		rc = parse_enum(p, node, v, ns);
	else if (kind == SCHEMA_FIXED)
		rc = parse_fixed(p, node, v, ns);
	else if (kind == SCHEMA_ARRAY)
		rc = parse_items(p, node, json_get(v, "items"), ns, depth);
	else
		rc = parse_items(p, node, json_get(v, "values"), ns, depth);
	return rc == 0 ? node : NULL;
}

/* Type V (consumed) in namespace NS; NULL with an error. */
static const struct schema_node *
parse(struct parser *p, jv v, const char *ns, int depth)
{
	const struct schema_node *node = NULL;
	jv_kind kind = jv_get_kind(v);

	if (depth == 0)
		err_set(p->err, ERR_REJECT, 0, "types nested over %d levels",
		    SCHEMA_DEPTH_MAX);
	else if (kind == JV_KIND_STRING)
		node = parse_reference(p, jv_string_value(v), ns);
	else if (kind == JV_KIND_ARRAY)
		node = parse_union(p, v, ns, depth - 1);
	else if (kind == JV_KIND_OBJECT)
		node = parse_object(p, v, ns, depth - 1);
	else
		refuse(p, "a type is missing");
	jv_free(v);
	return node;
}

struct schema *
schema_parse(const char *text, size_t size, struct err *err)
{
	struct parser p = {.fills_left = FILLS_MAX, .err = err};
	const struct schema_node *root;
	jv v;

	if (size > SCHEMA_TEXT_MAX_BYTES) {
		err_set(err, ERR_REJECT, 0, "schema: over %d bytes",
		    SCHEMA_TEXT_MAX_BYTES);
		return NULL;
	}
	v = json_parse(text, size, err);
	if (!jv_is_valid(v)) {
		err_wrap(err, "schema");
		return NULL;
	}
	p.s = mem_new(1, sizeof(*p.s));
	p.s->text = mem_dup_n(text, size);
	json_hash_bytes(text, size, p.s->hash);
	root = parse(&p, v, "", SCHEMA_DEPTH_MAX);
	if (root != NULL && root->kind != SCHEMA_RECORD) {
		refuse(&p, "not a record at the top");
		root = NULL;
	}
	if (root == NULL) {
		err_wrap(err, "schema");
		schema_free(p.s);
		return NULL;
	}
	p.s->root = root;
	return p.s;
}

static void
node_free(struct schema_node *node)
{
	if (node->kind == SCHEMA_RECORD) {
		for (size_t i = 0; i < node->n; i++) {
			free(node->fields[i].name);
			jv_free(node->fields[i].key);
			jv_free(node->fields[i].fill);
		}
	} else if (node->kind == SCHEMA_ENUM) {
		for (size_t i = 0; i < node->n; i++)
			free(node->symbols[i]);
	}
	free(node->fields);
	free(node->symbols);
	free(node->types);
	free(node->name);
	free(node);
}

void
schema_free(struct schema *s)
{
	if (s == NULL || s->is_kept)
		return;
	for (size_t i = 0; i < s->count; i++)
		node_free(s->nodes[i]);
	free(s->nodes);
	free(s->text);
	free(s);
}

const char *
schema_name(const struct schema *s)
{
	return s->root->name;
}

const char *
schema_text(const struct schema *s)
{
	return s->text;
}

jv
schema_json(const struct schema *s)
{
	return json_parse(s->text, strlen(s->text), NULL);
}

const struct schema_node *
schema_root(const struct schema *s)
{
	return s->root;
}

int
schema_same(const struct schema *a, const struct schema *b)
{
	return a == b || memcmp(a->hash, b->hash, JSON_HASH_SIZE) == 0;
}

void
schema_keep(struct schema *s)
{
	s->is_kept = 1;
}

const char *
schema_kind_name(enum schema_kind k)
{
	return kind_names[k];
}
