/** Inside ingest*.c: one module in several files. */
#ifndef PORTAL_INGEST_INNER_H
#define PORTAL_INGEST_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "bus/bus.h"
#include "event/keys.h"
#include "portal/ingest.h"
#include "wire/follow.h"

struct ingest_topic {
	char *name; /* owned */
	struct topic_name parsed;
	int64_t id; /* in the store */
	struct follow log;
	int64_t low;	 /* below it the log has nothing any more */
	int is_begun;	 /* to be read */
	int is_read;	 /* once to its end, or it is gone */
	int is_moved;	 /* since the last commit */
	int is_asking;	 /* its next message waits for its schema */
	int64_t said_ms; /* when it was last said what was left out; 0: never */
	uint64_t n_unsaid; /* left out since */
};

struct ingest {
	struct consumer *consumer;
	struct doubts *doubts; /* about logs that may be others */
	struct schemas *schemas;
	struct store *store;
	char *cluster; /* owned; "" until known */
	struct ingest_topic *topics;
	size_t n;
	int has_more; /* the last step ended before what there was to read */
	int is_open;  /* a transaction */
	int in_it;    /* messages */
	int64_t opened_ms;
	int64_t here_ms; /* wall time up to which the store says it was here */
	struct ingest_totals totals;
	uint64_t taken[RECORD_TYPES];
};

/* ingest.c */

/** NULL if NAME is not read. */
struct ingest_topic *ingest_topic(const struct ingest *in, const char *name);

#endif
