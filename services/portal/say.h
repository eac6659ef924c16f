/** What a page says: words of the catalogue and texts of records. */
#ifndef PORTAL_SAY_H
#define PORTAL_SAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct page;

/** Append the text of KEY; where only English has it, marked as English. */
void say(struct page *p, const char *key);
/** An element SPEC (html_open()) with the text of KEY. */
void say_element(struct page *p, const char *spec, const char *key);
/** The text of KEY as attribute NAME of the element just opened. */
void say_attr(struct page *p, const char *name, const char *key);
/** A link inside the portal (page_path()) with the text of KEY. */
void say_link(struct page *p, const char *spec, const char *prefix,
    const char *part, const char *key);
/** The form of KEY for N, {0} being N. */
void say_count(struct page *p, const char *key, int64_t n);
/** The word for CODE in SECTION; for a new code the section's "other". */
void say_word(struct page *p, const char *section, const char *code);
/** The same as plain text; static. */
const char *say_word_text(
    const struct page *p, const char *section, const char *code);

/** What fills {0}, {1}, ... of a sentence: the first member that is set. */
struct say_part {
	const char *text;	    /* as it stands, */
	const char *language;	    /* and in which language, if known */
	const char *date;	    /* EDTF, or the day of a wall time */
	const char *section, *code; /* a word */
	const char *member;	    /* the name of that member */
	int64_t day_ms;		    /* the day of an instant */
	int is_number;
	int64_t number;
	const char *prefix, *part; /* with any of these: a link to there */
};
/** Append the sentence KEY filled with the N PARTS. */
void say_sentence(
    struct page *p, const char *key, const struct say_part *parts, size_t n);

/** Append a date (EDTF, or the day of a wall time). */
void say_date(struct page *p, const char *date);
/** Append the day of an instant, as a <time>. */
void say_day(struct page *p, int64_t wall_ms);
/** Append a time zone's place, as a reader knows it. */
void say_zone(struct page *p, const char *zone);
/**
 * Append the sentence that explains CODE (as event/reasons.h does for clerks
 * and operators) to anybody; nothing for "".
 */
void say_reason(struct page *p, const char *code);
/** Append a number. */
void say_number(struct page *p, int64_t n);
/**
 * Append the text of MAP (borrowed; language -> text) that the reader reads
 * best, in its own language's mark; 0 if there is none.
 */
int say_text(struct page *p, jv map);

/** The name of CITY (borrowed; a CityRef or a city of query.h), a link to its
 * page unless it has no id of its own. */
void say_city(struct page *p, jv city);
/** The name of CITY as text; borrowed from it or from P. */
const char *say_city_text(struct page *p, jv city);
/** 1 if ID is a member's, else 0. */
int say_is_member(struct page *p, const char *id);
/** The name of member ID, a link to its page if IS_LINK. */
void say_member(struct page *p, const char *id, int is_link);
/** The name of member ID as text; borrowed from P. */
const char *say_member_text(struct page *p, const char *id);
/** New: "Volgograd – Jilin" for a record with a and b (borrowed). */
char *say_pair(struct page *p, jv record);

#endif
