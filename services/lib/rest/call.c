/* Requests and answers of presets: see call.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hex.h"
#include "rest/call.h"
#include "rest/sign.h"

/* base_url and the path behind it; the preset has seen to its form. */
static int
make_url(const char *base, const char *path, struct buf *url, struct err *err)
{
	size_t size = strlen(base);

	if (path == NULL || *path != '/')
		return err_set(
		    err, ERR_REJECT, 0, "request without a path from /");
	while (size > 0 && base[size - 1] == '/')
		size--;
	buf_add(url, base, size);
	buf_puts(url, path);
	if (url->size > HTTP_URL_MAX_BYTES)
		return err_set(err, ERR_REJECT, 0, "address over %d bytes",
		    HTTP_URL_MAX_BYTES);
	return 0;
}

enum {
	OWN_HEADERS_MAX = 3, /* id, timestamp, signature */
	RANDOM_ID_BYTES = 16
};

struct headers {
	struct http_header list[CALL_HEADERS_MAX + OWN_HEADERS_MAX];
	size_t n;
	jv texts; /* what the list points into */
};

/* HEADERS (borrowed) as a list; the values live as long as H. */
static int
make_headers(jv headers, struct headers *h, struct err *err)
{
	jv names;
	int rc = 0;

	h->texts = jv_array();
	h->n = 0;
	names = jv_get_kind(headers) == JV_KIND_OBJECT
		    ? jv_keys(jv_copy(headers))
		    : jv_array();
	jv_array_foreach (names, i, name) {
		jv v = json_get(headers, jv_string_value(name));

		if (jv_get_kind(v) == JV_KIND_STRING &&
		    h->n < CALL_HEADERS_MAX) {
			/* Copies of one jv share their text. */
			h->texts = jv_array_append(h->texts, jv_copy(name));
			h->texts = jv_array_append(h->texts, jv_copy(v));
			h->list[h->n++] = (struct http_header){
			    jv_string_value(name), jv_string_value(v)};
		} else if (jv_get_kind(v) != JV_KIND_NULL) {
			rc = err_set(err, ERR_REJECT, 0,
			    "header %.60s is not text, or over %d headers",
			    jv_string_value(name), CALL_HEADERS_MAX);
		}
		jv_free(v);
		jv_free(name);
	}
	jv_free(names);
	return rc;
}

/* NAME with VALUE (consumed) at the end of H. */
static void
add_header(struct headers *h, const char *name, jv value)
{
	h->texts = jv_array_append(h->texts, jv_copy(value));
	h->list[h->n++] = (struct http_header){name, jv_string_value(value)};
	jv_free(value);
}

static int
is_signed_name(const char *name)
{
	return strcasecmp(name, SIGN_ID_HEADER) == 0 ||
	       strcasecmp(name, SIGN_TIMESTAMP_HEADER) == 0 ||
	       strcasecmp(name, SIGN_SIGNATURE_HEADER) == 0;
}

/* For a message that is never repeated. */
static jv
random_id(void)
{
	char text[HEX_SIZE(RANDOM_ID_BYTES)];

	if (hex_random(RANDOM_ID_BYTES, text) != 0)
		abort();
	return jv_string_fmt("msg_%s", text);
}

/* Sign R under ID (NULL: a new one) in further headers. */
static int
add_signature(const struct sign *sign, const char *given,
    const struct http_request *r, struct headers *h, struct err *err)
{
	struct sign_message m = {.at_s = clock_wall_ms() / 1000,
	    .body = r->body,
	    .body_size = r->body_size};
	struct buf value = {0};
	jv id = given != NULL ? jv_string(given) : random_id();
	int rc = 0;

	for (size_t i = 0; i < h->n && rc == 0; i++)
		if (is_signed_name(h->list[i].name))
			rc = err_set(err, ERR_REJECT, 0,
			    "%s is set by system.auth.signature",
			    h->list[i].name);
	m.id = jv_string_value(id);
	if (rc == 0)
		rc = sign_message(sign, &m, &value, err);
	if (rc == 0) {
		add_header(h, SIGN_ID_HEADER, jv_copy(id));
		add_header(h, SIGN_TIMESTAMP_HEADER,
		    jv_string_fmt("%lld", (long long)m.at_s));
		add_header(h, SIGN_SIGNATURE_HEADER, jv_string(value.data));
	}
	jv_free(id);
	buf_free(&value);
	return rc;
}

/* Send C with the headers H. */
static struct http_call *
send_with(const struct call_system *s, const struct call *c, struct headers *h,
    http_done *done, void *ctx, struct err *err)
{
	struct http_call *call = NULL;
	struct buf url = {0};
	struct http_request r = {
	    .method = c->method, .body = c->body, .body_size = c->body_size};

	if (make_url(s->base_url, c->path, &url, err) == 0) {
		r.url = url.data;
		if (s->sign == NULL ||
		    add_signature(s->sign, c->id, &r, h, err) == 0) {
			r.headers = h->list;
			r.n_headers = h->n;
			call = http_start(s->http, s->site, &r, done, ctx, err);
		}
	}
	buf_free(&url);
	return call;
}

struct http_call *
call_send(const struct call_system *s, const struct call *c, http_done *done,
    void *ctx, struct err *err)
{
	struct headers h = {.texts = jv_array()};
	struct http_call *call = send_with(s, c, &h, done, ctx, err);

	jv_free(h.texts);
	return call;
}

struct http_call *
call_start(const struct call_system *s, jv request, http_done *done, void *ctx,
    struct err *err)
{
	struct http_call *call = NULL;
	struct buf text = {0};
	jv body = json_get(request, "body");
	jv headers = json_get(request, "headers");
	int has_body = jv_is_valid(body) && jv_get_kind(body) != JV_KIND_NULL;
	struct call c = {.method = json_str(request, "method", "GET"),
	    .path = json_str(request, "path", NULL),
	    .id = json_str(request, "id", NULL)};
	struct headers h;

	if (has_body && jv_get_kind(body) == JV_KIND_STRING)
		buf_add(&text, jv_string_value(body),
		    (size_t)jv_string_length_bytes(jv_copy(body)));
	else if (has_body)
		json_canonical(body, &text);
	c.body = has_body ? (text.data == NULL ? "" : text.data) : NULL;
	c.body_size = text.size;
	if (make_headers(headers, &h, err) == 0)
		call = send_with(s, &c, &h, done, ctx, err);
	jv_free(h.texts);
	jv_free(headers);
	jv_free(body);
	jv_free(request);
	buf_free(&text);
	return call;
}

jv
call_answer(const struct http_answer *a, const char *format)
{
	jv answer = jv_object(), body = jv_null();

	if (a->body_size > 0) {
		body = jv_invalid();
		if (strcmp(format, "json") == 0)
			body = json_parse(a->body, a->body_size, NULL);
		if (!jv_is_valid(body)) {
			jv_free(body);
			body = jv_string_sized(a->body, (int)a->body_size);
		}
	}
	json_set_int(&answer, "status", a->status);
	json_set(&answer, "headers",
	    jv_get_kind(a->headers) == JV_KIND_OBJECT ? jv_copy(a->headers)
						      : jv_object());
	json_set(&answer, "body", body);
	return answer;
}
