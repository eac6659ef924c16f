/**
 * What others wrote into the logs that a connection publishes into: of that,
 * what withdraws its records (`twinwire withdraw`).  A log is looked at where
 * more stands in it than the connection wrote, which a listing tells; how far,
 * stands in the state file as "own.<topic>".  Never blocks.
 */
#ifndef CONNECTOR_OWN_H
#define CONNECTOR_OWN_H

#include <stdint.h>

#include "base/json.h"

struct boot_record;
struct bus_conf;
struct catalog;
struct env;
struct err;
struct own;

/** Arguments borrowed for its life; QUESTIONS (NULL: none) are asked of. */
struct own *own_new(const struct env *env, const struct bus_conf *bus,
    struct catalog *questions);
/** Does nothing on NULL. */
void own_free(struct own *o);
/** The logs are another cluster's now: from their beginnings.  -1: ERR. */
int own_forget(struct own *o, struct err *err);

/** Whatever stands in TOPIC by now is to be looked at. */
void own_ask(struct own *o, const char *topic);
/** Offset below which TOPIC holds nothing of others that was not; -1 while that
 * is less than what was asked for. */
int64_t own_known(const struct own *o, const char *topic);

/** The connection's own message at OFFSET of TOPIC is acknowledged. */
void own_acked(struct own *o, const char *topic, int64_t offset);
/** Take LISTING (borrowed), as catalog_take() gives it.  -1 with ERR. */
int own_listed(struct own *o, jv listing, struct err *err);
/** Somebody wrote R, a tombstone; all borrowed.  0, or -1 with ERR. */
typedef int own_each(void *ctx, const struct boot_record *r, struct err *err);
/** Look at what is at hand.  -1 with ERR, its own or EACH's. */
int own_step(struct own *o, own_each *each, void *ctx, struct err *err);
/** Monotonic ms of the next step; -1: after a listing. */
int64_t own_deadline(const struct own *o, int64_t now_ms);

#endif
