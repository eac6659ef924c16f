/*
 * Whatever a system answers, byte by byte over a real connection: one `done`,
 * within the limits, and never "not sent" once the request was read.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/json.h"
#include "rest/http.h"

enum { ANSWER_MAX = 4096, ROUNDS_PER_PORT = 2000, DAY_MS = 86400000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct http *http;
	struct http_site *site;
	int listener;
	char url[64];
	int rounds;
} world = {.listener = -1};

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

/* A new port now and then, before the old one's connections use it up. */
static void
open_world(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t size = sizeof(in);
	struct http_site_conf conf = {.base_url = world.url,
	    .policy = {.allow_private = 1},
	    .timeout_ms = 5000,
	    .answer_max_bytes = ANSWER_MAX};

	if (world.listener >= 0)
		close(world.listener);
	http_free(world.http);
	http_site_free(world.site);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	world.listener = socket(AF_INET, SOCK_STREAM, 0);
	must(bind(world.listener, (struct sockaddr *)&in, sizeof(in)) == 0);
	must(listen(world.listener, 8) == 0);
	must(getsockname(world.listener, (struct sockaddr *)&in, &size) == 0);
	snprintf(world.url, sizeof(world.url), "http://127.0.0.1:%u",
	    (unsigned)ntohs(in.sin_port));
	world.http = http_new(4, NULL);
	world.site = http_site_new(&conf, NULL);
	must(world.http != NULL && world.site != NULL);
}

static void
on_done(void *ctx, const struct http_answer *a)
{
	int *n_done = ctx;
	jv doc;

	++*n_done;
	must(a->outcome != HTTP_NOT_SENT);
	must(a->body[a->body_size] == '\0' && a->content_type != NULL);
	must(a->body_size <= ANSWER_MAX);
	must(a->retry_after_ms >= 0 && a->retry_after_ms <= DAY_MS);
	must(jv_get_kind(a->headers) == JV_KIND_OBJECT);
	if (a->outcome == HTTP_ANSWERED)
		must(a->status >= 200 && a->err->class == ERR_NONE);
	else
		must(a->status == 0 && a->err->class == ERR_RETRY);
	doc = json_parse(a->body, a->body_size, NULL);
	jv_free(doc);
}

/* Read the request, say DATA, close. */
static void
serve(const uint8_t *data, size_t size)
{
	int fd = accept(world.listener, NULL, NULL);
	char request[4096];
	ssize_t n;

	if (fd < 0)
		return;
	n = recv(fd, request, sizeof(request), 0);
	must(n > 0);
	while (size > 0) {
		n = send(fd, data, size, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		data += n;
		size -= (size_t)n;
	}
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request r = {
	    .method = "POST", .body = "{}", .body_size = 2};
	int n_done = 0, is_served = 0;
	struct http_fd fd;
	struct err err;

	/* The first byte chooses the method: a HEAD has no body, and so on. */
	static const char *const methods[] = {"GET", "POST", "HEAD", "PUT"};

	if (size == 0 || size > 64 * 1024)
		return 0;
	if (world.rounds++ % ROUNDS_PER_PORT == 0)
		open_world();
	r.method = methods[data[0] % 4];
	if (data[0] % 2 == 0)
		r.body = NULL;
	r.url = world.url;
	must(http_start(world.http, world.site, &r, on_done, &n_done, &err) !=
	     NULL);
	fd = (struct http_fd){.fd = world.listener};
	while (n_done == 0) {
		must(http_wait(world.http, &fd, 1, 100, &err) == 0);
		if (fd.is_ready && !is_served) {
			is_served = 1;
			serve(data + 1, size - 1);
		} else if (fd.is_ready) {
			/* A second connection: curl's own repeat. */
			close(accept(world.listener, NULL, NULL));
		}
	}
	must(n_done == 1);
	return 0;
}
