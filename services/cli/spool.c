/* Bytes put aside: see spool.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/spool.h"

struct spool {
	FILE *file;
	int64_t size;
	int is_flushed;
};

static int
fail(struct err *err)
{
	return err_set(
	    err, ERR_REJECT, errno, "a temporary file: %s", strerror(errno));
}

struct spool *
spool_new(struct err *err)
{
	FILE *f = tmpfile();
	struct spool *s;

	if (f == NULL) {
		fail(err);
		return NULL;
	}
	s = mem_new(1, sizeof(*s));
	s->file = f;
	return s;
}

void
spool_free(struct spool *s)
{
	if (s == NULL)
		return;
	fclose(s->file);
	free(s);
}

int
spool_put(struct spool *s, const void *data, size_t size,
    struct spool_place *out, struct err *err)
{
	if (size > 0 && fwrite(data, size, 1, s->file) != 1)
		return fail(err);
	*out = (struct spool_place){s->size, size};
	s->size += (int64_t)size;
	s->is_flushed = 0;
	return 0;
}

int
spool_get(struct spool *s, const struct spool_place *p, struct buf *out,
    struct err *err)
{
	char bytes[4096];
	size_t done = 0;
	ssize_t n;

	if (!s->is_flushed && fflush(s->file) != 0)
		return fail(err);
	s->is_flushed = 1;
	buf_clear(out);
	while (done < p->size) {
		size_t size = p->size - done < sizeof(bytes) ? p->size - done
							     : sizeof(bytes);

		n = pread(fileno(s->file), bytes, size,
		    (off_t)(p->at + (int64_t)done));
		if (n <= 0)
			return fail(err);
		buf_add(out, bytes, (size_t)n);
		done += (size_t)n;
	}
	return 0;
}
