/**
 * Inside rest/: one exchange on a reusable curl handle: what is set, counted
 * and judged while it runs.
 */
#ifndef REST_HTTP_CALL_H
#define REST_HTTP_CALL_H

#include <curl/curl.h>

#include "base/buf.h"
#include "rest/http.h"

struct http_flight;
struct http_poll;
struct http_site;

struct http_call {
	struct http_call *prev, *next; /* in flight, or idle */
	CURL *easy;		       /* NULL before the first use */
	struct http_site *site;	       /* borrowed; whose options EASY has */
	struct http_poll *poll;	       /* borrowed */
	struct http_flight *flight;    /* borrowed; it is in there or at rest */
	http_done *done;
	void *ctx;

	struct buf target; /* path and query of the request */
	struct buf body;   /* of the request */
	struct buf lines;  /* header lines of the request, NUL-separated */
	struct curl_slist *list; /* over LINES */
	size_t list_room;
	struct buf head;   /* of the answer, newest status line first */
	size_t head_bytes; /* in all, with 1xx and trailers */
	struct buf answer;
	int64_t started_ms;
	int is_waiting;	   /* for a free connection */
	int n_sendings;	   /* times a connection was ready for the request */
	int is_repeatable; /* by method (RFC 9110 section 9.2.2) */
	int is_refused;	   /* an address was, by the policy */
	int is_too_large;
	int is_crowded;	  /* gave way: see HTTP_ANSWERS_MAX_BYTES */
	int is_at_status; /* its status line is what came last */
	int has_head;	  /* the empty line after the headers came */
	char trouble[CURL_ERROR_SIZE];
};

/** New, with SITE's options, its sockets known to POLL, to be part of FLIGHT;
 * all borrowed. */
struct http_call *http_call_new(
    struct http_site *site, struct http_poll *poll, struct http_flight *flight);
/** Does nothing on NULL. */
void http_call_free(struct http_call *c);
/** Make C ready for R, which is copied.  -1 with ERR (REJECT: R is unfit). */
int http_call_prepare(
    struct http_call *c, const struct http_request *r, struct err *err);
/** C is sent: its time runs. */
void http_call_begin(struct http_call *c);
/** Judge how C ended with RESULT and call its `done`. */
void http_call_finish(struct http_call *c, CURLcode result);
/** C, out of the multi handle, waits for its next use: give memory back. */
void http_call_rest(struct http_call *c);

#endif
