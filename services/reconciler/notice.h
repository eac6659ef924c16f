/** What happened to a partnership, out of its states before and after. */
#ifndef RECONCILER_NOTICE_H
#define RECONCILER_NOTICE_H

#include <stdint.h>

#include "base/json.h"

enum { NOTICE_NEW_DAYS = 90 };

/** The claim's message that made it happen. */
struct notice_cause {
	const char *member; /* borrowed; NULL: the operator's configuration */
	int64_t offset;
	int64_t append_ms;
};

/**
 * New Notice, or jv_null() if nothing happened that is worth one (names,
 * addresses, reports).  BEFORE and AFTER are Partnerships, borrowed; jv_null()
 * where there was or is none.  OFFSET of BEFORE's message in tw.partnerships
 * (or of its tombstone), -1 if there is none.
 */
jv notice_make(
    jv before, jv after, int64_t offset, const struct notice_cause *cause);

#endif
