/* Percent-encoding: see percent.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/percent.h"
#include "base/utf8.h"

int
percent_keeps(char c, const char *more)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') ||
	       (c != '\0' &&
		   (strchr("-._~", c) != NULL || strchr(more, c) != NULL));
}

void
percent_encode(const char *s, const char *more, struct buf *out)
{
	static const char digits[] = "0123456789ABCDEF";
	char coded[3] = "%";

	for (; *s != '\0'; s++) {
		if (percent_keeps(*s, more)) {
			buf_add(out, s, 1);
			continue;
		}
		coded[1] = digits[(unsigned char)*s >> 4];
		coded[2] = digits[(unsigned char)*s & 15];
		buf_add(out, coded, sizeof(coded));
	}
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *
percent_decode(const char *s, size_t size)
{
	char *out = mem_new(size + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		if (s[i] != '%') {
			out[n++] = s[i];
			continue;
		}
		if (size - i < 3 || digit(s[i + 1]) < 0 || digit(s[i + 2]) < 0)
			goto bad;
		out[n++] = (char)(digit(s[i + 1]) * 16 + digit(s[i + 2]));
		i += 2;
	}
	if (utf8_is_text(out, n))
		return out;
bad:
	free(out);
	return NULL;
}
