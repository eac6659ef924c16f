/* A reader that wants less: see schema_part() in schema.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "event/schema.h"
#include "event/schema_node.h"

static int
is_wanted(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return 1;
	return 0;
}

struct schema *
schema_part(const struct schema *whole, const char *const *names)
{
	const struct schema_node *from = schema_root(whole);
	struct schema_node *root = mem_new(1, sizeof(*root));
	struct schema *s = mem_new(1, sizeof(*s));
	struct buf text = {0};

	*root = *from;
	root->name = mem_dup(from->name);
	root->fields = mem_new(from->n + 1, sizeof(*root->fields));
	root->n = 0;
	root->min_bytes = 0;
	buf_puts(&text, schema_text(whole));
	for (size_t i = 0; i < from->n; i++) {
		const struct schema_field *f = &from->fields[i];

		if (!is_wanted(f->name, names))
			continue;
		root->fields[root->n++] = (struct schema_field){
		    .name = mem_dup(f->name),
		    .name_size = f->name_size,
		    .key = jv_copy(f->key),
		    .fill = jv_copy(f->fill),
		    .type = f->type,
		};
		root->min_bytes += f->type->min_bytes;
		/* Tells the parts of one whole apart. */
		buf_printf(&text, "\n%s", f->name);
	}
	json_hash_bytes(text.data, text.size, s->hash);
	/* One for each topic of each connection: the text would be most of it.
	 */
	buf_free(&text);
	s->text = mem_dup("");
	s->root = root;
	s->nodes = mem_new(1, sizeof(struct schema_node *));
	s->nodes[s->count++] = root;
	return s;
}
