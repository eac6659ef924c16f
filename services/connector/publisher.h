/**
 * From a system onto the wire (DESIGN section 6): one `publish:` entry of a
 * connection.  Polls the preset's listing, decides (poll.h), produces, and
 * stores rows and cursor once all of a page is acknowledged.  Never blocks.
 *
 * Rows (STATE_PUBLISHED, key = record key):
 *   DELIVERED  on the wire; record bytes: the last published record
 *   REFUSED    breaks the rules; reason: code, record bytes: JSON {code, text,
 *              field, url}, receipt_due; the same row says whether an older
 *              version is on the wire (topic is not "" then)
 *   REMOVED    withdrawn by us (reason "") or by `twinwire withdraw` (reason
 *              "withdrawn_here"): holds until the item is edited
 *
 * A listing that begins with $cursor null and reaches its end is whole: what
 * it does not name is missing.  An item with record null, and an id in `gone`,
 * is not for the wire (any more).  `from:` is held against the item's
 * `modified` or `created` (RFC 3339), else its version if that is an instant,
 * else its record's modifiedAt; what has none of them and stands in the first
 * whole listing was there before.
 */
#ifndef CONNECTOR_PUBLISHER_H
#define CONNECTOR_PUBLISHER_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "event/keys.h"

struct boot_record;
struct env;
struct err;
struct publisher;

/** What the rest of the connection wants to know; members may be NULL. */
struct publisher_hooks {
	/** An own record is on the wire now; jv_null(): withdrawn.  Borrowed.
	 */
	void (*published)(
	    void *ctx, enum record_type t, const char *key, jv record);
	/** A rehearsal found an item that carries our marker for KEY. */
	void (*marked)(void *ctx, const char *key);
	/** What was sent stands at OFFSET of TOPIC.  Must only note it. */
	void (*acked)(void *ctx, const char *topic, int64_t offset);
	/** publisher_withdrawn() is to be told of all that others withdrew from
	 * TOPIC by now. */
	void (*ask)(void *ctx, const char *topic);
	/** -1 until it was told, then an offset: of all below.  NULL with
	 * `ask`: nobody else withdraws. */
	int64_t (*known)(void *ctx, const char *topic);
	void *ctx;
};

/** ENTRY of env->conf->publish.  HOOKS is copied.  NULL with ERR. */
struct publisher *publisher_new(const struct env *env, size_t entry,
    const struct publisher_hooks *hooks, struct err *err);
/** Calls under way are dropped, reports that come later must not; does nothing
 * on NULL. */
void publisher_free(struct publisher *p);

/**
 * 1 if R is a version of this entry's and has no row, nor has a newer one; 2 if
 * its row, which speaks of another cluster, is as new, and does not know the
 * place of R; else 0; -1 with ERR.
 */
int publisher_lacks(
    struct publisher *p, const struct boot_record *r, struct err *err);
/**
 * Before the first step: a message of the member's own topic that the state
 * file does not know of, in order.  Rebuilds the row if R is of this entry's
 * type and namespace; a tombstone is for a file without rows only.  -1 with
 * ERR.
 */
int publisher_rebuild(
    struct publisher *p, const struct boot_record *r, struct err *err);

/**
 * Somebody wrote R, a tombstone: if it is another hand's and newer than what
 * the row says, the record is withdrawn and held until its item is edited; if
 * publisher_republish() has put it back meanwhile, also on the wire; what it
 * has not sent yet stays here.  Not while anything is sent and without its row.
 * -1 with ERR.
 */
int publisher_withdrawn(
    struct publisher *p, const struct boot_record *r, struct err *err);

/**
 * Before the first step: what `from:` was resolved to earlier, out of FLOORS
 * (borrowed; of the connection's last status) holds if the state file does not
 * know any more.
 */
void publisher_know_floors(struct publisher *p, jv floors);
/** What `from:` is resolved to, {of: "publish:events.website", offset: -1, at},
 * or null if there is no floor; the caller's. */
jv publisher_floor(const struct publisher *p);

/** Do what is due.  -1 with ERR = FATAL. */
int publisher_step(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err);
/** Monotonic ms at which there is something by time alone; -1 never. */
int64_t publisher_deadline(const struct publisher *p);
/** Command pause (1), resume (0): no poll begins, what is sent is settled; a
 * run under way ends, and begins anew after it. */
void publisher_hold(struct publisher *p, int is_held);
/** Begin nothing new; 1 from publisher_is_drained() once all is settled. */
void publisher_stop(struct publisher *p);
int publisher_is_drained(const struct publisher *p);

/**
 * Before the first step: only plan (1): runs list and judge everything, count
 * what they would do, and write nothing, neither to the wire nor to the state
 * file; 0: go on in earnest.
 */
void publisher_rehearse(struct publisher *p, int is_rehearsal);
/**
 * What waits for approval, as plan_json() gives it, or null: changes beyond
 * `max_change`, or all that a rehearsal found.  The caller's.
 */
jv publisher_plan(const struct publisher *p);
/** Append its changes to OUT, as plan_list(). */
void publisher_list(const struct publisher *p, struct buf *out);
/** Carry plan ID out at the next poll, if it is still the same.  1, or 0 if
 * ID is not the plan that waits. */
int publisher_approve(struct publisher *p, const char *id);

/**
 * Write every live record to the wire once more, as it was last published, also
 * over restarts: a cluster made anew has none of them.  It begins, and ends,
 * once what others withdrew by then is known; no run begins before.  How many
 * there are, or -1 with ERR.
 */
int64_t publisher_republish(struct publisher *p, struct err *err);

/** Since publisher_new(). */
struct publisher_counts {
	int64_t published, withdrawn, refused, unchanged, echo, below_from;
	int64_t polls;
	int64_t pending; /* sent or waiting to be sent, now */
};
void publisher_counts(const struct publisher *p, struct publisher_counts *out);
/** Why polling fails or waits, for people; "" if it does not.  Borrowed. */
const char *publisher_trouble(const struct publisher *p);
/** 1 if that is the system's listing, 0 if it is the wire. */
int publisher_cannot_list(const struct publisher *p);

#endif
