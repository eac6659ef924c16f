/**
 * What readers of tw.status make of what a connection counts (DESIGN section
 * 5): each message that was consumed, or replayed, has one fate or is pending.
 */
#ifndef WIRE_LAW_H
#define WIRE_LAW_H

#include <stdint.h>

#include "base/json.h"

/** A status comes each minute: older than this, its connection is silent. */
enum { LAW_SILENT_MS = 150 * 1000 };

/**
 * Messages that no count of COUNTERS (borrowed; as in a Status) has: 0 where
 * the law holds; while records go through, those between two commits.
 */
int64_t law_unaccounted(jv counters);

#endif
