/** What people call a record. */
#ifndef CONNECTOR_LABEL_H
#define CONNECTOR_LABEL_H

#include "base/json.h"

/** New: a title or name of record V (borrowed; of any kind), or its two cities;
 * "" if it has none. */
char *label_of(jv v);

#endif
