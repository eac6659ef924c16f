/**
 * The reconciler's deciding part, without I/O and clock: the latest claims,
 * members.yaml and the alias file in; partnerships and notices out, only where
 * they differ from what stands in the log (DESIGN section 7).
 *
 * Feed it with everything there is (merge_claim, merge_known), then ask
 * merge_next() for outputs; each is confirmed with merge_done() or given back
 * with merge_failed().  Of one pair only one output is out at a time, its
 * notice before its partnership, so that a crash in between repeats the same
 * notice.  Other pairs go on meanwhile.
 */
#ifndef RECONCILER_MERGE_H
#define RECONCILER_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "event/keys.h"

struct aliases;
struct members;
struct merge;

/** New; MEMBERS and ALIASES are borrowed until merge_rules() names others. */
struct merge *merge_new(
    const struct members *members, const struct aliases *aliases);
/** Does nothing on NULL. */
void merge_free(struct merge *m);
/** Judge everything anew by these; borrowed as with merge_new(). */
void merge_rules(struct merge *m, const struct members *members,
    const struct aliases *aliases);

/**
 * The message with KEY at OFFSET of its member's topic, appended at APPEND_MS:
 * CLAIM (consumed) or, withdrawn, jv_null().  An offset that is not above the
 * one known for KEY is stale and changes nothing.
 */
void merge_claim(struct merge *m, const char *key, int64_t offset,
    int64_t append_ms, jv claim);
/**
 * What stands in tw.partnerships under PAIR_KEY at OFFSET: PARTNERSHIP
 * (consumed), jv_null() for a tombstone.  For reading the log; outputs of
 * merge_next() come back through merge_done() and through here, in any order.
 */
void merge_known(
    struct merge *m, const char *pair_key, jv partnership, int64_t offset);

/** 1 if merge_known() has nothing to learn from what stands under the SIZE
 * bytes of PAIR_KEY at OFFSET: our own output that was confirmed.  Else 0. */
int merge_has(
    const struct merge *m, const char *pair_key, size_t size, int64_t offset);

/** An output; the caller's, merge_output_fini(). */
struct merge_output {
	enum record_type type; /* RECORD_NOTICE or RECORD_PARTNERSHIP */
	char *key;	       /* of the message */
	char *pair_key;
	jv value; /* jv_null() = tombstone */
};
/** 1 and *OUT if there is something to write now, else 0. */
int merge_next(struct merge *m, struct merge_output *out);
/** Free what O owns. */
void merge_output_fini(struct merge_output *o);
/** The output that was out for PAIR_KEY is written, at OFFSET. */
void merge_done(struct merge *m, const char *pair_key, int64_t offset);
/**
 * It is not.  AGAIN: judge the pair anew and offer it again; else wait until
 * one of its claims changes.
 */
void merge_failed(struct merge *m, const char *pair_key, int again);

struct merge_counts {
	size_t claims;	   /* live */
	size_t pairs;	   /* with claims */
	size_t unresolved; /* claims that wait for an alias */
	size_t waiting;	   /* pairs to be judged or written */
	size_t out;	   /* outputs not yet confirmed */
};
/** How much there is; cheap. */
struct merge_counts merge_counts(const struct merge *m);

#endif
