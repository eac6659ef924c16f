/* Paths into a record: see fields.h. */
#include <stdio.h>
#include <string.h>

#include "event/fields.h"

enum { WHERE_MAX = 256, NAME_MAX_BYTES = 64 };

struct walk {
	fields_seen *seen;
	void *ctx;
	char where[WHERE_MAX];
};

/* Grow W->where by text; returns its old length, for cutting it back. */
static size_t
enter(struct walk *w, const char *name, const char *value)
{
	size_t size = strlen(w->where);

	snprintf(w->where + size, sizeof(w->where) - size, "%s%s%s",
	    size > 0 && *name == '.' ? "." : "", *name == '.' ? name + 1 : name,
	    value);
	return size;
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
			snprintf(name, sizeof(name), "[%d]", i);
			old = enter(w, name, "");
			visit(w, item, path + 2);
			w->where[old] = '\0';
			jv_free(item);
		}
	} else if (strncmp(path, "{}", 2) == 0) {
		if (jv_get_kind(value) != JV_KIND_OBJECT)
			return;
		jv_object_foreach (value, key, item) {
			old = enter(w, ".", jv_string_value(key));
			visit(w, item, path + 2);
			w->where[old] = '\0';
			jv_free(key);
			jv_free(item);
		}
	} else if (jv_get_kind(value) == JV_KIND_OBJECT) {
		path += *path == '.';
		size = strcspn(path, ".[{");
		snprintf(name, sizeof(name), "%.*s", (int)size, path);
		member = json_get(value, name);
		old = enter(w, ".", name);
		if (jv_is_valid(member) || path[size] == '\0')
			visit(w, member, path + size);
		w->where[old] = '\0';
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
