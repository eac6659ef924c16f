/* Paths and what all answers share: see routes.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/percent.h"
#include "portal/api.h"
#include "portal/feed.h"
#include "portal/pages.h"
#include "portal/routes.h"
#include "web/gzip.h"
#include "web/server.h"

enum { GZIP_FROM_BYTES = 1024, PATH_MAX_BYTES = 2048 };

struct route {
	const char *pattern; /* {} stands for one part of the path */
	route_handler *handler;
};

static const struct route routes[] = {
    {"/", page_start},
    {"/map", page_map},
    {"/map/data", page_map_data},
    {"/calendar", page_calendar},
    {"/partnerships/{}", page_partnership},
    {"/events/{}", page_event},
    {"/cities/{}", page_city},
    {"/members", page_members},
    {"/members/{}", page_member},
    {"/members/{}/tasks", page_tasks},
    {"/search", page_search},
    {"/subscribe", page_subscribe},
    {"/embed/events", page_embed},
    {"/embed/style.css", page_embed_style},
    {"/about", page_about},
    {"/static/{}", page_file},
    {"/api/v1/partnerships", api_partnerships},
    {"/api/v1/partnerships/{}", api_partnership},
    {"/api/v1/claims", api_claims},
    {"/api/v1/claims/{}", api_claim},
    {"/api/v1/events", api_events},
    {"/api/v1/events/{}", api_event},
    {"/api/v1/organizations", api_organizations},
    {"/api/v1/organizations/{}", api_organization},
    {"/api/v1/notices", api_notices},
    {"/api/v1/receipts", api_receipts},
    {"/api/v1/changes", api_changes},
    {"/api/v1/members", api_members},
    {"/api/v1/state", api_state},
    {"/api/v1/openapi.json", api_description},
    {"/api/v1/map.geojson", feed_map},
    {"/feeds/events.ics", feed_calendar},
    {"/feeds/events/{}", feed_event},
    {"/feeds/news.atom", feed_news},
};

static const char strict_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
    "data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

static void
forget_parts(struct request *rq)
{
	while (rq->n_parts > 0)
		free(rq->parts[--rq->n_parts]);
}

/* 1 if PATH is of PATTERN, with the parts taken. */
static int
matches(const char *pattern, const char *path, struct request *rq)
{
	while (*pattern != '\0') {
		size_t size = strcspn(path, "/");

		if (strncmp(pattern, "{}", 2) != 0) {
			if (*pattern++ != *path++)
				return 0;
			continue;
		}
		rq->parts[rq->n_parts] =
		    size > 0 ? percent_decode(path, size) : NULL;
		if (rq->parts[rq->n_parts] == NULL)
			return 0;
		rq->n_parts++;
		pattern += 2;
		path += size;
	}
	return *path == '\0';
}

static route_handler *
find(const char *path, struct request *rq)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		if (matches(routes[i].pattern, path, rq))
			return routes[i].handler;
		forget_parts(rq);
	}
	return NULL;
}

static void
handle(const struct server_request *r, struct request *rq, struct answer *a)
{
	route_handler *handler;

	if (strcmp(r->method, "OPTIONS") == 0) {
		a->status = 204;
		answer_header(a, "Allow", "GET, HEAD, OPTIONS");
		answer_header(a, "Access-Control-Allow-Origin", "*");
		answer_header(a, "Access-Control-Allow-Methods", "GET, HEAD");
		answer_header(a, "Access-Control-Allow-Headers",
		    "If-None-Match, Accept-Language");
		return;
	}
	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0) {
		answer_problem(a, 405,
		    "Only GET and HEAD: nothing here can "
		    "be written.");
		answer_header(a, "Allow", "GET, HEAD, OPTIONS");
		return;
	}
	handler = strlen(r->path) > PATH_MAX_BYTES ? NULL : find(r->path, rq);
	if (handler == NULL)
		answer_problem(a, 404, "There is nothing at this address.");
	else
		handler(rq, a);
}

static void
give_header(struct server_answer *out, const char *name, const char *value)
{
	struct server_header_out *h;

	if (out->n_headers == SERVER_HEADERS_MAX ||
	    strlen(value) >= sizeof(h->value))
		abort(); /* ours are known */
	h = &out->headers[out->n_headers++];
	h->name = name;
	snprintf(h->value, sizeof(h->value), "%s", value);
}

/* A's ETag, for which the body is hashed if need be; 1 if the client has just
 * that. */
static int
tag(const struct server_request *r, const struct answer *a,
    struct server_answer *out)
{
	const char *have = server_header(r, "If-None-Match");
	char made[ANSWER_TAG_SIZE];
	const char *text = a->is_packed ? a->tag : made;

	if (!a->is_packed)
		answer_tag(&a->body, made);
	give_header(out, "ETag", text);
	return have != NULL && strstr(have, text + 2) != NULL;
}

/* A, which is compressed, for R, who may not take that. */
static void
unpack(
    const struct server_request *r, struct answer *a, struct server_answer *out)
{
	struct buf plain = {0};

	if (gzip_is_accepted(server_header(r, "Accept-Encoding"))) {
		give_header(out, "Content-Encoding", "gzip");
		return;
	}
	if (gzip_read(a->body.data, a->body.size, &plain) != 0)
		abort(); /* we made it */
	buf_free(&a->body);
	a->body = plain;
}

static void
compress(
    const struct server_request *r, struct answer *a, struct server_answer *out)
{
	struct buf small = {.max = a->body.size};

	if (a->body.size < GZIP_FROM_BYTES ||
	    strncmp(a->type, "image/", 6) == 0)
		return;
	if (!gzip_is_accepted(server_header(r, "Accept-Encoding")))
		return;
	if (gzip_add(a->body.data, a->body.size, &small) == 0) {
		give_header(out, "Content-Encoding", "gzip");
		buf_free(&a->body);
		a->body = small;
	} else {
		buf_free(&small);
	}
}

/* What all answers have. */
static void
give_common(
    struct server_answer *out, const char *policy, const char *cache_control)
{
	give_header(out, "X-Content-Type-Options", "nosniff");
	give_header(out, "Referrer-Policy", "same-origin");
	give_header(out, "Cross-Origin-Opener-Policy", "same-origin");
	give_header(out, "Content-Security-Policy", policy);
	give_header(out, "Cache-Control", cache_control);
	give_header(out, "Vary", "Accept-Encoding, Accept-Language");
}

/* A into OUT with what all answers have. */
static void
finish(
    const struct server_request *r, struct answer *a, struct server_answer *out)
{
	give_common(out, a->policy != NULL ? a->policy : strict_policy,
	    a->cache_control != NULL ? a->cache_control : "no-cache");
	for (size_t i = 0; i < a->n_headers; i++)
		give_header(out, a->headers[i].name, a->headers[i].value);
	out->status = a->status;
	out->content_type = a->type;
	if (a->status == 200 && tag(r, a, out)) {
		out->status = 304;
		out->content_type = NULL;
		return;
	}
	if (a->is_packed)
		unpack(r, a, out);
	else
		compress(r, a, out);
	out->body_size = a->body.size;
	out->body = buf_take(&a->body);
}

/* 1 if A is a problem and R came from a browser that looks at a page. */
static int
is_for_people(const struct server_request *r, const struct answer *a)
{
	const char *accepted = server_header(r, "Accept");

	return a->status >= 400 &&
	       strcmp(a->type, "application/problem+json") == 0 &&
	       strncmp(r->path, "/api/", 5) != 0 &&
	       strncmp(r->path, "/feeds/", 7) != 0 && accepted != NULL &&
	       strstr(accepted, "text/html") != NULL;
}

int
routes_answer(const struct server_request *r, const struct routes_conf *conf,
    struct server_answer *out, int64_t *out_until_ms)
{
	struct request rq = {.http = r,
	    .query = conf->query,
	    .atlas = conf->atlas,
	    .public_url = conf->public_url,
	    .now_ms = clock_wall_ms()};
	struct answer a = {.status = 200, .type = "text/plain; charset=utf-8"};
	int is_done;

	handle(r, &rq, &a);
	is_done = a.wait_until_ms == 0;
	if (is_for_people(r, &a))
		page_problem(&rq, &a);
	if (is_done)
		finish(r, &a, out);
	else
		*out_until_ms = a.wait_until_ms;
	forget_parts(&rq);
	answer_fini(&a);
	return is_done;
}
