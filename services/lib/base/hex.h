/** Bytes as hexadecimal text, lower case (RFC 4648 section 8). */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>

/** The bytes of text that N bytes take, its end included. */
#define HEX_SIZE(n) (2 * (n) + 1)

/** BYTES, N of them, as text in OUT, which has room for HEX_SIZE(N). */
void hex_text(const unsigned char *bytes, size_t n, char *out);
/** The same of N random bytes, at most 256, which getrandom(2) gives whole: 0,
 * or -1 with errno. */
int hex_random(size_t n, char *out);

#endif
