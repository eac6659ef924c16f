/**
 * Inside rest/: calls in flight, and the bound of what their answers hold
 * together (HTTP_ANSWERS_MAX_BYTES).
 */
#ifndef REST_HTTP_FLIGHT_H
#define REST_HTTP_FLIGHT_H

#include <stddef.h>

struct http_call;

struct http_list {
	struct http_call *first, *last;
};

struct http_flight {
	struct http_list calls;
	size_t n;
	size_t answers_bytes;
	size_t n_crowded; /* of them, those that gave way: to be ended */
};

/** Make room for SIZE more bytes of C's answer: the longest give way, their
 * answers are dropped.  1, or 0 if C itself is one of them. */
int http_flight_room(struct http_call *c, size_t size);

#endif
