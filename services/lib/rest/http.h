/**
 * HTTP requests, many at once, and the one place where a program waits: for
 * them, for other file descriptors and for time alike (curl_multi_poll).
 * Answers are bounded in bytes and time by our own counters; redirects are
 * never followed; no proxy from the environment.  Not thread-safe.
 */
#ifndef REST_HTTP_H
#define REST_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "rest/policy.h"

struct err;
struct http;
struct http_stats;
struct http_call;

enum {
	HTTP_URL_MAX_BYTES = 8192,
	HTTP_HEADERS_MAX_BYTES = 64 * 1024,
	HTTP_ANSWER_MAX_BYTES = 16 * 1024 * 1024,
	/* Of all answers that a `struct http` is reading.  Beyond it the
	 * longest gives way (outcome UNKNOWN, RETRY): a system that answers
	 * much, or slowly, is in nobody's way but its own. */
	HTTP_ANSWERS_MAX_BYTES = 64 * 1024 * 1024
};

struct http_header {
	const char *name;
	const char *value;
};

/** How to reach one system; copied.  One for each system, kept by its user. */
struct http_site_conf {
	const char *base_url; /* calls must stay at its origin */
	const char *username; /* basic auth, or NULL */
	const char *password;
	const char *bearer;    /* token, or NULL */
	const char *ca_file;   /* NULL: the system's */
	const char *cert_file; /* who we are (PEM), or NULL */
	const char *key_file;  /* its key (PEM); NULL: in cert_file */
	struct policy policy;
	int64_t timeout_ms;	 /* of a whole request */
	size_t answer_max_bytes; /* 0: HTTP_ANSWER_MAX_BYTES */
};
struct http_site;

struct http_request {
	const char *method;
	const char *url; /* absolute, at the site's origin */
	/* Content-Type is application/json unless given; Host, lengths and
	 * connection headers are refused, Authorization too if the site has one
	 */
	const struct http_header *headers;
	size_t n_headers;
	const void *body; /* copied; NULL: none */
	size_t body_size;
};

enum http_outcome {
	HTTP_ANSWERED, /* status, headers, body */
	HTTP_NOT_SENT, /* surely never reached the system: resolve, connect,
			* TLS before a byte of the request was sent */
	HTTP_UNKNOWN   /* a byte of it may have left, and no whole answer came
			* (silence, reset, cut short, too large, too much at
			* once, not HTTP): it may have happened */
};

/** Everything borrowed, valid during the callback only. */
struct http_answer {
	enum http_outcome outcome;
	int status;	    /* 0 unless ANSWERED */
	int is_tls_failure; /* NOT_SENT because of TLS */
	int is_refused;	    /* NOT_SENT because the policy said no */
	int64_t retry_after_ms;
	int64_t elapsed_ms;
	const char *content_type; /* "" if none */
	jv headers;		  /* object of lower-case names to strings */
	const char *body;	  /* zero-terminated */
	size_t body_size;
	const struct err *err; /* class NONE when ANSWERED, REJECT when the
				* policy said no, else RETRY */
};

typedef void http_done(void *ctx, const struct http_answer *answer);

/**
 * MAX_CONNECTIONS in all, idle ones included; further calls wait in line for
 * one, and their time does not run yet.  NULL with ERR = FATAL.
 */
struct http *http_new(size_t max_connections, struct err *err);
/**
 * Drop calls in flight (their `done` is not called) and free; does nothing on
 * NULL.  Its sites may be freed before or after.
 */
void http_free(struct http *h);
/** NULL with ERR = REJECT when the policy forbids base_url. */
struct http_site *http_site_new(
    const struct http_site_conf *conf, struct err *err);
/**
 * All its calls must have ended and their `done` have returned; wipes secrets;
 * does nothing on NULL.
 */
void http_site_free(struct http_site *s);
/** What calls of S came to so far (rest/http_stats.h); borrowed for its life.
 */
const struct http_stats *http_site_stats(const struct http_site *s);
/**
 * New: TEXT, an answer, as far as MAX bytes, with asterisks over every place
 * that holds a secret of S, as it is or as JSON or a URL writes it: some
 * systems answer with what they were sent.
 */
char *http_site_excerpt(
    const struct http_site *s, const char *text, size_t max);
/**
 * Start R (copied).  A site is used with one `struct http` at a time.  curl's
 * own repeat on a dead kept-alive connection is let through for GET, HEAD, PUT,
 * DELETE and OPTIONS only.  DONE is called once, from http_wait(), never from
 * here.  The handle is valid until then.  NULL with ERR = REJECT when the
 * request itself is not fit (URL elsewhere, header with CR/LF).
 */
struct http_call *http_start(struct http *h, struct http_site *s,
    const struct http_request *r, http_done *done, void *ctx, struct err *err);
/** Give up on CALL: DONE is not called. */
void http_cancel(struct http *h, struct http_call *call);

struct http_fd {
	int fd;
	int is_ready; /* out */
};
/**
 * Wait until a call ends, one of FDS is readable or TIMEOUT_MS is over, then
 * call the `done` of every ended call.  0, or -1 with ERR = FATAL.
 */
int http_wait(struct http *h, struct http_fd *fds, size_t n, int timeout_ms,
    struct err *err);

/** A blocking call for command-line tools: *OUT_BODY is new, the caller's. */
int http_once(struct http_site *s, const struct http_request *r,
    int *out_status, char **out_body, size_t *out_size, struct err *err);

#endif
