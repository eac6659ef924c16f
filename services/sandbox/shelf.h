/**
 * What one demo site keeps, in memory: collections of items, each a JSON
 * object {id, modified, trashed, ...} under an id.  An id with "/" is a marker
 * ("<connection>/<record key>") and came from the wire; the site's own ids
 * never have one.
 */
#ifndef SANDBOX_SHELF_H
#define SANDBOX_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct shelf;

enum { SHELF_ITEMS_MAX = 50000, SHELF_ID_MAX = 1024, SHELF_PAGE_MAX = 100 };

enum shelf_collection {
	SHELF_EVENTS,
	SHELF_CLAIMS,
	SHELF_ORGANIZATIONS,
	SHELF_PARTNERSHIPS,
	SHELF_NOTICES,
	SHELF_COLLECTIONS
};

enum shelf_outcome {
	SHELF_CREATED,
	SHELF_CHANGED,
	SHELF_NONE,    /* no such item */
	SHELF_TRASHED, /* it is in the trash */
	SHELF_FULL
};

/** New, empty. */
struct shelf *shelf_new(void);
/** Does nothing on NULL. */
void shelf_free(struct shelf *s);
/** From its name; -1 if it is none. */
int shelf_parse(const char *word, enum shelf_collection *out);
/** Grows with every change; for pages that wait for one. */
int64_t shelf_version(const struct shelf *s);

/**
 * Make or replace item ID; members id, modified and trashed of DOC (consumed,
 * an object) are set here.  CREATED, CHANGED or FULL.
 */
enum shelf_outcome shelf_put(
    struct shelf *s, enum shelf_collection c, const char *id, jv doc);
/** Make an item under a number of its own, copied to OUT_ID.  As shelf_put. */
enum shelf_outcome shelf_add(struct shelf *s, enum shelf_collection c, jv doc,
    char out_id[SHELF_ID_MAX + 1]);
/** Lay the members of DOC (consumed) over a live item. */
enum shelf_outcome shelf_patch(
    struct shelf *s, enum shelf_collection c, const char *id, jv doc);
/** Put a live item into the trash; CHANGED, NONE or TRASHED. */
enum shelf_outcome shelf_trash(
    struct shelf *s, enum shelf_collection c, const char *id);
/**
 * *OUT becomes a new reference to the item (CHANGED; also TRASHED), untouched
 * when there is none.
 */
enum shelf_outcome shelf_get(
    const struct shelf *s, enum shelf_collection c, const char *id, jv *out);

/**
 * The record in ITEM (borrowed): what a clerk entered stands in its member
 * `record`, what came from the wire beside id, modified and trashed.  The
 * caller's.
 */
jv shelf_record(jv item);

/**
 * A page of the listing, oldest change first, trash included: {items, next:
 * number of the next page or null, total}.  Only items changed after AFTER
 * (as in `modified`; "" for all).  PAGE counts from 1; SIZE <= SHELF_PAGE_MAX.
 */
jv shelf_list(const struct shelf *s, enum shelf_collection c, const char *after,
    int64_t page, int64_t size);
/** New array of all live items of C. */
jv shelf_live(const struct shelf *s, enum shelf_collection c);

#endif
