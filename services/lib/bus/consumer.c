/*
 * Consumer: see consumer.h.  It uses librdkafka's partition interface, not its
 * group one: topics start and move one by one, there is no group coordinator
 * to connect to, and an idle client has a thread less.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/client.h"
#include "bus/consumer.h"
#include "bus/consumer_inner.h"

enum {
	FETCH_MIN_BYTES = 64 * 1024,
	TURN_MESSAGES = 32 /* of one topic, then the next one's turn */
};

static struct consumer_topic *
find(const struct consumer *c, const char *name, size_t size)
{
	size_t i;

	for (i = 0; i < c->n_topics; i++)
		if (strlen(c->topics[i].name) == size &&
		    memcmp(c->topics[i].name, name, size) == 0)
			return &c->topics[i];
	return NULL;
}

/*
 * A topic that went is told to this handler alone, as text: "NAME [0]: ...",
 * each second; it is said once.
 */
static int
is_of_topic(struct consumer *c, int code, const char *reason)
{
	const char *end = strstr(reason, " [");
	struct consumer_topic *t;

	if (code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
	    code != RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC &&
	    code != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
		return 0;
	t = end != NULL ? find(c, reason, (size_t)(end - reason)) : NULL;
	if (t == NULL)
		return 0;
	if (!t->is_missing && c->trouble.class == ERR_NONE) {
		t->is_missing = 1;
		c->is_about_topic = 1;
		c->trouble_topic = (size_t)(t - c->topics);
		err_set(&c->trouble, ERR_REJECT, CONSUMER_NO_TOPIC,
		    "%s: there is no such topic", t->name);
	}
	return 1;
}

static void
on_error(rd_kafka_t *rk, int code, const char *reason, void *ctx)
{
	struct consumer *c = ctx;
	char why[256];

	c->n_errors++;
	if (code == RD_KAFKA_RESP_ERR__FATAL) {
		rd_kafka_fatal_error(rk, why, sizeof(why));
		c->is_about_topic = 0;
		err_set(&c->trouble, ERR_FATAL, code, "Kafka: %s", why);
		return;
	}
	if (is_of_topic(c, code, reason))
		return;
	if (c->trouble.class == ERR_NONE)
		err_set(&c->trouble, ERR_RETRY, code, "Kafka: %s", reason);
}

static int
start_client(struct consumer *c, const struct bus_conf *conf, size_t max,
    struct err *err)
{
	char kbytes[24], part[24], whole[24], answer[24];
	const struct client_property properties[] = {
	    {"enable.auto.commit", "false", 0},
	    {"enable.auto.offset.store", "false", 0},
	    {"auto.offset.reset", "error", 0},
	    {"enable.partition.eof", "true", 0},
	    {"check.crcs", "true", 0},
	    /* The bytes are the limit: small messages are as dear to wait for.
	     */
	    {"queued.min.messages", "100000", 0},
	    {"queued.max.messages.kbytes", kbytes, 0},
	    {"fetch.message.max.bytes", part, 0},
	    {"fetch.max.bytes", whole, 0},
	    {"receive.message.max.bytes", answer, 0},
	    {"fetch.queue.backoff.ms", "100", 1},
	};
	const struct client_conf cc = {
	    .bus = conf,
	    .properties = properties,
	    .n = sizeof(properties) / sizeof(properties[0]),
	    .on_error = on_error,
	    .ctx = c,
	};

	if (max < FETCH_MIN_BYTES)
		max = FETCH_MIN_BYTES;
	if (max > INT32_MAX / 4)
		max = INT32_MAX / 4;
	/* A first batch is sent even if it is larger than what was asked for
	 * (KIP-74), so the answer's limit is that of a message and then some.
	 */
	snprintf(kbytes, sizeof(kbytes), "%zu", max / 1024);
	snprintf(part, sizeof(part), "%zu",
	    max < BUS_MESSAGE_MAX_BYTES ? max : (size_t)BUS_MESSAGE_MAX_BYTES);
	snprintf(whole, sizeof(whole), "%zu", max + BUS_MESSAGE_MAX_BYTES);
	snprintf(
	    answer, sizeof(answer), "%zu", max + 4u * BUS_MESSAGE_MAX_BYTES);
	c->rk = client_new(RD_KAFKA_CONSUMER, &cc, err);
	return c->rk != NULL ? 0 : -1;
}

struct consumer *
consumer_new(
    const struct bus_conf *conf, size_t queue_max_bytes, struct err *err)
{
	struct consumer *c = mem_new(1, sizeof(*c));
	rd_kafka_queue_t *main_queue;

	c->fd = client_wake_new(err);
	if (c->fd < 0 || start_client(c, conf, queue_max_bytes, err) < 0) {
		consumer_free(c);
		return NULL;
	}
	c->queue = rd_kafka_queue_new(c->rk);
	main_queue = rd_kafka_queue_get_main(c->rk);
	rd_kafka_queue_forward(main_queue, c->queue);
	rd_kafka_queue_destroy(main_queue);
	client_wake_on(c->fd, c->queue);
	return c;
}

void
consumer_keep_apart(struct consumer *c, consumer_takes *takes, void *ctx)
{
	assert(c->n_topics == 0);
	c->takes = takes;
	c->takes_ctx = ctx;
}

int
consumer_leaves(const struct consumer *c)
{
	for (size_t i = 0; i < c->n_topics; i++)
		if (c->topics[i].is_left)
			return 1;
	return 0;
}

int
consumer_has_back(const struct consumer *c)
{
	for (size_t i = 0; i < c->n_topics; i++)
		if (c->topics[i].is_left &&
		    c->takes(c->takes_ctx, c->topics[i].name))
			return 1;
	return 0;
}

static void
let_go(rd_kafka_message_t **m)
{
	if (*m != NULL)
		rd_kafka_message_destroy(*m);
	*m = NULL;
}

static void
drop_queue(rd_kafka_queue_t *queue)
{
	rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
	rd_kafka_queue_destroy(queue);
}

void
consumer_free(struct consumer *c)
{
	rd_kafka_queue_t *main_queue;
	size_t i;

	if (c == NULL)
		return;
	let_go(&c->held);
	for (i = 0; i < c->n_topics; i++) {
		let_go(&c->topics[i].back);
		if (c->topics[i].is_started)
			rd_kafka_consume_stop(c->topics[i].rkt, 0);
		rd_kafka_topic_destroy(c->topics[i].rkt);
		if (c->topics[i].queue != NULL)
			drop_queue(c->topics[i].queue);
		free(c->topics[i].name);
	}
	free(c->topics);
	if (c->rk != NULL) {
		main_queue = rd_kafka_queue_get_main(c->rk);
		rd_kafka_queue_forward(main_queue, NULL);
		rd_kafka_queue_destroy(main_queue);
		drop_queue(c->queue);
		rd_kafka_destroy_flags(
		    c->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	}
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

int
consumer_fd(const struct consumer *c)
{
	return c->fd;
}

uint64_t
consumer_errors(const struct consumer *c)
{
	return c->n_errors;
}

static struct consumer_topic *
find_or_add(struct consumer *c, const char *name, struct err *err)
{
	struct consumer_topic *t = find(c, name, strlen(name));
	rd_kafka_topic_t *rkt;

	if (t != NULL)
		return t;
	rkt = rd_kafka_topic_new(c->rk, name, NULL);
	if (rkt == NULL) {
		err_set(err, ERR_FATAL, 0, "%s: %s", name,
		    rd_kafka_err2str(rd_kafka_last_error()));
		return NULL;
	}
	c->topics = mem_grow(c->topics, c->n_topics + 1, sizeof(*t));
	t = &c->topics[c->n_topics++];
	*t = (struct consumer_topic){.name = mem_dup(name), .rkt = rkt};
	if (c->takes != NULL) {
		t->queue = rd_kafka_queue_new(c->rk);
		client_wake_on(c->fd, t->queue);
	}
	return t;
}

int
consumer_start_at(struct consumer *c, struct consumer_topic *t, int64_t offset,
    struct err *err)
{
	rd_kafka_resp_err_t e;

	if (t->is_started && rd_kafka_consume_stop(t->rkt, 0) != 0)
		goto fail;
	t->is_started = 0;
	if (rd_kafka_consume_start_queue(
		t->rkt, 0, offset, t->queue != NULL ? t->queue : c->queue) != 0)
		goto fail;
	t->is_started = 1;
	return 0;
fail:
	e = rd_kafka_last_error();
	return err_set(err, ERR_FATAL, e, "%s: cannot read from %lld: %s",
	    t->name, (long long)offset, rd_kafka_err2str(e));
}

int
consumer_start(struct consumer *c, struct consumer_topic *t, int64_t offset,
    struct err *err)
{
	let_go(&t->back);
	if (consumer_start_at(c, t, offset, err) < 0)
		return -1;
	t->is_missing = 0;
	t->damage.is_open = 0;
	t->next = offset;
	return 0;
}

int
consumer_assign(struct consumer *c, const struct consumer_place *places,
    size_t n, struct err *err)
{
	struct consumer_topic *t;
	size_t i;

	for (i = 0; i < n; i++) {
		t = find_or_add(c, places[i].topic, err);
		if (t == NULL ||
		    consumer_start(c, t, places[i].offset, err) < 0)
			return -1;
	}
	return 0;
}

int
consumer_again(struct consumer *c, const char *topic, struct err *err)
{
	struct consumer_topic *t = find(c, topic, strlen(topic));

	return t == NULL ? 0 : consumer_start(c, t, t->next, err);
}

int64_t
consumer_next(const struct consumer *c, const char *topic)
{
	const struct consumer_topic *t = find(c, topic, strlen(topic));

	return t == NULL ? CONSUMER_END : t->next;
}

static void
fill(struct consumer *c, const rd_kafka_message_t *m, struct bus_message *out)
{
	rd_kafka_timestamp_type_t kind;
	rd_kafka_headers_t *headers;
	struct bus_header *h = c->headers;
	size_t n = 0;

	*out = (struct bus_message){
	    .topic = rd_kafka_topic_name(m->rkt),
	    .partition = m->partition,
	    .offset = m->offset,
	    .timestamp_ms = rd_kafka_message_timestamp(m, &kind),
	    .key = m->key,
	    .key_size = m->key_len,
	    .value = m->payload,
	    .value_size = m->len,
	    .headers = c->headers,
	};
	if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR ||
	    rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	while (n < BUS_HEADERS_MAX &&
	       rd_kafka_header_get_all(headers, n, &h[n].name, &h[n].value,
		   &h[n].size) == RD_KAFKA_RESP_ERR_NO_ERROR)
		n++;
	out->n_headers = n;
}

static rd_kafka_message_t *
ask(struct consumer *c, struct consumer_topic *t)
{
	rd_kafka_message_t *back = t->back;

	t->is_left = !c->takes(c->takes_ctx, t->name);
	if (t->is_left)
		return NULL;
	t->back = NULL;
	return back != NULL ? back : rd_kafka_consume_queue(t->queue, 0);
}

void
consumer_put_back(struct consumer *c)
{
	const char *name = rd_kafka_topic_name(c->held->rkt);
	struct consumer_topic *t = find(c, name, strlen(name));

	t->back = c->held;
	t->next = c->held->offset;
	t->is_left = 1;
	c->held = NULL;
	c->taken = TURN_MESSAGES;
}

static rd_kafka_message_t *
take(struct consumer *c, int wait_ms)
{
	rd_kafka_message_t *m;
	size_t n;

	if (c->takes == NULL)
		return rd_kafka_consume_queue(c->queue, wait_ms);
	/* Once more than there are: the first one's batch may have been full.
	 */
	for (n = 0; n <= c->n_topics + 1; n++) {
		m = NULL;
		if (c->taken < TURN_MESSAGES)
			m = c->turn < c->n_topics
				? ask(c, &c->topics[c->turn])
				: rd_kafka_consume_queue(c->queue, 0);
		if (m != NULL) {
			c->taken++;
			return m;
		}
		c->taken = 0;
		c->turn = c->turn < c->n_topics ? c->turn + 1 : 0;
	}
	return NULL;
}

/*
 * The descriptor stays readable until the queue was seen empty after it was
 * cleared, so nobody who stops polling early misses a wake-up.
 */
static rd_kafka_message_t *
next(struct consumer *c, int wait_ms)
{
	rd_kafka_message_t *m = take(c, wait_ms);

	if (m != NULL || c->trouble.class != ERR_NONE)
		return m;
	client_wake_clear(c->fd);
	m = take(c, 0);
	if (m != NULL || c->trouble.class != ERR_NONE)
		client_wake(c->fd);
	return m;
}

static int
tell_trouble(struct consumer *c, struct bus_message *out, struct err *err)
{
	if (c->is_about_topic)
		*out = (struct bus_message){
		    .topic = c->topics[c->trouble_topic].name};
	*err = c->trouble;
	if (c->trouble.class != ERR_FATAL)
		c->trouble = (struct err){0};
	c->is_about_topic = 0;
	return -1;
}

/* What C holds, of T: as consumer_poll(); CONSUMER_NOTHING to ask again. */
static int
give(struct consumer *c, struct consumer_topic *t, struct bus_message *out,
    struct err *err)
{
	int rc = CONSUMER_SEARCH_OVER;

	if (t == NULL)
		return consumer_judge(c, t, c->held, err);
	if (consumer_is_of_search(t, c->held))
		rc = consumer_search(c, t, c->held, out, err);
	if (rc != CONSUMER_SEARCH_OVER)
		return rc;
	if (c->held->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		t->is_missing = 0;
		return CONSUMER_EOF;
	}
	/* Another batch than the one that was looked at, which healed. */
	if (consumer_is_damage(c->held))
		return consumer_search(c, t, c->held, out, err);
	if (c->held->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return consumer_judge(c, t, c->held, err);
	t->next = c->held->offset + 1;
	t->is_missing = 0;
	return CONSUMER_MESSAGE;
}

int
consumer_poll(
    struct consumer *c, int wait_ms, struct bus_message *out, struct err *err)
{
	struct consumer_topic *t;
	int rc = CONSUMER_NOTHING;

	while (rc == CONSUMER_NOTHING) {
		let_go(&c->held);
		c->held = next(c, wait_ms);
		if (c->held == NULL && c->trouble.class == ERR_NONE)
			break;
		if (c->held == NULL)
			return tell_trouble(c, out, err);
		t = NULL;
		if (c->held->rkt != NULL) {
			fill(c, c->held, out);
			t = find(c, out->topic, strlen(out->topic));
		}
		rc = give(c, t, out, err);
	}
	return rc;
}
