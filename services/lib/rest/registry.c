/* Schema registry client: see registry.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/percent.h"
#include "rest/registry.h"

/* Error codes of Confluent's API that say "there is none". */
enum {
	NO_SUBJECT = 40401,
	NO_VERSION = 40402,
	NO_SCHEMA = 40403,
	INVALID_SCHEMA = 42201
};

static const struct http_header HEADERS[] = {
    {"Content-Type", "application/vnd.schemaregistry.v1+json"},
    {"Accept", "application/vnd.schemaregistry.v1+json, application/json"},
};

struct lookup {
	struct lookup *prev, *next;
	struct registry *registry;
	struct http_call *call;
	int32_t id;
	registry_text_done *text_done; /* one of the two */
	registry_id_done *id_done;
	void *ctx;
};

struct registry {
	struct http *http;
	struct http_site *site;
	char *base_url; /* without a slash at its end */
	struct lookup *first;
};

struct registry *
registry_new(struct http *h, const struct http_site_conf *conf, struct err *err)
{
	struct registry *r = mem_new(1, sizeof(*r));
	size_t size;

	r->http = h;
	r->site = http_site_new(conf, err);
	if (r->site == NULL) {
		free(r);
		return NULL;
	}
	r->base_url = mem_dup(conf->base_url);
	size = strlen(r->base_url);
	while (size > 0 && r->base_url[size - 1] == '/')
		r->base_url[--size] = '\0';
	return r;
}

static void
lookup_free(struct lookup *l)
{
	if (l->prev != NULL)
		l->prev->next = l->next;
	else
		l->registry->first = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	free(l);
}

const struct http_stats *
registry_stats(const struct registry *r)
{
	return http_site_stats(r->site);
}

void
registry_free(struct registry *r)
{
	if (r == NULL)
		return;
	while (r->first != NULL) {
		http_cancel(r->http, r->first->call);
		lookup_free(r->first);
	}
	http_site_free(r->site);
	free(r->base_url);
	free(r);
}

/*
 * The answer's document, or jv_invalid() with ERR.  Only the registry's own
 * error codes are a verdict: a 404 from something in between is not.
 */
static jv
judge(int status, const char *body, size_t size, struct err *err)
{
	jv doc = json_parse(body, size, NULL);
	int64_t code;

	if (jv_get_kind(doc) != JV_KIND_OBJECT) {
		jv_free(doc);
		err_set(err, ERR_RETRY, status,
		    "the schema registry's answer is no JSON object "
		    "(status %d)",
		    status);
		return jv_invalid();
	}
	if (status == 200)
		return doc;
	code = json_int(doc, "error_code", 0);
	if (code == NO_SUBJECT || code == NO_VERSION || code == NO_SCHEMA)
		err_set(err, ERR_REJECT, (int)code,
		    "the schema registry does not know it");
	else if (status == 409 || status == 422 || code == INVALID_SCHEMA)
		err_set(err, ERR_REJECT, status,
		    "the schema registry refuses the schema: %.200s",
		    json_str(doc, "message", ""));
	else
		err_set(err, ERR_RETRY, status,
		    "the schema registry answers %d: %.200s", status,
		    json_str(doc, "message", ""));
	jv_free(doc);
	return jv_invalid();
}

static int
read_id(jv doc, int32_t *out_id, struct err *err)
{
	int64_t id = json_int(doc, "id", -1);

	if (id < 0 || id > INT32_MAX)
		return err_set(err, ERR_RETRY, 0,
		    "the schema registry's answer has no id");
	*out_id = (int32_t)id;
	return 0;
}

static void
tell(struct lookup *l, jv doc, struct err *err)
{
	const char *text;
	int32_t id = -1;

	if (l->id_done != NULL) {
		if (err->class == ERR_NONE)
			read_id(doc, &id, err);
		l->id_done(l->ctx, id, err);
		return;
	}
	text = json_str(doc, "schema", NULL);
	if (err->class == ERR_NONE &&
	    strcmp(json_str(doc, "schemaType", "AVRO"), "AVRO") != 0) {
		err_set(err, ERR_REJECT, 0, "schema %d is not Avro", l->id);
		text = NULL;
	} else if (err->class == ERR_NONE && text == NULL) {
		err_set(err, ERR_RETRY, 0,
		    "the schema registry's answer has no schema");
	}
	l->text_done(l->ctx, l->id, text, text != NULL ? strlen(text) : 0, err);
}

static void
on_answer(void *ctx, const struct http_answer *a)
{
	struct lookup *l = ctx, copy = *l;
	struct err err = {.class = ERR_NONE};
	jv doc = jv_invalid();

	if (a->outcome == HTTP_ANSWERED) {
		doc = judge(a->status, a->body, a->body_size, &err);
	} else {
		err = *a->err;
		err.class = ERR_RETRY;
		err_wrap(&err, "schema registry");
	}
	lookup_free(l); /* before: the callee may ask again */
	tell(&copy, doc, &err);
	jv_free(doc);
}

static int
start(struct registry *r, const struct http_request *q,
    const struct lookup *what, struct err *err)
{
	struct lookup *l = mem_new(1, sizeof(*l));

	*l = *what;
	l->registry = r;
	l->prev = NULL;
	l->next = r->first;
	if (r->first != NULL)
		r->first->prev = l;
	r->first = l;
	l->call = http_start(r->http, r->site, q, on_answer, l, err);
	if (l->call == NULL) {
		lookup_free(l);
		return -1;
	}
	return 0;
}

int
registry_get(struct registry *r, int32_t id, registry_text_done *done,
    void *ctx, struct err *err)
{
	struct lookup l = {.id = id, .text_done = done, .ctx = ctx};
	char *url = mem_printf("%s/schemas/ids/%d", r->base_url, (int)id);
	struct http_request q = {.method = "GET",
	    .url = url,
	    .headers = HEADERS + 1,
	    .n_headers = 1};
	int rc = start(r, &q, &l, err);

	free(url);
	return rc;
}

/* "{base}/subjects/{SUBJECT}{TAIL}" */
static char *
subject_url(const struct registry *r, const char *subject, const char *tail)
{
	struct buf b = {0};

	buf_printf(&b, "%s/subjects/", r->base_url);
	percent_encode(subject, "", &b);
	buf_puts(&b, tail);
	return buf_take(&b);
}

static char *
schema_body(const char *text, size_t *out_size)
{
	struct buf b = {0};
	jv doc = jv_object();

	json_set_str(&doc, "schema", text);
	json_canonical(doc, &b);
	jv_free(doc);
	*out_size = b.size;
	return buf_take(&b);
}

int
registry_find(struct registry *r, const char *subject, const char *text,
    registry_id_done *done, void *ctx, struct err *err)
{
	struct lookup l = {.id_done = done, .ctx = ctx};
	struct http_request q = {
	    .method = "POST", .headers = HEADERS, .n_headers = 2};
	char *url = subject_url(r, subject, "");
	char *body = schema_body(text, &q.body_size);
	int rc;

	q.url = url;
	q.body = body;
	rc = start(r, &q, &l, err);
	free(url);
	free(body);
	return rc;
}

int
registry_register(struct registry *r, const char *subject, const char *text,
    int32_t *out_id, struct err *err)
{
	struct http_request q = {
	    .method = "POST", .headers = HEADERS, .n_headers = 2};
	char *url = subject_url(r, subject, "/versions");
	char *body = schema_body(text, &q.body_size), *answer = NULL;
	size_t size;
	int status, rc = -1;
	jv doc;

	q.url = url;
	q.body = body;
	if (http_once(r->site, &q, &status, &answer, &size, err) == 0) {
		doc = judge(status, answer, size, err);
		if (jv_is_valid(doc))
			rc = read_id(doc, out_id, err);
		jv_free(doc);
	}
	free(answer);
	free(url);
	free(body);
	return rc;
}
