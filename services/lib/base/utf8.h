/** UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, <= U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/**
 * Read one code point from SIZE bytes at S into *OUT_C: bytes used (1-4), or
 * 0 if there is none or it is malformed (*OUT_C is untouched then).
 */
size_t utf8_next(const char *s, size_t size, uint32_t *out_c);
/** Append C (a scalar value) to OUT, at most 4 bytes; returns their number. */
size_t utf8_put(char out[4], uint32_t c);
/** Bytes of TEXT, at most MAX, that end between two code points. */
size_t utf8_cut(const char *text, size_t max);
/** 1 if all SIZE bytes are UTF-8 without U+0000, else 0. */
int utf8_is_text(const char *s, size_t size);

#endif
