/** What consumer, producer and admin share of librdkafka; for bus/ only. */
#ifndef BUS_CLIENT_H
#define BUS_CLIENT_H

#include <librdkafka/rdkafka.h>

struct bus_conf;
struct err;

/** A property of librdkafka; VALUE as text. */
struct client_property {
	const char *name;
	const char *value;
	int may_be_unknown; /* of a later librdkafka: left out by an older one
			     */
};

/**
 * A new client of TYPE: what all clients share, then the N PROPERTIES, then
 * CONF's own, which win.  OPAQUE reaches ON_ERROR (NULL: none) and DONE (NULL:
 * none), which are called while the client's queue is served.  librdkafka's
 * log lines become debug lines.  NULL with ERR = FATAL naming the property.
 */
struct client_conf {
	const struct bus_conf *bus;
	const struct client_property *properties;
	size_t n;
	void (*on_error)(
	    rd_kafka_t *rk, int err, const char *reason, void *ctx);
	void (*on_done)(rd_kafka_t *rk, const rd_kafka_message_t *m, void *ctx);
	void *ctx;
};
rd_kafka_t *client_new(
    rd_kafka_type_t type, const struct client_conf *conf, struct err *err);

/** New non-blocking eventfd; -1 with ERR = FATAL. */
int client_wake_new(struct err *err);
/** Make FD readable whenever Q becomes non-empty. */
void client_wake_on(int fd, rd_kafka_queue_t *q);
/** Make FD readable now / not readable until the next event. */
void client_wake(int fd);
void client_wake_clear(int fd);

#endif
