/**
 * What pages say, in every language that has a catalogue: i18n/LANGUAGE.yaml,
 * compiled in, the one place for a language.  A new language needs its file
 * and no C.  What a catalogue lacks comes from the English one.
 */
#ifndef PORTAL_CATALOG_H
#define PORTAL_CATALOG_H

#include <stddef.h>
#include <stdint.h>

struct catalog;

/** The I-th catalogue, or NULL after the last; English is the first. */
const struct catalog *catalog_at(size_t i);
/**
 * The catalogue for LANGUAGE (BCP 47: "ru", "zh-TW", "en-GB"; any case), or
 * NULL if there is none for its first part.
 */
const struct catalog *catalog_find(const char *language);
/** Its language, as in lang="" ("en", "ru", "zh"); static. */
const char *catalog_language(const struct catalog *c);
/** What its language calls itself ("Русский"); static. */
const char *catalog_name(const struct catalog *c);

/**
 * The text of KEY: "section.rest".  *OUT_LANGUAGE (may be NULL) becomes the
 * language it is in: English where this catalogue has none, and "" with KEY
 * itself returned where English has none either.  Static.
 */
const char *catalog_text(
    const struct catalog *c, const char *key, const char **out_language);
/** The same, NULL where neither has one: for words of codes that may be new. */
const char *catalog_word(const struct catalog *c, const char *section,
    const char *word, const char **out_language);
/** The form of KEY that goes with N things ("1 city", "2 cities"). */
const char *catalog_plural(const struct catalog *c, const char *key, int64_t n,
    const char **out_language);

#endif
