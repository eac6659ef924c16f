/**
 * Claims and partnerships of the simulation as the real records they stand
 * for, and what the real deciders say of them.
 */
#ifndef SIM_CLAIMS_H
#define SIM_CLAIMS_H

#include "base/json.h"
#include "connector/poll.h"

/** Of a claim: 1 to CLAIMS_CONTENTS, a pair of cities and a status. */
enum { CLAIMS_STATUSES = 3, CLAIMS_CONTENTS = 9 };

struct members;

/** Who may speak for whom; borrowed, for good. */
const struct members *claims_members(void);
/** Claim of MEMBER with CONTENT; the caller's. */
jv claims_value(int member, int content);
/** Key of claim LOCAL of MEMBER; borrowed until the next call. */
const char *claims_key(int member, int local);
/** Index of the pair under PAIR_KEY. */
int claims_pair(const char *pair_key);
/** Key of pair PAIR. */
const char *claims_pair_key(int pair);
/** What a partnership (borrowed) says, as a number > 0. */
int claims_content(jv partnership);
/**
 * What poll_decide() makes of an item with CONTENT (0: in the trash)
 * that the state file knows as KNOWN with content ROW (0: none).
 */
enum poll_want claims_want(
    int content, int has_marker, enum poll_known known, int row);

#endif
