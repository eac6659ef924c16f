/**
 * Who reads a page: which languages, in which order.  Pages are in the first
 * of them that has a catalogue; texts of records in the first that they have.
 */
#ifndef PORTAL_READER_H
#define PORTAL_READER_H

#include <stddef.h>

#include "base/json.h"

struct catalog;

enum { READER_LANGUAGES_MAX = 12, READER_LANGUAGE_SIZE = 36 };

struct reader {
	char languages[READER_LANGUAGES_MAX][READER_LANGUAGE_SIZE];
	size_t n;
	const struct catalog *words;
};

/**
 * A reader who asked for language ASKED (may be NULL) with a browser that says
 * ACCEPT (Accept-Language; may be NULL).  What cannot be read is passed over.
 */
void reader_init(struct reader *r, const char *asked, const char *accept);
/**
 * The text of MAP (borrowed; language -> text) in the reader's first language
 * that it has, else in any; *OUT_LANGUAGE (may be NULL) is which.  "" if there
 * is none.  Both borrowed from MAP.
 */
const char *reader_text(
    const struct reader *r, jv map, const char **out_language);

#endif
