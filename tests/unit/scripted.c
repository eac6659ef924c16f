/* A scripted site: see scripted.h. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scripted.h"

enum { CONNECTIONS_MAX = 128, REQUEST_MAX = 64 * 1024 };

struct connection {
	int fd;
	int n_requests;
	size_t size;
	char in[REQUEST_MAX];
};

struct scripted {
	const struct scripted_reply *replies;
	int listener;
	int stop[2];
	char url[64];
	pthread_t thread;
	pthread_mutex_t lock;
	int n_requests, n_accepted;
	char newest[REQUEST_MAX];
	size_t n_open;
	struct connection *open[CONNECTIONS_MAX];
};

static void
die(const char *what)
{
	perror(what);
	abort();
}

/* Size of the request at IN, 0 while it is not whole. */
static size_t
whole(const char *in)
{
	const char *end = strstr(in, "\r\n\r\n");
	const char *length = strcasestr(in, "\r\nContent-Length:");
	size_t size;

	if (end == NULL)
		return 0;
	size = (size_t)(end + 4 - in);
	if (length != NULL && length < end)
		size += strtoul(length + 17, NULL, 10);
	return strlen(in) >= size ? size : 0;
}

static const struct scripted_reply *
find(const struct scripted *s, const char *request)
{
	const char *path = strchr(request, ' ');
	const struct scripted_reply *r;
	size_t size;

	if (path == NULL)
		return NULL;
	path++;
	size = strcspn(path, " ?");
	for (r = s->replies; r->path != NULL; r++)
		if (strlen(r->path) == size && memcmp(r->path, path, size) == 0)
			return r;
	return NULL;
}

static int
send_all(int fd, const char *bytes)
{
	size_t size = strlen(bytes);
	ssize_t n;

	for (; size > 0; size -= (size_t)n, bytes += n) {
		n = send(fd, bytes, size, MSG_NOSIGNAL);
		if (n <= 0)
			return -1;
	}
	return 0;
}

/* 1 to keep the connection. */
static int
reply(struct scripted *s, struct connection *c)
{
	const struct scripted_reply *r = find(s, c->in);

	pthread_mutex_lock(&s->lock);
	s->n_requests++;
	memcpy(s->newest, c->in, c->size + 1);
	pthread_mutex_unlock(&s->lock);
	c->n_requests++;
	if (r == NULL)
		return send_all(c->fd, "HTTP/1.1 404 Not Found\r\n"
				       "Content-Length: 0\r\n\r\n") == 0;
	if (r->then == SCRIPTED_ONLY_FIRST && c->n_requests > 1)
		return 0;
	if (r->bytes != NULL && send_all(c->fd, r->bytes) != 0)
		return 0;
	if (r->then == SCRIPTED_REPEAT)
		while (send_all(c->fd, " x") == 0)
			;
	return r->then != SCRIPTED_CLOSE && r->then != SCRIPTED_REPEAT;
}

/* 1 to keep the connection. */
static int
serve(struct scripted *s, struct connection *c)
{
	ssize_t n =
	    recv(c->fd, c->in + c->size, sizeof(c->in) - 1 - c->size, 0);
	size_t size;

	if (n <= 0)
		return 0;
	c->size += (size_t)n;
	c->in[c->size] = '\0';
	if (c->in[0] == 0x16) { /* a TLS handshake */
		send_all(c->fd, "HTTP/1.1 400 No TLS here\r\n\r\n");
		return 0;
	}
	while ((size = whole(c->in)) > 0) {
		if (!reply(s, c))
			return 0;
		memmove(c->in, c->in + size, c->size - size + 1);
		c->size -= size;
	}
	return 1;
}

static void
open_one(struct scripted *s)
{
	struct timeval limit = {.tv_sec = 5};
	struct connection *c;
	int fd = accept(s->listener, NULL, NULL);

	if (fd < 0)
		return;
	if (s->n_open == CONNECTIONS_MAX)
		die("too many connections");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		die("calloc");
	c->fd = fd;
	s->open[s->n_open++] = c;
	pthread_mutex_lock(&s->lock);
	s->n_accepted++;
	pthread_mutex_unlock(&s->lock);
}

static void
close_one(struct scripted *s, size_t i)
{
	close(s->open[i]->fd);
	free(s->open[i]);
	s->open[i] = s->open[--s->n_open];
}

static void *
run(void *ctx)
{
	struct scripted *s = ctx;
	struct pollfd fds[CONNECTIONS_MAX + 2];
	size_t i;

	for (;;) {
		fds[0] = (struct pollfd){.fd = s->stop[0], .events = POLLIN};
		fds[1] = (struct pollfd){.fd = s->listener, .events = POLLIN};
		for (i = 0; i < s->n_open; i++)
			fds[i + 2] = (struct pollfd){
			    .fd = s->open[i]->fd, .events = POLLIN};
		poll(fds, s->n_open + 2, -1);
		if (fds[0].revents != 0)
			break;
		for (i = s->n_open; i-- > 0;)
			if (fds[i + 2].revents != 0 && !serve(s, s->open[i]))
				close_one(s, i);
		if (fds[1].revents != 0)
			open_one(s);
	}
	while (s->n_open > 0)
		close_one(s, 0);
	return NULL;
}

struct scripted *
scripted_start(const struct scripted_reply *replies)
{
	struct scripted *s = calloc(1, sizeof(*s));
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t size = sizeof(in);

	if (s == NULL)
		die("calloc");
	s->replies = replies;
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (s->listener < 0 ||
	    bind(s->listener, (struct sockaddr *)&in, sizeof(in)) != 0 ||
	    listen(s->listener, CONNECTIONS_MAX) != 0 ||
	    getsockname(s->listener, (struct sockaddr *)&in, &size) != 0 ||
	    pipe(s->stop) != 0)
		die("scripted site");
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u",
	    (unsigned)ntohs(in.sin_port));
	pthread_mutex_init(&s->lock, NULL);
	if (pthread_create(&s->thread, NULL, run, s) != 0)
		die("pthread_create");
	return s;
}

void
scripted_stop(struct scripted *s)
{
	if (write(s->stop[1], "", 1) != 1)
		die("write");
	pthread_join(s->thread, NULL);
	close(s->listener);
	close(s->stop[0]);
	close(s->stop[1]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

const char *
scripted_url(const struct scripted *s)
{
	return s->url;
}

int
scripted_count(struct scripted *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->n_requests;
	pthread_mutex_unlock(&s->lock);
	return n;
}

int
scripted_connections(struct scripted *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->n_accepted;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void
scripted_newest(struct scripted *s, char *out, size_t size)
{
	pthread_mutex_lock(&s->lock);
	snprintf(out, size, "%s", s->newest);
	pthread_mutex_unlock(&s->lock);
}
