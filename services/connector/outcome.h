/** What answers mean for the lane that asked. */
#ifndef CONNECTOR_OUTCOME_H
#define CONNECTOR_OUTCOME_H

#include "connector/core_parts.h"

/** A is the answer to what LANE (LANE_CALLING) sent. */
void outcome_take(struct core *c, int64_t now_ms, struct lane *lane,
    const struct core_answer *a);
/**
 * The probe after one or more STOP answers: IS_OK says that all is well with
 * the connection, so that they were about their records; WAS_STOPPED, that it
 * was not so for a while, and they are simply tried again.  What came in doubt
 * after the probe was sent waits for the next one.
 */
void outcome_probed(struct core *c, int64_t now_ms, int is_ok, int was_stopped);

#endif
