/* Compression: see gzip.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/buf.h"
#include "web/gzip.h"

enum {
	LEVEL = 5,
	WINDOW_GZIP = 15 + 16, /* zlib's way to ask for gzip's frame */
	MEMORY_LEVEL = 8,
	PART_BYTES = 16 * 1024
};

int
gzip_add(const void *data, size_t size, struct buf *out)
{
	unsigned char part[PART_BYTES];
	z_stream z = {0};
	int code, rc = 0;

	if (deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY_LEVEL,
		Z_DEFAULT_STRATEGY) != Z_OK)
		abort(); /* out of memory */
	z.next_in = (unsigned char *)(uintptr_t)data;
	z.avail_in = (uInt)size;
	do {
		z.next_out = part;
		z.avail_out = sizeof(part);
		code = deflate(&z, Z_FINISH);
		if (buf_add(out, part, sizeof(part) - z.avail_out) != 0)
			rc = -1;
	} while (code == Z_OK && rc == 0);
	deflateEnd(&z);
	return rc;
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
