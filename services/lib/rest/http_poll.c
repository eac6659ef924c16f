/* The wait: see http_poll.h. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "rest/http.h"
#include "rest/http_poll.h"

enum { EVENTS_MAX = 128 };

/* By its number, what is known of a socket of curl's. */
struct slot {
	uint32_t wanted;   /* EPOLLIN, EPOLLOUT: by curl */
	uint32_t set;	   /* and so the epoll set has it */
	int is_connection; /* whose opening and closing we are told */
	int is_changed;	   /* in `changed` */
};

struct http_poll {
	CURLM *multi;
	int epoll_fd;
	struct slot *slots; /* [fd] */
	size_t n_slots;
	int *changed; /* sockets whose `wanted` was set since the last wait */
	size_t n_changed, changed_room;
	int64_t due_ms; /* curl's timer; -1: none */
	struct pollfd *polls;
	size_t polls_room;
};

static struct slot *
slot_of(struct http_poll *p, int fd)
{
	size_t n = p->n_slots;

	if ((size_t)fd >= n) {
		p->n_slots = (size_t)fd + 64;
		p->slots = mem_grow(p->slots, p->n_slots, sizeof(*p->slots));
		memset(p->slots + n, 0, (p->n_slots - n) * sizeof(*p->slots));
	}
	return &p->slots[fd];
}

/* Make the epoll set what curl wants of FD. */
static void
settle(struct http_poll *p, int fd)
{
	struct slot *s = &p->slots[fd];
	struct epoll_event e = {.events = s->wanted, .data.fd = fd};
	int op = s->set == 0	  ? EPOLL_CTL_ADD
		 : s->wanted == 0 ? EPOLL_CTL_DEL
				  : EPOLL_CTL_MOD;

	if (s->wanted != s->set)
		epoll_ctl(p->epoll_fd, op, fd, &e);
	s->set = s->wanted;
}

static void
note_change(struct http_poll *p, int fd)
{
	if (p->slots[fd].is_changed)
		return;
	p->slots[fd].is_changed = 1;
	if (p->n_changed == p->changed_room) {
		p->changed_room = 2 * p->changed_room + 64;
		p->changed =
		    mem_grow(p->changed, p->changed_room, sizeof(*p->changed));
	}
	p->changed[p->n_changed++] = fd;
}

/*
 * Of connections only noted: most requests end and others begin on them before
 * the next wait, and then nothing has changed.  Of other sockets (a resolver's)
 * nobody tells us when they are closed, and their numbers used again.
 */
static int
on_interest(CURL *easy, curl_socket_t fd, int what, void *ctx, void *of_socket)
{
	struct http_poll *p = ctx;
	struct slot *s = slot_of(p, fd);

	(void)easy;
	(void)of_socket;
	s->wanted = 0;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		s->wanted |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		s->wanted |= EPOLLOUT;
	if (s->is_connection)
		note_change(p, fd);
	else
		settle(p, fd);
	return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct http_poll *p = ctx;

	(void)multi;
	p->due_ms = timeout_ms < 0 ? -1 : clock_mono_ms() + timeout_ms;
	return 0;
}

struct http_poll *
http_poll_new(CURLM *multi, struct err *err)
{
	struct http_poll *p = mem_new(1, sizeof(*p));

	p->multi = multi;
	p->due_ms = -1;
	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll_fd < 0) {
		err_set(err, ERR_FATAL, errno, "epoll: %s", strerror(errno));
		free(p);
		return NULL;
	}
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_interest);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, p);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, p);
	return p;
}

void
http_poll_free(struct http_poll *p)
{
	if (p == NULL)
		return;
	close(p->epoll_fd);
	free(p->slots);
	free(p->changed);
	free(p->polls);
	free(p);
}

void
http_poll_opened(struct http_poll *p, int fd)
{
	struct slot *s = slot_of(p, fd);

	s->wanted = s->set = 0;
	s->is_connection = 1;
}

void
http_poll_closed(struct http_poll *p, int fd)
{
	struct slot *s = slot_of(p, fd);

	s->wanted = s->set = 0; /* by closing it has left the epoll set */
	s->is_connection = 0;
}

static int
act(struct http_poll *p, curl_socket_t fd, int what, struct err *err)
{
	int running;
	CURLMcode rc = curl_multi_socket_action(p->multi, fd, what, &running);

	return rc == CURLM_OK ? 0
			      : err_set(err, ERR_FATAL, (int)rc, "curl: %s",
				    curl_multi_strerror(rc));
}

int
http_poll_due(struct http_poll *p, struct err *err)
{
	if (p->due_ms < 0 || clock_mono_ms() < p->due_ms)
		return 0;
	p->due_ms = -1;
	return act(p, CURL_SOCKET_TIMEOUT, 0, err);
}

/* What curl waits for has come. */
static int
serve_sockets(struct http_poll *p, struct err *err)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(p->epoll_fd, events, EVENTS_MAX, 0);

	for (int i = 0; i < n; i++) {
		uint32_t e = events[i].events;
		int what = 0;

		/* An error or end is what reading or writing will say. */
		if (e & (EPOLLIN | EPOLLERR | EPOLLHUP))
			what |= CURL_CSELECT_IN;
		if (e & EPOLLOUT)
			what |= CURL_CSELECT_OUT;
		if (act(p, events[i].data.fd, what, err) != 0)
			return -1;
	}
	return 0;
}

static void
settle_changed(struct http_poll *p)
{
	for (size_t i = 0; i < p->n_changed; i++) {
		p->slots[p->changed[i]].is_changed = 0;
		settle(p, p->changed[i]);
	}
	p->n_changed = 0;
}

/* Until when to wait, in milliseconds: TIMEOUT_MS or curl's timer. */
static int
wait_ms(const struct http_poll *p, int timeout_ms)
{
	int64_t left;

	if (p->due_ms < 0)
		return timeout_ms;
	left = p->due_ms - clock_mono_ms();
	if (left < 0)
		left = 0;
	return timeout_ms >= 0 && timeout_ms < left ? timeout_ms : (int)left;
}

int
http_poll_wait(struct http_poll *p, struct http_fd *fds, size_t n,
    int timeout_ms, struct err *err)
{
	int rc;

	settle_changed(p);
	if (n + 1 > p->polls_room) {
		p->polls_room = n + 1;
		p->polls = mem_grow(p->polls, p->polls_room, sizeof(*p->polls));
	}
	for (size_t i = 0; i < n; i++)
		p->polls[i] =
		    (struct pollfd){.fd = fds[i].fd, .events = POLLIN};
	p->polls[n] = (struct pollfd){.fd = p->epoll_fd, .events = POLLIN};
	rc = poll(p->polls, n + 1, wait_ms(p, timeout_ms));
	for (size_t i = 0; i < n; i++)
		fds[i].is_ready = rc > 0 && p->polls[i].revents != 0;
	if (rc > 0 && p->polls[n].revents != 0 && serve_sockets(p, err) != 0)
		return -1;
	return http_poll_due(p, err);
}
