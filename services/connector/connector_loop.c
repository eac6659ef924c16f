/* The one loop: see connector_inner.h. */
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "bus/producer.h"
#include "connector/connector_inner.h"
#include "connector/link.h"
#include "connector/presence.h"
#include "rest/http.h"
#include "store/state.h"
#include "web/admin.h"
#include "wire/vitals.h"

enum {
	TURN_MAX_MS = 1000, /* wait of one turn at most */
	ALL_LINKS_MS = 20,  /* those without work are looked at that often */
	DRAIN_MAX_MS = 9000,
	IDLE_MS = 5000, /* without work, then memory is given back */
};

static int
take_catalog(struct connector *c, struct err *err)
{
	jv topics = catalog_take(c->catalog, &c->bus_trouble);
	size_t i;

	if (!jv_is_valid(topics)) {
		jv_free(topics);
		return 0;
	}
	jv_free(c->topics);
	c->topics = topics;
	for (i = 0; i < c->n_places; i++)
		if (c->places[i].is_started &&
		    link_catalog(c->places[i].link, c->topics, err) != 0)
			return -1;
	return 0;
}

static size_t
gather_fds(struct connector *c)
{
	size_t n = 0, i;

	c->fds[n++].fd = c->signal_fd;		   /* SIGNAL_FD */
	c->fds[n++].fd = producer_fd(c->producer); /* PRODUCER_FD */
	c->fds[n++].fd = catalog_fd(c->catalog);
	c->fds[n++].fd = admin_port_fd(c->admin);
	if (!c->is_starting && presence_fd(c->presence) >= 0)
		c->fds[n++].fd = presence_fd(c->presence);
	if (c->start_fd >= 0)
		c->fds[n++].fd = c->start_fd;
	for (i = 0; i < c->n_places; i++) {
		const struct link *l = c->places[i].link;

		c->places[i].first_fd = n;
		if (c->places[i].is_started && link_fd(l) >= 0)
			c->fds[n++].fd = link_fd(l);
		if (c->places[i].is_started && link_control_fd(l) >= 0)
			c->fds[n++].fd = link_control_fd(l);
		c->places[i].n_fds = n - c->places[i].first_fd;
	}
	return n;
}

static int
wait_ms(struct connector *c)
{
	int64_t now = clock_mono_ms(), due, wait = TURN_MAX_MS;
	size_t i;

	if (connector_commit_ms(c) >= 0)
		wait = connector_commit_ms(c) - now;
	if (c->is_partial && c->all_ms + ALL_LINKS_MS - now < wait)
		wait = c->all_ms + ALL_LINKS_MS - now;
	if (c->is_starting && c->start_wait_ms < wait)
		wait = c->start_wait_ms;
	if (wait < 0)
		wait = 0;
	for (i = 0; i < c->n_places; i++) {
		if (c->is_starting && !c->places[i].is_started)
			continue;
		due = c->places[i].is_started ? link_deadline(c->places[i].link)
					      : c->places[i].again_ms;
		if (due >= 0 && due - now < wait)
			wait = due > now ? due - now : 0;
	}
	return (int)wait;
}

static void
rest(struct connector *c)
{
	if (c->busy_ms != 0 && clock_mono_ms() - c->busy_ms > IDLE_MS) {
		c->busy_ms = 0;
		state_rest(c->state);
		mem_give_back();
	}
}

static int
is_due(const struct connector *c, const struct place *p, int64_t now)
{
	int64_t due = link_deadline(p->link);

	for (size_t i = 0; i < p->n_fds; i++)
		if (c->fds[p->first_fd + i].is_ready)
			return 1;
	return due >= 0 && due <= now;
}

/* With a hundred links most have nothing to do in a turn, and looking costs
 * more than a delivery.  What they wait for without a descriptor or a time of
 * their own (acknowledgements, schemas) they see when all are looked at. */
static int
step_links(struct connector *c, int64_t now, int64_t wall, struct err *err)
{
	int all = c->n_places == 1 || c->is_stopping ||
		  c->fds[PRODUCER_FD].is_ready ||
		  now - c->all_ms >= ALL_LINKS_MS;
	size_t i;

	if (all) {
		c->all_ms = now;
		c->is_partial = 0;
	}
	for (i = 0; i < c->n_places; i++) {
		struct place *p = &c->places[i];

		if (!p->is_started)
			continue;
		if (!all && !is_due(c, p, now))
			c->is_partial = 1;
		else if (link_step(p->link, now, wall, err) != 0)
			return -1;
	}
	return 0;
}

int
connector_turn(struct connector *c, struct err *err)
{
	int64_t now, wall;

	if (http_wait(c->http, c->fds, gather_fds(c), wait_ms(c), err) != 0 ||
	    producer_poll(c->producer, 0, err) != 0)
		return -1;
	admin_port_step(c->admin);
	if (take_catalog(c, err) != 0)
		return -1;
	if (!c->is_starting && !c->is_stopping && jv_is_valid(c->topics) &&
	    connector_start(c, err) != 0)
		return -1;
	now = clock_mono_ms();
	wall = clock_wall_ms();
	vitals_step(c->vitals, now);
	/* What is told of a link while it starts is heard once it has: passed
	 * over, a twin that began meanwhile would never be known as earlier. */
	if (!c->is_starting && presence_step(c->presence, now, err) != 0)
		return -1;
	if (step_links(c, now, wall, err) != 0)
		return -1;
	connector_say_waiting(c);
	rest(c);
	return connector_commit_due(c, now, err);
}

static int
is_drained(const struct connector *c)
{
	size_t i;

	for (i = 0; i < c->n_places; i++)
		if (c->places[i].is_started &&
		    !link_is_drained(c->places[i].link))
			return 0;
	return producer_pending(c->producer) == 0;
}

int
connector_drain(struct connector *c, struct err *err)
{
	int64_t until = clock_mono_ms() + DRAIN_MAX_MS;
	size_t i;

	c->is_stopping = 1;
	for (i = 0; i < c->n_places; i++)
		if (c->places[i].is_started)
			link_stop(c->places[i].link);
	while (!is_drained(c) && clock_mono_ms() < until)
		if (connector_turn(c, err) != 0)
			return -1;
	return connector_commit(c, err);
}
