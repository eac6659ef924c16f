/**
 * What the end of a record's way writes into the state file: its row, and what
 * the row keeps.
 */
#ifndef CONNECTOR_ROWS_H
#define CONNECTOR_ROWS_H

#include <stdint.h>

#include "connector/core.h"

struct core_action;
struct env;
struct err;
struct item;
struct state_row;

/** Carry out the row part of DONE or PARK action A for I.  -1 with ERR. */
int rows_write(const struct env *env, const struct core_action *a,
    const struct item *i, int64_t wall_ms, struct err *err);
/** The refused row of I stays so for good: its receipt says "dropped".  -1 with
 * ERR. */
int rows_drop(const struct env *env, const struct item *i, int64_t wall_ms,
    struct err *err);
/** ROW (NULL: none) as the core wants it, for a record of TOPIC. */
void rows_for_core(const struct state_row *row, const char *topic,
    int64_t wall_ms, struct core_row *out);

#endif
