/**
 * What a lane does next: carries out decide_next() until the lane has to wait
 * for its turn, an answer or a time; and what comes instead: a newer version,
 * a failure, a dead letter.
 */
#ifndef CONNECTOR_ADVANCE_H
#define CONNECTOR_ADVANCE_H

#include "connector/core_parts.h"

/** Go on with LANE, unless something of it is under way. */
void advance_lane(struct core *c, int64_t now_ms, struct lane *lane);
/**
 * End what BY, just put in line, makes pointless; 1 if the head changed.  What
 * is under way is left alone.
 */
int advance_supersede(struct core *c, int64_t now_ms, struct lane_item *by);
/** The head's request failed: a newer version, later again, or give up. */
void advance_failed(
    struct core *c, int64_t now_ms, struct lane *lane, int64_t retry_after_ms);
/** Try the head again at once, or what has come in its place. */
void advance_again(struct core *c, int64_t now_ms, struct lane *lane);
/** What was held may go. */
void advance_release(struct core *c, int64_t now_ms);
/** Have a dead letter of the head produced, once its topic's limit allows. */
void advance_dead(
    struct core *c, int64_t now_ms, struct lane *lane, enum core_cause cause);
/** At once. */
void advance_dead_send(struct core *c, struct lane *lane);
/** It is acknowledged. */
void advance_dead_final(struct core *c, int64_t now_ms, struct lane *lane);
/** Park what fails for long enough, if it may be. */
void advance_park(struct core *c, int64_t now_ms);
/** When advance_park() has something to do; -1 never. */
int64_t advance_park_deadline(const struct core *c);
/** Next number of the seeded generator. */
uint32_t advance_random(struct core *c);

#endif
