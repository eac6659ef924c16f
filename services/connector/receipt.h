/**
 * What became of one row's record, as it is told: the Receipt of the wire.
 */
#ifndef CONNECTOR_RECEIPT_H
#define CONNECTOR_RECEIPT_H

#include "base/json.h"
#include "store/state.h"

struct buf;
struct env;

/** The receipt of ROW of SIDE, but for `since` and `at`; the caller's. */
jv receipt_record(
    const struct env *env, enum state_side side, const struct state_row *row);
/** Append it to OUT as Avro, with `since`; `at` is what is missing at the end.
 */
void receipt_avro(const struct env *env, enum state_side side,
    const struct state_row *row, struct buf *out);

#endif
