/* Files compiled in, as a reader's browser asks for them. */
#include <string.h>

#include "base/buf.h"
#include "portal/assets.h"
#include "portal/pages.h"
#include "portal/request.h"

static const char *
type_of(const char *name)
{
	static const struct {
		const char *ending, *type;
	} types[] = {
	    {".css", "text/css; charset=utf-8"},
	    {".js", "text/javascript; charset=utf-8"},
	    {".svg", "image/svg+xml"},
	    {".path", "text/plain; charset=utf-8"},
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (dot != NULL && strcmp(dot, types[i].ending) == 0)
			return types[i].type;
	return NULL; /* a catalogue: not for readers */
}

void
page_file(struct request *rq, struct answer *a)
{
	const struct asset *file = assets_find(rq->parts[0]);
	const char *tag = request_arg(rq, "v");

	if (file == NULL || type_of(file->name) == NULL) {
		answer_problem(a, 404, "There is no such file.");
		return;
	}
	a->type = type_of(file->name);
	if (tag != NULL && strcmp(tag, file->tag) == 0)
		a->cache_control = "public, max-age=31536000, immutable";
	buf_add(&a->body, file->text, file->size);
}
