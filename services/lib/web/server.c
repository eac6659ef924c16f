/* HTTP server in the program's own loop: see server.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "web/server.h"

/* Whatever the library's default becomes. */
#define TLS_VERSIONS "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

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
	struct MHD_Daemon *old; /* takes no new connections; NULL: none */
	int64_t old_until_ms;	/* by the monotonic clock */
	server_handler *handler;
	void *ctx;
	uint16_t port;
	int listen_fd;
	int epoll_fd; /* watches the daemons' own */
	int is_read_only;
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
		if (!s->is_read_only &&
		    buf_add(&x->body, upload_data, *upload_size) != 0)
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

/* Some versions of the library have closed FD when they fail, and some other
 * thread may have its number by now. */
static void
close_if_ours(const struct server *s, int fd)
{
	struct stat ours, there;

	if (fstat(s->listen_fd, &ours) == 0 && fstat(fd, &there) == 0 &&
	    ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
		close(fd);
}

/* A daemon at the socket of S, with TLS if there is a KEY; NULL: it does not
 * start. */
static struct MHD_Daemon *
start(struct server *s, const char *certificate, const char *key)
{
	struct MHD_OptionItem tls[] = {
	    {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate},
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
	    {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_VERSIONS},
	    {MHD_OPTION_END, 0, NULL}};
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
			 (key != NULL ? MHD_USE_TLS : 0u);
	int fd = fcntl(s->listen_fd, F_DUPFD_CLOEXEC, 0);
	struct epoll_event event = {.events = EPOLLIN};
	struct MHD_Daemon *d;

	if (fd < 0)
		return NULL;
	d = MHD_start_daemon(flags, 0, NULL, NULL, on_request, s,
	    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, on_uri,
	    NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_IDLE_S,
	    MHD_OPTION_ARRAY, key != NULL ? tls : &tls[3], MHD_OPTION_END);
	if (d == NULL) {
		close_if_ours(s, fd);
		return NULL;
	}
	epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD,
	    MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &event);
	return d;
}

struct server *
server_new(const char *address, uint16_t port, server_handler *handler,
    void *ctx, struct err *err)
{
	struct server *s;
	uint16_t bound = 0;
	int fd = listen_on(address, port, &bound, err);

	if (fd < 0)
		return NULL;
	s = mem_new(1, sizeof(*s));
	s->handler = handler;
	s->ctx = ctx;
	s->port = bound;
	s->listen_fd = fd;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd >= 0)
		s->daemon = start(s, NULL, NULL);
	if (s->daemon != NULL)
		return s;
	err_set(err, ERR_FATAL, 0, "the HTTP server on port %u does not start",
	    (unsigned)bound);
	server_free(s);
	return NULL;
}

void
server_read_only(struct server *s)
{
	s->is_read_only = 1;
}

static void
stop_old(struct server *s)
{
	if (s->old != NULL)
		MHD_stop_daemon(s->old);
	s->old = NULL;
}

static int
is_drained(const struct server *s, int64_t now_ms)
{
	return now_ms >= s->old_until_ms ||
	       MHD_get_daemon_info(s->old, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
		       ->num_connections == 0;
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

int
server_secure(
    struct server *s, const char *certificate, const char *key, struct err *err)
{
	struct MHD_Daemon *d;

	if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return err_set(err, ERR_REJECT, 0,
		    "this build of libmicrohttpd knows no TLS");
	d = start(s, certificate, key);
	if (d == NULL)
		return err_set(err, ERR_REJECT, 0,
		    "the certificate and the key are not fit, or no pair");
	if (s->old != NULL) { /* two changes at once: the older one goes */
		resume_due(s, INT64_MAX);
		stop_old(s);
	}
	s->old = s->daemon;
	s->old_until_ms = clock_mono_ms() + SERVER_DRAIN_MS;
	close(MHD_quiesce_daemon(s->old));
	s->daemon = d;
	return 0;
}

void
server_free(struct server *s)
{
	if (s == NULL)
		return;
	resume_due(s, INT64_MAX); /* suspended ones may not be closed */
	stop_old(s);
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	close(s->listen_fd);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
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

/* MS or what is left until D wants to be called, whichever is sooner; -1 is
 * never. */
static int64_t
sooner(struct MHD_Daemon *d, int64_t ms)
{
	MHD_UNSIGNED_LONG_LONG inner;

	if (MHD_get_timeout(d, &inner) != MHD_YES)
		return ms;
	if (inner > INT32_MAX)
		inner = INT32_MAX;
	return ms < 0 || (int64_t)inner < ms ? (int64_t)inner : ms;
}

int
server_step(struct server *s)
{
	int64_t now = clock_mono_ms(), wait;
	struct exchange *x;

	resume_due(s, now);
	MHD_run(s->daemon);
	wait = sooner(s->daemon, -1);
	if (s->old != NULL) {
		MHD_run(s->old);
		if (is_drained(s, now)) {
			if (now >= s->old_until_ms)
				resume_due(s, INT64_MAX);
			stop_old(s);
		} else {
			wait = sooner(s->old, wait);
		}
	}
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
