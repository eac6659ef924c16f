/** Bodies of answers, compressed (RFC 1952). */
#ifndef WEB_GZIP_H
#define WEB_GZIP_H

#include <stddef.h>

struct buf;

/** Append SIZE bytes at DATA to OUT as one gzip member; -1 if OUT is full. */
int gzip_add(const void *data, size_t size, struct buf *out);
/** 1 if ACCEPT (an Accept-Encoding header, or NULL) takes gzip, else 0. */
int gzip_is_accepted(const char *accept);

#endif
