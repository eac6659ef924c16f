/* One exchange on a curl handle: see http_call.h. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/version.h"
#include "rest/http_call.h"
#include "rest/http_flight.h"
#include "rest/http_poll.h"
#include "rest/http_site.h"

enum {
	CONNECT_TIMEOUT_MS = 10000,
	LOW_SPEED_BYTES_PER_S = 16,
	LOW_SPEED_S = 60,
	CONNECTION_IDLE_S = 60,
	WRITE_BUFFER_BYTES = 4096, /* for the answer to a write */
	KEEP_BYTES = 16 * 1024	   /* of a buffer between two calls */
};

/* Headers that are this layer's to write. */
static const char *const OURS[] = {"Host", "Content-Length",
    "Transfer-Encoding", "Connection", "Expect", "Upgrade", "TE", "Trailer"};

/* Addresses are judged here, after resolution, before the first packet. */
static curl_socket_t
on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct http_call *c = ctx;
	int fd;

	(void)purpose;
	if (!policy_address(&c->site->policy, &a->addr)) {
		c->is_refused = 1;
		return CURL_SOCKET_BAD;
	}
	fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (fd >= 0)
		http_poll_opened(c->poll, fd);
	return fd;
}

static int
on_close(void *ctx, curl_socket_t fd)
{
	http_poll_closed(ctx, fd);
	return close(fd);
}

/* The address of a connection that may have been opened for another site. */
static int
may_use(const struct policy *p, const char *ip)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, ip, &in.sin_addr) == 1)
		return policy_address(p, (const struct sockaddr *)&in);
	if (inet_pton(AF_INET6, ip, &in6.sin6_addr) == 1)
		return policy_address(p, (const struct sockaddr *)&in6);
	return 0;
}

/*
 * Called when a connection (TLS included) is ready and before the first byte
 * of the request: from here on it counts as possibly sent.  curl repeats a
 * request by itself when a reused connection turns out to be dead; that is
 * only right for methods that may be repeated.
 */
static int
on_ready(
    void *ctx, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct http_call *c = ctx;

	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	c->is_refused = !may_use(&c->site->policy, remote_ip);
	if (c->is_refused)
		return CURL_PREREQFUNC_ABORT;
	if (c->n_sendings > 0 && !c->is_repeatable)
		return CURL_PREREQFUNC_ABORT;
	c->n_sendings++;
	return CURL_PREREQFUNC_OK;
}

static size_t
on_header(char *data, size_t one, size_t size, void *ctx)
{
	struct http_call *c = ctx;

	size *= one;
	c->head_bytes += size;
	if (c->head_bytes > HTTP_HEADERS_MAX_BYTES) {
		c->is_too_large = 1;
		return 0;
	}
	c->is_at_status = size >= 5 && memcmp(data, "HTTP/", 5) == 0;
	if (c->is_at_status) {
		buf_clear(&c->head);
		c->flight->answers_bytes -= c->answer.size;
		buf_clear(&c->answer); /* this line, after a 1xx */
		c->has_head = 0;
	}
	if (data[0] == '\r' || data[0] == '\n')
		c->has_head = 1;
	buf_add(&c->head, data, size);
	return size;
}

static size_t
on_body(char *data, size_t one, size_t size, void *ctx)
{
	struct http_call *c = ctx;

	size *= one;
	if (!c->has_head) /* a header line: see is_old() */
		return c->is_at_status && (data[0] == ' ' || data[0] == '\t')
			   ? 0
			   : size;
	if (!http_flight_room(c, size))
		return 0;
	if (buf_add(&c->answer, data, size) != 0) {
		c->is_too_large = 1;
		return 0;
	}
	c->flight->answers_bytes += size;
	return size;
}

/*
 * curl before 8.1.0 keeps a pointer to the last header of an exchange that is
 * over, and follows it when the next answer on the same handle begins with a
 * folded line (curl issue 11101): a system could make us read freed memory
 * (tests/fuzz found it).  There header lines are asked for as part of the body,
 * too: on_body() gets each before curl looks at it, and ends such an answer.
 */
static int
is_old(void)
{
	return curl_version_info(CURLVERSION_NOW)->version_num < 0x080100;
}

static void
set_options(struct http_call *c)
{
	CURL *e = c->easy;
	struct http_site *s = c->site;
	long connect_ms = s->timeout_ms < CONNECT_TIMEOUT_MS
			      ? (long)s->timeout_ms
			      : CONNECT_TIMEOUT_MS;

	curl_easy_setopt(e, CURLOPT_PRIVATE, c);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->trouble);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	/* A call that is over does not wait until the C library has given up
	 * looking up its host: all other calls would. */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	/* Where to; what is asked for there is each call's. */
	curl_easy_setopt(e, CURLOPT_CURLU, s->origin);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "twinwire/" TWINWIRE_VERSION);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)CONNECTION_IDLE_S);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
	curl_easy_setopt(
	    e, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES_PER_S);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_S);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	if (s->ca_file != NULL) {
		curl_easy_setopt(e, CURLOPT_CAINFO, s->ca_file);
		/* Besides it curl asks the folder that it was built with. */
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	}
	if (s->cert_file != NULL) {
		curl_easy_setopt(e, CURLOPT_SSLCERT, s->cert_file);
		curl_easy_setopt(e, CURLOPT_SSLKEY,
		    s->key_file != NULL ? s->key_file : s->cert_file);
	}
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, c);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, c->poll);
	curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(e, CURLOPT_PREREQDATA, c);
	curl_easy_setopt(e, CURLOPT_HEADER, (long)is_old());
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
}

static int
need_handle(struct http_call *c, struct err *err)
{
	if (c->easy != NULL)
		return 0;
	c->easy = curl_easy_init();
	if (c->easy == NULL)
		return err_set(err, ERR_FATAL, 0, "curl gives no handle");
	set_options(c);
	return 0;
}

struct http_call *
http_call_new(
    struct http_site *site, struct http_poll *poll, struct http_flight *flight)
{
	struct http_call *c = mem_new(1, sizeof(*c));

	c->site = site;
	c->poll = poll;
	c->flight = flight;
	c->answer.max = site->answer_max_bytes;
	return c;
}

void
http_call_rest(struct http_call *c)
{
	struct buf *const kept[] = {&c->body, &c->head, &c->answer};
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i]->room > KEEP_BYTES)
			buf_free(kept[i]);
}

void
http_call_free(struct http_call *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->easy);
	buf_wipe(&c->lines);
	buf_free(&c->target);
	buf_free(&c->body);
	buf_free(&c->head);
	buf_free(&c->answer);
	free(c->list);
	free(c);
}

static int
add_header(struct http_call *c, const struct http_header *h, struct err *err)
{
	size_t i;

	if (!policy_header(h->name, h->value))
		return err_set(err, ERR_REJECT, 0,
		    "not a header: %.100s (control characters?)", h->name);
	for (i = 0; i < sizeof(OURS) / sizeof(OURS[0]); i++)
		if (strcasecmp(h->name, OURS[i]) == 0)
			return err_set(err, ERR_REJECT, 0,
			    "the header %s cannot be set", h->name);
	if (c->site->authorization != NULL &&
	    strcasecmp(h->name, "Authorization") == 0)
		return err_set(
		    err, ERR_REJECT, 0, "Authorization is set by system.auth");
	if (c->lines.size + strlen(h->name) + strlen(h->value) >
	    HTTP_HEADERS_MAX_BYTES)
		return err_set(err, ERR_REJECT, 0,
		    "the headers are longer than %d bytes",
		    HTTP_HEADERS_MAX_BYTES);
	buf_puts(&c->lines, h->name);
	/* curl's way to say that a header has no value */
	buf_puts(&c->lines, h->value[0] != '\0' ? ": " : ";");
	buf_add(&c->lines, h->value, strlen(h->value) + 1);
	return 0;
}

static int
set_headers(struct http_call *c, const struct http_request *r, struct err *err)
{
	static const char none[] = "Expect:";
	static const char json[] = "Content-Type: application/json";
	int has_type = r->body == NULL;
	size_t i, n = 1;
	char *line;

	buf_clear(&c->lines);
	buf_add(&c->lines, none, sizeof(none));
	for (i = 0; i < r->n_headers; i++, n++) {
		if (add_header(c, &r->headers[i], err) != 0)
			return -1;
		if (strcasecmp(r->headers[i].name, "Content-Type") == 0)
			has_type = 1;
	}
	if (!has_type) {
		buf_add(&c->lines, json, sizeof(json));
		n++;
	}
	/* Last: a buffer that grows leaves a copy of what is in it. */
	if (c->site->authorization != NULL) {
		buf_add(&c->lines, c->site->authorization,
		    strlen(c->site->authorization) + 1);
		n++;
	}
	if (n > c->list_room) {
		c->list = mem_grow(c->list, n, sizeof(*c->list));
		c->list_room = n;
	}
	line = c->lines.data;
	for (i = 0; i < n; i++) {
		c->list[i].data = line;
		c->list[i].next = i + 1 < n ? &c->list[i + 1] : NULL;
		line += strlen(line) + 1;
	}
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->list);
	return 0;
}

static int
set_method(struct http_call *c, const struct http_request *r, struct err *err)
{
	static const char *const repeatable[] = {
	    "GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
	int is_head = strcmp(r->method, "HEAD") == 0;
	int has_body = r->body != NULL || strcmp(r->method, "POST") == 0 ||
		       strcmp(r->method, "PUT") == 0 ||
		       strcmp(r->method, "PATCH") == 0;
	size_t i;

	if (!policy_header(r->method, "") || strlen(r->method) > 32)
		return err_set(err, ERR_REJECT, 0, "not an HTTP method");
	c->is_repeatable = 0;
	for (i = 0; i < sizeof(repeatable) / sizeof(repeatable[0]); i++)
		if (strcmp(r->method, repeatable[i]) == 0)
			c->is_repeatable = 1;
	buf_clear(&c->body);
	buf_add(&c->body, r->body, r->body == NULL ? 0 : r->body_size);
	/* HTTPGET also undoes what an earlier call on this handle had set. */
	curl_easy_setopt(c->easy, CURLOPT_HTTPGET, 1L);
	/* Each call in flight has one; only what is asked for is long. */
	curl_easy_setopt(c->easy, CURLOPT_BUFFERSIZE,
	    has_body ? (long)WRITE_BUFFER_BYTES : (long)CURL_MAX_WRITE_SIZE);
	if (has_body) {
		curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)c->body.size);
		curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->body.data);
	} else if (is_head) {
		curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L);
	}
	curl_easy_setopt(
	    c->easy, CURLOPT_CUSTOMREQUEST, is_head ? NULL : r->method);
	return 0;
}

/* Sent as it stands, also with ".." in it.  curl need not take a URL apart and
 * write it anew for each call, which is a fifth of its work. */
static void
set_target(struct http_call *c, const char *target)
{
	buf_clear(&c->target);
	if (*target != '/')
		buf_puts(&c->target, "/");
	buf_puts(&c->target, target);
	curl_easy_setopt(c->easy, CURLOPT_REQUEST_TARGET, c->target.data);
}

int
http_call_prepare(
    struct http_call *c, const struct http_request *r, struct err *err)
{
	const char *target;

	if (need_handle(c, err) != 0 ||
	    http_site_accepts(c->site, r->url, &target, err) != 0 ||
	    set_method(c, r, err) != 0 || set_headers(c, r, err) != 0)
		return -1;
	set_target(c, target);
	/* A copy of the chain costs memory on every handle that made one. */
	curl_easy_setopt(c->easy, CURLOPT_CERTINFO,
	    clock_mono_ms() >= c->site->certificate_due_ms ? 1L : 0L);
	buf_clear(&c->head);
	buf_clear(&c->answer);
	c->head_bytes = 0;
	c->n_sendings = c->is_refused = c->is_too_large = c->is_crowded = 0;
	c->has_head = c->is_at_status = 0;
	c->trouble[0] = '\0';
	return 0;
}

void
http_call_begin(struct http_call *c)
{
	c->started_ms = clock_mono_ms();
}
