/**
 * What a start reads from the topics before anything else (DESIGN section 4):
 * each connection's last status, which outlives the state file, and, when the
 * state file is new, what its members have published so far.  The calls here
 * return when all is read; whoever runs already goes on meanwhile.
 */
#ifndef CONNECTOR_BOOT_H
#define CONNECTOR_BOOT_H

#include <stdint.h>

#include "base/json.h"
#include "event/keys.h"

struct bus_conf;
struct bus_message;
struct err;
struct schemas;

/**
 * Do what others wait for, HTTP included, for WAIT_MS at most or until FD (-1:
 * none) is readable.  -1 with ERR: nothing more is to be read, RETRY if only
 * for now.
 */
typedef int boot_attend(void *ctx, int fd, int wait_ms, struct err *err);

struct boot_conf {
	const struct bus_conf *bus;
	struct schemas *schemas;
	jv topics;	   /* of the catalog, borrowed: what there is to read */
	const jv *listing; /* the newest there is after attend() */
	int timeout_ms;	   /* without progress */
	boot_attend *attend;
	void *ctx; /* of attend */
};

/**
 * The last Status of every connection of MEMBER: object of connection id to
 * record, with its `offset`; *OUT_NEXT is behind them all.  jv_invalid() with
 * ERR (RETRY: ask again).
 */
jv boot_statuses(const struct boot_conf *c, const char *member,
    int64_t *out_next, struct err *err);

/** Header ce_source of M, which its writer can choose, or ""; the caller's. */
char *boot_source(const struct bus_message *m);

/** A record as a start reads it; all borrowed. */
struct boot_record {
	enum record_type type;
	const char *topic;
	int64_t offset;
	const char *key;
	jv value;	    /* jv_null() for a tombstone */
	const char *source; /* who says that he wrote it, "" if nobody does */
};
/** 0, or -1 with ERR. */
typedef int boot_each(void *ctx, const struct boot_record *r, struct err *err);
/** Every record of TOPIC, up to its end by the catalog, in order whose key
 * begins with PREFIX (NULL: all); what cannot be read is passed over. */
int boot_records(const struct boot_conf *c, const char *topic,
    const char *prefix, boot_each *each, void *ctx, struct err *err);

#endif
