/**
 * One connection at work: its consumer, the wire -> system direction
 * (subscribe), the system -> wire one (publish), receipts and status.  It
 * never blocks and never waits for another link.
 */
#ifndef CONNECTOR_LINK_H
#define CONNECTOR_LINK_H

#include <stdint.h>

#include "base/json.h"

struct boot_conf;
struct buf;
struct bus_conf;
struct catalog;
struct connection;
struct err;
struct http;
struct link;
struct metrics;
struct producer;
struct schemas;
struct state;
struct txn;
struct vitals;

/** What a link is made of; all borrowed for its life. */
struct link_parts {
	const struct connection *conf;
	const struct bus_conf *bus;
	struct catalog *catalog; /* asked about logs in doubt */
	struct state *state;
	struct txn *txn;
	struct http *http;
	struct schemas *schemas;
	struct producer *producer;
	const struct vitals *vitals;
	size_t queue_max_bytes; /* fetched ahead */
	int outstanding_max;	/* records held at once, about */
};

/** NULL with ERR: REJECT when the configuration does not work out. */
struct link *link_new(const struct link_parts *parts, struct err *err);
/** Does nothing on NULL. */
void link_free(struct link *l);
/** The connection's id; borrowed. */
const char *link_id(const struct link *l);

/**
 * Begin: KNOWN (borrowed) is the connection's last Status as boot_statuses()
 * gives it, or null, CATALOG (borrowed) as catalog_take() gives it.  Blocks
 * shortly (`from:` an instant is looked up in the log; own records are read
 * again after the state file was lost).  0; 1 with ERR saying what it waits for
 * (another instance at work, the first run's approval: ask again in a while);
 * -1 with ERR.
 */
int link_start(struct link *l, jv known, jv catalog,
    const struct boot_conf *boot, struct err *err);
/**
 * STATUS (borrowed) of this connection stands at OFFSET of the log.  -1 with
 * ERR = FATAL if another process told it that began before this one.
 */
int link_heard(struct link *l, int64_t offset, jv status, struct err *err);
/** A newer listing of topics: subscribe to those that appeared. */
int link_catalog(struct link *l, jv catalog, struct err *err);

/** Readable when there may be messages; -1 before link_start(). */
int link_fd(const struct link *l);
/** Readable when orders may have come; -1 if none can. */
int link_control_fd(const struct link *l);
/** Do what is due.  -1 with ERR = FATAL. */
int link_step(struct link *l, int64_t now_ms, int64_t wall_ms, struct err *err);
/**
 * 1 if something happened since link_save(), which writes the positions and
 * counters that go with the rows of the transaction; before each commit.
 */
int link_is_unsaved(const struct link *l);
int link_save(struct link *l, struct err *err);
/** What was written is committed, and may be told.  -1 with ERR = FATAL. */
int link_committed(struct link *l, int64_t now_ms, struct err *err);
/** Monotonic ms at which link_step() has something by time alone; -1 never. */
int64_t link_deadline(const struct link *l);

/** Begin nothing new; link_is_drained() once nothing is under way. */
void link_stop(struct link *l);
int link_is_drained(const struct link *l);

/** Append a line for what is not ready. */
void link_ready(const struct link *l, struct buf *out);
void link_metrics(const struct link *l, struct metrics *m);

#endif
