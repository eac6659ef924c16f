/* The process: see connector.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "bus/producer.h"
#include "connector/connector.h"
#include "connector/connector_inner.h"
#include "connector/link.h"
#include "connector/presence.h"
#include "connector/settings.h"
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
	CATALOG_EVERY_MS = 10000,
	CONNECTIONS_MAX = 512, /* HTTP connections of the process */
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
	    s->wire.admin_port, connector_ready, connector_metrics, c};

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
	connector_wait_begins(c);
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

int
connector_run(struct connector *c, int signal_fd, struct err *err)
{
	c->signal_fd = signal_fd;
	log_info("running", "state", c->settings->state);
	for (;;) {
		switch (daemon_signal_next(signal_fd)) {
		case DAEMON_STOP:
			log_info("stopping");
			return connector_drain(c, err);
		case DAEMON_RELOAD:
			log_warn("changed files are taken at a restart");
			break;
		case DAEMON_NONE:
			break;
		}
		if (connector_turn(c, err) != 0)
			return -1;
	}
}
