/**
 * The gate: walks SIZE bytes against a schema with every length checked
 * against the bytes left and against a total budget (what avro-c lets through
 * is in reliability.md section 2).  No allocation, no recursion deeper than
 * the schema.  Fuzzed.
 */
#ifndef EVENT_GUARD_H
#define EVENT_GUARD_H

#include <stddef.h>

struct err;
struct schema;

enum {
	GUARD_ITEMS_MAX = 10000,  /* of one array or map */
	GUARD_NODES_MAX = 100000, /* values of all kinds in one record */
	GUARD_VALUE_MAX_BYTES = 2 * 1024 * 1024
};

/**
 * 0 if DATA is exactly one value of S: varints of at most 10 bytes, lengths
 * and block counts within the bytes left and the limits above, booleans 0 or
 * 1, enum and union indexes in range, int in 32 bits, strings UTF-8 without
 * U+0000, no byte left over.  Else -1 with ERR = REJECT naming the field and
 * the offset: "places[1].city.id: longer than the bytes left, at byte 77".
 */
int guard_check(
    const struct schema *s, const void *data, size_t size, struct err *err);

#endif
