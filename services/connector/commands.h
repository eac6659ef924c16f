/**
 * Which orders off tw.control.<member> a connection has to carry out, and when
 * not to: pure, no I/O and no clock of its own.  An order is open until a
 * message under its id has an outcome; what was answered never runs again,
 * however often the order is written once more.
 */
#ifndef CONNECTOR_COMMANDS_H
#define CONNECTOR_COMMANDS_H

#include <stdint.h>

#include "base/json.h"

enum {
	COMMANDS_OPEN_MAX = 1000,
	COMMAND_MAX_BYTES = 64 * 1024 /* of one, as JSON */
};

struct commands;

/** New; CONNECTION (copied): orders to any other one are left alone. */
struct commands *commands_new(const char *connection);
/** Does nothing on NULL. */
void commands_free(struct commands *c);
/**
 * A Command under ID (RECORD borrowed, jv_null() for a tombstone, which
 * orders nothing), in the log's order.  An order beyond COMMANDS_OPEN_MAX
 * open ones, or one of more than COMMAND_MAX_BYTES, is dropped: 0, else 1.
 */
int commands_take(struct commands *c, const char *id, jv record);
/**
 * The oldest open order (the caller's), jv_invalid() if there is none.  It
 * stays open until commands_close().  *OUT_IS_EXPIRED: answer it, don't run
 * it; an order that does not say when it expires has expired.
 */
jv commands_next(
    const struct commands *c, int64_t wall_ms, int *out_is_expired);
/** ID has been answered: it is open no more, for good. */
void commands_close(struct commands *c, const char *id);

#endif
