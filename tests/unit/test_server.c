/* The server, called by our own client from the same loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "rest/http.h"
#include "web/admin.h"
#include "web/server.h"

struct world {
	struct server *server;
	struct http *http;
	struct http_site *site;
	char url[64];
	int n_handled;
};

struct seen {
	int n;
	enum http_outcome outcome;
	int status;
	int64_t elapsed_ms;
	char *body;
};

static void
handle(void *ctx, const struct server_request *r, struct server_answer *a)
{
	struct world *w = ctx;
	struct buf out = {0};
	const char *q = server_query(r, "q"), *h = server_header(r, "x-test");

	w->n_handled++;
	if (strcmp(r->path, "/none") == 0)
		return;
	if (strcmp(r->path, "/drop") == 0) {
		a->is_dropped = 1;
		return;
	}
	if (strcmp(r->path, "/slow") == 0)
		a->delay_ms = 400;
	if (strcmp(r->path, "/never") == 0)
		a->delay_ms = 1000000;
	buf_printf(&out, "%s %s q=%s h=%s %zu", r->method, r->path,
	    q != NULL ? q : "-", h != NULL ? h : "-", r->body_size);
	a->status = 200;
	a->headers[0].name = "X-Out";
	snprintf(a->headers[0].value, sizeof(a->headers[0].value), "yes");
	a->n_headers = 1;
	a->body_size = out.size;
	a->body = buf_take(&out);
}

static void
on_done(void *ctx, const struct http_answer *a)
{
	struct seen *s = ctx;

	s->n++;
	s->outcome = a->outcome;
	s->status = a->status;
	s->elapsed_ms = a->elapsed_ms;
	free(s->body);
	s->body = mem_dup_n(a->body, a->body_size);
}

static int
set_up(void **state)
{
	struct world *w = mem_new(1, sizeof(*w));
	struct http_site_conf conf = {
	    .policy = {.allow_private = 1}, .timeout_ms = 20000};
	struct err err;

	w->server = server_new("127.0.0.1", 0, handle, w, &err);
	assert_non_null(w->server);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u",
	    (unsigned)server_port(w->server));
	w->http = http_new(64, &err);
	conf.base_url = w->url;
	w->site = http_site_new(&conf, &err);
	assert_non_null(w->site);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	server_free(w->server);
	http_site_free(w->site);
	http_free(w->http);
	free(w);
	return 0;
}

static void
turn(struct world *w)
{
	struct http_fd fd = {.fd = server_fd(w->server)};
	struct err err;
	int wait = server_step(w->server);

	assert_int_equal(
	    http_wait(w->http, &fd, 1, wait < 0 ? 5000 : wait, &err), 0);
}

static void
start(struct world *w, const struct http_request *template, const char *path,
    struct seen *seen)
{
	struct http_request r = *template;
	char url[256];
	struct err err;

	snprintf(url, sizeof(url), "%s%s", w->url, path);
	r.url = url;
	*seen = (struct seen){0};
	assert_non_null(http_start(w->http, w->site, &r, on_done, seen, &err));
}

static void
requests_reach_the_handler_as_sent(void **state)
{
	static const struct http_header header = {"X-Test", "v"};
	static const struct http_request get = {.method = "GET"},
					 post = {.method = "POST",
					     .headers = &header,
					     .n_headers = 1,
					     .body = "hello",
					     .body_size = 5};
	static const struct {
		const struct http_request *r;
		const char *path, *body;
		int status;
	} cases[] = {
	    {&get, "/a%2Fb%20c", "GET /a%2Fb%20c q=- h=- 0", 200},
	    {&get, "/x?q=1%262+3&z", "GET /x q=1&2 3 h=- 0", 200},
	    {&post, "/x", "POST /x q=- h=v 5", 200},
	    {&get, "/none", "", 404},
	};
	struct world *w = *state;
	struct seen s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(w, cases[i].r, cases[i].path, &s);
		while (s.n == 0)
			turn(w);
		assert_int_equal(s.status, cases[i].status);
		assert_string_equal(s.body, cases[i].body);
		free(s.body);
	}
}

static void
a_delayed_answer_holds_up_no_other(void **state)
{
	static const struct http_request get = {.method = "GET"};
	struct world *w = *state;
	struct seen never, slow, quick;

	start(w, &get, "/never", &never);
	start(w, &get, "/slow", &slow);
	start(w, &get, "/quick", &quick);
	while (quick.n == 0)
		turn(w);
	assert_int_equal(slow.n, 0);
	while (slow.n == 0)
		turn(w);
	assert_int_equal(slow.status, 200);
	assert_string_equal(slow.body, "GET /slow q=- h=- 0");
	assert_int_equal(never.n, 0); /* still open when the server is freed */
	free(slow.body);
	free(quick.body);
}

static void
a_dropped_request_gets_no_answer(void **state)
{
	static const struct http_request get = {.method = "POST"};
	struct world *w = *state;
	struct seen s;

	start(w, &get, "/drop", &s);
	while (s.n == 0)
		turn(w);
	assert_int_equal(s.outcome, HTTP_UNKNOWN);
	free(s.body);
}

static void
a_large_body_is_refused(void **state)
{
	struct world *w = *state;
	struct http_request r = {
	    .method = "PUT", .body_size = SERVER_BODY_MAX_BYTES + 1};
	char *body = mem_new(r.body_size, 1);
	struct seen s;

	r.body = body;
	start(w, &r, "/x", &s);
	while (s.n == 0)
		turn(w);
	assert_int_equal(s.status, 413);
	assert_int_equal(w->n_handled, 0);
	free(s.body);
	free(body);
}

/* 500 who each send 4 MiB to where nothing is taken fill no memory. */
static void
a_body_that_nobody_wants_is_not_kept(void **state)
{
	struct world *w = *state;
	struct http_request r = {
	    .method = "POST", .body_size = SERVER_BODY_MAX_BYTES + 1};
	char *body = mem_new(r.body_size, 1);
	struct seen s;

	server_read_only(w->server);
	r.body = body;
	start(w, &r, "/x", &s);
	while (s.n == 0)
		turn(w);
	assert_int_equal(s.status, 200);
	assert_string_equal(s.body, "POST /x q=- h=- 0");
	free(s.body);
	free(body);
}

static void
many_at_once(void **state)
{
	static const struct http_request get = {.method = "GET"};
	struct world *w = *state;
	struct seen seen[200];
	size_t i;

	for (i = 0; i < 200; i++)
		start(w, &get, "/x", &seen[i]);
	for (i = 0; i < 200; i++) {
		while (seen[i].n == 0)
			turn(w);
		assert_int_equal(seen[i].status, 200);
		free(seen[i].body);
	}
	assert_int_equal(w->n_handled, 200);
}

static void
a_taken_port_is_named(void **state)
{
	struct world *w = *state;
	struct err err;
	char port[16];

	assert_null(
	    server_new("127.0.0.1", server_port(w->server), handle, w, &err));
	assert_int_equal(err.class, ERR_FATAL);
	snprintf(port, sizeof(port), "%u", (unsigned)server_port(w->server));
	assert_non_null(strstr(err.msg, port));
	assert_null(server_new("localhost", 0, handle, w, &err));
	assert_null(server_new("203.0.113.1", 0, handle, w, &err));
}

static void
ready(void *ctx, struct buf *out)
{
	buf_puts(out, *(const char **)ctx);
}

static void
metrics(void *ctx, struct buf *out)
{
	(void)ctx;
	buf_puts(out, "a 1\n");
}

static void
the_admin_port_tells_what_is_not_ready(void **state)
{
	const char *missing = "broker\n";
	struct admin_port_conf conf = {
	    .ready = ready, .metrics = metrics, .ctx = &missing};
	static const struct {
		const char *method, *path, *missing, *body;
		int status;
	} cases[] = {
	    {"GET", "/healthz", "", "ok\n", 200},
	    {"GET", "/readyz", "broker\n", "broker\n", 503},
	    {"GET", "/readyz", "", "ready\n", 200},
	    {"GET", "/metrics", "", "a 1\n", 200},
	    {"GET", "/", "", "", 404},
	    {"POST", "/healthz", "", "", 405},
	};
	struct world *w = *state;
	struct admin_port *a;
	struct http_site_conf site = {
	    .policy = {.allow_private = 1}, .timeout_ms = 20000};
	struct err err;
	size_t i;

	a = admin_port_new(&conf, &err);
	assert_non_null(a);
	snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u",
	    (unsigned)admin_port_number(a));
	http_site_free(w->site);
	site.base_url = w->url;
	w->site = http_site_new(&site, &err);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request r = {.method = cases[i].method};
		struct http_fd fd = {.fd = admin_port_fd(a)};
		struct seen s;

		missing = cases[i].missing;
		start(w, &r, cases[i].path, &s);
		while (s.n == 0) {
			int wait = admin_port_step(a);

			assert_int_equal(http_wait(w->http, &fd, 1,
					     wait < 0 ? 5000 : wait, &err),
			    0);
		}
		assert_int_equal(s.status, cases[i].status);
		assert_string_equal(s.body, cases[i].body);
		free(s.body);
	}
	admin_port_free(a);
}

#define SERVER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SERVER_TEST(requests_reach_the_handler_as_sent),
	    SERVER_TEST(a_delayed_answer_holds_up_no_other),
	    SERVER_TEST(a_dropped_request_gets_no_answer),
	    SERVER_TEST(a_large_body_is_refused),
	    SERVER_TEST(a_body_that_nobody_wants_is_not_kept),
	    SERVER_TEST(many_at_once),
	    SERVER_TEST(a_taken_port_is_named),
	    SERVER_TEST(the_admin_port_tells_what_is_not_ready),
	};

	return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
