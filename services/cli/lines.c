/* A file line by line: see lines.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/lines.h"

enum { CHUNK_BYTES = 65536 };

struct lines {
	FILE *file;
	struct buf line; /* one that a chunk's end cuts */
	size_t at, size; /* of CHUNK */
	int is_broken;	 /* nothing follows what failed */
	char chunk[CHUNK_BYTES];
};

struct lines *
lines_new(FILE *f, size_t line_max)
{
	struct lines *l = mem_new(1, sizeof(*l));

	l->file = f;
	l->line.max = line_max;
	return l;
}

void
lines_free(struct lines *l)
{
	if (l == NULL)
		return;
	buf_free(&l->line);
	free(l);
}

/* Something to read in the chunk: 1, 0 at the end, -1. */
static int
refill(struct lines *l, struct err *err)
{
	if (l->is_broken)
		return 0;
	if (l->at < l->size)
		return 1;
	l->at = 0;
	l->size = fread(l->chunk, 1, sizeof(l->chunk), l->file);
	if (l->size > 0 || !ferror(l->file))
		return l->size > 0;
	l->is_broken = 1;
	return err_set(
	    err, ERR_REJECT, errno, "cannot be read: %s", strerror(errno));
}

static int
append(struct lines *l, struct buf *out, const char *data, size_t size,
    struct err *err)
{
	if (buf_add(out, data, size) == 0)
		return 0;
	l->is_broken = 1;
	return err_set(err, ERR_REJECT, 0, "over %zu bytes", out->max);
}

int
lines_next(struct lines *l, const char **out, size_t *out_size, struct err *err)
{
	const char *from, *end = NULL;
	size_t size;
	int rc;

	buf_clear(&l->line);
	while ((rc = refill(l, err)) == 1) {
		from = l->chunk + l->at;
		end = memchr(from, '\n', l->size - l->at);
		size = end != NULL ? (size_t)(end - from) : l->size - l->at;
		l->at += size + (end != NULL);
		if (end != NULL && l->line.size == 0) {
			*out = from;
			*out_size = size;
			return 1;
		}
		if (append(l, &l->line, from, size, err) != 0)
			return -1;
		if (end != NULL)
			break;
	}
	if (rc < 0 || (end == NULL && l->line.size == 0))
		return rc;
	*out = l->line.data;
	*out_size = l->line.size;
	return 1;
}

int
lines_rest(struct lines *l, struct buf *out, struct err *err)
{
	int rc;

	while ((rc = refill(l, err)) == 1) {
		if (append(l, out, l->chunk + l->at, l->size - l->at, err) != 0)
			return -1;
		l->at = l->size;
	}
	return rc;
}
