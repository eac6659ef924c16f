/** What the files of the store share; nobody else includes it. */
#ifndef PORTAL_STORE_INNER_H
#define PORTAL_STORE_INNER_H

#include <stdint.h>

#include "base/json.h"
#include "portal/store.h"

struct cities;
struct err;
struct sql;
struct store_known;

struct store {
	struct sql *sql;
	char *file;
	const struct cities *cities;
	struct store_known *known; /* cities as last written, by id */
};

/** Statements that make an empty file, and the name of that form. */
extern const char *const store_schema[]; /* NULL-ended */
extern const char store_format[];

/**
 * Row id of the city REF (a CityRef, borrowed), which is made or brought up to
 * date: names of a higher RANK win.  0 if it has no id, -1 with ERR.
 */
enum { STORE_RANK_EVENT, STORE_RANK_CLAIM, STORE_RANK_PARTNERSHIP };
int64_t store_city(struct store *s, jv ref, int rank, struct err *err);
/** What is kept of REF (borrowed): its id, country, place and some of its
 * names, none of them long; new. */
jv store_city_short(jv ref);
/** Forget what was kept in memory of cities. */
void store_cities_forget(struct store *s);

/** Write what questions look at for record ID; -1 with ERR. */
int store_index(
    struct store *s, int64_t id, const struct store_record *r, struct err *err);
/** Take it away again. */
int store_unindex(
    struct store *s, int64_t id, enum record_type type, struct err *err);

/**
 * Event ID was OLD (borrowed; null: not known) and is R now: note when it was
 * moved, cancelled, held elsewhere.  As long as the event stands; a store made
 * anew knows of what the log still has.  -1 with ERR.
 */
int store_past_note(struct store *s, int64_t id, jv old,
    const struct store_record *r, struct err *err);
/** Forget it; -1 with ERR. */
int store_past_forget(struct store *s, int64_t id, struct err *err);

#endif
