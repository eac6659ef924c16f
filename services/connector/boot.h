/**
 * What a start reads from the topics before anything else (DESIGN section 4):
 * each connection's last status, which outlives the state file, and, when the
 * state file is new, what its members have published so far.  Blocking, as
 * nothing else runs yet.
 */
#ifndef CONNECTOR_BOOT_H
#define CONNECTOR_BOOT_H

#include <stdint.h>

#include "base/json.h"
#include "event/keys.h"

struct bus_conf;
struct err;
struct http;
struct schemas;

struct boot_conf {
	const struct bus_conf *bus;
	struct http *http; /* waited on while a schema is being fetched */
	struct schemas *schemas;
	int timeout_ms; /* without progress */
};

/**
 * The last Status of every connection of MEMBER: object of connection id to
 * record, with its `offset`; *OUT_NEXT is behind them all.  jv_invalid() with
 * ERR (RETRY: ask again).
 */
jv boot_statuses(const struct boot_conf *c, const char *member,
    int64_t *out_next, struct err *err);

/** RECORD (borrowed) is jv_null() for a tombstone.  0, or -1 with ERR. */
typedef int boot_each(void *ctx, enum record_type t, const char *topic,
    int64_t offset, const char *key, jv record, struct err *err);
/** Every record of TOPIC in order whose key begins with PREFIX (NULL: all);
 * what cannot be read is passed over. */
int boot_records(const struct boot_conf *c, const char *topic,
    const char *prefix, boot_each *each, void *ctx, struct err *err);

#endif
