/**
 * Who else tells of our connections: each member's tw.status, followed live
 * (DESIGN section 4, "One at a time").  One consumer for the whole process.
 */
#ifndef CONNECTOR_PRESENCE_H
#define CONNECTOR_PRESENCE_H

#include <stdint.h>

#include "base/json.h"

struct bus_conf;
struct err;
struct presence;
struct schemas;

/** What hears it. */
struct presence_hooks {
	/** 1 if statuses of CONNECTION of MEMBER matter. */
	int (*matters)(void *ctx, const char *member, const char *connection);
	/** RECORD (borrowed), which one for whom that is so told at OFFSET, in
	 * order.  -1 with ERR = FATAL. */
	int (*heard)(void *ctx, const char *connection, int64_t offset,
	    jv record, struct err *err);
	void *ctx;
};

/** New, hears nothing yet; BUS and SCHEMAS borrowed for its life, HOOKS copied.
 * NULL with ERR. */
struct presence *presence_new(const struct bus_conf *bus,
    struct schemas *schemas, const struct presence_hooks *hooks,
    struct err *err);
/** Does nothing on NULL. */
void presence_free(struct presence *p);
/** Hear MEMBER's connections from offset FROM on.  -1 with ERR. */
int presence_follow(
    struct presence *p, const char *member, int64_t from, struct err *err);
/** Readable when there may be more; -1 if nothing can come now. */
int presence_fd(const struct presence *p);
/** Pass on what has come, but for what no schema is served for in half a
 * minute: it must not hide for ever what stands behind.  -1 with ERR = FATAL.
 */
int presence_step(struct presence *p, int64_t now_ms, struct err *err);

#endif
