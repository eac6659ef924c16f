/* Tokens: see token.h. */
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "portal/token.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
token_print(jv v, struct buf *out)
{
	struct buf text = {0};
	const unsigned char *s;
	uint32_t bits = 0;
	int n = 0;

	json_canonical(v, &text);
	s = (const unsigned char *)text.data;
	for (size_t i = 0; i < text.size; i++) {
		bits = bits << 8 | s[i];
		for (n += 8; n >= 6; n -= 6)
			buf_add(out, &digits[bits >> (n - 6) & 63], 1);
	}
	if (n > 0)
		buf_add(out, &digits[bits << (6 - n) & 63], 1);
	buf_free(&text);
}

jv
token_parse(const char *text)
{
	size_t size = strlen(text);
	struct buf out = {0};
	uint32_t bits = 0;
	int n = 0;
	jv v;

	if (size > TOKEN_MAX_BYTES)
		return jv_invalid();
	for (size_t i = 0; i < size; i++) {
		const char *digit = strchr(digits, text[i]);
		char c;

		if (digit == NULL) {
			buf_free(&out);
			return jv_invalid();
		}
		bits = bits << 6 | (uint32_t)(digit - digits);
		n += 6;
		if (n >= 8) {
			n -= 8;
			c = (char)(bits >> n & 0xff);
			buf_add(&out, &c, 1);
		}
	}
	v = json_parse(out.data != NULL ? out.data : "", out.size, NULL);
	buf_free(&out);
	return v;
}
