/**
 * The clients of a daemon that reads the wire: Kafka's consumer and listing of
 * topics, the registry and its schemas.
 */
#ifndef WIRE_CLIENTS_H
#define WIRE_CLIENTS_H

#include <stddef.h>

#include "base/err.h"
#include "bus/bus.h"

struct access_conf;
struct catalog;
struct consumer;
struct http;
struct registry;
struct schemas;

struct clients_conf {
	const struct access_conf *wire;
	const char *client_id; /* "twinwire-portal" */
	size_t fetch_max_bytes;
	int catalog_every_ms;
};

struct clients {
	struct bus_conf bus;
	struct err trouble; /* of Kafka; for catalog_take() */
	struct http *http;  /* for the registry */
	struct registry *registry;
	struct schemas *schemas;
	struct consumer *consumer;
	struct catalog *catalog;
};

/** Open C, which starts as {0}; the texts of CONF are borrowed until
 * clients_close(), which is called also where this fails.  -1 with ERR. */
int clients_open(
    struct clients *c, const struct clients_conf *conf, struct err *err);
/** Close what is open; whoever borrows of it goes before. */
void clients_close(struct clients *c);

#endif
