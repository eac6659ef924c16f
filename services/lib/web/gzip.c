/* Compression: see gzip.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "web/gzip.h"

enum {
	LEVEL = 5,
	WINDOW_GZIP = 15 + 16, /* zlib's way to ask for gzip's frame */
	MEMORY_LEVEL = 8,
	PART_BYTES = 16 * 1024
};

struct gzip {
	z_stream z;
};

struct gzip *
gzip_new(void)
{
	struct gzip *g = mem_new(1, sizeof(*g));

	if (deflateInit2(&g->z, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY_LEVEL,
		Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* out of memory */
	return g;
}

void
gzip_free(struct gzip *g)
{
	if (g == NULL)
		return;
	deflateEnd(&g->z);
	free(g);
}

static int
run(struct gzip *g, const void *data, size_t size, int flush, struct buf *out)
{
	unsigned char part[PART_BYTES];

	g->z.next_in = (unsigned char *)(uintptr_t)data;
	g->z.avail_in = (uInt)size;
	do {
		g->z.next_out = part;
		g->z.avail_out = sizeof(part);
		deflate(&g->z, flush);
		if (buf_add(out, part, sizeof(part) - g->z.avail_out) != 0)
			return -1;
	} while (g->z.avail_out == 0);
	return 0;
}

int
gzip_more(struct gzip *g, const void *data, size_t size, struct buf *out)
{
	return run(g, data, size, Z_NO_FLUSH, out);
}

int
gzip_end(struct gzip *g, struct buf *out)
{
	return run(g, "", 0, Z_FINISH, out);
}

int
gzip_add(const void *data, size_t size, struct buf *out)
{
	struct gzip *g = gzip_new();
	int rc = run(g, data, size, Z_FINISH, out);

	gzip_free(g);
	return rc;
}

int
gzip_read(const void *data, size_t size, struct buf *out)
{
	unsigned char part[PART_BYTES];
	z_stream z = {.next_in = (unsigned char *)(uintptr_t)data,
	    .avail_in = (uInt)size};
	int code, rc = 0;

	if (inflateInit2(&z, WINDOW_GZIP) != Z_OK)
		abort(); /* out of memory */
	do {
		z.next_out = part;
		z.avail_out = sizeof(part);
		code = inflate(&z, Z_NO_FLUSH);
		if (buf_add(out, part, sizeof(part) - z.avail_out) != 0)
			rc = -1;
	} while (code == Z_OK && rc == 0);
	inflateEnd(&z);
	return code == Z_STREAM_END ? rc : -1;
}

/* "gzip;q=0" is a no. */
int
gzip_is_accepted(const char *accept)
{
	const char *at, *end;

	if (accept == NULL || (at = strstr(accept, "gzip")) == NULL)
		return 0;
	end = at + strcspn(at, ",");
	at = memchr(at, '=', (size_t)(end - at));
	return at == NULL || strtod(at + 1, NULL) > 0;
}
