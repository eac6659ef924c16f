/** What a page is about, as schema.org's JSON-LD, for search engines. */
#ifndef PORTAL_LINKED_H
#define PORTAL_LINKED_H

#include "base/json.h"

struct page;

/** The portal itself. */
void linked_site(struct page *p);
/** The two cities of a partnership (record, borrowed), under TITLE. */
void linked_partnership(struct page *p, jv record, const char *title);
/** An event (record, borrowed). */
void linked_event(struct page *p, jv record);
/** A city (borrowed; as query_city() has it). */
void linked_city(struct page *p, jv city);
/** An association: its NAME and its website (NULL: none). */
void linked_member(struct page *p, const char *name, const char *website);

#endif
