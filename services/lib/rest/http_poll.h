/**
 * Inside rest/: the wait itself.  curl says which of its sockets it waits for
 * and until when; these stand in an epoll set, so that a wait costs what has
 * happened and not what is in flight (curl_multi_perform() asks the kernel
 * about each request under way, at every wait).
 */
#ifndef REST_HTTP_POLL_H
#define REST_HTTP_POLL_H

#include <curl/curl.h>
#include <stddef.h>

struct err;
struct http_fd;
struct http_poll;

/** New, for the sockets of MULTI (borrowed); NULL with ERR = FATAL. */
struct http_poll *http_poll_new(CURLM *multi, struct err *err);
/** After MULTI is cleaned up.  Does nothing on NULL. */
void http_poll_free(struct http_poll *p);
/** A connection of curl's got the new socket FD; it has been closed. */
void http_poll_opened(struct http_poll *p, int fd);
void http_poll_closed(struct http_poll *p, int fd);
/** Let curl do what is due by time; it sends new requests here. */
int http_poll_due(struct http_poll *p, struct err *err);
/**
 * Wait until a socket of curl or one of FDS is readable, a time of curl's
 * comes or TIMEOUT_MS is over, and let curl do its part.  Says in FDS which
 * are ready.
 */
int http_poll_wait(struct http_poll *p, struct http_fd *fds, size_t n,
    int timeout_ms, struct err *err);

#endif
