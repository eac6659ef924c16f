/* links: tests/unit/scripted.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "rest/http.h"
#include "scripted.h"

static char big_headers[80 * 1024];
static char long_answer[HTTP_ANSWER_MAX_BYTES / 2]; /* half of what it says */

/* Who answers has long, on a busy machine, too; who hangs is cut off soon. */
enum { TIMEOUT_MS = 400, PATIENT_MS = 40000 };

static const struct scripted_reply REPLIES[] = {
    {"/ok",
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	"X-Two: a\r\nx-two:  b \r\nContent-Length: 11\r\n\r\n"
	"{\"id\":\"7\"}\n",
	SCRIPTED_KEEP},
    {"/continue",
	"HTTP/1.1 100 Continue\r\nX-Early: yes\r\n\r\n"
	"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
	SCRIPTED_KEEP},
    {"/chunked",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
	SCRIPTED_KEEP},
    {"/trailers",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	"3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\nX-More: de\r\n\r\n",
	SCRIPTED_KEEP},
    {"/empty", "HTTP/1.1 204 No Content\r\n\r\n", SCRIPTED_KEEP},
    {"/busy",
	"HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\n"
	"Content-Length: 0\r\n\r\n",
	SCRIPTED_KEEP},
    {"/away",
	"HTTP/1.1 302 Found\r\nLocation: /ok\r\n"
	"Content-Length: 0\r\n\r\n",
	SCRIPTED_KEEP},
    {"/until-close", "HTTP/1.1 200 OK\r\n\r\nall of it", SCRIPTED_CLOSE},
    {"/garbage", "SSH-2.0-not_http at all\r\n\r\n", SCRIPTED_CLOSE},
    {"/zero-nine", "just text, no status line", SCRIPTED_CLOSE},
    {"/nothing", NULL, SCRIPTED_CLOSE},
    {"/hang", NULL, SCRIPTED_HANG},
    {"/hang-in-body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
	SCRIPTED_HANG},
    {"/only-100", "HTTP/1.1 100 Continue\r\n\r\n", SCRIPTED_CLOSE},
    {"/short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":",
	SCRIPTED_CLOSE},
    {"/bad-chunk",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	"zz\r\nabc\r\n",
	SCRIPTED_CLOSE},
    {"/cut-chunk",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
	SCRIPTED_CLOSE},
    {"/cut-head", "HTTP/1.1 200 OK\r\nContent-Le", SCRIPTED_CLOSE},
    {"/endless", "HTTP/1.1 200 OK\r\n\r\n", SCRIPTED_REPEAT},
    {"/endless-header", "HTTP/1.1 200 OK\r\nX: ", SCRIPTED_REPEAT},
    {"/big-headers", big_headers, SCRIPTED_CLOSE},
    {"/folded",
	"HTTP/1.1 200 OK\r\n folded first\r\nContent-Length: 2\r\n\r\n{}",
	SCRIPTED_KEEP},
    {"/folded-small",
	"http/1.1 200 OK\r\n folded first\r\nContent-Length: 2\r\n\r\n{}",
	SCRIPTED_CLOSE},
    {"/folded-after-100",
	"HTTP/1.1 100 Continue\r\n\r\nhttp/1.1 200 OK\r\n folded first\r\n"
	"Content-Length: 2\r\n\r\n{}",
	SCRIPTED_CLOSE},
    {"/long-hang", long_answer, SCRIPTED_HANG},
    {"/negative", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
	SCRIPTED_CLOSE},
    {"/once", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
	SCRIPTED_ONLY_FIRST},
    {NULL, NULL, SCRIPTED_KEEP},
};

struct world {
	struct scripted *scripted;
	struct http *http;
	struct http_site *site;
};

struct seen {
	int n;
	enum http_outcome outcome;
	int status, is_tls_failure, is_refused;
	int64_t retry_after_ms;
	enum err_class class;
	char *body;
	char *headers;
};

static void
seen_fini(struct seen *s)
{
	free(s->body);
	free(s->headers);
}

static void
on_done(void *ctx, const struct http_answer *a)
{
	struct seen *s = ctx;
	struct buf headers = {0};

	s->n++;
	s->outcome = a->outcome;
	s->status = a->status;
	s->is_tls_failure = a->is_tls_failure;
	s->is_refused = a->is_refused;
	s->retry_after_ms = a->retry_after_ms;
	s->class = a->err->class;
	free(s->body);
	free(s->headers);
	s->body = mem_dup_n(a->body, a->body_size);
	json_canonical(a->headers, &headers);
	s->headers = buf_take(&headers);
	assert_int_equal(a->body[a->body_size], '\0');
}

static struct http_site *
site_new(const char *url, int timeout_ms)
{
	struct http_site_conf conf = {.base_url = url,
	    .username = "anna",
	    .password = "secret",
	    .policy = {.allow_private = 1},
	    .timeout_ms = timeout_ms,
	    .answer_max_bytes = 64 * 1024};
	struct err err;
	struct http_site *s = http_site_new(&conf, &err);

	assert_non_null(s);
	return s;
}

static int
set_up(void **state)
{
	struct world *w = mem_new(1, sizeof(*w));
	int head = snprintf(long_answer, sizeof(long_answer),
	    "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n",
	    HTTP_ANSWER_MAX_BYTES);
	struct err err;

	memset(big_headers, 'x', sizeof(big_headers) - 1);
	memcpy(big_headers, "HTTP/1.1 200 OK\r\nX: ", 20);
	memcpy(big_headers + sizeof(big_headers) - 5, "\r\n\r\n", 4);
	memset(long_answer + head, 'x', sizeof(long_answer) - (size_t)head - 1);
	w->scripted = scripted_start(REPLIES);
	w->http = http_new(8, &err);
	assert_non_null(w->http);
	w->site = site_new(scripted_url(w->scripted), PATIENT_MS);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	http_site_free(w->site);
	http_free(w->http);
	scripted_stop(w->scripted);
	free(w);
	return 0;
}

static void
be_impatient(struct world *w)
{
	http_site_free(w->site);
	w->site = site_new(scripted_url(w->scripted), TIMEOUT_MS);
}

static void
wait_for(struct http *h, const struct seen *s)
{
	struct err err;

	while (s->n == 0)
		assert_int_equal(http_wait(h, NULL, 0, 1000, &err), 0);
}

static struct seen
call(struct world *w, const char *method, const char *path, const char *body)
{
	char url[256];
	struct http_request r = {.method = method,
	    .url = url,
	    .body = body,
	    .body_size = body != NULL ? strlen(body) : 0};
	struct seen seen = {0};
	struct err err;

	snprintf(url, sizeof(url), "%s%s", scripted_url(w->scripted), path);
	assert_non_null(http_start(w->http, w->site, &r, on_done, &seen, &err));
	assert_int_equal(seen.n, 0);
	wait_for(w->http, &seen);
	assert_int_equal(seen.n, 1);
	return seen;
}

static void
whole_answers_are_answers(void **state)
{
	static const struct {
		const char *path, *body;
		int status;
	} cases[] = {
	    {"/ok", "{\"id\":\"7\"}\n", 200},
	    {"/continue", "{}", 201},
	    {"/chunked", "abcde", 200},
	    {"/trailers", "abcde", 200},
	    {"/empty", "", 204},
	    {"/busy", "", 429},
	    {"/until-close", "all of it", 200},
	    {"/nowhere", "", 404},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen s = call(*state, "GET", cases[i].path, NULL);

		assert_int_equal(s.outcome, HTTP_ANSWERED);
		assert_int_equal(s.status, cases[i].status);
		assert_string_equal(s.body, cases[i].body);
		assert_int_equal(s.class, ERR_NONE);
		seen_fini(&s);
	}
}

static void
headers_are_lower_case_and_joined(void **state)
{
	struct seen s = call(*state, "GET", "/ok", NULL);

	assert_string_equal(s.headers,
	    "{\"content-length\":\"11\",\"content-type\":\"application/json\","
	    "\"x-two\":\"a, b\"}");
	seen_fini(&s);
	s = call(*state, "GET", "/continue", NULL);
	assert_string_equal(s.headers, "{\"content-length\":\"2\"}");
	seen_fini(&s);
	s = call(*state, "GET", "/busy", NULL);
	assert_int_equal(s.retry_after_ms, 7000);
	seen_fini(&s);
}

static void
redirects_are_not_followed(void **state)
{
	struct world *w = *state;
	int before = scripted_count(w->scripted);
	struct seen s = call(w, "GET", "/away", NULL);

	assert_int_equal(s.outcome, HTTP_ANSWERED);
	assert_int_equal(s.status, 302);
	assert_int_equal(scripted_count(w->scripted), before + 1);
	seen_fini(&s);
}

/* An old curl would read what belonged to the answer before (ASan sees it). */
static void
a_folded_first_line_reaches_no_earlier_answer(void **state)
{
	static const char *const paths[] = {
	    "/folded", "/folded-small", "/folded-after-100"};
	size_t i;

	for (i = 0; i < 9; i++) {
		struct seen s = call(*state, "GET", "/ok", NULL);

		assert_int_equal(s.outcome, HTTP_ANSWERED);
		seen_fini(&s);
		s = call(*state, "GET", paths[i % 3], NULL);
		assert_int_not_equal(s.outcome, HTTP_NOT_SENT);
		seen_fini(&s);
	}
}

static void
anything_but_a_whole_answer_is_unknown(void **state)
{
	static const char *const paths[] = {"/garbage", "/zero-nine",
	    "/nothing", "/hang", "/hang-in-body", "/only-100", "/short",
	    "/bad-chunk", "/cut-chunk", "/cut-head", "/endless",
	    "/endless-header", "/big-headers", "/negative"};
	static const char *const methods[] = {"GET", "POST", "PUT"};
	size_t i, k;

	be_impatient(*state);
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		for (k = 0; k < 3; k++) {
			struct seen s = call(
			    *state, methods[k], paths[i], k > 0 ? "{}" : NULL);

			if (s.outcome != HTTP_UNKNOWN)
				fail_msg("%s %s", methods[k], paths[i]);
			assert_int_equal(s.status, 0);
			assert_int_equal(s.class, ERR_RETRY);
			assert_string_equal(s.body, "");
			seen_fini(&s);
		}
	}
}

static void
what_never_left_is_not_sent(void **state)
{
	struct world *w = *state;
	/* Port 1 is closed; the other port speaks no TLS. */
	static const char closed[] = "http://127.0.0.1:1";
	char tls[64];
	const char *bases[] = {closed, tls, "http://nowhere.invalid"};
	size_t i;

	snprintf(tls, sizeof(tls), "https%s", scripted_url(w->scripted) + 4);
	for (i = 0; i < 3; i++) {
		struct http_site_conf conf = {.base_url = bases[i],
		    .policy = {.allow_private = 1, .insecure_http = 1},
		    .timeout_ms = PATIENT_MS};
		struct http_request r = {.method = "POST",
		    .url = bases[i],
		    .body = "x",
		    .body_size = 1};
		struct err err;
		struct http_site *site = http_site_new(&conf, &err);
		struct seen s = {0};

		assert_non_null(site);
		assert_non_null(
		    http_start(w->http, site, &r, on_done, &s, &err));
		wait_for(w->http, &s);
		assert_int_equal(s.outcome, HTTP_NOT_SENT);
		assert_int_equal(s.is_tls_failure, i == 1);
		assert_int_equal(s.is_refused, 0);
		seen_fini(&s);
		http_site_free(site);
	}
}

static void
a_private_address_is_refused_after_resolution(void **state)
{
	struct world *w = *state;
	const char *port = strrchr(scripted_url(w->scripted), ':');
	char url[64];
	struct http_site_conf conf = {.base_url = url, .timeout_ms = 2000};
	struct http_request r = {.method = "GET", .url = url};
	struct seen s = {0};
	struct err err;
	struct http_site *site;
	int before;

	/* A live connection of a site that may must not be lent to this one. */
	s = call(w, "GET", "/ok", NULL);
	seen_fini(&s);
	before = scripted_count(w->scripted);
	snprintf(url, sizeof(url), "http://127.0.0.1%s", port);
	site = http_site_new(&conf, &err);
	assert_non_null(site);
	s = (struct seen){0};
	assert_non_null(http_start(w->http, site, &r, on_done, &s, &err));
	wait_for(w->http, &s);
	assert_int_equal(s.outcome, HTTP_NOT_SENT);
	assert_int_equal(s.is_refused, 1);
	assert_int_equal(s.class, ERR_REJECT);
	assert_int_equal(scripted_count(w->scripted), before);
	seen_fini(&s);
	http_site_free(site);
}

static void
the_request_is_what_was_asked_for(void **state)
{
	static const char *const methods[] = {
	    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "GET"};
	struct world *w = *state;
	char text[4096], line[64];
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		const char *body =
		    strstr("POST PUT PATCH", methods[i]) ? "{\"a\":1}" : NULL;
		struct seen s = call(w, methods[i], "/empty?q=%2F", body);

		assert_int_equal(s.status, 204);
		scripted_newest(w->scripted, text, sizeof(text));
		snprintf(line, sizeof(line), "%s /empty?q=%%2F HTTP/1.1\r\n",
		    methods[i]);
		assert_memory_equal(text, line, strlen(line));
		assert_non_null(strstr(
		    text, "\r\nAuthorization: Basic YW5uYTpzZWNyZXQ=\r\n"));
		assert_null(strstr(text, "Accept-Encoding"));
		assert_null(strstr(text, "Expect"));
		assert_int_equal(body != NULL,
		    strstr(text, "Content-Type: application/json") != NULL);
		assert_string_equal(
		    strstr(text, "\r\n\r\n") + 4, body != NULL ? body : "");
		seen_fini(&s);
	}
}

static void
unfit_requests_do_not_start(void **state)
{
	struct world *w = *state;
	const char *base = scripted_url(w->scripted);
	char good[128], elsewhere[128], port[128], user[128], space[128],
	    prefix[128];
	const struct {
		const char *method, *url;
		struct http_header header;
	} cases[] = {
	    {"GET", "http://127.0.0.2/ok", {"A", "b"}},
	    {"GET", "file:///etc/passwd", {"A", "b"}},
	    {"GET", elsewhere, {"A", "b"}},
	    {"GET", port, {"A", "b"}},
	    {"GET", user, {"A", "b"}},
	    {"GET", space, {"A", "b"}},
	    {"GET", prefix, {"A", "b"}},
	    {"GET", "/ok", {"A", "b"}},
	    {"GET", "", {"A", "b"}},
	    {"G T", good, {"A", "b"}},
	    {"GET / HTTP/1.1\r\nX:", good, {"A", "b"}},
	    {"GET", good, {"A", "b\r\nX: y"}},
	    {"GET", good, {"A", "b\n"}},
	    {"GET", good, {"A\r\nX", "b"}},
	    {"GET", good, {"A b", "c"}},
	    {"GET", good, {"", "b"}},
	    {"GET", good, {"Host", "other"}},
	    {"GET", good, {"content-length", "5"}},
	    {"GET", good, {"Transfer-Encoding", "chunked"}},
	    {"GET", good, {"authorization", "Basic x"}},
	};
	int before = scripted_count(w->scripted);
	struct seen s = {0};
	struct err err;
	size_t i;

	snprintf(good, sizeof(good), "%s/ok", base);
	snprintf(elsewhere, sizeof(elsewhere), "https%s/ok", base + 4);
	snprintf(port, sizeof(port), "%s1/ok", base);
	snprintf(user, sizeof(user), "%s@127.0.0.2/ok", base);
	snprintf(space, sizeof(space), "%s/o k", base);
	snprintf(prefix, sizeof(prefix), "%s\\@127.0.0.2/", base);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request r = {.method = cases[i].method,
		    .url = cases[i].url,
		    .headers = &cases[i].header,
		    .n_headers = 1};

		err.class = ERR_NONE;
		if (http_start(w->http, w->site, &r, on_done, &s, &err) != NULL)
			fail_msg("case %zu started", i);
		assert_int_equal(err.class, ERR_REJECT);
	}
	assert_int_equal(scripted_count(w->scripted), before);
	assert_int_equal(s.n, 0);
}

static void
a_dead_connection_repeats_only_what_may_be_repeated(void **state)
{
	static const struct {
		const char *method;
		enum http_outcome outcome;
		int requests;
	} cases[] = {
	    {"GET", HTTP_ANSWERED, 3},
	    {"PUT", HTTP_ANSWERED, 3},
	    {"POST", HTTP_UNKNOWN, 2},
	    {"PATCH", HTTP_UNKNOWN, 2},
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int before;
		struct seen s;

		/* no connection of an earlier case */
		http_free(w->http);
		w->http = http_new(8, NULL);
		before = scripted_count(w->scripted);
		s = call(w, "GET", "/once", NULL);
		assert_int_equal(s.outcome, HTTP_ANSWERED);
		seen_fini(&s);
		s = call(
		    w, cases[i].method, "/once", i == 0 ? NULL : "{\"a\":1}");
		assert_int_equal(s.outcome, cases[i].outcome);
		assert_int_equal(
		    scripted_count(w->scripted) - before, cases[i].requests);
		seen_fini(&s);
	}
}

static void
connections_are_kept_and_bounded(void **state)
{
	struct world *w = *state;
	char url[128];
	struct http_request r = {.method = "GET", .url = url};
	struct seen seen[64] = {0};
	struct err err;
	size_t i, round;

	snprintf(url, sizeof(url), "%s/ok", scripted_url(w->scripted));
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 64; i++) {
			seen[i].n = 0;
			assert_non_null(http_start(
			    w->http, w->site, &r, on_done, &seen[i], &err));
		}
		for (i = 0; i < 64; i++) {
			wait_for(w->http, &seen[i]);
			assert_int_equal(seen[i].status, 200);
		}
	}
	assert_int_equal(scripted_count(w->scripted), 3 * 64);
	assert_true(scripted_connections(w->scripted) <= 8);
	for (i = 0; i < 64; i++)
		seen_fini(&seen[i]);
}

/* Calls that share one connection, and in which order they were done. */
struct line {
	struct http *http;
	struct http_site *site;
	const struct http_request *r;
	char order[8];
};
struct in_line {
	struct line *line;
	char name;
	struct in_line *then; /* started once this one is done */
};

static void
on_turn(void *ctx, const struct http_answer *a)
{
	struct in_line *i = ctx;
	struct line *l = i->line;
	struct err err;

	assert_int_equal(a->status, 200);
	l->order[strlen(l->order)] = i->name;
	if (i->then != NULL)
		assert_non_null(
		    http_start(l->http, l->site, l->r, on_turn, i->then, &err));
}

static void
who_waits_longest_for_a_connection_gets_it(void **state)
{
	struct world *w = *state;
	char url[128];
	struct http_request r = {.method = "GET", .url = url};
	struct err err;
	struct line l = {.http = http_new(1, &err),
	    .site = site_new(scripted_url(w->scripted), PATIENT_MS),
	    .r = &r};
	struct in_line late = {&l, 'd', NULL}, a = {&l, 'a', &late},
		       b = {&l, 'b', NULL}, never = {&l, 'x', NULL},
		       c = {&l, 'c', NULL};
	struct http_call *dropped;

	snprintf(url, sizeof(url), "%s/ok", scripted_url(w->scripted));
	assert_non_null(http_start(l.http, l.site, &r, on_turn, &a, &err));
	assert_non_null(http_start(l.http, l.site, &r, on_turn, &b, &err));
	dropped = http_start(l.http, l.site, &r, on_turn, &never, &err);
	assert_non_null(dropped);
	assert_non_null(http_start(l.http, l.site, &r, on_turn, &c, &err));
	http_cancel(l.http, dropped);
	while (strlen(l.order) < 4)
		assert_int_equal(http_wait(l.http, NULL, 0, 1000, &err), 0);
	assert_string_equal(l.order, "abcd");
	http_free(l.http);
	http_site_free(l.site);
}

static void
a_cancelled_call_is_never_done(void **state)
{
	struct world *w = *state;
	char url[128];
	struct http_request r = {.method = "GET", .url = url};
	struct seen s = {0}, other;
	struct http_call *c;
	struct err err;

	snprintf(url, sizeof(url), "%s/hang", scripted_url(w->scripted));
	c = http_start(w->http, w->site, &r, on_done, &s, &err);
	assert_non_null(c);
	other = call(w, "GET", "/ok", NULL);
	http_cancel(w->http, c);
	seen_fini(&other);
	be_impatient(w);
	other = call(w, "GET", "/hang", NULL);
	assert_int_equal(s.n, 0);
	seen_fini(&other);
	/* One more stays in flight: http_free() drops it. */
	assert_non_null(http_start(w->http, w->site, &r, on_done, &s, &err));
}

/* More than one answer's share of all: the longest gives way, nobody else. */
static void
answers_are_bounded_together(void **state)
{
	enum { N = HTTP_ANSWERS_MAX_BYTES / sizeof(long_answer) + 1 };
	struct world *w = *state;
	char url[128];
	struct http_request r = {.method = "GET", .url = url};
	struct http_site_conf conf = {.base_url = scripted_url(w->scripted),
	    .policy = {.allow_private = 1},
	    .timeout_ms = 600000};
	struct seen s[N] = {0}, other = {0};
	struct err err;
	struct http *h = http_new(N + 1, &err);
	struct http_site *site = http_site_new(&conf, &err);
	int n = 0, i;

	snprintf(url, sizeof(url), "%s/long-hang", scripted_url(w->scripted));
	for (i = 0; i < N; i++)
		assert_non_null(http_start(h, site, &r, on_done, &s[i], &err));
	while (n == 0) {
		assert_int_equal(http_wait(h, NULL, 0, 1000, &err), 0);
		for (i = 0; i < N; i++)
			n += s[i].n;
	}
	snprintf(url, sizeof(url), "%s/ok", scripted_url(w->scripted));
	assert_non_null(http_start(h, site, &r, on_done, &other, &err));
	wait_for(h, &other);
	assert_int_equal(other.outcome, HTTP_ANSWERED);
	for (n = 0, i = 0; i < N; i++) {
		n += s[i].n;
		assert_true(s[i].n == 0 || (s[i].outcome == HTTP_UNKNOWN &&
					       s[i].class == ERR_RETRY));
		seen_fini(&s[i]);
	}
	assert_int_equal(n, 1);
	seen_fini(&other);
	http_free(h);
	http_site_free(site);
}

static void
waiting_tells_which_descriptor_is_readable(void **state)
{
	struct world *w = *state;
	struct http_fd fds[2];
	int a[2], b[2];
	struct err err;

	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	fds[0].fd = a[0];
	fds[1].fd = b[0];
	assert_int_equal(http_wait(w->http, fds, 2, 0, &err), 0);
	assert_int_equal(fds[0].is_ready, 0);
	assert_int_equal(fds[1].is_ready, 0);
	assert_int_equal(write(b[1], "x", 1), 1);
	assert_int_equal(http_wait(w->http, fds, 2, 60000, &err), 0);
	assert_int_equal(fds[0].is_ready, 0);
	assert_int_equal(fds[1].is_ready, 1);
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
}

static void
one_blocking_call(void **state)
{
	struct world *w = *state;
	char url[128];
	struct http_request r = {.method = "GET", .url = url};
	char *body = NULL;
	size_t size;
	int status;
	struct err err;

	snprintf(url, sizeof(url), "%s/ok", scripted_url(w->scripted));
	assert_int_equal(
	    http_once(w->site, &r, &status, &body, &size, &err), 0);
	assert_int_equal(status, 200);
	assert_string_equal(body, "{\"id\":\"7\"}\n");
	free(body);
	snprintf(url, sizeof(url), "%s/nothing", scripted_url(w->scripted));
	assert_int_equal(
	    http_once(w->site, &r, &status, &body, &size, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
}

static void
unfit_sites_are_refused(void **state)
{
	static const struct http_site_conf cases[] = {
	    {.base_url = "ftp://a.example"},
	    {.base_url = "http://a.example"},
	    {.base_url = "https://u:p@a.example"},
	    {.base_url = "a.example"},
	    {.base_url = ""},
	    {.base_url = "https://a.example", .bearer = "x\r\nY: z"},
	    {.base_url = "https://a.example", .username = "a:b"},
	};
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_null(http_site_new(&cases[i], &err));
		assert_int_equal(err.class, ERR_REJECT);
	}
}

/* The token of u and "???" is dTo/Pz8=. */
static void
an_excerpt_holds_no_secret(void **state)
{
	static const struct {
		const char *password, *text, *kept;
		size_t max;
	} cases[] = {
	    {"???", "Basic dTo/Pz8=, dTo/Pz8=", "Basic ********, ********", 99},
	    {"???", "{\"a\":\"Basic dTo\\/Pz8=\"}",
		"{\"a\":\"Basic *********\"}", 99},
	    {"???", "\"dTo\\u002fPz8\\u003D\"", "\"******************\"", 99},
	    {"???", "?t=dTo%2FPz8%3d&p=???", "?t=************&p=***", 99},
	    /* Cut in the middle, its half is not kept either. */
	    {"???", "Basic dTo/Pz8=", "Basic *****", 11},
	    {"???", "Basic dTo\\u002fPz8=", "Basic *****", 11},
	    {"слово", "pass=слово.", "pass=**********.", 99},
	    {"слово", "\"\\u0441\\u043b\\u043e\\u0432\\u043e\"",
		"\"******************************\"", 99},
	    {"a\"b\\c", "a\"b\\c a\\\"b\\\\c a\"b", "***** ******* a\"b", 99},
	    {NULL, "плохо", "пло", 7},
	    {NULL, "", "", 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct http_site_conf conf = {
		    .base_url = "https://a.example",
		    .username = cases[i].password != NULL ? "u" : NULL,
		    .password = cases[i].password};
		struct err err;
		struct http_site *site = http_site_new(&conf, &err);
		char *kept;

		assert_non_null(site);
		kept = http_site_excerpt(site, cases[i].text, cases[i].max);
		assert_string_equal(kept, cases[i].kept);
		free(kept);
		http_site_free(site);
	}
}

#define SITE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SITE_TEST(whole_answers_are_answers),
	    SITE_TEST(headers_are_lower_case_and_joined),
	    SITE_TEST(redirects_are_not_followed),
	    SITE_TEST(a_folded_first_line_reaches_no_earlier_answer),
	    SITE_TEST(anything_but_a_whole_answer_is_unknown),
	    SITE_TEST(what_never_left_is_not_sent),
	    SITE_TEST(a_private_address_is_refused_after_resolution),
	    SITE_TEST(the_request_is_what_was_asked_for),
	    SITE_TEST(unfit_requests_do_not_start),
	    SITE_TEST(a_dead_connection_repeats_only_what_may_be_repeated),
	    SITE_TEST(connections_are_kept_and_bounded),
	    SITE_TEST(who_waits_longest_for_a_connection_gets_it),
	    SITE_TEST(a_cancelled_call_is_never_done),
	    SITE_TEST(answers_are_bounded_together),
	    SITE_TEST(waiting_tells_which_descriptor_is_readable),
	    SITE_TEST(one_blocking_call),
	    cmocka_unit_test(unfit_sites_are_refused),
	    cmocka_unit_test(an_excerpt_holds_no_secret),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
