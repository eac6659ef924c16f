/* A system asked directly: see asked.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/asked.h"
#include "map/connection.h"
#include "rest/http.h"
#include "rest/sign.h"

enum { HEADERS_MAX = 20, WAIT_MS = 1000 };

struct asked {
	const struct connection *conf;
	struct http *http;
	struct http_site *site;
	struct sign sign;
	jv answer; /* of the call under way; invalid until it came */
	int is_over;
	struct err trouble;
};

static int
open_site(struct asked *a, struct err *err)
{
	const struct connection *c = a->conf;
	struct buf password = {0}, bearer = {0};
	struct http_site_conf conf = {.base_url = c->base_url,
	    .username = c->username,
	    .ca_file = c->ca_file,
	    .policy = {c->allow_private, c->insecure_http},
	    .timeout_ms = c->timeout_ms};

	if ((c->password_file == NULL ||
		conf_secret(c->password_file, &password, err) == 0) &&
	    (c->bearer_file == NULL ||
		conf_secret(c->bearer_file, &bearer, err) == 0)) {
		conf.password = password.data;
		conf.bearer = bearer.data;
		a->site = http_site_new(&conf, err);
	}
	if (password.data != NULL)
		explicit_bzero(password.data, password.size);
	if (bearer.data != NULL)
		explicit_bzero(bearer.data, bearer.size);
	buf_free(&password);
	buf_free(&bearer);
	return a->site != NULL ? 0 : -1;
}

struct asked *
asked_new(const struct connection *c, struct err *err)
{
	struct asked *a = mem_new(1, sizeof(*a));

	a->conf = c;
	a->answer = jv_invalid();
	if ((a->http = http_new(1, err)) == NULL || open_site(a, err) != 0 ||
	    (c->signature_files != NULL &&
		sign_load(&a->sign, c->signature_files, err) != 0)) {
		asked_free(a);
		return NULL;
	}
	return a;
}

void
asked_free(struct asked *a)
{
	if (a == NULL)
		return;
	http_free(a->http);
	http_site_free(a->site);
	sign_fini(&a->sign);
	jv_free(a->answer);
	free(a);
}

static void
on_answer(void *ctx, const struct http_answer *got)
{
	struct asked *a = ctx;
	jv body = jv_null();

	a->is_over = 1;
	a->trouble = *got->err;
	if (got->outcome != HTTP_ANSWERED)
		return;
	if (got->body_size > 0) {
		body = json_parse(got->body, got->body_size, NULL);
		if (!jv_is_valid(body)) {
			jv_free(body);
			body = jv_string_sized(got->body, (int)got->body_size);
		}
	}
	jv_free(a->answer);
	a->answer = jv_object();
	json_set_int(&a->answer, "status", got->status);
	json_set(&a->answer, "headers", jv_copy(got->headers));
	json_set(&a->answer, "body", body);
}

/* The request's own headers and, where it is signed, the signature's; TEXTS is
 * what they point into.  Their number, or -1 with ERR. */
static int
make_headers(struct asked *a, jv request, const struct buf *body,
    struct buf texts[2], struct http_header *list, struct err *err)
{
	jv headers = json_get(request, "headers");
	struct sign_message m = {json_str(request, "id", "probe"),
	    clock_wall_ms() / 1000, body->data, body->size};
	int n = 0;

	if (jv_get_kind(headers) == JV_KIND_OBJECT) {
		jv_object_foreach (headers, name, value) {
			/* Both live on in REQUEST. */
			if (n < HEADERS_MAX - 3 &&
			    jv_get_kind(value) == JV_KIND_STRING)
				list[n++] =
				    (struct http_header){jv_string_value(name),
					jv_string_value(value)};
			jv_free(name);
			jv_free(value);
		}
	}
	jv_free(headers);
	if (a->sign.n == 0)
		return n;
	buf_printf(&texts[0], "%lld", (long long)m.at_s);
	if (sign_message(&a->sign, &m, &texts[1], err) != 0)
		return -1;
	list[n++] = (struct http_header){SIGN_ID_HEADER, m.id};
	list[n++] = (struct http_header){SIGN_TIMESTAMP_HEADER, texts[0].data};
	list[n++] = (struct http_header){SIGN_SIGNATURE_HEADER, texts[1].data};
	return n;
}

static int
send_and_wait(struct asked *a, const struct http_request *r, struct err *err)
{
	a->is_over = 0;
	jv_free(a->answer);
	a->answer = jv_invalid();
	if (http_start(a->http, a->site, r, on_answer, a, err) == NULL)
		return -1;
	while (!a->is_over)
		if (http_wait(a->http, NULL, 0, WAIT_MS, err) != 0)
			return -1;
	if (jv_is_valid(a->answer))
		return 0;
	*err = a->trouble;
	return -1;
}

static int
send_request(struct asked *a, jv request, struct err *err)
{
	struct buf text = {0}, url = {0}, texts[2] = {{0}, {0}};
	struct http_header list[HEADERS_MAX];
	jv body = json_get(request, "body");
	size_t size = strlen(a->conf->base_url);
	struct http_request r = {
	    .method = json_str(request, "method", "GET"), .headers = list};
	int n, rc = -1;

	while (size > 0 && a->conf->base_url[size - 1] == '/')
		size--;
	buf_add(&url, a->conf->base_url, size);
	buf_puts(&url, json_str(request, "path", "/"));
	if (jv_get_kind(body) == JV_KIND_STRING)
		buf_puts(&text, jv_string_value(body));
	else if (jv_is_valid(body) && jv_get_kind(body) != JV_KIND_NULL)
		json_canonical(body, &text);
	r.url = url.data;
	r.body = text.data;
	r.body_size = text.size;
	n = make_headers(a, request, &text, texts, list, err);
	if (n >= 0) {
		r.n_headers = (size_t)n;
		rc = send_and_wait(a, &r, err);
	}
	jv_free(body);
	buf_free(&text);
	buf_free(&url);
	buf_free(&texts[0]);
	buf_free(&texts[1]);
	return rc;
}

jv
asked_ask(
    struct asked *a, enum preset_op op, jv input, jv vars, struct err *err)
{
	jv request, answer;

	if (preset_run(a->conf->preset, op, input, vars, &request, err) != 0)
		return jv_invalid();
	if (send_request(a, request, err) != 0) {
		jv_free(request);
		return jv_invalid();
	}
	answer = a->answer;
	a->answer = jv_invalid();
	json_set_str(&answer, "method", json_str(request, "method", "GET"));
	jv_free(request);
	return answer;
}
