/**
 * Avro schemas: linted before they are trusted, compiled into a tree for guard
 * and codec, and the ones this build writes.  One thread at a time may use a
 * schema: jv counts references without atomics.
 */
#ifndef EVENT_SCHEMA_H
#define EVENT_SCHEMA_H

#include <stddef.h>

#include "base/json.h"

struct err;
struct schema;

/** Limits for a schema that comes from outside (reliability.md section 2). */
enum {
	SCHEMA_TEXT_MAX_BYTES = 256 * 1024,
	SCHEMA_DEPTH_MAX = 16,
	SCHEMA_FIELDS_MAX = 512,
	SCHEMA_FIXED_MAX_BYTES = 64 * 1024
};

/**
 * Parse and lint TEXT: no recursion, bounded depth, fields and `fixed` sizes,
 * names by Avro's grammar, a record at the top.  A `default` that does not fit
 * its type counts as none.  NULL with ERR = REJECT.
 */
struct schema *schema_parse(const char *text, size_t size, struct err *err);
/**
 * WHOLE (borrowed, must live longer) with only those of its top fields whose
 * names stand in NAMES (ended by NULL; what WHOLE does not have is passed
 * over), as a reader for whoever needs no more: codec_decode() walks over the
 * rest without making anything.  It has no text.  The caller's.
 */
struct schema *schema_part(
    const struct schema *whole, const char *const *names);
/** Does nothing on NULL or on a built-in one. */
void schema_free(struct schema *s);
/** 1 if both were parsed from the same text, else 0. */
int schema_same(const struct schema *a, const struct schema *b);
/** Full name, "org.twinwire.v1.Event"; borrowed. */
const char *schema_name(const struct schema *s);
/** The text it was parsed from, whole (register this one); borrowed. */
const char *schema_text(const struct schema *s);
/** The text as JSON, parsed again at each call; the caller's. */
jv schema_json(const struct schema *s);

/**
 * The schema of this build with that full name or, without a dot, short name
 * ("Event"); borrowed for the life of the process.  NULL if there is none.
 */
const struct schema *schema_builtin(const char *name);
/** The I-th built-in top-level record schema, or NULL past the last. */
const struct schema *schema_builtin_at(size_t i);

#endif
