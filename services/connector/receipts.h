/**
 * What became of each record at this connection, told on tw.receipts.<member>.
 * Only of rows that are committed.  Each row that is due has a number, and the
 * state file a mark up to which all are told; it moves when the broker has
 * acknowledged a batch.  A crash before that tells them again under the same
 * keys.  What is due is kept here as it is written; the rows are searched for
 * it only after such a crash, or when too much of it waits.
 */
#ifndef CONNECTOR_RECEIPTS_H
#define CONNECTOR_RECEIPTS_H

#include <stdint.h>

#include "store/state.h"

struct env;
struct err;
struct receipts;

/** New; ENV borrowed for its life. */
struct receipts *receipts_new(const struct env *env);
/** Deliveries under way are forgotten.  Does nothing on NULL. */
void receipts_free(struct receipts *r);
/** Write ROW of SIDE of ENV's connection: if its receipt is due, it is told
 * after the commit.  0, or -1 with ERR as state_put(). */
int receipts_put(const struct env *env, enum state_side side,
    const struct state_row *row, struct err *err);
/** Rows were changed by other hands: the file says what is due (R may be NULL).
 */
void receipts_search(struct receipts *r);
/** The transaction was committed: what it made due is taken up, here or, if it
 * is too soon, by receipts_step() between two of them.  -1 with ERR = FATAL. */
int receipts_committed(struct receipts *r, int64_t now_ms, struct err *err);
/** Send what is due, move the mark behind what is acknowledged.  -1 with ERR =
 * FATAL. */
int receipts_step(
    struct receipts *r, int64_t now_ms, int64_t wall_ms, struct err *err);
/** Monotonic ms at which receipts_step() has something; -1 never. */
int64_t receipts_deadline(const struct receipts *r);
/** 1 when nothing is due or under way. */
int receipts_is_drained(const struct receipts *r);

#endif
