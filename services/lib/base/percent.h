/** Percent-encoding, as addresses and keys have it (RFC 3986 section 2.1). */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include <stddef.h>

struct buf;

/** 1 if C stands for itself: it is a letter or a digit of ASCII, one of "-._~"
 * or one of MORE; else 0. */
int percent_keeps(char c, const char *more);
/** Append S to OUT, encoded but for what percent_keeps() (MORE: ""). */
void percent_encode(const char *s, const char *more, struct buf *out);
/**
 * SIZE bytes at S, decoded: new, the caller's.  NULL if a "%" stands before
 * anything but two hexadecimal digits, or the result is not UTF-8 without the
 * byte 0.
 */
char *percent_decode(const char *s, size_t size);

#endif
