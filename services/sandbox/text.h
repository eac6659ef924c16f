/** Small texts: percent-encoding, HTML, forms. */
#ifndef SANDBOX_TEXT_H
#define SANDBOX_TEXT_H

#include <stddef.h>

#include "base/json.h"

struct buf;

/** Decode SIZE bytes at S; NULL if it is malformed or holds NUL.  The
 * caller's. */
char *text_decode(const char *s, size_t size, int is_form);
/** Append S percent-encoded outside A-Za-z0-9._~- . */
void text_encode(struct buf *out, const char *s);
/** Append S with & < > " ' escaped. */
void text_html(struct buf *out, const char *s);
/**
 * application/x-www-form-urlencoded into an object of strings, the last of
 * equal names; broken pairs are left out.  The caller's.
 */
jv text_form(const char *body, size_t size);
/**
 * The value of MAP (language -> text, borrowed) in the first language of the
 * NULL-ended LANGUAGES it has, else any, else ""; borrowed from MAP.
 */
const char *text_in(jv map, const char *const *languages);

#endif
