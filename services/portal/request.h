/** A request to the portal, taken apart, and the answer to it. */
#ifndef PORTAL_REQUEST_H
#define PORTAL_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"

struct atlas;
struct query;
struct server_request;

enum { REQUEST_PARTS_MAX = 4, ANSWER_HEADERS_MAX = 12, ANSWER_TAG_SIZE = 40 };

/** Borrowed during the handler. */
struct request {
	const struct server_request *http; /* server_query(), server_header() */
	struct query *query;
	struct atlas *atlas;
	const char *public_url; /* in front of every absolute address: "https:
				 * //portal.example.org"; no slash at its end */
	char *parts[REQUEST_PARTS_MAX]; /* what stood for each {} of the
					 * pattern, percent-decoded UTF-8 */
	size_t n_parts;
	int64_t now_ms; /* wall time */
};

/** Starts as 200 without a body. */
struct answer {
	int status;
	const char *type; /* content type; borrowed */
	struct buf body;
	int is_packed;		   /* BODY is compressed (gzip) already, */
	char tag[ANSWER_TAG_SIZE]; /* and this is its ETag */
	const char *cache_control; /* borrowed; NULL: "no-cache" (with ETag) */
	const char *policy;	   /* Content-Security-Policy; borrowed; NULL:
				    * the strict one of pages */
	struct answer_header {
		const char *name; /* borrowed */
		char *value;	  /* owned */
	} headers[ANSWER_HEADERS_MAX];
	size_t n_headers;
	int64_t wait_until_ms; /* not yet: ask again at the next change on the
				* wire or at this wall time; 0: it stands */
};

/** Handles one request; called again for one that waited. */
typedef void route_handler(struct request *rq, struct answer *a);

/** Query argument NAME, decoded, or NULL; borrowed. */
const char *request_arg(const struct request *rq, const char *name);
/** All values of NAME, also those joined by commas: new array of strings. */
jv request_args(const struct request *rq, const char *name);
/** Request header NAME, or NULL; borrowed. */
const char *request_header(const struct request *rq, const char *name);

/** Append "?NAME=VALUE", percent-encoded, or "&..." if OUT has a "?". */
void request_add_argument(struct buf *out, const char *name, const char *value);
/** New: RQ's own path with its arguments, NAME set to VALUE (NULL: without it),
 * and always without "after" but for that. */
char *request_here(
    const struct request *rq, const char *name, const char *value);
/** New: RQ's arguments with one of NAMES ("city country"), "" or "a=b&c=d". */
char *request_arguments(const struct request *rq, const char *names);

/** Add a header; CR and LF in VALUE never get there. */
void answer_header(struct answer *a, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/** The weak ETag (RFC 9110 section 8.8.3) of what BODY holds. */
void answer_tag(const struct buf *body, char out[ANSWER_TAG_SIZE]);
/**
 * Turn it into an error as RFC 9457 has it; DETAIL says what is wrong and what
 * would be right.  Pages turn it into a page (routes.c).
 */
void answer_problem(struct answer *a, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/** Free what A owns. */
void answer_fini(struct answer *a);

#endif
