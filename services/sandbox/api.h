/**
 * A site's REST collections (events, claims, organizations, partnerships,
 * notices), as the preset `rest` expects them:
 *
 *   GET    /COLLECTION?modified_after=&page=&per_page=  {items, next, total}
 *   GET    /COLLECTION/ID     200 item, 404, 410 in the trash
 *   PUT    /COLLECTION/ID     201 or 200 item: makes or replaces it
 *   POST   /COLLECTION        201 item, under a number of its own
 *   PATCH  /COLLECTION/ID     200 item: lays members over it
 *   DELETE /COLLECTION/ID     200 item, now in the trash; 404, 410
 *   GET    /whoami            200, or 401
 *
 * Everything but reading needs basic authentication.  Ids are percent-encoded
 * in paths, "/" too.
 */
#ifndef SANDBOX_API_H
#define SANDBOX_API_H

struct server_answer;
struct server_request;
struct site;

/** Answer R for S. */
void api_handle(
    struct site *s, const struct server_request *r, struct server_answer *a);

#endif
