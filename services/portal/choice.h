/** Fields of a form that chooses what to see: the filter of a page. */
#ifndef PORTAL_CHOICE_H
#define PORTAL_CHOICE_H

#include "base/json.h"

struct page;

/** Open a form that leads to ACTION by GET; close it with choice_end(). */
void choice_begin(struct page *p, const char *action);
/** A button with the text of KEY, a link that takes the filter off, the end of
 * the form. */
void choice_end(struct page *p, const char *key);
/**
 * A list NAME to choose one of CODES (borrowed array) in words of SECTION;
 * "members" means the names of members.  The first, "any", is no filter.
 */
void choice_one(struct page *p, const char *name, const char *label,
    const char *section, jv codes);
/** Boxes NAME to choose several of them. */
void choice_many(struct page *p, const char *name, const char *label,
    const char *section, jv codes);
/** A field NAME for a year. */
void choice_year(struct page *p, const char *name, const char *label);
/** The codes in WORDS ("a b c"), as an array. */
jv choice_codes(const char *words);

#endif
