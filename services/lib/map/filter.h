/** A subscription's exact filters (DESIGN section 4): lists of words. */
#ifndef MAP_FILTER_H
#define MAP_FILTER_H

#include "base/json.h"
#include "event/keys.h"

/** The keys a filter may have, NULL-ended: "cities", "countries", ... */
extern const char *const filter_keys[];

/** The members of records that the functions here look at, NULL-ended: all of
 * them, and filter_is_unconfirmed() alone. */
extern const char *const filter_members[];
extern const char *const filter_members_unconfirmed[];

/**
 * 1 if RECORD (borrowed) of type T passes FILTER (borrowed: object of arrays
 * of texts), else 0.  Each list present must name something of the record:
 *   cities     places and `about` of an event (also within pair keys), the two
 *              cities of a claim, partnership or notice, an organization's
 *              speaksFor
 *   countries  of those cities; an organization's own
 *   members    publisher, registrar; the sides' of a partnership; a notice's
 *              `by`
 *   kinds      the record's; of a claim any agreement's
 *   statuses   the record's; of a notice the one after the change
 */
int filter_passes(jv filter, enum record_type t, jv record);
/** 1 if RECORD (borrowed) is a draft, tentative or proposed. */
int filter_is_unconfirmed(jv record);

#endif
