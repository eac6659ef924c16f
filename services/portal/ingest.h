/**
 * Off the wire into the store: every topic that people may see (not commands,
 * not dead letters), from where the store stands.
 */
#ifndef PORTAL_INGEST_H
#define PORTAL_INGEST_H

#include <stdint.h>

#include "base/json.h"

struct buf;
struct catalog;
struct consumer;
struct err;
struct ingest;
struct schemas;
struct store;

struct ingest_totals {
	uint64_t read, taken, refused, commits;
};

/** New; all borrowed for its life.  C has read nothing so far. */
struct ingest *ingest_new(struct consumer *c, struct catalog *catalog,
    struct schemas *schemas, struct store *s);
/** Does nothing on NULL. */
void ingest_free(struct ingest *in);
/**
 * Take what a catalog lists (borrowed): new topics are read from now on; of
 * another cluster, the store begins anew.  -1 with ERR.
 */
int ingest_listed(struct ingest *in, jv listing, struct err *err);
/**
 * Read what is there, for some MAX_MS at most: 1 if anything was taken in, 0
 * if not, -1 with ERR = FATAL.  A message whose schema is being asked for holds
 * up its own topic alone, and is looked at again in the next step.
 */
int ingest_step(struct ingest *in, int64_t max_ms, struct err *err);
/** 1 if the last step ended with more to be read. */
int ingest_has_more(const struct ingest *in);
/** 1 if all topics were once read to their end, or are gone. */
int ingest_is_ready(const struct ingest *in);
/** Append a line for every topic that is still being read. */
void ingest_print(const struct ingest *in, struct buf *out);
/** {is_ready, read, total, cluster, topics: {NAME: {next, end}}}; new. */
jv ingest_state(const struct ingest *in);
struct ingest_totals ingest_totals(const struct ingest *in);
/** Records of TYPES (bits 1 << enum record_type) taken into the store. */
uint64_t ingest_taken(const struct ingest *in, unsigned types);

#endif
