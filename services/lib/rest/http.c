/* Requests, many at once, and the program's wait: see http.h. */
#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "rest/http_call.h"
#include "rest/http_flight.h"
#include "rest/http.h"
#include "rest/http_poll.h"
#include "rest/http_site.h"

enum { IDLE_MAX = 256, ONCE_WAIT_MS = 1000 };

struct http {
	CURLM *multi;
	struct http_poll *poll;
	struct http_flight flight;
	size_t flight_max;
	/* Newest first both: no connection is free for them; at most IDLE_MAX.
	 */
	struct http_list waiting, idle;
	size_t n_idle;
	size_t idle_max;
};

static void
list_add(struct http_list *l, struct http_call *c)
{
	c->prev = NULL;
	c->next = l->first;
	if (l->first != NULL)
		l->first->prev = c;
	else
		l->last = c;
	l->first = c;
}

static void
list_remove(struct http_list *l, struct http_call *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		l->first = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	else
		l->last = c->prev;
}

static void
idle_remove(struct http *h, struct http_call *c)
{
	list_remove(&h->idle, c);
	h->n_idle--;
	if (--c->site->n_idle == 0)
		c->site->http = NULL;
}

static void
idle_add(struct http *h, struct http_call *c)
{
	if (h->idle_max == 0) {
		http_call_free(c);
		return;
	}
	if (h->n_idle == h->idle_max) {
		struct http_call *oldest = h->idle.last;

		idle_remove(h, oldest);
		http_call_free(oldest);
	}
	http_call_rest(c);
	list_add(&h->idle, c);
	h->n_idle++;
	c->site->n_idle++;
	c->site->http = h;
}

static struct http_call *
idle_take(struct http *h, struct http_site *s)
{
	struct http_call *c;

	if (s->n_idle == 0 || s->http != h)
		return NULL;
	for (c = h->idle.first; c != NULL && c->site != s; c = c->next)
		;
	if (c != NULL)
		idle_remove(h, c);
	return c;
}

static void
init_curl(void)
{
	/* Never undone: another user of the process may still need it. */
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct http *
http_new(size_t max_connections, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http *h;

	pthread_once(&once, init_curl);
	h = mem_new(1, sizeof(*h));
	h->multi = curl_multi_init();
	if (h->multi == NULL) {
		free(h);
		err_set(err, ERR_FATAL, 0, "curl does not start");
		return NULL;
	}
	h->poll = http_poll_new(h->multi, err);
	if (h->poll == NULL) {
		http_free(h);
		return NULL;
	}
	h->flight_max = max_connections;
	h->idle_max = max_connections < IDLE_MAX ? max_connections : IDLE_MAX;
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	curl_multi_setopt(
	    h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)max_connections);
	curl_multi_setopt(
	    h->multi, CURLMOPT_MAXCONNECTS, (long)max_connections);
	return h;
}

void
http_free(struct http *h)
{
	struct http_call *c;

	if (h == NULL)
		return;
	while ((c = h->flight.calls.first) != NULL) {
		list_remove(&h->flight.calls, c);
		curl_multi_remove_handle(h->multi, c->easy);
		http_call_free(c);
	}
	while ((c = h->waiting.first) != NULL) {
		list_remove(&h->waiting, c);
		http_call_free(c);
	}
	while ((c = h->idle.first) != NULL) {
		idle_remove(h, c);
		http_call_free(c);
	}
	curl_multi_cleanup(h->multi);
	http_poll_free(h->poll);
	free(h);
}

void
http_site_free(struct http_site *s)
{
	struct http_call *c;

	if (s == NULL)
		return;
	while (s->n_idle > 0 && (c = idle_take(s->http, s)) != NULL)
		http_call_free(c);
	http_site_wipe(s);
}

static CURLMcode
send_off(struct http *h, struct http_call *c)
{
	CURLMcode rc = curl_multi_add_handle(h->multi, c->easy);

	if (rc != CURLM_OK)
		return rc;
	http_call_begin(c);
	list_add(&h->flight.calls, c);
	h->flight.n++;
	return CURLM_OK;
}

/* C's line of the multi handle is free again. */
static void
land(struct http *h, struct http_call *c)
{
	curl_multi_remove_handle(h->multi, c->easy);
	list_remove(&h->flight.calls, c);
	h->flight.n--;
	h->flight.answers_bytes -= c->answer.size;
	h->flight.n_crowded -= c->is_crowded != 0;
}

/* Whoever waits longest gets what is free.  curl's own queue would let newer
 * calls pass, and lets the time of a call run while it waits. */
static void
send_waiting(struct http *h)
{
	struct http_call *c;

	while (h->flight.n < h->flight_max && (c = h->waiting.last) != NULL) {
		list_remove(&h->waiting, c);
		c->is_waiting = 0;
		if (send_off(h, c) == CURLM_OK)
			continue;
		http_call_begin(c);
		http_call_finish(c, CURLE_FAILED_INIT);
		idle_add(h, c);
	}
}

struct http_call *
http_start(struct http *h, struct http_site *s, const struct http_request *r,
    http_done *done, void *ctx, struct err *err)
{
	struct http_call *c = idle_take(h, s);
	CURLMcode rc;

	if (c == NULL)
		c = http_call_new(s, h->poll, &h->flight);
	if (http_call_prepare(c, r, err) != 0) {
		idle_add(h, c);
		return NULL;
	}
	c->done = done;
	c->ctx = ctx;
	c->is_waiting = h->flight.n >= h->flight_max || h->waiting.last != NULL;
	if (c->is_waiting) {
		list_add(&h->waiting, c);
		return c;
	}
	rc = send_off(h, c);
	if (rc != CURLM_OK) {
		http_call_free(c);
		err_set(err, ERR_FATAL, (int)rc, "curl: %s",
		    curl_multi_strerror(rc));
		return NULL;
	}
	return c;
}

void
http_cancel(struct http *h, struct http_call *call)
{
	if (call->is_waiting)
		list_remove(&h->waiting, call);
	else
		land(h, call);
	idle_add(h, call);
	send_waiting(h);
}

static void
finish(struct http *h, struct http_call *c, CURLcode result)
{
	land(h, c);
	http_call_finish(c, result);
	idle_add(h, c);
}

/* Their number. */
static int
finish_crowded(struct http *h)
{
	struct http_call *c;
	int n = 0;

	for (; h->flight.n_crowded > 0; n++) {
		for (c = h->flight.calls.first; !c->is_crowded; c = c->next)
			;
		finish(h, c, CURLE_WRITE_ERROR);
	}
	return n;
}

/* Calls that have ended: their number.  A `done` may start and cancel others.
 */
static int
finish_ended(struct http *h)
{
	struct http_call *c;
	CURLMsg *m;
	CURLcode result;
	int left, n = 0;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		result = m->data.result;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
		finish(h, c, result);
		n++;
	}
	n += finish_crowded(h);
	send_waiting(h);
	return n;
}

int
http_wait(struct http *h, struct http_fd *fds, size_t n, int timeout_ms,
    struct err *err)
{
	/* First what is new is sent; what has ended by that is not waited for.
	 */
	if (http_poll_due(h->poll, err) != 0)
		return -1;
	if (finish_ended(h) > 0)
		timeout_ms = 0;
	if (http_poll_wait(h->poll, fds, n, timeout_ms, err) != 0)
		return -1;
	finish_ended(h);
	return 0;
}

struct once {
	int is_done;
	int status;
	struct buf body;
	struct err err;
};

static void
once_done(void *ctx, const struct http_answer *a)
{
	struct once *o = ctx;

	o->is_done = 1;
	o->status = a->status;
	o->err = *a->err;
	buf_add(&o->body, a->body, a->body_size);
}

int
http_once(struct http_site *s, const struct http_request *r, int *out_status,
    char **out_body, size_t *out_size, struct err *err)
{
	struct once o = {0};
	struct http *h = http_new(1, err);
	int rc = -1;

	if (h == NULL)
		return -1;
	h->idle_max = 0; /* S may have idle handles elsewhere */
	if (http_start(h, s, r, once_done, &o, err) == NULL)
		goto out;
	while (!o.is_done)
		if (http_wait(h, NULL, 0, ONCE_WAIT_MS, err) != 0)
			goto out;
	if (o.err.class != ERR_NONE) {
		if (err != NULL)
			*err = o.err;
		goto out;
	}
	*out_status = o.status;
	*out_size = o.body.size;
	*out_body = buf_take(&o.body);
	rc = 0;
out:
	buf_free(&o.body);
	http_free(h);
	return rc;
}
