/** What the feeds share; nobody else includes it. */
#ifndef PORTAL_FEED_INNER_H
#define PORTAL_FEED_INNER_H

struct answer;
struct buf;
struct err;
struct reader;
struct request;

/** Append the absolute address of PATH and NAME, percent-encoded, to OUT;
 * PUBLIC_URL as in request.h. */
void feed_address(const char *public_url, const char *path, const char *name,
    struct buf *out);
/** Who reads RQ's answer: argument `lang`, then Accept-Language. */
void feed_reader(const struct request *rq, struct reader *out);
/** ERR as the client's mistake, or ours. */
void feed_fail(struct answer *a, const struct err *err);

#endif
