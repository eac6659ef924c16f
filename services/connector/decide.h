/**
 * What the head of a lane needs next, from what is known of its record alone:
 * DESIGN section 5, steps 2 and 4, as one pure function.
 */
#ifndef CONNECTOR_DECIDE_H
#define CONNECTOR_DECIDE_H

#include "connector/core.h"

struct lane;

enum decide_kind {
	DECIDE_CALL,  /* send op */
	DECIDE_WAIT,  /* ask again at until_ms */
	DECIDE_HOLD,  /* nothing until core_release() */
	DECIDE_FINAL, /* fate, write, verify_in_ms */
	DECIDE_DEAD   /* a dead letter */
};

struct decide_step {
	enum decide_kind kind;
	enum core_op op;
	int64_t until_ms;
	enum core_fate fate;
	enum core_write write;
	int64_t verify_in_ms; /* as in struct core_action */
};

/** The step for LANE's head (there is one; nothing of it is under way). */
struct decide_step decide_next(
    const struct core_conf *conf, const struct lane *lane, int64_t now_ms);
/** The end of a head that was written or removed, whatever may land late. */
struct decide_step decide_as_it_stands(
    const struct core_conf *conf, const struct lane *lane);
/** When to look again after the head's end, as in struct core_action: a create,
 * or an adoption, while another create may still land. */
int64_t decide_verify_in(const struct core_conf *conf, const struct lane *lane);

#endif
