/**
 * A site's web page for its clerk: what stands on it, forms to add, edit,
 * cancel and withdraw, the switches, the lamp.  Works without JavaScript.
 */
#ifndef SANDBOX_PAGE_H
#define SANDBOX_PAGE_H

struct server_answer;
struct server_request;
struct site;

/** Answer R, which is none of the collections', for S. */
void page_handle(
    struct site *s, const struct server_request *r, struct server_answer *a);

#endif
