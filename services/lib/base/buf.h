/** A growing byte buffer with a limit; always zero-terminated once used. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

struct buf {
	char *data; /* owned; NULL until first use; data[size] == '\0' */
	size_t size;
	size_t room;
	size_t max; /* bytes it may hold; 0 = no limit */
};

/** Free what B holds and make it empty, keeping its limit. */
void buf_free(struct buf *b);
/** Forget the contents, keep the memory. */
void buf_clear(struct buf *b);
/** Append SIZE bytes: 0, or -1 and unchanged when that would pass B->max. */
int buf_add(struct buf *b, const void *data, size_t size);
/** Append a string, as buf_add(). */
int buf_puts(struct buf *b, const char *s);
/** Append formatted text, as buf_add(). */
int buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/** Forget all but the first SIZE bytes, of which there are as many. */
void buf_cut(struct buf *b, size_t size);
/** The contents, now the caller's to free ("" if empty); B is empty then. */
char *buf_take(struct buf *b);

#endif
