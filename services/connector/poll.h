/**
 * The deciding part of the way from a system onto the wire (DESIGN section 6):
 * what a listed item, or its absence, means for the wire.  Pure: no I/O; the
 * time is an argument.
 */
#ifndef CONNECTOR_POLL_H
#define CONNECTOR_POLL_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "event/keys.h"
#include "event/rules.h"

struct err;

enum {
	POLL_SMALL_ROWS = 5000, /* up to here a listing every ... */
	POLL_WHOLE_EVERY_MS = 5 * 60 * 1000
};

/** What an entry is; borrowed. */
struct poll_conf {
	enum record_type type;
	const char *connection, *member, *ns;
	int64_t from_ms;      /* floor for announcing; INT64_MIN: none */
	int is_first_listing; /* none has been completed since the floor was
			       * set: what has no date was there before it */
	struct rules_conf rules;
};

/** What the state file knows of an item's record. */
enum poll_known {
	POLL_NEW,      /* no row */
	POLL_LIVE,     /* on the wire */
	POLL_HELD,     /* withdrawn by hand: until it is edited */
	POLL_OLD,      /* below `from`: until it is edited */
	POLL_BAD,      /* refused, never on the wire */
	POLL_BAD_LIVE, /* refused; an older version is on the wire */
	POLL_TAKEN     /* withdrawn by us: as if there were no row */
};
struct poll_row {
	enum poll_known known;
	unsigned char hash[JSON_HASH_SIZE]; /* poll_hash() of the content that
					     * was judged last; zero: none */
	/* Bytes of the row, borrowed: JSON of the last published record; of
	 * POLL_BAD_LIVE an object with it as `previous`.  NULL: none. */
	const void *record;
	size_t record_size;
};

/** Last published record of ROW, or null; the caller's. */
jv poll_previous(const struct poll_row *row);

enum poll_want {
	POLL_UNCHANGED, /* nothing */
	POLL_ECHO,	/* came from the wire: never published */
	POLL_BELOW,	/* older than `from`, never published: not announced */
	POLL_KEEP,	/* remember HASH under what the row is: POLL_HELD and
			 * POLL_OLD, nothing published */
	POLL_REFUSE,	/* CODE, TEXT, FIELD, HASH */
	POLL_PUBLISH,	/* RECORD, HASH */
	POLL_WITHDRAW,	/* tombstone */
	POLL_FORGET	/* refused and now gone: no tombstone needed */
};
struct poll_decision {
	enum poll_want want;
	int is_update; /* PUBLISH over a version that is live */
	jv record;
	unsigned char hash[JSON_HASH_SIZE];
	char code[48];
	char field[96];
	char text[480]; /* a sentence for a clerk */
};
/** Free what D owns. */
void poll_decision_fini(struct poll_decision *d);

/** Id of ITEM (borrowed) as text: new, the caller's; NULL if it has none. */
char *poll_local_id(jv item);
/**
 * New record key of ITEM (borrowed) with LOCAL_ID.  NULL with ERR = REJECT if
 * the id does not make one.
 */
char *poll_key(
    const struct poll_conf *c, jv item, const char *local_id, struct err *err);
/** ITEM's marker, "" if it has none; borrowed from ITEM. */
const char *poll_marker(jv item);
/** Record key in MARKER if it names CONNECTION, else NULL; borrowed. */
const char *poll_own_marker(const char *connection, const char *marker);

/**
 * Judge ITEM {local_id, marker, record, modified, created, is_gone}
 * (borrowed) under KEY against ROW.  *OUT is the caller's;
 * poll_decision_fini().
 */
void poll_decide(const struct poll_conf *c, jv item, const char *key,
    const struct poll_row *row, int64_t now_ms, struct poll_decision *out);
/**
 * Hash of what RECORD (borrowed) says: without derived fields, and without
 * empty ones, so that a record read back from the wire, where every field is
 * present, hashes as the one that was mapped.
 */
void poll_hash(
    enum record_type t, jv record, unsigned char out[JSON_HASH_SIZE]);

/** What asking for one item directly gave. */
enum poll_read {
	POLL_READ_ABSENT, /* 404, 410 */
	POLL_READ_THERE,  /* it answers */
	POLL_READ_NONE,	  /* the preset cannot */
	POLL_READ_FAILED  /* no telling */
};
/**
 * A live record was missing from TIMES complete listings in a row (1 or more):
 * 1 withdraw it, 0 wait for another listing.
 */
int poll_missing(enum poll_read read, unsigned times);

/** How long after a whole listing of ROWS rows the next one is due. */
int64_t poll_whole_every_ms(int64_t rows);

#endif
