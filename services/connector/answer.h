/**
 * What an HTTP answer means for a record (DESIGN section 5, step 6).  Pure.
 */
#ifndef CONNECTOR_ANSWER_H
#define CONNECTOR_ANSWER_H

#include "connector/core.h"

struct http_answer;

/**
 * The rule for any system, then what the preset's `errors` says: WORD is
 * "retry", "reject", "stop", "done", "gone", "absent" or NULL for the rule.
 * FIND and 2xx answers give CORE_OK here; what was found is the caller's to
 * add.
 */
void answer_classify(enum core_op op, const struct http_answer *a,
    const char *word, struct core_answer *out);
/** Code of a failed answer for receipts and dead letters; static. */
const char *answer_code(const struct http_answer *a);

#endif
