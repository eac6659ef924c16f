/**
 * A small HTTP server on libmicrohttpd whose sockets are served by the
 * program's own loop: no thread of its own.  Used for admin ports
 * (/healthz, /readyz, /metrics), the sandbox's sites and registry, the portal.
 */
#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct server;

enum {
	SERVER_BODY_MAX_BYTES = 4 * 1024 * 1024,
	SERVER_HEADERS_MAX = 20,
	SERVER_HEADER_VALUE_SIZE = 1024 /* with its end */
};

/** Everything borrowed, valid during the handler. */
struct server_request {
	const char *method;
	const char *path; /* as sent: still percent-encoded */
	const void *body;
	size_t body_size;
	int64_t waited_ms; /* since it came, in earlier calls of the handler */
	void *inner;	   /* for server_query(), server_header() */
};
/** Decoded query argument NAME, or NULL; borrowed. */
const char *server_query(const struct server_request *r, const char *name);
/** Every query argument in order, decoded; VALUE may hold any byte, SIZE says
 * how many; NULL without "=".  EACH returns non-zero to stop. */
typedef int server_each_argument(
    void *ctx, const char *name, const char *value, size_t size);
void server_queries(
    const struct server_request *r, server_each_argument *each, void *ctx);
/** Request header NAME (any case), or NULL; borrowed. */
const char *server_header(const struct server_request *r, const char *name);

/** Filled by the handler; starts as 404, empty, text/plain. */
struct server_answer {
	int status;
	const char *content_type; /* borrowed */
	void *body; /* malloc()ed, taken by the server; NULL: empty */
	size_t body_size;
	int64_t delay_ms; /* answer only then (a slow site); 0: at once */
	int is_dropped;	  /* close without an answer */
	int is_waiting;	  /* not answered yet: the handler is called again with
			   * a new answer after delay_ms, or server_wake() */
	struct server_header_out {
		const char *name; /* borrowed */
		char value[SERVER_HEADER_VALUE_SIZE];
	} headers[SERVER_HEADERS_MAX];
	size_t n_headers;
};
typedef void server_handler(
    void *ctx, const struct server_request *r, struct server_answer *a);

/**
 * Listen on ADDRESS ("127.0.0.1") and PORT (0: a free one).  NULL with ERR =
 * FATAL.
 */
struct server *server_new(const char *address, uint16_t port,
    server_handler *handler, void *ctx, struct err *err);
/** Nothing is done with bodies of requests: they are not kept, and the handler
 * sees none.  Whoever may ask is bounded by that in what he can fill. */
void server_read_only(struct server *s);
/**
 * Speak TLS (1.2 and later) from now on, with CERTIFICATE (its chain may
 * follow it) and KEY, both PEM, borrowed for the call; again, for another
 * certificate.  Connections that are there go on as they are, for
 * SERVER_DRAIN_MS at most.  -1 with ERR = REJECT, and nothing has changed: the
 * two are not fit, or no pair.
 */
enum { SERVER_DRAIN_MS = 60000 };
int server_secure(struct server *s, const char *certificate, const char *key,
    struct err *err);
/** Close and free; does nothing on NULL. */
void server_free(struct server *s);
uint16_t server_port(const struct server *s);
/** Readable when server_step() has work (an epoll fd); borrowed. */
int server_fd(const struct server *s);
/** Serve what is there without waiting; ms until it wants to be called again
 * in any case, or -1 for never. */
int server_step(struct server *s);
/** Call the handlers of all requests that wait, at the next server_step(). */
void server_wake(struct server *s);

#endif
