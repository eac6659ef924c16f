/** Inside rest/: what http.c and http_call.c know of a site. */
#ifndef REST_HTTP_SITE_H
#define REST_HTTP_SITE_H

#include <curl/curl.h>
#include <stddef.h>
#include <stdint.h>

#include "rest/policy.h"
#include "rest/http_stats.h"

struct err;
struct http;

struct http_site {
	char *base_url;
	size_t origin_size; /* of "https://host:port" at its start */
	CURLU *origin;	    /* that, taken apart once for all calls */
	char
	    *authorization; /* "Authorization: ..." or NULL; wiped when freed */
	const char *token;  /* in authorization: what follows its scheme */
	char *secret;	    /* the password as it is, or NULL; wiped, too */
	char *ca_file, *cert_file, *key_file;
	struct policy policy;
	int64_t timeout_ms;
	size_t answer_max_bytes;
	struct http *http; /* whose pool holds idle handles of this site */
	size_t n_idle;
	struct http_stats stats;
	int64_t certificate_due_ms; /* look at it again then (monotonic) */
};

/**
 * 0 if URL lies at S's origin and is fit to be sent, *OUT_TARGET is what
 * follows the origin in it: "", or from a slash or question mark on; -1 with
 * ERR = REJECT.
 */
int http_site_accepts(const struct http_site *s, const char *url,
    const char **out_target, struct err *err);
/** Wipe and free S, whose idle handles are gone. */
void http_site_wipe(struct http_site *s);

#endif
