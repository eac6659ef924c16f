/* Who else tells of our connections: see presence.h. */
#include <stdlib.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "connector/presence.h"
#include "event/keys.h"
#include "wire/reader.h"
#include "wire/schemas.h"

enum {
	QUEUE_MAX_BYTES = 256 * 1024,
	READ_PER_STEP = 100,
	AGAIN_MS = 1000, /* after a fault, or a schema that is looked up */
	SCHEMA_WAIT_MS = 30 * 1000,
};

struct presence {
	struct schemas *schemas;
	struct presence_hooks hooks;
	struct consumer *consumer;
	struct bus_message held; /* waits for its schema; the consumer's */
	int is_held;
	int64_t again_ms; /* not before; 0: no need */
	int64_t since_ms; /* no schema that was needed came since; 0: none is */
};

struct presence *
presence_new(const struct bus_conf *bus, struct schemas *schemas,
    const struct presence_hooks *hooks, struct err *err)
{
	struct presence *p = mem_new(1, sizeof(*p));

	p->schemas = schemas;
	p->hooks = *hooks;
	p->consumer = consumer_new(bus, QUEUE_MAX_BYTES, err);
	if (p->consumer != NULL)
		return p;
	presence_free(p);
	return NULL;
}

void
presence_free(struct presence *p)
{
	if (p == NULL)
		return;
	consumer_free(p->consumer);
	free(p);
}

int
presence_follow(
    struct presence *p, const char *member, int64_t from, struct err *err)
{
	char *topic = topic_new(RECORD_STATUS, member);
	struct consumer_place place = {topic, from};
	int rc = consumer_assign(p->consumer, &place, 1, err);

	free(topic);
	return rc;
}

int
presence_fd(const struct presence *p)
{
	return p->is_held || p->again_ms != 0 ? -1 : consumer_fd(p->consumer);
}

static int
matters(const struct presence *p, const struct bus_message *m)
{
	struct topic_name name;
	char *key;
	int is;

	if (m->key == NULL || topic_parse(m->topic, &name) != 0)
		return 0;
	key = mem_dup_n(m->key, m->key_size);
	is = p->hooks.matters(p->hooks.ctx, name.member, key);
	free(key);
	return is;
}

/* 1 passed on, or nothing in it; 0: its schema is being fetched; -1. */
static int
pass_on(struct presence *p, const struct bus_message *m, struct err *err)
{
	struct reader_record r;
	const char *reason;
	struct err bad;
	int rc;

	if (!matters(p, m))
		return 1;
	rc = reader_read(p->schemas, m, NULL, &r, &reason, &bad);
	if (rc <= 0)
		return rc == 0 ? 0 : 1;
	p->since_ms = 0;
	if (jv_get_kind(r.value) == JV_KIND_OBJECT &&
	    p->hooks.heard(p->hooks.ctx, r.key, m->offset, r.value, err) != 0)
		rc = -1;
	reader_fini(&r);
	return rc;
}

/* Others are heard later then, or, from a log made anew, from now on. */
static int
on_error(struct presence *p, int64_t now_ms, struct err *err)
{
	struct consumer_place place = {p->held.topic, CONSUMER_END};

	if (err->class == ERR_FATAL)
		return -1;
	p->again_ms = now_ms + AGAIN_MS;
	if (err->class != ERR_REJECT || err->code != CONSUMER_OUT_OF_RANGE ||
	    p->held.topic == NULL)
		return 0;
	return consumer_assign(p->consumer, &place, 1, err);
}

/* The schema of what is held is not served.  1 if it is passed over: who is at
 * work tells again within a minute, and what stands behind may be readable. */
static int
is_given_up(struct presence *p, int64_t now_ms)
{
	if (p->since_ms == 0)
		p->since_ms = now_ms;
	if (now_ms - p->since_ms < SCHEMA_WAIT_MS)
		return 0;
	log_warn("a status is passed over", "topic", p->held.topic, "reason",
	    schemas_trouble(p->schemas));
	return 1;
}

int
presence_step(struct presence *p, int64_t now_ms, struct err *err)
{
	int n, rc;

	if (now_ms < p->again_ms)
		return 0;
	p->again_ms = 0;
	for (n = 0; n < READ_PER_STEP; n++) {
		if (!p->is_held) {
			p->held = (struct bus_message){0};
			rc = consumer_poll(p->consumer, 0, &p->held, err);
			if (rc < 0)
				return on_error(p, now_ms, err);
			if (rc == CONSUMER_NOTHING)
				return 0;
			if (rc == CONSUMER_EOF)
				continue;
		}
		rc = pass_on(p, &p->held, err);
		if (rc < 0)
			return -1;
		p->is_held = rc == 0 && !is_given_up(p, now_ms);
		if (p->is_held) {
			p->again_ms = now_ms + AGAIN_MS;
			return 0;
		}
	}
	return 0;
}
