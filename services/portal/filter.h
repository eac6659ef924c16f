/**
 * What a request asks for, from its query arguments; the same words for the
 * REST interface, feeds and pages:
 *   city, country, member, kind, status, language: several, by commas or
 *   repeated; q: words; since_from, since_to: years; from, to: days or
 *   instants; sort: changed, name, date, with "-" in front the other way
 *   round; after, limit: pages; duplicates: 1; total: 1
 */
#ifndef PORTAL_FILTER_H
#define PORTAL_FILTER_H

#include "portal/query.h"
#include "portal/request.h"

struct err;

/** Which arguments make sense; the others are errors where FILTER_STRICT. */
enum filter_part {
	FILTER_PLACES = 1 << 0, /* city, country */
	FILTER_MEMBERS = 1 << 1,
	FILTER_KINDS = 1 << 2,
	FILTER_STATUSES = 1 << 3,
	FILTER_LANGUAGES = 1 << 4,
	FILTER_TEXT = 1 << 5,
	FILTER_YEARS = 1 << 6,
	FILTER_TIMES = 1 << 7,
	FILTER_PAGES = 1 << 8, /* sort, after, limit, total */
	FILTER_DUPLICATES = 1 << 9,
	FILTER_STRICT = 1 << 10,
	FILTER_ALL = (1 << 10) - 1
};

/**
 * Read RQ's arguments into *OUT; filter_fini() frees it.  MORE: further names
 * that are no error, with spaces between them.  -1 with ERR = REJECT that says
 * which argument is wrong and what would be right; *OUT is empty then.
 */
int filter_parse(const struct request *rq, int parts, const char *more,
    struct query_filter *out, struct err *err);
/** Argument `limit` into F; -1 with ERR = REJECT. */
int filter_limit(
    const struct request *rq, struct query_filter *f, struct err *err);
/** Free what F owns. */
void filter_fini(struct query_filter *f);

#endif
