/*
 * The site that benchmarks write to: takes every request of HTTP/1.1 at once
 * or after a delay, keeps a ledger of what came, and can list a collection.
 * Plain, single-threaded, for loopback; no more of HTTP than curl, undici and
 * Go's client need of it.
 *
 *   target PORT [DELAY_MS [LISTED]]
 *
 *   GET /bench/stats    the ledger's figures      GET /bench/records  its
 * records GET /bench/reset    an empty ledger           GET /bench/listing  see
 * below
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <utlist.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ledger.h"
#include "listing.h"

enum {
	BACKLOG = 1024,
	READ_BYTES = 65536,
	EVENTS_MAX = 256,
	REQUEST_MAX_BYTES = 8 * 1024 * 1024
};

struct client {
	int fd;
	struct buf in;		    /* the request so far; one at a time */
	struct buf out;		    /* the answer's rest */
	int64_t due_us;		    /* 0: not waiting */
	struct client *prev, *next; /* among those that wait */
};

struct target {
	int epoll_fd, listen_fd;
	int64_t delay_us;
	long n_listed;
	int64_t look_us;	     /* when the first page was asked for */
	int64_t looks, look_took_us; /* ended ones; the last one */
	struct ledger *ledger;
	struct client *waiting; /* by when they are due */
};

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
watch(const struct target *t, struct client *c, int op, uint32_t events)
{
	struct epoll_event e = {.events = events, .data = {.ptr = c}};

	epoll_ctl(t->epoll_fd, op, c->fd, &e);
}

static void
hang_up(struct target *t, struct client *c)
{
	if (c->due_us != 0)
		DL_DELETE(t->waiting, c);
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
}

/* Send what is left of the answer; 0, or -1 if the client is gone. */
static int
flush(struct target *t, struct client *c)
{
	ssize_t n = send(c->fd, c->out.data, c->out.size, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	if ((size_t)n == c->out.size) {
		buf_clear(&c->out);
		return 0;
	}
	memmove(c->out.data, c->out.data + n, c->out.size - (size_t)n);
	c->out.size -= (size_t)n;
	watch(t, c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
	return 0;
}

static void
page(struct target *t, const char *path, struct buf *body)
{
	const char *at = strstr(path, "page=");
	long n = at == NULL ? 1 : strtol(at + 5, NULL, 10);

	if (n == 1)
		t->look_us = now_us();
	listing_page(t->n_listed, n, body);
	if (n * LISTING_PAGE >= t->n_listed) {
		t->looks++;
		t->look_took_us = now_us() - t->look_us;
	}
}

/* The answer to GET PATH. */
static void
show(struct target *t, struct client *c, const char *path)
{
	struct buf body = {0};

	if (strcmp(path, "/bench/stats") == 0) {
		ledger_print(t->ledger, &body);
	} else if (strcmp(path, "/bench/records") == 0) {
		ledger_print_records(t->ledger, &body);
	} else if (strcmp(path, "/bench/looks") == 0) {
		buf_printf(&body, "{\"looks\":%lld,\"took_us\":%lld}",
		    (long long)t->looks, (long long)t->look_took_us);
	} else if (strcmp(path, "/bench/reset") == 0) {
		ledger_free(t->ledger);
		t->ledger = ledger_new();
	} else if (strncmp(path, "/events", 7) == 0) {
		page(t, path, &body);
	}
	buf_printf(&c->out,
	    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    body.size);
	buf_add(&c->out, body.data == NULL ? "" : body.data, body.size);
	buf_free(&body);
}

/* Take the request of HEAD and BODY in; its answer is in C->out, or due. */
static void
serve(struct target *t, struct client *c, char *head, size_t body_size,
    const char *body)
{
	char *path = head + strcspn(head, " "), *end;

	path += *path == ' ';
	if (strncmp(head, "GET ", 4) == 0 &&
	    (end = strchr(path, ' ')) != NULL) {
		*end = '\0';
		show(t, c, path);
		return;
	}
	ledger_add(t->ledger, path, body, body_size, now_us());
	buf_puts(&c->out, "HTTP/1.1 204 No Content\r\n\r\n");
	if (t->delay_us > 0) {
		c->due_us = now_us() + t->delay_us;
		DL_APPEND(t->waiting, c);
	}
}

/* Serve C's request if all of it is here; -1 if the client is gone. */
static int
try_serve(struct target *t, struct client *c)
{
	char *end = memmem(c->in.data, c->in.size, "\r\n\r\n", 4), *length;
	size_t head, body = 0;

	if (end == NULL)
		return 0;
	*end = '\0';
	head = (size_t)(end - c->in.data) + 4;
	length = strcasestr(c->in.data, "\r\nContent-Length:");
	if (length != NULL)
		body = strtoul(length + 17, NULL, 10);
	if (body > REQUEST_MAX_BYTES)
		return -1;
	if (c->in.size < head + body) {
		*end = '\r';
		return 0;
	}
	serve(t, c, c->in.data, body, c->in.data + head);
	buf_clear(&c->in);
	return c->due_us == 0 ? flush(t, c) : 0;
}

static int
receive(struct target *t, struct client *c)
{
	static char bytes[READ_BYTES];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

	if (n <= 0)
		return n < 0 && errno == EAGAIN ? 0 : -1;
	buf_add(&c->in, bytes, (size_t)n);
	return try_serve(t, c);
}

static void
greet(struct target *t)
{
	int fd = accept4(t->listen_fd, NULL, NULL, SOCK_NONBLOCK), on = 1;
	struct client *c;

	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c = mem_new(1, sizeof(*c));
	c->fd = fd;
	watch(t, c, EPOLL_CTL_ADD, EPOLLIN);
}

static void
react(struct target *t, struct client *c, uint32_t events)
{
	int rc = 0;

	if (c == NULL) {
		greet(t);
		return;
	}
	if (events & EPOLLOUT) {
		watch(t, c, EPOLL_CTL_MOD, EPOLLIN);
		rc = flush(t, c);
	}
	if (rc == 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		rc = receive(t, c);
	if (rc != 0)
		hang_up(t, c);
}

/* Answer those whose delay is over; 1 and *OUT until the next, 0: none. */
static int
answer_due(struct target *t, struct timespec *out)
{
	int64_t now = now_us();
	struct client *c;

	while ((c = t->waiting) != NULL && c->due_us <= now) {
		DL_DELETE(t->waiting, c);
		c->due_us = 0;
		if (flush(t, c) != 0)
			hang_up(t, c);
	}
	if (c == NULL)
		return 0;
	*out = (struct timespec){
	    (c->due_us - now) / 1000000, (c->due_us - now) % 1000000 * 1000};
	return 1;
}

static int
listen_on(const char *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_addr = {htonl(INADDR_LOOPBACK)},
	    .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		perror(port);
		exit(1);
	}
	return fd;
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS_MAX], listening = {.events = EPOLLIN};
	struct target t = {.ledger = ledger_new()};

	if (argc < 2) {
		fprintf(stderr, "usage: target PORT [DELAY_MS [LISTED]]\n");
		return 2;
	}
	t.delay_us = argc > 2 ? strtol(argv[2], NULL, 10) * 1000 : 0;
	t.n_listed = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
	t.listen_fd = listen_on(argv[1]);
	t.epoll_fd = epoll_create1(0);
	epoll_ctl(t.epoll_fd, EPOLL_CTL_ADD, t.listen_fd, &listening);
	for (;;) {
		struct timespec due;
		int is_due = answer_due(&t, &due);
		int n = epoll_pwait2(
		    t.epoll_fd, events, EVENTS_MAX, is_due ? &due : NULL, NULL);

		for (int i = 0; i < n; i++)
			react(&t, events[i].data.ptr, events[i].events);
	}
}
