/** Text files as people have them, as UTF-8. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>

struct buf;
struct err;

/**
 * Append SIZE bytes of TEXT to OUT as UTF-8 without a byte order mark.  TEXT
 * may be UTF-8, UTF-16 with a byte order mark, or Windows-1251 (what is not
 * UTF-8).  -1 with ERR = REJECT: it holds U+0000 or is none of these; a file
 * that is mostly UTF-8 is not taken for Windows-1251, its bad line is named.
 */
int text_utf8(const char *text, size_t size, struct buf *out, struct err *err);

#endif
