/**
 * Orders to a connection over tw.control.<member> (DESIGN section 2): read
 * whole before work starts, followed live, carried out one after the other,
 * each answered under its id with its outcome.  commands.h says which run.
 *
 * An order is answered only once what it changed outlives this process: a
 * crash in between finds it open and carries it out again, so orders must bear
 * being repeated.
 */
#ifndef CONNECTOR_CONTROL_H
#define CONNECTOR_CONTROL_H

#include <stdint.h>

#include "base/json.h"

struct boot_conf;
struct buf;
struct bus_conf;
struct control;
struct env;
struct err;

/** Who carries orders out. */
struct control_hooks {
	/** Carry *COMMAND out: its outcome, "done", "refused" or "failed", and
	 * a sentence in TEXT; what was asked for may be added to *COMMAND.
	 * NULL: it is under way; called again with the same before long, while
	 * other orders wait. */
	const char *(*run)(void *ctx, jv *command, struct buf *text);
	/** 1 once what run() changed outlives the process. */
	int (*is_kept)(void *ctx);
	void *ctx;
};

/** New; ENV and BUS borrowed for its life, HOOKS copied. */
struct control *control_new(const struct env *env, const struct bus_conf *bus,
    const struct control_hooks *hooks);
/** Does nothing on NULL. */
void control_free(struct control *c);

/**
 * Read the topic to its end, blocking, once; CATALOG (borrowed) as
 * catalog_take() gives it.  A member without that topic takes no orders until
 * control_catalog() sees it.  -1 with ERR (RETRY: ask again).
 */
int control_start(struct control *c, jv catalog, const struct boot_conf *boot,
    struct err *err);
/** A newer listing of topics.  -1 with ERR. */
int control_catalog(struct control *c, jv catalog, struct err *err);
/** Readable when orders may have come; -1 if none can. */
int control_fd(const struct control *c);
/**
 * Read, run and answer what is due; with IS_STOPPING only answer what has run.
 * -1 with ERR = FATAL.
 */
int control_step(struct control *c, int is_stopping, int64_t now_ms,
    int64_t wall_ms, struct err *err);
/** Monotonic ms at which control_step() has something by time; -1 never. */
int64_t control_deadline(const struct control *c);
/** 1 if no order that has run still waits for its answer's delivery. */
int control_is_drained(const struct control *c);

#endif
