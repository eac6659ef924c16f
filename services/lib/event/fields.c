/* Paths into a record: see fields.h. */
#include <stdio.h>
#include <string.h>

#include "event/fields.h"

enum { WHERE_MAX = 256, NAME_MAX_BYTES = 64 };

struct walk {
	fields_seen *seen;
	void *ctx;
	char where[WHERE_MAX];
	size_t size; /* of WHERE */
};

/* Let WHERE grow by as much of SIZE bytes as it has room for. */
static void
append(struct walk *w, const char *text, size_t size)
{
	if (size > sizeof(w->where) - 1 - w->size)
		size = sizeof(w->where) - 1 - w->size;
	memcpy(w->where + w->size, text, size);
	w->size += size;
	w->where[w->size] = '\0';
}

/* Go on to member NAME; returns the old size, for leave(). */
static size_t
enter(struct walk *w, const char *name, size_t size)
{
	size_t old = w->size;

	if (old > 0)
		append(w, ".", 1);
	append(w, name, size);
	return old;
}

static void
leave(struct walk *w, size_t old)
{
	w->size = old;
	w->where[old] = '\0';
}

static void
visit(struct walk *w, jv value, const char *path)
{
	char name[NAME_MAX_BYTES + 1];
	size_t size, old;
	jv member;

	if (*path == '\0') {
		w->seen(w->ctx, w->where, value);
	} else if (strncmp(path, "[]", 2) == 0) {
		if (jv_get_kind(value) != JV_KIND_ARRAY)
			return;
		jv_array_foreach (value, i, item) {
			old = w->size;
			append(w, name,
			    (size_t)snprintf(name, sizeof(name), "[%d]", i));
			visit(w, item, path + 2);
			leave(w, old);
			jv_free(item);
		}
	} else if (strncmp(path, "{}", 2) == 0) {
		if (jv_get_kind(value) != JV_KIND_OBJECT)
			return;
		jv_object_foreach (value, key, item) {
			old = enter(w, jv_string_value(key),
			    (size_t)jv_string_length_bytes(jv_copy(key)));
			visit(w, item, path + 2);
			leave(w, old);
			jv_free(key);
			jv_free(item);
		}
	} else if (jv_get_kind(value) == JV_KIND_OBJECT) {
		path += *path == '.';
		size = strcspn(path, ".[{");
		member = jv_object_get(
		    jv_copy(value), jv_string_sized(path, (int)size));
		old = enter(w, path, size);
		if (jv_is_valid(member) || path[size] == '\0')
			visit(w, member, path + size);
		leave(w, old);
		jv_free(member);
	}
}

void
fields_each(jv record, const char *path, fields_seen *seen, void *ctx)
{
	struct walk w = {.seen = seen, .ctx = ctx};

	visit(&w, record, path);
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
