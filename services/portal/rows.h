/** Records as rows of lists and tables, the same on every page. */
#ifndef PORTAL_ROWS_H
#define PORTAL_ROWS_H

#include <stddef.h>

#include "base/json.h"

struct page;

/** Open a table of N columns, headed by the texts of KEYS, and its body: both
 * are the caller's to close. */
void rows_open_table(struct page *p, const char *const *keys, size_t n);
/** A table of partnerships (items, borrowed). */
void rows_partnerships(struct page *p, jv items);
/** A list of events (items, borrowed). */
void rows_events(struct page *p, jv items);
/** A list of news about partnerships (items, borrowed). */
void rows_notices(struct page *p, jv items);
/** How a partnership (record, borrowed) stands, in words; whether its two
 * sides differ, nothing if not; both; the key of section "standing" that says
 * how it stands, static. */
void rows_standing_badge(struct page *p, jv record);
void rows_difference(struct page *p, jv record);
void rows_standing(struct page *p, jv record);
const char *rows_standing_key(jv record);
/** The same of its parts. */
const char *rows_standing_of(const char *status, int is_one);
/** What is out of the ordinary about an event (record, borrowed): cancelled,
 * moved, online; nothing otherwise. */
void rows_event_marks(struct page *p, jv record);
/** When an event takes place: days, wall times, zone; with IS_LONG also the
 * reader's own time, where a script can tell. */
void rows_when(struct page *p, jv record, int is_long);
/** Where it takes place: city and venue of each place. */
void rows_where(struct page *p, jv record);

/** A panel with the title KEY and ROWS of the items under NAME of WHOLE
 * (borrowed), if there are any. */
void rows_panel(struct page *p, jv whole, const char *name, const char *key,
    void (*rows)(struct page *, jv));
/** A term of a description list with the text of KEY; what follows describes
 * it, until rows_end_fact(). */
void rows_fact(struct page *p, const char *key);
void rows_end_fact(struct page *p);

#endif
