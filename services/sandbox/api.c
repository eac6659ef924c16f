/* A site's REST collections: see api.h. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/percent.h"
#include "sandbox/api.h"
#include "sandbox/shelf.h"
#include "sandbox/site.h"
#include "web/server.h"

/* BODY is consumed. */
static void
answer(struct server_answer *a, int status, jv body)
{
	struct buf out = {0};

	json_canonical(body, &out);
	jv_free(body);
	a->status = status;
	a->content_type = "application/json";
	a->body_size = out.size;
	a->body = buf_take(&out);
}

static void
refuse(struct server_answer *a, int status, const char *why)
{
	jv body = jv_object();

	json_set_str(&body, "error", why);
	answer(a, status, body);
}

static int
is_authorized(const struct site *s, const struct server_request *r)
{
	const char *given = server_header(r, "Authorization");
	char plain[128], want[256] = "Basic ";
	int size = snprintf(plain, sizeof(plain), SITE_USER ":%s", s->password);

	EVP_EncodeBlock((unsigned char *)want + strlen(want),
	    (const unsigned char *)plain, size);
	return given != NULL && strlen(given) == strlen(want) &&
	       CRYPTO_memcmp(given, want, strlen(want)) == 0;
}

static int64_t
number(const struct server_request *r, const char *name, int64_t fallback)
{
	const char *text = server_query(r, name);
	char *end;
	long n;

	if (text == NULL)
		return fallback;
	n = strtol(text, &end, 10);
	return *end == '\0' && n >= 1 && n <= 1000000 ? n : fallback;
}

static void
list(struct site *s, enum shelf_collection c, const struct server_request *r,
    struct server_answer *a)
{
	const char *after = server_query(r, "modified_after");
	int64_t size = number(r, "per_page", SHELF_PAGE_MAX);

	if (size > SHELF_PAGE_MAX)
		size = SHELF_PAGE_MAX;
	answer(a, 200,
	    shelf_list(s->shelf, c, after != NULL ? after : "",
		number(r, "page", 1), size));
}

/* The request's body as an object, or jv_invalid() with an answer given. */
static jv
read_body(const struct server_request *r, struct server_answer *a)
{
	struct err err;
	jv doc = json_parse(r->body, r->body_size, &err);

	if (jv_get_kind(doc) == JV_KIND_OBJECT)
		return doc;
	jv_free(doc);
	refuse(a, 400, "a JSON object is expected");
	return jv_invalid();
}

static void
answer_outcome(struct site *s, enum shelf_collection c, const char *id,
    enum shelf_outcome outcome, struct server_answer *a)
{
	jv doc = jv_null();

	switch (outcome) {
	case SHELF_CREATED:
	case SHELF_CHANGED:
		shelf_get(s->shelf, c, id, &doc);
		answer(a, outcome == SHELF_CREATED ? 201 : 200, doc);
		break;
	case SHELF_NONE:
		refuse(a, 404, "no such item");
		break;
	case SHELF_TRASHED:
		refuse(a, 410, "in the trash");
		break;
	case SHELF_FULL:
		refuse(a, 507, "this collection is full");
		break;
	}
}

static void
add(struct site *s, enum shelf_collection c, const struct server_request *r,
    struct server_answer *a)
{
	char id[SHELF_ID_MAX + 1];
	enum shelf_outcome outcome;
	jv doc = read_body(r, a);

	if (!jv_is_valid(doc)) {
		jv_free(doc);
		return;
	}
	outcome = shelf_add(s->shelf, c, doc, id);
	answer_outcome(s, c, id, outcome, a);
}

static void
item(struct site *s, enum shelf_collection c, const char *id,
    const struct server_request *r, struct server_answer *a)
{
	enum shelf_outcome outcome;
	jv doc = jv_null();

	if (strcmp(r->method, "GET") == 0) {
		outcome = shelf_get(s->shelf, c, id, &doc);
		jv_free(doc);
	} else if (strcmp(r->method, "DELETE") == 0) {
		outcome = shelf_trash(s->shelf, c, id);
		if (outcome == SHELF_CHANGED) {
			shelf_get(s->shelf, c, id, &doc);
			answer(a, 200, doc);
			return;
		}
	} else if (strcmp(r->method, "PUT") == 0 ||
		   strcmp(r->method, "PATCH") == 0) {
		doc = read_body(r, a);
		if (!jv_is_valid(doc)) {
			jv_free(doc);
			return;
		}
		outcome = r->method[1] == 'U'
			      ? shelf_put(s->shelf, c, id, doc)
			      : shelf_patch(s->shelf, c, id, doc);
	} else {
		refuse(a, 405, "no such method");
		return;
	}
	answer_outcome(s, c, id, outcome, a);
}

void
api_handle(
    struct site *s, const struct server_request *r, struct server_answer *a)
{
	const char *word = r->path + 1, *slash = strchr(word, '/');
	size_t size = slash != NULL ? (size_t)(slash - word) : strlen(word);
	int is_read = strcmp(r->method, "GET") == 0;
	char *collection, *id = NULL;
	enum shelf_collection c;

	if ((!is_read || strcmp(word, "whoami") == 0) && !is_authorized(s, r)) {
		refuse(a, 401, "who are you?");
		return;
	}
	collection = mem_dup_n(word, size);
	if (slash != NULL)
		id = percent_decode(slash + 1, strlen(slash + 1));
	if (strcmp(word, "whoami") == 0)
		answer(
		    a, 200, JV_OBJECT(jv_string("name"), jv_string(SITE_USER)));
	else if (shelf_parse(collection, &c) != 0 ||
		 (slash != NULL && (id == NULL || strlen(id) > SHELF_ID_MAX)))
		refuse(a, 404, "no such thing");
	else if (slash != NULL && id[0] != '\0')
		item(s, c, id, r, a);
	else if (is_read)
		list(s, c, r, a);
	else if (strcmp(r->method, "POST") == 0)
		add(s, c, r, a);
	else
		refuse(a, 405, "only GET and POST");
	free(collection);
	free(id);
}
