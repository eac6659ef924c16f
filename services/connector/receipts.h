/**
 * What became of each record at this connection, told on tw.receipts.<member>.
 * Only of rows that are committed.  They carry `receipt_due` until the broker
 * has acknowledged; a crash in between tells it again under the same key.
 */
#ifndef CONNECTOR_RECEIPTS_H
#define CONNECTOR_RECEIPTS_H

#include <stdint.h>

#include "base/json.h"
#include "store/state.h"

struct env;
struct err;
struct receipts;

/** The receipt of ROW of SIDE, but for `since` and `at`; the caller's. */
jv receipts_record(
    const struct env *env, enum state_side side, const struct state_row *row);
/** New; ENV borrowed for its life. */
struct receipts *receipts_new(const struct env *env);
/** Deliveries under way are forgotten.  Does nothing on NULL. */
void receipts_free(struct receipts *r);
/** Write the subscribed ROW of ENV's connection: if its receipt is due, it is
 * told after the commit.  0, or -1 with ERR as state_put(). */
int receipts_put(
    const struct env *env, const struct state_row *row, struct err *err);
/** The transaction was committed: what it made due is taken up, here or, if it
 * is too soon, by receipts_step() between two of them.  -1 with ERR = FATAL. */
int receipts_committed(struct receipts *r, int64_t now_ms, struct err *err);
/** Send what is due, clear what is acknowledged.  -1 with ERR = FATAL. */
int receipts_step(
    struct receipts *r, int64_t now_ms, int64_t wall_ms, struct err *err);
/** Monotonic ms at which receipts_step() has something; -1 never. */
int64_t receipts_deadline(const struct receipts *r);
/** 1 when nothing is due or under way. */
int receipts_is_drained(const struct receipts *r);

#endif
