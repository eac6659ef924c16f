/** Names and keys of the wire (DESIGN section 2; domain.md section 5). */
#ifndef EVENT_KEYS_H
#define EVENT_KEYS_H

#include <stddef.h>

#include "base/json.h"

struct err;

/** What a topic carries. */
enum record_type {
	RECORD_CLAIM,
	RECORD_EVENT,
	RECORD_ORGANIZATION,
	RECORD_PARTNERSHIP,
	RECORD_NOTICE,
	RECORD_RECEIPT,
	RECORD_STATUS,
	RECORD_COMMAND,
	RECORD_TYPES
};

enum {
	KEY_ID_MAX = 64,
	KEY_MAX_BYTES = 512,
	/* A connection and the key of the record that it speaks of. */
	KEY_RECEIPT_MAX_BYTES = KEY_ID_MAX + 1 + KEY_MAX_BYTES,
	TOPIC_MAX_BYTES = 249
};

/** "claim", "event", "organization", "partnership", ...: $type in presets. */
const char *record_type_word(enum record_type t);
/** Plural as in topics and YAML: "claims", "events", ..., "status", "control".
 */
const char *record_type_topic_word(enum record_type t);
/** From either word; -1 if it is none. */
int record_type_parse(const char *word, enum record_type *out);
/** Short schema name: "PartnershipClaim", "Event", "Command", ... */
const char *record_type_schema(enum record_type t);
/** 1 if topics of T keep only the newest record per key. */
int record_type_is_state(enum record_type t);

/** What the command line calls itself where a connection has its id (the
 * header ce_source): no connection may be called so. */
#define KEY_CLI "cli"
/** 1 if ID matches [a-z0-9][a-z0-9-]* and fits KEY_ID_MAX. */
int key_is_id(const char *id);

struct topic_name {
	enum record_type type;
	int is_dead;		     /* tw.dead.<member>; type is unset then */
	char member[KEY_ID_MAX + 1]; /* "" for tw.partnerships, tw.notices */
};
/** Parse a topic name; -1 if it is not one of ours. */
int topic_parse(const char *topic, struct topic_name *out);
/** New "tw.events.volgograd"; MEMBER is ignored for topics that have none. */
char *topic_new(enum record_type t, const char *member);
/**
 * 1 if TOPIC matches PATTERN, where "*" stands for one or more characters;
 * "tw.events.*" or an exact name.
 */
int topic_matches(const char *pattern, const char *topic);

/**
 * New key of a record of MEMBER: claims and organizations
 * "<member>|<namespace>.<local id>" (organization: "<member>|<id>"), events
 * "<namespace>.<local id>@<member>".  The local id is percent-encoded outside
 * A-Za-z0-9._~:- .  NULL with ERR = REJECT if it is empty or too long.
 */
char *key_new(enum record_type t, const char *member, const char *ns,
    const char *local_id, struct err *err);
/**
 * The member, namespace and (decoded) local id a key names, each NUL-
 * terminated into buffers of the given sizes; -1 if KEY is not of T's form.
 */
struct key_parts {
	char member[KEY_ID_MAX + 1];
	char ns[KEY_ID_MAX + 1]; /* "" for organizations */
	char local_id[KEY_MAX_BYTES + 1];
};
int key_parse(enum record_type t, const char *key, struct key_parts *out);

/**
 * New pair key "wd:Q914+wd:Q92277" of two resolved city ids (wd: or gn:), in
 * the order of domain.md section 5.  NULL with ERR = REJECT if they are equal
 * or one is not resolved.
 */
char *key_pair(const char *a, const char *b, struct err *err);
/** <0, 0, >0: order of two city ids: scheme bytewise, length, bytes. */
int key_city_cmp(const char *a, const char *b);
/** 1 if ID is a resolved city id: "wd:Q<digits>" or "gn:<digits>". */
int key_is_city(const char *id);

/** Dead letters: days that the log keeps them, how many of these the warnings
 * come before, and replays of a record after which one more must be insisted
 * on. */
enum { DEAD_KEPT_DAYS = 90, DEAD_WARN_DAYS = 10, DEAD_REPLAYS_MAX = 3 };

#endif
