/**
 * A record on its way from the wire into the system: what the core holds as
 * `payload`, with all that its requests need.
 */
#ifndef CONNECTOR_ITEM_H
#define CONNECTOR_ITEM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "connector/parcel.h"
#include "event/keys.h"

struct connection;
struct reader_record;

enum { ITEM_EXCERPT_MAX_BYTES = 1024 };

struct item {
	const struct connection *conf; /* borrowed */
	struct parcel parcel;	       /* no block: a look-up of a row only */
	enum record_type type;
	char *key;
	jv record;	 /* null: tombstone; invalid: could not be read;
			  * else what judge_want() asked for of it */
	jv body;	 /* what is written, as the preset maps it */
	struct buf text; /* in place of body: canonical JSON */
	unsigned char hash[JSON_HASH_SIZE]; /* by item_seal() */
	int is_columns;	    /* beside the member's own row (as: columns) */
	char *own_local_id; /* is_columns: the id of that row */

	jv found;	 /* item the last look-up adopted, else invalid */
	jv twin;	 /* the younger one with our marker, else invalid */
	jv stored;	 /* item as the last answer gave it, else invalid */
	int status;	 /* last answer's, 0 if none */
	char reason[32]; /* code, "" if nothing failed */
	char *excerpt;	 /* of the last bad answer; NULL: none */
	struct err why;	 /* class NONE if nothing failed */
	int is_resync;	 /* read again in a resync */
	int is_flying;	 /* subscribe_set_off() said so, of an event */
	int64_t held_ms; /* wall: since when it is here */
};

/** New, holding a copy of M (NULL: none) and of KEY. */
struct item *item_new(const struct connection *conf, enum record_type t,
    const char *key, const struct bus_message *m);
/** Does nothing on NULL. */
void item_free(struct item *i);
/** New "<connection>/<record key>": our external key in the system. */
char *item_marker(const struct item *i);
/**
 * New "msg_" and 32 hexadecimal digits: names the message that says that the
 * system shall have I's content, or (IS_REMOVAL) shall not have the record, to
 * whoever gets it.  Derived from the connection, the record's place in the log
 * and the content, so that each repeat carries the same id, also after a
 * restart without state, and nothing else does.
 */
char *item_message_id(const struct item *i, int is_removal);
/**
 * Variables for a preset's programs: $type, $topic, $key, $marker, $body,
 * $config, $at (when the record was appended to its topic, RFC 3339), and $row
 * = ROW (consumed).  The caller's.
 */
jv item_vars(const struct item *i, jv row);
/** Content that is only sent: body, if there is one, becomes text. */
void item_print(struct item *i);
/** Note the hash of I's content, which does not change from here on. */
void item_seal(struct item *i);
/** 1 if I has content to be written: body or text. */
int item_has_content(const struct item *i);
/** It as jv, the caller's; jv_invalid() if there is none. */
jv item_content(const struct item *i);
/** What was read becomes I's; RECORD is empty then. */
void item_take(struct item *i, struct reader_record *record);
/** New: a title or name of I's record that a person knows it by, "" if it has
 * none. */
char *item_label(const struct item *i);
/** Note why something failed: CODE as in receipts, a sentence, the excerpt. */
void item_fail(struct item *i, const char *code, const char *text);

#endif
