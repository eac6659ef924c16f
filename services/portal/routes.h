/** Which handler a path has, and what all answers share. */
#ifndef PORTAL_ROUTES_H
#define PORTAL_ROUTES_H

#include <stdint.h>

struct atlas;
struct query;
struct server_answer;
struct server_request;

/** What answers are made of; all borrowed. */
struct routes_conf {
	struct query *query;
	struct atlas *atlas;
	const char *public_url;
};

/**
 * Answer R: find its handler, call it, add what all answers have (security
 * headers, ETag and 304, compression).  1 with *OUT filled, 0 if it waits
 * until *OUT_UNTIL_MS.
 */
int routes_answer(const struct server_request *r,
    const struct routes_conf *conf, struct server_answer *out,
    int64_t *out_until_ms);

#endif
