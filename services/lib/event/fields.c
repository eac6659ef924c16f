/* Paths into a record: see fields.h. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "event/fields.h"
#include "event/path.h"

enum { NAME_MAX_BYTES = 64 };

/* A step of one or more paths. */
struct node {
	const char *name; /* of a member, in the path; NULL: items */
	size_t name_size;
	jv key;	    /* the name again, as jv keeps it */
	size_t nth; /* path that ends here */
	int is_end; /* one does */
	struct node *below;
	size_t n;
};

struct fields_tree {
	struct node root;
};

/* The step of NODE that PATH begins with, made if there is none; *SIZE is
 * what it takes of PATH. */
static struct node *
step(struct node *node, const char *path, size_t *size)
{
	int is_items = strncmp(path, "[]", 2) == 0;
	size_t dot = *path == '.', name_size = strcspn(path + dot, ".[");
	struct node *one;

	*size = is_items ? 2 : dot + name_size;
	for (one = node->below; one < node->below + node->n; one++)
		if (is_items
			? one->name == NULL
			: one->name != NULL && one->name_size == name_size &&
			      memcmp(one->name, path + dot, name_size) == 0)
			return one;
	node->below = mem_grow(node->below, node->n + 1, sizeof(*node->below));
	one = &node->below[node->n++];
	*one = (struct node){.key = jv_null()};
	if (!is_items) {
		one->name = path + dot;
		one->name_size = name_size;
		one->key = jv_string_sized(path + dot, (int)name_size);
	}
	return one;
}

struct fields_tree *
fields_tree_new(void)
{
	return mem_new(1, sizeof(struct fields_tree));
}

void
fields_tree_add(struct fields_tree *t, const char *path, size_t nth)
{
	struct node *node = &t->root;
	size_t size;

	for (; *path != '\0'; path += size)
		node = step(node, path, &size);
	node->is_end = 1;
	node->nth = nth;
}

struct walk {
	fields_seen *seen;
	void *ctx;
};

static void visit(const struct walk *w, const struct node *node, jv value,
    const struct path *where);

static void
visit_member(const struct walk *w, const struct node *node, jv object,
    const struct path *up)
{
	struct path where = path_name(up, node->name, node->name_size);
	jv value = jv_object_get(jv_copy(object), jv_copy(node->key));

	if (node->is_end)
		w->seen(w->ctx, node->nth, &where, value);
	if (node->n > 0)
		visit(w, node, value, &where);
	jv_free(value);
}

static void
visit_items(const struct walk *w, const struct node *node, jv array,
    const struct path *up)
{
	jv_array_foreach (array, i, item) {
		struct path where = path_index(up, (size_t)i);

		if (node->is_end)
			w->seen(w->ctx, node->nth, &where, item);
		if (node->n > 0)
			visit(w, node, item, &where);
		jv_free(item);
	}
}

/* VALUE stands at NODE: go on to what is below. */
static void
visit(const struct walk *w, const struct node *node, jv value,
    const struct path *where)
{
	jv_kind kind = jv_get_kind(value);

	for (size_t i = 0; i < node->n; i++) {
		const struct node *below = &node->below[i];

		if (below->name != NULL && kind == JV_KIND_OBJECT)
			visit_member(w, below, value, where);
		else if (below->name == NULL && kind == JV_KIND_ARRAY)
			visit_items(w, below, value, where);
	}
}

void
fields_each(
    const struct fields_tree *t, jv record, fields_seen *seen, void *ctx)
{
	struct walk w = {seen, ctx};

	visit(&w, &t->root, record, NULL);
}

jv
fields_apply(jv value, const char *path, fields_edit *edit, void *ctx)
{
	char name[NAME_MAX_BYTES + 1];
	size_t size;
	jv member;

	if (*path == '\0')
		return edit(ctx, value);
	if (strncmp(path, "[]", 2) == 0) {
		if (jv_get_kind(value) != JV_KIND_ARRAY)
			return value;
		for (int i = 0; i < jv_array_length(jv_copy(value)); i++)
			value = jv_array_set(value, i,
			    fields_apply(jv_array_get(jv_copy(value), i),
				path + 2, edit, ctx));
		return value;
	}
	if (jv_get_kind(value) != JV_KIND_OBJECT)
		return value;
	if (strncmp(path, "{}", 2) == 0) {
		jv copy = jv_copy(value);

		jv_object_foreach (copy, key, item)
			value = jv_object_set(value, key,
			    fields_apply(item, path + 2, edit, ctx));
		jv_free(copy);
		return value;
	}
	path += *path == '.';
	size = strcspn(path, ".[{");
	snprintf(name, sizeof(name), "%.*s", (int)size, path);
	member = json_get(value, name);
	if (!jv_is_valid(member))
		return value;
	json_set(&value, name, fields_apply(member, path + size, edit, ctx));
	return value;
}
