/** Topics of the wire as a command names them. */
#ifndef CLI_TOPICS_H
#define CLI_TOPICS_H

#include "base/json.h"

struct cli;
struct err;

/**
 * New object of the topics that match one of C's arguments (all of the wire's
 * if there is none), {NAME: {partitions, low, high}}; jv_invalid() with ERR.
 */
jv topics_list(struct cli *c, struct err *err);
/** 1 if TOPIC is the wire's and matches one of C's arguments or there is none
 */
int topics_is_wanted(const struct cli *c, const char *topic);

#endif
