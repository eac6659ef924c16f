/* Encodings: see text.h. */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "cli/text.h"

/* Windows-1251 from 0x80 to 0xbf; 0xc0 to 0xff is U+0410 to U+044f. */
static const uint16_t cp1251[64] = {0x0402, 0x0403, 0x201a, 0x0453, 0x201e,
    0x2026, 0x2020, 0x2021, 0x20ac, 0x2030, 0x0409, 0x2039, 0x040a, 0x040c,
    0x040b, 0x040f, 0x0452, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013,
    0x2014, 0, 0x2122, 0x0459, 0x203a, 0x045a, 0x045c, 0x045b, 0x045f, 0x00a0,
    0x040e, 0x045e, 0x0408, 0x00a4, 0x0490, 0x00a6, 0x00a7, 0x0401, 0x00a9,
    0x0404, 0x00ab, 0x00ac, 0x00ad, 0x00ae, 0x0407, 0x00b0, 0x00b1, 0x0406,
    0x0456, 0x0491, 0x00b5, 0x00b6, 0x00b7, 0x0451, 0x2116, 0x0454, 0x00bb,
    0x0458, 0x0405, 0x0455, 0x0457};

static void
put(struct buf *out, uint32_t c)
{
	char bytes[4];

	buf_add(out, bytes, utf8_put(bytes, c));
}

static int
from_utf16(
    const unsigned char *s, size_t size, struct buf *out, struct err *err)
{
	int is_big = s[0] == 0xfe;
	uint32_t high = 0, c;

	for (size_t i = 2; i + 1 < size; i += 2) {
		c = is_big ? (uint32_t)s[i] << 8 | s[i + 1]
			   : (uint32_t)s[i + 1] << 8 | s[i];
		if ((c & 0xfc00) == 0xd800 && high == 0) {
			high = c;
			continue;
		}
		if ((c == 0) || ((c & 0xfc00) == 0xdc00) != (high != 0))
			return err_set(
			    err, ERR_REJECT, 0, "not UTF-16 at byte %zu", i);
		if (high != 0)
			c = 0x10000 + ((high & 0x3ff) << 10) + (c & 0x3ff);
		high = 0;
		put(out, c);
	}
	return size % 2 == 0 && high == 0
		   ? 0
		   : err_set(
			 err, ERR_REJECT, 0, "the file ends in mid-character");
}

static int
from_cp1251(
    const unsigned char *s, size_t size, struct buf *out, struct err *err)
{
	for (size_t i = 0; i < size; i++) {
		uint32_t c = s[i] < 0x80    ? s[i]
			     : s[i] >= 0xc0 ? (uint32_t)s[i] - 0xc0 + 0x410
					    : cp1251[s[i] - 0x80];

		if (c == 0)
			return err_set(err, ERR_REJECT, 0,
			    "byte %zu is no text, neither in UTF-8 nor in "
			    "Windows-1251",
			    i);
		put(out, c);
	}
	return 0;
}

/* What a look at text that is not wholly UTF-8 finds. */
struct look {
	size_t good, bad; /* characters beyond ASCII; other bytes */
	size_t bad_line;
};

static struct look
look(const char *s, size_t size)
{
	struct look found = {0};
	size_t line = 1, used;
	uint32_t c = 0;

	for (size_t i = 0; i < size; i += used) {
		used = utf8_next(s + i, size - i, &c);
		if (used == 0) {
			if (found.bad++ == 0)
				found.bad_line = line;
			used = 1;
		} else if (used > 1) {
			found.good++;
		} else if (c == '\n') {
			line++;
		}
	}
	return found;
}

int
text_utf8(const char *text, size_t size, struct buf *out, struct err *err)
{
	const unsigned char *s = (const unsigned char *)text;
	struct look found;

	if (size >= 2 &&
	    ((s[0] == 0xff && s[1] == 0xfe) || (s[0] == 0xfe && s[1] == 0xff)))
		return from_utf16(s, size, out, err);
	if (size >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		size -= 3;
	}
	if (utf8_is_text(text, size)) {
		buf_add(out, text, size);
		return 0;
	}
	if (memchr(text, 0, size) != NULL)
		return err_set(err, ERR_REJECT, 0, "not a text file");
	found = look(text, size);
	if (found.good > found.bad)
		return err_set(err, ERR_REJECT, 0,
		    "line %zu: a character that is not UTF-8, as the rest is",
		    found.bad_line);
	return from_cp1251((const unsigned char *)text, size, out, err);
}
