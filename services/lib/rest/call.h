/**
 * Between a preset's requests and answers (JSON) and HTTP, alike for whoever
 * asks a connection's system: both directions, and `twinwire probe`.
 */
#ifndef REST_CALL_H
#define REST_CALL_H

#include "base/json.h"
#include "rest/http.h"

struct err;
struct sign;

enum { CALL_HEADERS_MAX = 16 };

/** A system, and who calls it; all borrowed. */
struct call_system {
	const char *base_url;
	struct http *http;
	struct http_site *site;
	const struct sign *sign; /* secrets; NULL: requests are not signed */
};

/** A request made without jv; all borrowed. */
struct call {
	const char *method;
	const char *path; /* from "/", percent-encoded */
	const char *body; /* JSON, or NULL */
	size_t body_size;
	const char *id; /* that a signature covers; NULL: a new one */
};
/** Start C as call_start() starts a request without headers of its own. */
struct http_call *call_send(const struct call_system *s, const struct call *c,
    http_done *done, void *ctx, struct err *err);
/**
 * Start REQUEST (consumed): {method, path, headers, body?, id?} as preset_run()
 * gives it, and with the id that a signature covers (none: a new one).  The
 * path, from "/", is joined to base_url; a string body goes out as it is, any
 * other as canonical JSON (http_start() adds the Content-Type).  Where the
 * system has secrets to sign with, the headers of rest/sign.h are added
 * over the very bytes that go out; a request that brings one of them itself is
 * refused.  DONE as for http_start().  NULL with ERR = REJECT.
 */
struct http_call *call_start(const struct call_system *s, jv request,
    http_done *done, void *ctx, struct err *err);
/**
 * A as presets see it: {status, headers, body}; the body is parsed JSON where
 * FORMAT (preset_format()) is "json" and it is JSON, null if it is empty, else
 * the text.  The caller's.
 */
jv call_answer(const struct http_answer *a, const char *format);

#endif
