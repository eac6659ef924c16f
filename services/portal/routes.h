/** Which handler a path has, and what all answers share. */
#ifndef PORTAL_ROUTES_H
#define PORTAL_ROUTES_H

#include "portal/request.h"

struct server_answer;
struct server_request;

/**
 * Answer R: find its handler, call it, add what all answers have (security
 * headers, ETag and 304, compression).  Q and PUBLIC_URL are borrowed for the
 * call.  1 with *OUT filled, 0 if it waits until *OUT_UNTIL_MS.
 */
int routes_answer(const struct server_request *r, struct query *q,
    const char *public_url, struct server_answer *out, int64_t *out_until_ms);

#endif
