/** The plan of a connection, as its status has it, in words. */
#ifndef CLI_PLANNED_H
#define CLI_PLANNED_H

#include "base/json.h"

struct cli;
struct order;

/** 1 if STATUS (borrowed) is of a connection that is still making its plan, or
 * has not come to that. */
int planned_is_coming(jv status);
/** What such a connection is at, by its STATUS, from which it is borrowed. */
const char *planned_why(jv status);
/**
 * All changes of the plan that O, an order of action `plan`, names, but for its
 * arguments: new array of {action, key, label}, by key, of each direction;
 * jv_invalid() when it has been said why not.
 */
jv planned_list(struct cli *c, struct order *o);
/**
 * Print the plan that CONNECTION (as it was asked for, so that what is said to
 * do next finds it, too) waits with by its STATUS (borrowed), and how to have
 * it carried out, or that none waits; with ALL (borrowed; invalid: the first
 * ten) of its changes.  CLI_OK; CLI_FAILED if it is still being made.
 */
int planned_show(
    const struct cli *c, const char *connection, jv status, jv all);

#endif
