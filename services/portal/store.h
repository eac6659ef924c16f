/**
 * What the portal has read off the wire, in one SQLite file that holds nothing
 * of its own: every record as it stands, and beside it what questions look at.
 * Records and positions change in one transaction.
 */
#ifndef PORTAL_STORE_H
#define PORTAL_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "event/keys.h"

struct cities;
struct err;
struct sql;
struct store;

/** One record off the wire; everything borrowed. */
struct store_record {
	enum record_type type;
	const char *member; /* of its topic, "" if none */
	int64_t topic;	    /* store_topic() */
	int64_t offset, at_ms;
	const char *key;
	jv value;	  /* null: withdrawn */
	const char *text; /* VALUE as JSON; NULL: it is made */
};

/**
 * Open FILE or make it; C (may be NULL; borrowed for its life) adds names and
 * coordinates to cities.  NULL with ERR = FATAL.
 */
struct store *store_open(
    const char *file, const struct cities *c, struct err *err);
/** Close and free; does nothing on NULL. */
void store_close(struct store *s);
/** The file, to ask questions; borrowed, valid until store_renew(). */
struct sql *store_sql(struct store *s);

/** One transaction at a time.  -1 with ERR, RETRY for a full disk. */
int store_begin(struct store *s, struct err *err);
int store_commit(struct store *s, struct err *err);

/** Throw everything away and begin anew.  -1 with ERR. */
int store_renew(struct store *s, struct err *err);
/** A small value by name: new text, "" if there is none; NULL with ERR. */
char *store_value(struct store *s, const char *name, struct err *err);
int store_set_value(
    struct store *s, const char *name, const char *value, struct err *err);

/** Number of topic NAME (made if new) and the next offset to read there, -1
 * if nothing was read.  -1 with ERR. */
int store_topic(struct store *s, const char *name, int64_t *out_id,
    int64_t *out_next, struct err *err);
/** When what was read of TOPIC last had been appended, -1 if nothing was. */
int store_last_ms(
    struct store *s, int64_t topic, int64_t *out_ms, struct err *err);
/** What follows in TOPIC is at NEXT; what is before it was appended at LAST_MS
 * at the latest (-1: nothing is). */
int store_place(struct store *s, int64_t topic, int64_t next, int64_t last_ms,
    struct err *err);
/** Forget what was withdrawn and appended before BEFORE_MS. */
int store_purge(struct store *s, int64_t before_ms, struct err *err);
/** Forget all records of TOPIC, of TYPE, below offset BELOW. */
int store_forget(struct store *s, int64_t topic, enum record_type type,
    int64_t below, struct err *err);
/** Take R in: it replaces what stands under its topic and key. */
int store_put(struct store *s, const struct store_record *r, struct err *err);

#endif
