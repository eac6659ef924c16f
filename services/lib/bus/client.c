/* Clients of librdkafka: see client.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "bus/bus.h"
#include "bus/client.h"
#include "bus/property.h"

/*
 * Topics are made by `twinwire provision` alone.  A broker that comes back is
 * found within 3 s, a topic that went within a minute.
 */
static const struct client_property shared[] = {
    {"allow.auto.create.topics", "false", 0},
    {"socket.keepalive.enable", "true", 0},
    /* A request of more than a segment would wait for the broker's delayed
     * acknowledgement: 40 ms each. */
    {"socket.nagle.disable", "true", 0},
    {"reconnect.backoff.ms", "100", 0},
    {"reconnect.backoff.max.ms", "3000", 0},
    {"topic.metadata.refresh.interval.ms", "60000", 0},
    {"log.connection.close", "false", 0},
    {"enable.metrics.push", "false", 1},
};

static void
on_log(const rd_kafka_t *rk, int level, const char *what, const char *text)
{
	(void)level;
	log_debug("librdkafka", "client", rk != NULL ? rd_kafka_name(rk) : NULL,
	    "what", what, "text", text);
}

static int
set(rd_kafka_conf_t *conf, const struct client_property *p, struct err *err)
{
	char why[256];

	switch (rd_kafka_conf_set(conf, p->name, p->value, why, sizeof(why))) {
	case RD_KAFKA_CONF_OK:
		return 0;
	case RD_KAFKA_CONF_UNKNOWN:
		if (p->may_be_unknown)
			return 0;
		break;
	case RD_KAFKA_CONF_INVALID:
		break;
	}
	return err_set(err, ERR_FATAL, 0, "kafka.%s: %s", p->name, why);
}

static int
set_secret(
    rd_kafka_conf_t *conf, const char *name, const char *file, struct err *err)
{
	struct client_property p = {.name = name};
	struct buf text = {0};
	int rc = conf_secret(file, &text, err);

	if (rc == 0) {
		p.value = text.data;
		rc = set(conf, &p, err);
	}
	buf_wipe(&text);
	return rc;
}

static int
set_own(rd_kafka_conf_t *conf, jv properties, struct err *err)
{
	struct client_property p = {0};
	int rc = 0;

	if (jv_get_kind(properties) != JV_KIND_OBJECT)
		return 0;
	jv_object_foreach (properties, key, value) {
		if (jv_get_kind(value) != JV_KIND_STRING)
			value = jv_dump_string(value, 0);
		p.name = jv_string_value(key);
		p.value = jv_string_value(value);
		if (rc == 0 && property_secret(p.name) != NULL)
			rc = set_secret(
			    conf, property_secret(p.name), p.value, err);
		else if (rc == 0)
			rc = set(conf, &p, err);
		jv_free(key);
		jv_free(value);
	}
	return rc;
}

static int
set_all(rd_kafka_conf_t *conf, const struct client_conf *c, struct err *err)
{
	struct client_property name[] = {
	    {"bootstrap.servers", c->bus->brokers, 0},
	    {"client.id",
		c->bus->client_id != NULL ? c->bus->client_id : "twinwire", 0},
	};
	size_t i;

	for (i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (set(conf, &name[i], err) < 0)
			return -1;
	for (i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (set(conf, &shared[i], err) < 0)
			return -1;
	for (i = 0; i < c->n; i++)
		if (set(conf, &c->properties[i], err) < 0)
			return -1;
	return set_own(conf, c->bus->properties, err);
}

rd_kafka_t *
client_new(rd_kafka_type_t type, const struct client_conf *c, struct err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;
	char why[256];

	if (set_all(conf, c, err) < 0)
		goto fail;
	rd_kafka_conf_set_opaque(conf, c->ctx);
	rd_kafka_conf_set_log_cb(conf, on_log);
	if (c->on_error != NULL)
		rd_kafka_conf_set_error_cb(conf, c->on_error);
	if (c->on_done != NULL)
		rd_kafka_conf_set_dr_msg_cb(conf, c->on_done);
	rk = rd_kafka_new(type, conf, why, sizeof(why));
	if (rk != NULL)
		return rk;
	err_set(err, ERR_FATAL, 0, "cannot start a Kafka client: %s", why);
fail:
	rd_kafka_conf_destroy(conf);
	return NULL;
}

int
client_wake_new(struct err *err)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	if (fd < 0)
		err_set(err, ERR_FATAL, errno, "eventfd: %s", strerror(errno));
	return fd;
}

void
client_wake_on(int fd, rd_kafka_queue_t *q)
{
	static const uint64_t one = 1;

	rd_kafka_queue_io_event_enable(q, fd, &one, sizeof(one));
}

void
client_wake(int fd)
{
	static const uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	(void)n; /* full: it is readable already */
}

void
client_wake_clear(int fd)
{
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)n; /* empty: nothing to clear */
}
