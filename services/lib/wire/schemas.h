/**
 * Schema ids <-> schemas for a running daemon: what to write a record type
 * under, and with what to read an id.  Asks the registry once per id, without
 * blocking; the layer above bus and rest, below the programs.
 */
#ifndef WIRE_SCHEMAS_H
#define WIRE_SCHEMAS_H

#include <stdint.h>

#include "event/keys.h"

struct err;
struct registry;
struct schema;
struct schemas;

enum { SCHEMAS_READERS_MAX = 1024 };

/** A place that outlives the process (the state file); both may be NULL. */
struct schemas_cache {
	/** Borrowed text of schema ID, or NULL. */
	const char *(*load)(void *ctx, int32_t id);
	void (*save)(void *ctx, int32_t id, const char *text);
	void *ctx;
};

/** New; R borrowed for its life, CACHE copied. */
struct schemas *schemas_new(
    struct registry *r, const struct schemas_cache *cache);
/** Does nothing on NULL.  No http_wait() may follow it. */
void schemas_free(struct schemas *s);
/**
 * The writer's schema with that id: 1 and *OUT (borrowed for the life of S), 0
 * if it is being fetched (ask again after the next http_wait(); a registry
 * that is down is asked again with back-off), -1 with ERR = REJECT if the
 * registry has no such id (it is asked again after a minute) or the schema
 * fails the lint, or if SCHEMAS_READERS_MAX ids are known (the oldest that the
 * registry does not have makes room).
 */
int schemas_reader(
    struct schemas *s, int32_t id, const struct schema **out, struct err *err);
/** Id to write T under: 1, 0 (being looked up), or -1 with ERR = REJECT when
 * the registry does not know our schema ("run twinwire provision"). */
int schemas_writer(
    struct schemas *s, enum record_type t, int32_t *out_id, struct err *err);
/** Why the registry could not be asked, or "" once it answers, be it "none";
 * borrowed.  For /readyz. */
const char *schemas_trouble(const struct schemas *s);

#endif
