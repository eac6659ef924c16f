/** Defaults of a schema, made complete once so that filling one in is a copy.
 */
#ifndef EVENT_SCHEMA_DEFAULT_H
#define EVENT_SCHEMA_DEFAULT_H

#include <stddef.h>

#include "base/json.h"

struct schema_node;

/**
 * VALUE (consumed), a `default` of type NODE as the schema's JSON has it, with
 * the defaults of nested records filled in; jv_invalid() if it does not fit,
 * is a non-empty array or map (nobody needs them), is bytes, or if *LEFT, the
 * number of values that may still be made, runs out.
 */
jv schema_default(const struct schema_node *node, jv value, size_t *left);

#endif
