/* HTTP server in the program's own loop: see server.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "web/server.h"

enum {
	BACKLOG = 128,
	CONNECTIONS_MAX = 512,
	CONNECTION_MEMORY_BYTES = 64 * 1024,
	CONNECTION_IDLE_S = 60
};

/* One request while it is read, answered and, maybe, delayed. */
struct exchange {
	struct exchange *prev, *next; /* among the delayed */
	struct MHD_Connection *connection;
	char *path;
	struct buf body;
	int is_too_large;
	int is_begun;
	int is_delayed;
	int64_t due_ms; /* by the monotonic clock */
	int64_t came_ms;
	int is_answered;
	struct server_answer answer;
};

struct server {
	struct MHD_Daemon *daemon;
	server_handler *handler;
	void *ctx;
	uint16_t port;
	int epoll_fd;
	struct exchange *delayed;
};

const char *
server_query(const struct server_request *r, const char *name)
{
	return MHD_lookup_connection_value(
	    r->inner, MHD_GET_ARGUMENT_KIND, name);
}

struct arguments {
	server_each_argument *each;
	void *ctx;
};

static enum MHD_Result
on_argument(void *ctx, enum MHD_ValueKind kind, const char *name,
    size_t name_size, const char *value, size_t size)
{
	struct arguments *a = ctx;

	(void)kind;
	(void)name_size;
	return a->each(a->ctx, name, value, size) == 0 ? MHD_YES : MHD_NO;
}

void
server_queries(
    const struct server_request *r, server_each_argument *each, void *ctx)
{
	struct arguments a = {each, ctx};

	MHD_get_connection_values_n(
	    r->inner, MHD_GET_ARGUMENT_KIND, on_argument, &a);
}

const char *
server_header(const struct server_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->inner, MHD_HEADER_KIND, name);
}

static void
delay(struct server *s, struct exchange *x)
{
	x->is_delayed = 1;
	x->due_ms = clock_mono_ms() + x->answer.delay_ms;
	x->next = s->delayed;
	if (x->next != NULL)
		x->next->prev = x;
	s->delayed = x;
	MHD_suspend_connection(x->connection);
}

static void
undelay(struct server *s, struct exchange *x)
{
	if (!x->is_delayed)
		return;
	x->is_delayed = 0;
	if (x->prev != NULL)
		x->prev->next = x->next;
	else
		s->delayed = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
	x->prev = x->next = NULL;
}

static void
reset(struct server_answer *a)
{
	free(a->body);
	*a = (struct server_answer){.status = MHD_HTTP_NOT_FOUND,
	    .content_type = "text/plain; charset=utf-8"};
}

/* The URI as sent: libmicrohttpd's own path is already decoded. */
static void *
on_uri(void *ctx, const char *uri, struct MHD_Connection *connection)
{
	struct exchange *x = mem_new(1, sizeof(*x));

	(void)ctx;
	x->connection = connection;
	x->path = mem_dup_n(uri, strcspn(uri, "?"));
	x->body.max = SERVER_BODY_MAX_BYTES;
	reset(&x->answer);
	return x;
}

static void
on_completed(void *ctx, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *state;

	(void)connection;
	(void)why;
	if (x == NULL)
		return;
	undelay(ctx, x);
	buf_free(&x->body);
	free(x->answer.body); /* NULL once sent */
	free(x->path);
	free(x);
	*state = NULL;
}

static enum MHD_Result
send_answer(struct exchange *x)
{
	struct server_answer *a = &x->answer;
	struct MHD_Response *response;
	enum MHD_Result rc;
	size_t i;

	if (a->is_dropped)
		return MHD_NO;
	response = MHD_create_response_from_buffer(
	    a->body != NULL ? a->body_size : 0, a->body, MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		return MHD_NO;
	a->body = NULL;
	if (a->content_type != NULL)
		MHD_add_response_header(
		    response, MHD_HTTP_HEADER_CONTENT_TYPE, a->content_type);
	for (i = 0; i < a->n_headers; i++)
		MHD_add_response_header(
		    response, a->headers[i].name, a->headers[i].value);
	rc = MHD_queue_response(x->connection, (unsigned)a->status, response);
	MHD_destroy_response(response);
	return rc;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload_data,
    size_t *upload_size, void **state)
{
	struct server *s = ctx;
	struct exchange *x = *state;
	struct server_request r;

	(void)url;
	(void)version;
	if (!x->is_begun) { /* headers only: the body, if any, comes next */
		x->is_begun = 1;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		if (buf_add(&x->body, upload_data, *upload_size) != 0)
			x->is_too_large = 1;
		*upload_size = 0;
		return MHD_YES;
	}
	if (x->is_answered && !x->answer.is_waiting)
		return send_answer(x); /* called again after its delay */
	if (!x->is_answered)
		x->came_ms = clock_mono_ms();
	x->is_answered = 1;
	reset(&x->answer);
	if (x->is_too_large) {
		x->answer.status = MHD_HTTP_CONTENT_TOO_LARGE;
		return send_answer(x);
	}
	r = (struct server_request){.method = method,
	    .path = x->path,
	    .body = x->body.data != NULL ? x->body.data : "",
	    .body_size = x->body.size,
	    .waited_ms = clock_mono_ms() - x->came_ms,
	    .inner = connection};
	s->handler(s->ctx, &r, &x->answer);
	if (x->answer.delay_ms > 0 || x->answer.is_waiting) {
		delay(s, x);
		return MHD_YES;
	}
	return send_answer(x);
}

/* A listening socket, so that what goes wrong has a name. */
static int
listen_on(
    const char *address, uint16_t port, uint16_t *out_port, struct err *err)
{
	struct sockaddr_in6 in6 = {
	    .sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in in = {
	    .sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr *sa = (struct sockaddr *)&in;
	socklen_t size = sizeof(in);
	int fd, on = 1;

	if (inet_pton(AF_INET, address, &in.sin_addr) != 1) {
		if (inet_pton(AF_INET6, address, &in6.sin6_addr) != 1)
			return err_set(err, ERR_FATAL, 0,
			    "%s is not an IP address", address);
		sa = (struct sockaddr *)&in6;
		size = sizeof(in6);
	}
	fd = socket(
	    sa->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(
		    err, ERR_FATAL, errno, "socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, sa, size) != 0 || listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, sa, &size) != 0) {
		err_set(err, ERR_FATAL, errno,
		    "cannot listen on %s port %u: %s", address, (unsigned)port,
		    strerror(errno));
		close(fd);
		return -1;
	}
	*out_port =
	    ntohs(sa->sa_family == AF_INET ? in.sin_port : in6.sin6_port);
	return fd;
}

struct server *
server_new(const char *address, uint16_t port, server_handler *handler,
    void *ctx, struct err *err)
{
	struct server *s;
	const union MHD_DaemonInfo *info;
	uint16_t bound = 0;
	int fd = listen_on(address, port, &bound, err);

	if (fd < 0)
		return NULL;
	s = mem_new(1, sizeof(*s));
	s->handler = handler;
	s->ctx = ctx;
	s->port = bound;
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME,
	    0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_IDLE_S,
	    MHD_OPTION_END);
	if (s->daemon == NULL) {
		err_set(err, ERR_FATAL, 0,
		    "the HTTP server on port %u does not start",
		    (unsigned)bound);
		close(fd);
		free(s);
		return NULL;
	}
	info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	s->epoll_fd = info->epoll_fd;
	return s;
}

static void
resume_due(struct server *s, int64_t now_ms)
{
	struct exchange *x, *next;

	for (x = s->delayed; x != NULL; x = next) {
		next = x->next;
		if (x->due_ms <= now_ms) {
			undelay(s, x);
			MHD_resume_connection(x->connection);
		}
	}
}

void
server_free(struct server *s)
{
	if (s == NULL)
		return;
	resume_due(s, INT64_MAX);   /* suspended ones may not be closed */
	MHD_stop_daemon(s->daemon); /* closes the socket, too */
	free(s);
}

uint16_t
server_port(const struct server *s)
{
	return s->port;
}

int
server_fd(const struct server *s)
{
	return s->epoll_fd;
}

int
server_step(struct server *s)
{
	MHD_UNSIGNED_LONG_LONG inner;
	int64_t now = clock_mono_ms(), wait = -1;
	struct exchange *x;

	resume_due(s, now);
	MHD_run(s->daemon);
	if (MHD_get_timeout(s->daemon, &inner) == MHD_YES)
		wait = inner > INT32_MAX ? INT32_MAX : (int64_t)inner;
	for (x = s->delayed; x != NULL; x = x->next) {
		int64_t left = x->due_ms > now ? x->due_ms - now : 0;

		if (wait < 0 || left < wait)
			wait = left;
	}
	return wait > INT32_MAX ? INT32_MAX : (int)wait;
}

void
server_wake(struct server *s)
{
	for (struct exchange *x = s->delayed; x != NULL; x = x->next)
		if (x->answer.is_waiting)
			x->due_ms = 0;
}
