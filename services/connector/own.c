/* What others withdrew: see own.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "bus/bus.h"
#include "connector/boot.h"
#include "connector/env.h"
#include "connector/own.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "store/state.h"
#include "wire/whole.h"

enum {
	TIMEOUT_MS = 10000, /* without progress; then after the next listing */
	STEP_MS = 20,
	MESSAGES_PER_STEP = 500
};

struct log {
	char *topic;
	enum record_type type;
	int64_t next;	  /* what is below is ours or was looked at; -1: not
			   * read from the state file yet */
	int64_t saved;	  /* what the state file says */
	int64_t acked_ms; /* wall: our last acknowledgement that moved `next` */
	int64_t asked_ms; /* a question that a newer listing answers; 0: none */
	int64_t until;	  /* to be looked at, since it was asked */
	int64_t end;	  /* of what is being read */
	struct whole *reading;
};

struct own {
	const struct env *env;
	const struct bus_conf *bus;
	struct catalog *questions;
	struct log *logs;
	size_t n;
};

static struct log *
find(const struct own *o, const char *topic)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->logs[i].topic, topic) == 0)
			return &o->logs[i];
	return NULL;
}

struct own *
own_new(const struct env *env, const struct bus_conf *bus,
    struct catalog *questions)
{
	const struct connection *c = env->conf;
	struct own *o = mem_new(1, sizeof(*o));

	o->env = env;
	o->bus = bus;
	o->questions = questions;
	o->logs = mem_new(c->n_publish + 1, sizeof(*o->logs));
	for (size_t i = 0; i < c->n_publish; i++) {
		char *topic = topic_new(c->publish[i].into, c->member);

		if (find(o, topic) != NULL)
			free(topic);
		else
			o->logs[o->n++] = (struct log){.topic = topic,
			    .type = c->publish[i].into,
			    .next = -1,
			    .saved = -1};
	}
	return o;
}

void
own_free(struct own *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->n; i++) {
		whole_free(o->logs[i].reading);
		free(o->logs[i].topic);
	}
	free(o->logs);
	free(o);
}

static void
name_of(const struct log *g, char out[160])
{
	snprintf(out, 160, "own.%s", g->topic);
}

static int
load(struct own *o, struct log *g, struct err *err)
{
	const char *value;
	char name[160];
	int rc;

	if (g->next >= 0)
		return 0;
	name_of(g, name);
	rc = state_value(o->env->state, o->env->conf->id, name, &value, err);
	if (rc < 0)
		return -1;
	g->next = g->saved = rc == 1 ? strtoll(value, NULL, 10) : 0;
	return 0;
}

static int
save(struct own *o, struct log *g, struct err *err)
{
	char name[160], value[24];

	if (g->next == g->saved)
		return 0;
	name_of(g, name);
	snprintf(value, sizeof(value), "%" PRId64, g->next);
	if (txn_need(o->env->txn, err) != 0 ||
	    state_set_value(
		o->env->state, o->env->conf->id, name, value, err) != 0)
		return -1;
	g->saved = g->next;
	return 0;
}

static void
rest(struct log *g)
{
	whole_free(g->reading);
	g->reading = NULL;
}

int
own_forget(struct own *o, struct err *err)
{
	for (size_t i = 0; i < o->n; i++) {
		struct log *g = &o->logs[i];

		rest(g);
		if (load(o, g, err) != 0)
			return -1;
		g->next = 0;
		if (save(o, g, err) != 0)
			return -1;
	}
	return 0;
}

static void
ask(const struct own *o, const struct log *g)
{
	if (o->questions != NULL)
		catalog_ask(o->questions, g->topic, g->asked_ms);
}

void
own_ask(struct own *o, const char *topic)
{
	struct log *g = find(o, topic);

	if (g == NULL)
		return;
	g->asked_ms = clock_wall_ms();
	ask(o, g);
}

int64_t
own_known(const struct own *o, const char *topic)
{
	const struct log *g = find(o, topic);

	if (g == NULL)
		return 0;
	return g->asked_ms != 0 || g->next < g->until ? -1 : g->next;
}

void
own_acked(struct own *o, const char *topic, int64_t offset)
{
	struct log *g = find(o, topic);

	if (g == NULL || g->next != offset)
		return;
	g->next = offset + 1;
	g->acked_ms = clock_wall_ms();
}

/* A log that a listing does not name is not there, and holds nothing; of one
 * whose ends it does not say, as nobody leads it, nothing more is known. */
static int
log_listed(struct own *o, struct log *g, jv listing, jv bounds, struct err *err)
{
	int64_t low = json_int(bounds, "low", 0);
	int64_t high = json_int(bounds, "high", -1);
	struct whole_part part = {.topic = g->topic};

	if (load(o, g, err) != 0)
		return -1;
	if (jv_get_kind(bounds) != JV_KIND_OBJECT) {
		g->asked_ms = g->until = 0;
		return 0;
	}
	if (g->asked_ms != 0 && high >= 0 &&
	    catalog_answer(listing, g->topic, g->asked_ms) >= 0) {
		g->asked_ms = 0;
		g->until = high;
	}
	/* A listing answers a question once, or its broker did not. */
	if (g->asked_ms != 0)
		ask(o, g);
	if (high < 0 || g->reading != NULL)
		return 0;
	/* What we wrote since it was listed is not there yet; in a log made
	 * anew, nothing is acknowledged at `next`. */
	if (high < g->next && g->acked_ms >= json_int(listing, "begun", 0) &&
	    g->acked_ms != 0)
		return save(o, g, err);
	if (high < g->next) { /* the topic was made anew */
		g->next = 0;
		if (g->until > high)
			g->until = high;
	}
	if (low > g->next)
		g->next = low < high ? low : high;
	if (save(o, g, err) != 0)
		return -1;
	if (high == g->next)
		return 0;
	part.low = g->next;
	part.end = g->end = high;
	g->reading = whole_new(o->bus, &part, 1, TIMEOUT_MS, err);
	return g->reading == NULL ? -1 : 0;
}

int
own_listed(struct own *o, jv listing, struct err *err)
{
	jv topics = json_get(listing, "topics");
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < o->n; i++) {
		jv bounds = json_get(topics, o->logs[i].topic);

		rc = log_listed(o, &o->logs[i], listing, bounds, err);
		jv_free(bounds);
	}
	jv_free(topics);
	return rc;
}

static int
take(const struct log *g, const struct bus_message *m, own_each *each,
    void *ctx, struct err *err)
{
	struct boot_record r = {
	    .type = g->type, .topic = g->topic, .offset = m->offset};
	char *key, *source;
	int rc;

	if (m->value != NULL || m->key == NULL)
		return 0;
	key = mem_dup_n(m->key, m->key_size);
	source = boot_source(m);
	r.key = key;
	r.source = source;
	r.value = jv_null();
	rc = each(ctx, &r, err);
	free(key);
	free(source);
	return rc;
}

static int
log_step(
    struct own *o, struct log *g, own_each *each, void *ctx, struct err *err)
{
	struct bus_message m;
	struct err why;
	int n = 0, rc = WHOLE_MESSAGE;

	while (rc != WHOLE_DONE && n++ < MESSAGES_PER_STEP) {
		rc = whole_next(g->reading, 0, &m, &why);
		if (rc == WHOLE_MESSAGE && take(g, &m, each, ctx, err) != 0)
			return -1;
		if (rc == WHOLE_NOTHING)
			return 0;
		if (rc < 0) {
			rest(g);
			if (why.class == ERR_FATAL) {
				*err = why;
				return -1;
			}
			log_warn("what others withdrew is not known yet",
			    "connection", o->env->conf->id, "topic", g->topic,
			    "text", why.msg);
			return 0;
		}
	}
	if (rc != WHOLE_DONE)
		return 0;
	rest(g);
	if (g->next < g->end)
		g->next = g->end;
	return save(o, g, err);
}

int
own_step(struct own *o, own_each *each, void *ctx, struct err *err)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->logs[i].reading != NULL &&
		    log_step(o, &o->logs[i], each, ctx, err) != 0)
			return -1;
	return 0;
}

int64_t
own_deadline(const struct own *o, int64_t now_ms)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->logs[i].reading != NULL)
			return now_ms + STEP_MS;
	return -1;
}
