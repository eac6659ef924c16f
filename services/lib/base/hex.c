/* Bytes as text: see hex.h. */
#include <errno.h>
#include <sys/random.h>

#include "base/hex.h"

enum { RANDOM_MAX_BYTES = 256 };

void
hex_text(const unsigned char *bytes, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

int
hex_random(size_t n, char *out)
{
	unsigned char raw[RANDOM_MAX_BYTES];

	if (n > sizeof(raw)) {
		errno = EINVAL;
		return -1;
	}
	if (getrandom(raw, n, 0) != (ssize_t)n)
		return -1;
	hex_text(raw, n, out);
	return 0;
}
