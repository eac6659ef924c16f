/** The plan of a connection in words, as its status has it. */
#ifndef CLI_PLANNED_H
#define CLI_PLANNED_H

#include "base/json.h"

/** Print PLAN (borrowed; an object): what would be done in both directions,
 * how often, and the first of it. */
void planned_print(jv plan);

#endif
