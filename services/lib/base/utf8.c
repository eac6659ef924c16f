/* UTF-8: see utf8.h. */
#include <string.h>

#include "base/utf8.h"

size_t
utf8_next(const char *s, size_t size, uint32_t *out_c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *u = (const unsigned char *)s;
	size_t n, i;
	uint32_t c;

	if (size == 0)
		return 0;
	if (u[0] < 0x80) {
		*out_c = u[0];
		return 1;
	}
	n = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
	if (u[0] < 0xc2 || u[0] > 0xf4 || n > size)
		return 0;
	c = u[0] & (0xffu >> (n + 1));
	for (i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out_c = c;
	return n;
}

size_t
utf8_put(char out[4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* 1 if the eight bytes at S are ASCII without U+0000. */
static int
is_plain(const char *s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t word;

	memcpy(&word, s, sizeof(word));
	return ((word | (word - ones)) & tops) == 0;
}

/* 1 if C goes on with a code point. */
static int
is_rest(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t
utf8_cut(const char *text, size_t max)
{
	size_t size = strnlen(text, max + 1);

	if (size <= max)
		return size;
	for (size = max; size > 0 && is_rest((unsigned char)text[size]); size--)
		;
	return size;
}

int
utf8_is_text(const char *s, size_t size)
{
	const unsigned char *u = (const unsigned char *)s;
	uint32_t c = 0;
	size_t at = 0, used;

	while (at < size) {
		/* The usual cases without a call: eight plain ones, one,
		 * letters of two bytes (Cyrillic) and of three (Chinese). */
		if (size - at >= sizeof(uint64_t) && is_plain(s + at)) {
			at += sizeof(uint64_t);
			continue;
		}
		if (u[at] < 0x80 && u[at] > 0) {
			at++;
			continue;
		}
		if (size - at >= 2 && u[at] >= 0xc2 && u[at] < 0xe0 &&
		    is_rest(u[at + 1])) {
			at += 2;
			continue;
		}
		if (size - at >= 3 && u[at] > 0xe0 && u[at] < 0xed &&
		    is_rest(u[at + 1]) && is_rest(u[at + 2])) {
			at += 3;
			continue;
		}
		used = utf8_next(s + at, size - at, &c);
		if (used == 0 || c == 0)
			return 0;
		at += used;
	}
	return 1;
}
