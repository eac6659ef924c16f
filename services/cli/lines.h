/** A file line by line, in little memory. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stddef.h>
#include <stdio.h>

struct buf;
struct err;
struct lines;

/** Over what is left of F, borrowed for its life; lines of at most LINE_MAX
 * bytes. */
struct lines *lines_new(FILE *f, size_t line_max);
/** Does nothing on NULL. */
void lines_free(struct lines *l);
/**
 * The next line without its "\n": 1 with *OUT (borrowed until the next call,
 * not zero-terminated), 0 at the end, -1 with ERR = REJECT: it is too long, or
 * the file cannot be read.
 */
int lines_next(
    struct lines *l, const char **out, size_t *out_size, struct err *err);
/** Append all that is left to OUT.  -1 with ERR = REJECT, also over its max. */
int lines_rest(struct lines *l, struct buf *out, struct err *err);

#endif
