/** Bodies of answers, compressed (RFC 1952). */
#ifndef WEB_GZIP_H
#define WEB_GZIP_H

#include <stddef.h>

struct buf;
struct gzip;

/** Append SIZE bytes at DATA to OUT as one gzip member; -1 if OUT is full. */
int gzip_add(const void *data, size_t size, struct buf *out);
/** The same piece by piece: new. */
struct gzip *gzip_new(void);
/** Compress SIZE bytes more at DATA; what is ready is appended to OUT; -1 if
 * OUT is full. */
int gzip_more(struct gzip *g, const void *data, size_t size, struct buf *out);
/** The member's end, appended to OUT; -1 if OUT is full. */
int gzip_end(struct gzip *g, struct buf *out);
/** Does nothing on NULL. */
void gzip_free(struct gzip *g);
/** Append what SIZE bytes of one gzip member at DATA hold to OUT; -1 if they
 * are none, or OUT is full. */
int gzip_read(const void *data, size_t size, struct buf *out);
/** 1 if ACCEPT (an Accept-Encoding header, or NULL) takes gzip, else 0. */
int gzip_is_accepted(const char *accept);

#endif
