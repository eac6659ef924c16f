/* Names: see names.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "map/names.h"
#include "map/program.h"

struct name {
	char *name;
	struct program *program;
	jv texts; /* by type; bounded by the kinds of record */
};

struct names {
	struct name *list;
	size_t n;
	jv config; /* what the texts were made with */
};

struct names *
names_new(void)
{
	struct names *n = mem_new(1, sizeof(*n));

	n->config = jv_null();
	return n;
}

void
names_free(struct names *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->n; i++) {
		free(n->list[i].name);
		program_put(n->list[i].program);
		jv_free(n->list[i].texts);
	}
	jv_free(n->config);
	free(n->list);
	free(n);
}

static struct name *
find(const struct names *n, const char *name)
{
	for (size_t i = 0; i < n->n; i++)
		if (strcmp(n->list[i].name, name) == 0)
			return &n->list[i];
	return NULL;
}

void
names_set(struct names *n, const char *name, struct program *program)
{
	struct name *one = find(n, name);

	if (one == NULL) {
		n->list = mem_grow(n->list, n->n + 1, sizeof(*n->list));
		one = &n->list[n->n++];
		*one = (struct name){mem_dup(name), NULL, jv_object()};
	}
	program_put(one->program);
	one->program = program;
}

int
names_has(const struct names *n, const char *name)
{
	return find(n, name) != NULL;
}

/* Another configuration than last time (in test cases): ask anew. */
static void
look_at_config(struct names *n, jv config)
{
	if (jv_identical(jv_copy(config), jv_copy(n->config)))
		return;
	jv_free(n->config);
	n->config = jv_copy(config);
	for (size_t i = 0; i < n->n; i++) {
		jv_free(n->list[i].texts);
		n->list[i].texts = jv_object();
	}
}

static int
ask(struct name *one, const char *type, jv config, struct err *err)
{
	jv vars = jv_object(), text;

	json_set_str(&vars, "type", type);
	json_set(&vars, "config", jv_copy(config));
	if (program_run(one->program, jv_null(), vars, &text, err) != 0)
		return -1;
	if (jv_get_kind(text) != JV_KIND_STRING) {
		jv_free(text);
		return err_set(
		    err, ERR_REJECT, 0, "names.%s gave no text", one->name);
	}
	json_set(&one->texts, type, text);
	return 0;
}

const char *
names_text(struct names *n, const char *name, const char *type, jv config,
    struct err *err)
{
	struct name *one = find(n, name);
	const char *text;

	if (one == NULL) {
		err_set(err, ERR_REJECT, 0, "there is no name %s", name);
		return NULL;
	}
	look_at_config(n, config);
	text = json_str(one->texts, type, NULL);
	if (text == NULL && ask(one, type, config, err) == 0)
		text = json_str(one->texts, type, NULL);
	return text;
}
