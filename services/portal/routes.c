/* Paths and what all answers share: see routes.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "portal/api.h"
#include "portal/cache.h"
#include "portal/feed.h"
#include "portal/pages.h"
#include "portal/query.h"
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

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* SIZE bytes of a path, percent-decoded: new, NULL if that is no text. */
static char *
decode(const char *part, size_t size)
{
	char *out = mem_new(size + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		if (part[i] != '%') {
			out[n++] = part[i];
			continue;
		}
		if (size - i < 3 || hex(part[i + 1]) < 0 ||
		    hex(part[i + 2]) < 0)
			goto bad;
		out[n++] = (char)(hex(part[i + 1]) * 16 + hex(part[i + 2]));
		i += 2;
	}
	if (n > 0 && utf8_is_text(out, n))
		return out;
bad:
	free(out);
	return NULL;
}

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
		rq->parts[rq->n_parts] = decode(path, size);
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

/* The body's hash as an ETag; 1 if the client has just that. */
static int
tag(const struct server_request *r, const struct answer *a,
    struct server_answer *out)
{
	unsigned char hash[JSON_HASH_SIZE];
	const char *have = server_header(r, "If-None-Match");
	char text[2 * JSON_HASH_SIZE + 5] = "W/\"";
	size_t n = 3;

	json_hash_bytes(
	    a->body.data != NULL ? a->body.data : "", a->body.size, hash);
	for (size_t i = 0; i < JSON_HASH_SIZE; i++, n += 2)
		snprintf(text + n, 3, "%02x", hash[i]);
	text[n++] = '"';
	text[n] = '\0';
	give_header(out, "ETag", text);
	return have != NULL && strstr(have, text + 2) != NULL;
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

/* 1 if the answer to R costs so much that it is kept. */
static int
is_kept(const struct server_request *r)
{
	return strcmp(r->method, "GET") == 0 &&
	       (strcmp(r->path, "/map/data") == 0 ||
		   strcmp(r->path, "/api/v1/map.geojson") == 0);
}

static int
add_argument(void *ctx, const char *name, const char *value, size_t size)
{
	struct buf *key = ctx;

	buf_printf(key, "&%s=", name);
	return value == NULL ? 0 : buf_add(key, value, size);
}

/* What the answer to R depends on, besides what was read. */
static void
key_of(const struct server_request *r, struct buf *key)
{
	const char *language = server_header(r, "Accept-Language");

	buf_printf(key, "%d %s %s",
	    gzip_is_accepted(server_header(r, "Accept-Encoding")),
	    language != NULL ? language : "", r->path);
	server_queries(r, add_argument, key);
}

static void
give_kept(const struct server_request *r, const struct cache_answer *kept,
    struct server_answer *out)
{
	const char *have = server_header(r, "If-None-Match");

	give_common(out, strict_policy, "no-cache");
	give_header(out, "Access-Control-Allow-Origin", "*");
	give_header(out, "ETag", kept->tag);
	out->status =
	    have != NULL && strstr(have, kept->tag + 2) != NULL ? 304 : 200;
	if (out->status == 304) {
		out->content_type = NULL;
		return;
	}
	out->content_type = kept->type;
	if (kept->is_gzip)
		give_header(out, "Content-Encoding", "gzip");
	out->body = mem_dup_n(kept->body, kept->size);
	out->body_size = kept->size;
}

static void
keep(struct cache *c, const char *key, uint64_t generation,
    const struct server_answer *out)
{
	struct cache_answer a = {.type = out->content_type,
	    .body = out->body,
	    .size = out->body_size};

	if (out->status != 200 || out->body == NULL)
		return;
	for (size_t i = 0; i < out->n_headers; i++) {
		const struct server_header_out *h = &out->headers[i];

		if (strcmp(h->name, "ETag") == 0)
			snprintf(a.tag, sizeof(a.tag), "%.*s",
			    CACHE_TAG_SIZE - 1, h->value);
		a.is_gzip |= strcmp(h->name, "Content-Encoding") == 0;
	}
	cache_put(c, key, generation, clock_mono_ms(), &a);
}

static int
answer(const struct server_request *r, struct query *q, const char *public_url,
    struct server_answer *out, int64_t *out_until_ms)
{
	struct request rq = {.http = r,
	    .query = q,
	    .public_url = public_url,
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

int
routes_answer(const struct server_request *r, const struct routes_conf *conf,
    struct server_answer *out, int64_t *out_until_ms)
{
	struct buf key = {0};
	const struct cache_answer *kept;
	uint64_t generation;

	if (!is_kept(r))
		return answer(
		    r, conf->query, conf->public_url, out, out_until_ms);
	generation = query_generation(conf->query);
	key_of(r, &key);
	kept = cache_get(conf->cache, key.data, generation, clock_mono_ms());
	if (kept != NULL) {
		give_kept(r, kept, out);
	} else {
		(void)answer(
		    r, conf->query, conf->public_url, out, out_until_ms);
		keep(conf->cache, key.data, generation, out);
	}
	buf_free(&key);
	return 1;
}
