/* The process: see connector.h. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/err.h"
#include "base/log.h"
#include "base/daemon.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "bus/admin.h"
#include "bus/bus.h"
#include "bus/producer.h"
#include "connector/boot.h"
#include "connector/connector.h"
#include "connector/link.h"
#include "connector/presence.h"
#include "connector/settings.h"
#include "connector/txn.h"
#include "rest/http.h"
#include "rest/registry.h"
#include "store/state.h"
#include "web/admin.h"
#include "wire/access.h"
#include "wire/schemas.h"
#include "wire/vitals.h"

enum {
	FETCH_MAX_BYTES = 20 * 1024 * 1024, /* ahead, of all links */
	FETCH_LEAST_BYTES = 256 * 1024,	    /* of one */
	OUTSTANDING_MAX = 8000,		    /* records held, of all links */
	OUTSTANDING_LINK_MAX = 2000,	    /* of one */
	TURN_MAX_MS = 1000,		    /* wait of one turn at most */
	ALL_LINKS_MS = 20, /* those without work are looked at that often */
	/* A commit costs what ten rows do; nobody waits for it. */
	COMMIT_AFTER_MS = 20,
	DRAIN_MAX_MS = 9000,
	BOOT_TIMEOUT_MS = 5000,
	BOOT_AGAIN_MS = 2000,
	CATALOG_EVERY_MS = 10000,
	CONNECTIONS_MAX = 512, /* HTTP connections of the process */
	IDLE_MS = 5000,	       /* without work, then memory is given back */
	WAIT_SAID_EVERY_MS = 10000,
	WAIT_FIRST_MS = 2000, /* a start needs that long */
};

enum { SIGNAL_FD = 0, PRODUCER_FD = 1 }; /* places in connector.fds */

struct place {
	struct link *link;
	int is_started;
	size_t first_fd, n_fds; /* its part of connector.fds */
	struct err trouble;	/* why it has not started */
	int64_t again_ms;
};

struct connector {
	const struct settings *settings;
	struct bus_conf bus;
	struct state *state;
	struct txn txn;
	struct http *http;
	struct registry *registry;
	struct schemas *schemas;
	struct producer *producer;
	struct catalog *catalog;
	jv topics; /* last listing; invalid before the first */
	struct err bus_trouble;
	struct admin_port *admin;
	struct presence *presence;
	struct vitals *vitals;
	struct place *places;
	size_t n_places;
	struct http_fd *fds; /* signal, producer, catalog, admin, presence,
			      * what a start reads, links */
	int signal_fd;
	int is_stopping;
	int is_starting;   /* a link is, and the others go on meanwhile: */
	int start_fd;	   /* what it waits for, or -1, */
	int start_wait_ms; /* and how long */
	int is_sync_due;   /* what a first run resolved is for good */
	int64_t said_ms;
	int64_t all_ms;	    /* when all links were looked at last */
	int is_partial;	    /* some were passed over since */
	int64_t unsaved_ms; /* since when something waits to be committed; -1 */
	int64_t busy_ms;    /* when there was work last; 0: memory given back */
};

static const char *
load_schema(void *ctx, int32_t id)
{
	struct connector *c = ctx;
	const char *text;
	char name[32];

	snprintf(name, sizeof(name), "schema.%d", (int)id);
	return state_value(c->state, "", name, &text, NULL) == 1 ? text : NULL;
}

static void
save_schema(void *ctx, int32_t id, const char *text)
{
	struct connector *c = ctx;
	struct err err = {0};
	char name[32];

	snprintf(name, sizeof(name), "schema.%d", (int)id);
	/* Only a cache: without it the registry is asked again. */
	if (txn_need(&c->txn, &err) != 0 ||
	    state_set_value(c->state, "", name, text, &err) != 0)
		log_warn("schema not kept", "reason", err.msg);
}

static void
print_ready(void *ctx, struct buf *out)
{
	struct connector *c = ctx;
	size_t i;

	if (c->bus_trouble.class != ERR_NONE)
		buf_printf(out, "kafka: %s\n", c->bus_trouble.msg);
	if (schemas_trouble(c->schemas)[0] != '\0')
		buf_printf(out, "registry: %s\n", schemas_trouble(c->schemas));
	for (i = 0; i < c->n_places; i++) {
		if (c->places[i].is_started)
			link_ready(c->places[i].link, out);
		else
			buf_printf(out, "%s: not started: %s\n",
			    link_id(c->places[i].link),
			    c->places[i].trouble.msg);
	}
}

static void
print_metrics(void *ctx, struct buf *out)
{
	struct connector *c = ctx;
	struct metrics *m = metrics_new();
	size_t i;

	vitals_metrics(c->vitals, c->registry, clock_wall_ms(), m);
	vitals_kafka("producer", "", producer_errors(c->producer), m);
	for (i = 0; i < c->n_places; i++)
		link_metrics(c->places[i].link, m);
	metrics_print(m, out);
	metrics_free(m);
}

static int
open_registry(struct connector *c, struct err *err)
{
	struct schemas_cache cache = {load_schema, save_schema, c};

	c->registry = access_registry(&c->settings->wire, c->http, err);
	if (c->registry == NULL)
		return -1;
	c->schemas = schemas_new(c->registry, &cache);
	return 0;
}

/* librdkafka before 2.2 waits a second once its queue is full, so the queue is
 * sized by what a second needs, shared among links. */
static size_t
fetch_bytes(size_t n_links)
{
	size_t each = FETCH_MAX_BYTES / (n_links == 0 ? 1 : n_links);

	return each < FETCH_LEAST_BYTES ? FETCH_LEAST_BYTES : each;
}

static int
outstanding(size_t n_links)
{
	int each = (int)(OUTSTANDING_MAX / n_links);

	return each < OUTSTANDING_LINK_MAX ? each : OUTSTANDING_LINK_MAX;
}

static int
open_links(struct connector *c, struct err *err)
{
	const struct connections *list = &c->settings->connections;
	size_t i;

	c->places = mem_new(list->n, sizeof(*c->places));
	for (i = 0; i < list->n; i++) {
		struct link_parts parts = {&list->list[i], &c->bus, c->catalog,
		    c->state, &c->txn, c->http, c->schemas, c->producer,
		    c->vitals, fetch_bytes(list->n), outstanding(list->n)};

		c->places[i].link = link_new(&parts, err);
		if (c->places[i].link == NULL)
			return -1;
		err_set(
		    &c->places[i].trouble, ERR_RETRY, 0, "waiting for Kafka");
		c->n_places++;
	}
	return 0;
}

static struct place *
place_of(struct connector *c, const char *member, const char *connection)
{
	const struct connection *list = c->settings->connections.list;
	size_t i;

	for (i = 0; i < c->n_places; i++)
		if (strcmp(list[i].id, connection) == 0 &&
		    (member == NULL || strcmp(list[i].member, member) == 0))
			return &c->places[i];
	return NULL;
}

static int
is_here(void *ctx, const char *member, const char *connection)
{
	const struct place *p = place_of(ctx, member, connection);

	return p != NULL && p->is_started;
}

static int
on_status(void *ctx, const char *connection, int64_t offset, jv record,
    struct err *err)
{
	struct place *p = place_of(ctx, NULL, connection);

	return p == NULL ? 0 : link_heard(p->link, offset, record, err);
}

static int
open_presence(struct connector *c, struct err *err)
{
	const struct presence_hooks hooks = {is_here, on_status, c};

	c->presence = presence_new(&c->bus, c->schemas, &hooks, err);
	return c->presence != NULL ? 0 : -1;
}

static void
open_vitals(struct connector *c)
{
	const struct vitals_conf conf = {
	    "connector", c->settings->state, &c->settings->wire};
	const struct connections *list = &c->settings->connections;

	c->vitals = vitals_new(&conf);
	for (size_t i = 0; i < list->n; i++)
		vitals_watch(c->vitals, list->list[i].ca_file, 1);
}

struct connector *
connector_new(const struct settings *s, struct err *err)
{
	struct connector *c = mem_new(1, sizeof(*c));
	struct admin_port_conf admin = {s->wire.admin_address,
	    s->wire.admin_port, print_ready, print_metrics, c};

	c->settings = s;
	c->unsaved_ms = c->start_fd = -1;
	c->topics = jv_invalid();
	c->bus = (struct bus_conf){
	    s->wire.brokers, "twinwire-connector", s->wire.kafka};
	if ((c->state = state_open(s->state, err)) == NULL)
		goto fail;
	c->txn.state = c->state;
	open_vitals(c);
	if ((c->http = http_new(CONNECTIONS_MAX, err)) == NULL ||
	    open_registry(c, err) != 0 ||
	    (c->producer = producer_new(&c->bus, err)) == NULL ||
	    (c->catalog = catalog_start(&c->bus, CATALOG_EVERY_MS, err)) ==
		NULL ||
	    open_links(c, err) != 0 || open_presence(c, err) != 0 ||
	    (c->admin = admin_port_new(&admin, err)) == NULL)
		goto fail;
	c->said_ms = clock_mono_ms() - WAIT_SAID_EVERY_MS + WAIT_FIRST_MS;
	c->fds = mem_new(6 + 2 * c->n_places, sizeof(*c->fds));
	return c;
fail:
	connector_free(c);
	return NULL;
}

void
connector_free(struct connector *c)
{
	size_t i;

	if (c == NULL)
		return;
	admin_port_free(c->admin);
	catalog_stop(c->catalog);
	presence_free(c->presence);
	/* Its reports come back into the links, so it goes before them. */
	producer_free(c->producer);
	for (i = 0; i < c->n_places; i++)
		link_free(c->places[i].link);
	free(c->places);
	vitals_free(c->vitals);
	schemas_free(c->schemas);
	registry_free(c->registry);
	http_free(c->http);
	state_close(c->state);
	jv_free(c->topics);
	free(c->fds);
	free(c);
}

/* 1 started, 0 waits, -1 with ERR = FATAL. */
static int
start_link(struct connector *c, struct place *p, jv statuses, jv catalog,
    const struct boot_conf *boot, struct err *err)
{
	jv known = json_get(statuses, link_id(p->link));
	int rc = link_start(p->link, known, catalog, boot, &p->trouble);

	jv_free(known);
	if (rc < 0 && p->trouble.class == ERR_FATAL) {
		*err = p->trouble;
		return -1;
	}
	if (rc != 0)
		return 0;
	CRASH_POINT("connection_started");
	p->is_started = 1;
	c->is_sync_due = 1;
	log_info("connection started", "connection", link_id(p->link));
	return 1;
}

/* Start the links of BOOT's CATALOG that have not started. */
static int
start_due(struct connector *c, jv catalog, const struct boot_conf *boot,
    struct err *err)
{
	const char *member = NULL;
	jv statuses = jv_invalid();
	size_t i;
	int64_t next;
	int rc = 0;

	for (i = 0; i < c->n_places && rc >= 0; i++) {
		struct place *p = &c->places[i];
		const char *of = c->settings->connections.list[i].member;

		if (p->is_started || clock_mono_ms() < p->again_ms)
			continue;
		if (member == NULL || strcmp(member, of) != 0) {
			jv_free(statuses);
			statuses = boot_statuses(boot, of, &next, &p->trouble);
			member = of;
			if (jv_is_valid(statuses)) {
				rc =
				    presence_follow(c->presence, of, next, err);
			} else if (p->trouble.class == ERR_FATAL) {
				*err = p->trouble; /* of those that run, too */
				rc = -1;
			}
		}
		if (jv_is_valid(statuses) && rc >= 0)
			rc = start_link(c, p, statuses, catalog, boot, err);
		p->again_ms = clock_mono_ms() + BOOT_AGAIN_MS;
	}
	jv_free(statuses);
	return rc < 0 ? -1 : 0;
}

static void
say_waiting(struct connector *c)
{
	int64_t now = clock_mono_ms();
	struct buf why = {0};

	if (c->is_stopping || now - c->said_ms < WAIT_SAID_EVERY_MS)
		return;
	print_ready(c, &why);
	if (why.size > 0) {
		why.data[why.size - 1] = '\0'; /* its last line's end */
		log_warn("not ready", "why", why.data);
		c->said_ms = now;
	}
	buf_free(&why);
}

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

	if (c->unsaved_ms >= 0)
		wait = c->unsaved_ms + COMMIT_AFTER_MS - now;
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

static int
is_unsaved(const struct connector *c)
{
	size_t i;

	for (i = 0; i < c->n_places; i++)
		if (c->places[i].is_started &&
		    link_is_unsaved(c->places[i].link))
			return 1;
	return c->txn.is_open;
}

/* Positions and counters go with the rows: one transaction. */
static int
save(struct connector *c, struct err *err)
{
	size_t i;

	for (i = 0; i < c->n_places; i++)
		if (c->places[i].is_started &&
		    link_is_unsaved(c->places[i].link) &&
		    link_save(c->places[i].link, err) != 0)
			return -1;
	return 0;
}

static int
commit(struct connector *c, struct err *err)
{
	size_t i;
	int rc;

	if (save(c, err) != 0)
		return -1;
	c->unsaved_ms = -1;
	rc = txn_commit(&c->txn, err);
	if (rc != 1)
		return rc;
	CRASH_POINT("committed");
	c->busy_ms = clock_mono_ms();
	for (i = 0; i < c->n_places; i++)
		if (c->places[i].is_started &&
		    link_committed(c->places[i].link, c->busy_ms, err) != 0)
			return -1;
	if (!c->is_sync_due)
		return 0;
	c->is_sync_due = 0;
	return state_sync(c->state, err);
}

static int
commit_if_due(struct connector *c, int64_t now, struct err *err)
{
	if (!is_unsaved(c))
		return 0;
	if (c->unsaved_ms < 0)
		c->unsaved_ms = now;
	if (!c->is_stopping && now - c->unsaved_ms < COMMIT_AFTER_MS)
		return 0;
	return commit(c, err);
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

static int start_links(struct connector *c, struct err *err);

/* One turn: wait, serve what came, let every link do what is due, commit. */
static int
turn(struct connector *c, struct err *err)
{
	int64_t now, wall;

	if (http_wait(c->http, c->fds, gather_fds(c), wait_ms(c), err) != 0 ||
	    producer_poll(c->producer, 0, err) != 0)
		return -1;
	admin_port_step(c->admin);
	if (take_catalog(c, err) != 0)
		return -1;
	if (!c->is_starting && !c->is_stopping && jv_is_valid(c->topics) &&
	    start_links(c, err) != 0)
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
	say_waiting(c);
	rest(c);
	return commit_if_due(c, now, err);
}

/* A start reads logs, and a broker or the registry may take its time: turns for
 * those that run. */
static int
attend(void *ctx, int fd, int wait, struct err *err)
{
	struct connector *c = ctx;
	int rc;

	c->start_fd = fd;
	c->start_wait_ms = wait;
	rc = turn(c, err);
	c->start_fd = -1;
	if (rc == 0 && c->fds[SIGNAL_FD].is_ready)
		rc = err_set(err, ERR_RETRY, 0, "asked to stop");
	return rc;
}

/* Start the links that have not started, once Kafka answers.  What a member's
 * connections told of themselves is read once for all of them. */
static int
start_links(struct connector *c, struct err *err)
{
	/* A newer one may come meanwhile. */
	jv catalog = jv_copy(c->topics), topics = json_get(catalog, "topics");
	const struct boot_conf boot = {.bus = &c->bus,
	    .schemas = c->schemas,
	    .topics = topics,
	    .timeout_ms = BOOT_TIMEOUT_MS,
	    .attend = attend,
	    .ctx = c};
	int rc;

	c->is_starting = 1;
	rc = start_due(c, catalog, &boot, err);
	c->is_starting = 0;
	jv_free(topics);
	jv_free(catalog);
	return rc;
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

static int
drain(struct connector *c, struct err *err)
{
	int64_t until = clock_mono_ms() + DRAIN_MAX_MS;
	size_t i;

	c->is_stopping = 1;
	for (i = 0; i < c->n_places; i++)
		if (c->places[i].is_started)
			link_stop(c->places[i].link);
	while (!is_drained(c) && clock_mono_ms() < until)
		if (turn(c, err) != 0)
			return -1;
	return commit(c, err);
}

int
connector_run(struct connector *c, int signal_fd, struct err *err)
{
	c->signal_fd = signal_fd;
	log_info("running", "state", c->settings->state);
	for (;;) {
		switch (daemon_signal_next(signal_fd)) {
		case DAEMON_STOP:
			log_info("stopping");
			return drain(c, err);
		case DAEMON_RELOAD:
			log_warn("reload is not done yet: restart instead");
			break;
		case DAEMON_NONE:
			break;
		}
		if (turn(c, err) != 0)
			return -1;
	}
}
