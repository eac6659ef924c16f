/** Small texts: HTML, forms, languages. */
#ifndef SANDBOX_TEXT_H
#define SANDBOX_TEXT_H

#include <stddef.h>

#include "base/json.h"

struct buf;

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
