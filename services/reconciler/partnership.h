/**
 * All claims about one pair of cities as one Partnership (DESIGN section 7;
 * domain.md sections 4 and 5).  A pure function, whatever the order of claims.
 *
 * Whose side a claim states: the city in `speaksFor`, if members.yaml lets its
 * member speak for it; with an empty `speaksFor` the one city of the two that
 * members.yaml gives the member, if it is exactly one.  Every other claim is a
 * report of a third party: shown, and without any effect on the sides.
 */
#ifndef RECONCILER_PARTNERSHIP_H
#define RECONCILER_PARTNERSHIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct aliases;
struct members;

struct partnership_claim {
	const char *key;    /* borrowed */
	const char *member; /* borrowed; it is in members.yaml */
	int64_t offset;	    /* in the member's topic */
	int64_t append_ms;
	const char *text; /* the caller's, to make VALUE of */
	jv value;	  /* borrowed */
	int side;	  /* as partnership_side() says */
	int rank;	  /* of the member; set by partnership_newest() */
};

/** The cities of a pair, in the order of its key, or neither. */
enum { PARTNERSHIP_A, PARTNERSHIP_B, PARTNERSHIP_REPORT };
/** Whose side CLAIM (borrowed), which MEMBER makes about PAIR_KEY, states. */
int partnership_side(const char *pair_key, jv claim, const char *member,
    const struct members *members, const struct aliases *aliases);

/**
 * Of all N CLAIMS about one pair those that are told, put in front in order of
 * precedence: the eight newest of each member, as however many one writes, the
 * others' words have to fit the message as well, and its newest for each side
 * that it speaks for.  Their number.  Values are not looked at, and those
 * behind are as good as gone.
 */
size_t partnership_newest(
    struct partnership_claim *claims, size_t n, const struct members *members);

/**
 * New Partnership for PAIR_KEY, with every field of the schema, out of the N
 * CLAIMS (at least one) that partnership_newest() has left.  Texts that are too
 * long to be one are left out.
 */
jv partnership_merge(const char *pair_key,
    const struct partnership_claim *claims, size_t n,
    const struct aliases *aliases);

#endif
