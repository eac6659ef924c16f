/**
 * Text made ready for the store's full-text index, the same way when it is
 * kept and when it is asked for: words apart, each Chinese character a word of
 * its own (a run of them has no spaces), e for the Russian yo.
 */
#ifndef PORTAL_SEARCH_H
#define PORTAL_SEARCH_H

#include "base/json.h"

struct buf;

enum { SEARCH_TEXT_MAX_BYTES = 400, SEARCH_WORDS_MAX = 8 };

/** Append TEXT (UTF-8) as words with a space after each to OUT, as many as it
 * may hold. */
void search_words(const char *text, struct buf *out);
/**
 * What finds TEXT: new array of expressions of FTS5, one a word (all are to
 * match): each as the beginning of a word, a run of Chinese characters as it
 * stands.  Words for "city" are left out where others remain.  Empty if TEXT
 * has no words.
 */
jv search_terms(const char *text);

#endif
