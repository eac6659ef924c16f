/* Producer: see producer.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/client.h"
#include "bus/producer.h"

enum {
	SAFE_IDEMPOTENCE_VERSION = 0x02030000, /* librdkafka issue 4438 */
	PURGE_TIMEOUT_MS = 5000
};

/* A message on its way; the list is for producer_free(). */
struct sent {
	producer_done *done;
	void *ctx;
	struct sent *before, *after;
};

struct producer {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	int fd;
	struct sent all; /* head of a ring */
	size_t n_sent;
	rd_kafka_topic_t **topics; /* written to so far */
	size_t n_topics;
	uint64_t n_errors;
};

static struct sent *
remember(struct producer *p, producer_done *done, void *ctx)
{
	struct sent *s = mem_new(1, sizeof(*s));

	*s = (struct sent){done, ctx, p->all.before, &p->all};
	s->before->after = s;
	s->after->before = s;
	p->n_sent++;
	return s;
}

static void
forget(struct producer *p, struct sent *s)
{
	s->before->after = s->after;
	s->after->before = s->before;
	p->n_sent--;
	free(s);
}

static void
finish(
    struct producer *p, struct sent *s, int64_t offset, const struct err *err)
{
	producer_done *done = s->done;
	void *ctx = s->ctx;

	forget(p, s);
	if (done != NULL)
		done(ctx, offset, err);
}

/* Only what is wrong with the message itself is a rejection. */
static enum err_class
class_of(rd_kafka_resp_err_t e)
{
	switch ((int)e) {
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_MSG:
	case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
	case RD_KAFKA_RESP_ERR_INVALID_RECORD:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
		return ERR_REJECT;
	default:
		return ERR_RETRY;
	}
}

static int
code_of(rd_kafka_resp_err_t e)
{
	return e == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
		       e == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
		       e == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE
		   ? PRODUCER_TOO_LARGE
		   : (int)e;
}

static void
on_done(rd_kafka_t *rk, const rd_kafka_message_t *m, void *ctx)
{
	struct producer *p = ctx;
	struct err err = {0};

	(void)rk;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR && m->offset >= 0) {
		finish(ctx, m->_private, m->offset, &err);
		return;
	}
	p->n_errors++;
	/* No error and no offset: the broker knows this number of an idempotent
	 * producer, but not the place any more.  Written again, it has one. */
	err_set(&err, class_of(m->err), code_of(m->err), "%s: %s",
	    rd_kafka_topic_name(m->rkt),
	    m->err == RD_KAFKA_RESP_ERR_NO_ERROR ? "written, place unknown"
						 : rd_kafka_err2str(m->err));
	finish(ctx, m->_private, -1, &err);
}

/* Without a handler each "all brokers down" would be printed; whoever waits
 * for a report sees that none comes. */
static void
on_error(rd_kafka_t *rk, int code, const char *reason, void *ctx)
{
	struct producer *p = ctx;

	(void)rk;
	(void)code;
	(void)reason;
	p->n_errors++;
}

static rd_kafka_t *
start_client(struct producer *p, const struct bus_conf *conf, struct err *err)
{
	int is_safe = rd_kafka_version() >= SAFE_IDEMPOTENCE_VERSION;
	char size[24];
	const struct client_property properties[] = {
	    {"acks", "all", 0},
	    {"partitioner", "murmur2_random", 0},
	    /* A report comes from the broker or not at all. */
	    {"message.timeout.ms", "0", 0},
	    {"request.timeout.ms", "30000", 0},
	    {"linger.ms", "5", 0},
	    {"message.max.bytes", size, 0},
	    {"queue.buffering.max.messages", "20000", 0},
	    {"queue.buffering.max.kbytes", "32768", 0},
	    {"enable.idempotence", is_safe ? "true" : "false", 0},
	    {"max.in.flight.requests.per.connection", is_safe ? "5" : "1", 0},
	};
	const struct client_conf cc = {
	    .bus = conf,
	    .properties = properties,
	    .n = sizeof(properties) / sizeof(properties[0]),
	    .on_error = on_error,
	    .on_done = on_done,
	    .ctx = p,
	};

	snprintf(size, sizeof(size), "%d", BUS_MESSAGE_MAX_BYTES);
	return client_new(RD_KAFKA_PRODUCER, &cc, err);
}

struct producer *
producer_new(const struct bus_conf *conf, struct err *err)
{
	struct producer *p = mem_new(1, sizeof(*p));

	p->all.before = p->all.after = &p->all;
	p->fd = client_wake_new(err);
	if (p->fd < 0 || (p->rk = start_client(p, conf, err)) == NULL) {
		producer_free(p);
		return NULL;
	}
	p->queue = rd_kafka_queue_get_main(p->rk);
	client_wake_on(p->fd, p->queue);
	return p;
}

static void
drop_all(struct producer *p)
{
	int64_t end_ms = clock_mono_ms() + PURGE_TIMEOUT_MS;
	struct err err = {0};

	err_set(&err, ERR_RETRY, 0, "the client was closed");
	rd_kafka_purge(
	    p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	while (p->n_sent > 0 && clock_mono_ms() < end_ms)
		rd_kafka_poll(p->rk, 100);
	while (p->all.after != &p->all)
		finish(p, p->all.after, -1, &err);
}

void
producer_free(struct producer *p)
{
	if (p == NULL)
		return;
	if (p->rk != NULL) {
		drop_all(p);
		for (size_t i = 0; i < p->n_topics; i++)
			rd_kafka_topic_destroy(p->topics[i]);
		rd_kafka_queue_io_event_enable(p->queue, -1, NULL, 0);
		rd_kafka_queue_destroy(p->queue);
		rd_kafka_destroy(p->rk);
	}
	if (p->fd >= 0)
		close(p->fd);
	free(p->topics);
	free(p);
}

int
producer_fd(const struct producer *p)
{
	return p->fd;
}

uint64_t
producer_errors(const struct producer *p)
{
	return p->n_errors;
}

static rd_kafka_headers_t *
headers_new(const struct bus_message *m)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(m->n_headers);
	size_t i;

	for (i = 0; i < m->n_headers; i++)
		rd_kafka_header_add(headers, m->headers[i].name, -1,
		    m->headers[i].value,
		    m->headers[i].value != NULL ? (ssize_t)m->headers[i].size
						: 0);
	return headers;
}

/* Sent to by its name alone, a topic is asked about within a second; made known
 * like this, at once. */
static rd_kafka_topic_t *
topic_of(struct producer *p, const char *name)
{
	rd_kafka_topic_t *topic;

	for (size_t i = 0; i < p->n_topics; i++)
		if (strcmp(rd_kafka_topic_name(p->topics[i]), name) == 0)
			return p->topics[i];
	topic = rd_kafka_topic_new(p->rk, name, NULL);
	if (topic == NULL)
		return NULL;
	p->topics =
	    mem_grow(p->topics, p->n_topics + 1, sizeof(rd_kafka_topic_t *));
	p->topics[p->n_topics++] = topic;
	return topic;
}

int
producer_send(struct producer *p, const struct bus_message *m,
    producer_done *done, void *ctx, struct err *err)
{
	rd_kafka_topic_t *topic = topic_of(p, m->topic);
	rd_kafka_headers_t *headers;
	struct sent *s;
	rd_kafka_resp_err_t e;

	if (topic == NULL) {
		e = rd_kafka_last_error();
		return err_set(err, class_of(e), e, "%s: %s", m->topic,
		    rd_kafka_err2str(e));
	}
	headers = headers_new(m);
	s = remember(p, done, ctx);

	/* The RD_KAFKA_V_ macros would check the types, with extensions. */
	e = rd_kafka_producev(p->rk, RD_KAFKA_VTYPE_RKT, topic,
	    RD_KAFKA_VTYPE_PARTITION, (int32_t)0, RD_KAFKA_VTYPE_MSGFLAGS,
	    (int)RD_KAFKA_MSG_F_COPY, RD_KAFKA_VTYPE_KEY, m->key, m->key_size,
	    RD_KAFKA_VTYPE_VALUE, m->value, m->value_size,
	    RD_KAFKA_VTYPE_HEADERS, headers, RD_KAFKA_VTYPE_OPAQUE, (void *)s,
	    RD_KAFKA_VTYPE_END);
	if (CRASH_IS_HERE("producer_fatal"))
		rd_kafka_test_fatal_error(p->rk,
		    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test");
	if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	rd_kafka_headers_destroy(headers);
	forget(p, s);
	return err_set(err, class_of(e), code_of(e), "%s: %s", m->topic,
	    rd_kafka_err2str(e));
}

int
producer_poll(struct producer *p, int wait_ms, struct err *err)
{
	rd_kafka_resp_err_t e;
	char why[256];

	client_wake_clear(p->fd);
	rd_kafka_poll(p->rk, wait_ms);
	e = rd_kafka_fatal_error(p->rk, why, sizeof(why));
	if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	return err_set(err, ERR_FATAL, e, "Kafka producer: %s", why);
}

int
producer_flush(struct producer *p, int timeout_ms, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + timeout_ms, left_ms;

	/* Not rd_kafka_flush(): it lets go of linger, and of nothing else. */
	while (p->n_sent > 0) {
		left_ms = end_ms - clock_mono_ms();
		if (left_ms <= 0)
			return err_set(err, ERR_RETRY, 0,
			    "%zu messages not acknowledged after %d ms",
			    p->n_sent, timeout_ms);
		if (producer_poll(p, left_ms < 100 ? (int)left_ms : 100, err) <
		    0)
			return -1;
	}
	return 0;
}

size_t
producer_pending(const struct producer *p)
{
	return p->n_sent;
}
