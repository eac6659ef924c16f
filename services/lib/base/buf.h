/** A growing byte buffer with a limit; always zero-terminated once used. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <string.h>

struct buf {
	char *data; /* owned; NULL until first use; data[size] == '\0' */
	size_t size;
	size_t room;
	size_t max; /* bytes it may hold; 0 = no limit */
};

/** Free what B holds and make it empty, keeping its limit. */
void buf_free(struct buf *b);
/** The same for what held a secret: overwritten first. */
void buf_wipe(struct buf *b);
/** Forget the contents, keep the memory. */
void buf_clear(struct buf *b);
/** Make room for SIZE bytes in all, as far as B may hold them. */
void buf_reserve(struct buf *b, size_t size);
/** Give back what was reserved and not needed. */
void buf_fit(struct buf *b);
/** Append SIZE bytes: 0, or -1 and unchanged when that would pass B->max. */
static inline int buf_add(struct buf *b, const void *data, size_t size);
/** The same where B has to grow first. */
int buf_add_more(struct buf *b, const void *data, size_t size);
/** Append a string, as buf_add(). */
int buf_puts(struct buf *b, const char *s);
/** Append formatted text, as buf_add(). */
int buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/** Forget all but the first SIZE bytes, of which there are as many. */
void buf_cut(struct buf *b, size_t size);
/** The contents, now the caller's to free ("" if empty); B is empty then. */
char *buf_take(struct buf *b);

static inline int
buf_add(struct buf *b, const void *data, size_t size)
{
	/* The usual case, many times a record: there is room. */
	if (size == 0 || size >= b->room - b->size ||
	    (b->max != 0 && size > b->max - b->size))
		return buf_add_more(b, data, size);
	memcpy(b->data + b->size, data, size);
	b->size += size;
	b->data[b->size] = '\0';
	return 0;
}

#endif
