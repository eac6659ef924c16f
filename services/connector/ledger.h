/**
 * How records end: the law's counters, positions, and the actions that tell
 * the shell.  A record counts once, when its DONE is handed over.
 */
#ifndef CONNECTOR_LEDGER_H
#define CONNECTOR_LEDGER_H

#include "connector/core_parts.h"
#include "connector/decide.h"

/** Append an action about LANE_ITEM's record (may be NULL); to be completed. */
struct core_action *ledger_act(
    struct core *c, enum core_act act, struct lane_item *i);
/**
 * I, in line at its lane, ends as STEP (DECIDE_FINAL) says: it leaves the line
 * and the lane's row changes.  A parked version that it replaces ends before
 * it.
 */
void ledger_final(struct core *c, int64_t now_ms, struct lane_item *i,
    const struct decide_step *step);
/** I, in line or not yet, ends without any effect on the row. */
void ledger_drop(struct core *c, struct lane_item *i, enum core_fate fate);
/** A newer version takes the place of I; what is parked, or may have reached
 * the system, ends together with that. */
void ledger_superseded(struct core *c, struct lane_item *i);
/** I is held from now on. */
void ledger_hold(struct core *c, struct lane_item *i);
/** I moves into the state file; its offset is final as far as reading goes. */
void ledger_park(struct core *c, struct lane_item *i);
/** The action ACT is handed over: counts, closes, and keeps I for a moment. */
void ledger_handed(struct core *c, const struct core_act_item *act);
/** Free the record whose DONE was handed over last. */
void ledger_forget(struct core *c, int64_t now_ms);

/** I waits for a newer version no longer. */
void ledger_unhold(struct core *c, struct lane_item *i);

#endif
