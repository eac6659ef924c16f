/** Inside merge*.c: one module in several files. */
#ifndef RECONCILER_MERGE_INNER_H
#define RECONCILER_MERGE_INNER_H

#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#include "base/buf.h"
#include "base/json.h"
#include "reconciler/merge.h"

/* A claim is kept as JSON without what is empty, a known partnership as Avro: a
 * tenth of a jv's size, and equal bytes are equal records. */

struct pair;

struct claim {
	char *key;	    /* owned */
	const char *member; /* of merge.names; "" = not seen */
	int64_t offset;	    /* -1: only named by a known partnership */
	int64_t append_ms;
	char *text;	   /* owned; NULL = withdrawn or not seen */
	struct pair *pair; /* where it counts; NULL = unresolved, none */
	int side;	   /* of PAIR, as partnership_side() says */
	struct claim *next, *prev; /* of the same pair */
	struct pair *known_in;	   /* whose known version lists it */
	struct claim *known_next, *known_prev; /* in the same version */
	UT_hash_handle hh;
};

enum step { STEP_NONE, STEP_NOTICE, STEP_PARTNERSHIP };

struct pair {
	char *key; /* owned */
	struct claim *claims;
	struct buf known;     /* version in the log but for computedAt, empty =
			       * none */
	struct claim *listed; /* by the known version */
	int64_t known_at;     /* its offset or its tombstone's, -1 = none */
	int64_t computed_at;  /* of KNOWN */
	enum step step;	      /* what is out */
	jv due; /* owned; to write next, null = tombstone, invalid = nothing */
	struct buf due_known; /* what KNOWN will be then */
	int is_waiting;	      /* in the queue */
	int is_deferred;      /* in the queue for tombstones of moved pairs */
	int is_dirty;	      /* changed while something was out */
	struct pair *next, *prev; /* in a queue */
	UT_hash_handle hh;
};

struct merge {
	const struct members *members;
	const struct aliases *aliases;
	struct claim *claims;
	struct pair *pairs;
	struct pair *queue;    /* to be judged, or with DUE to be written */
	struct pair *deferred; /* tombstones that wait for the new pair */
	char **names;	       /* owned; of members with claims, a few */
	size_t n_names;
	struct merge_counts counts;
};

/** What TEXT of a claim says, jv_null() for NULL; the caller's. */
jv merge_value_of(const char *text);
/** PARTNERSHIP (consumed) in the form of pair.known; empty if it is none. */
struct buf merge_known_of(jv partnership);
/** P's known version, jv_null() if there is none; the caller's. */
jv merge_known_value(const struct pair *p);
/** That of KEY, made if there is none. */
struct claim *merge_claim_of(struct merge *m, const char *key);
struct pair *merge_pair_of(struct merge *m, const char *key);
/** Queue P to be judged; one whose output is out is judged after that. */
void merge_touch(struct merge *m, struct pair *p);
/** KNOWN (borrowed; not an object = none), BYTES (taken) in short, is what the
 * log holds for P, at OFFSET. */
void merge_set_known(struct merge *m, struct pair *p, jv known,
    struct buf bytes, int64_t offset);

#endif
