/* Orders to a connection: see control.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "connector/boot.h"
#include "connector/commands.h"
#include "connector/control.h"
#include "connector/env.h"
#include "event/keys.h"
#include "map/connection.h"
#include "wire/reader.h"
#include "wire/writer.h"

enum {
	QUEUE_MAX_BYTES = 256 * 1024,
	READ_PER_STEP = 100,
	AGAIN_MS = 500, /* after a fault, or a schema that is looked up */
	UNDER_WAY_MS = 20,
};

/* The answer to the order that has run. */
enum stage { NO_ANSWER, ANSWER_WAITS, ANSWER_SENT };

struct control {
	const struct env *env;
	const struct bus_conf *bus;
	struct control_hooks hooks;
	struct commands *commands;
	char *topic;
	struct consumer *consumer; /* NULL until there is such a topic */
	int64_t next;		   /* where to read on */
	struct bus_message held;   /* waits for its schema; the consumer's */
	int is_held;
	enum stage stage;
	jv answer;	  /* invalid with NO_ANSWER */
	int64_t again_ms; /* without a signal; -1: no need */
};

struct control *
control_new(const struct env *env, const struct bus_conf *bus,
    const struct control_hooks *hooks)
{
	struct control *c = mem_new(1, sizeof(*c));

	c->env = env;
	c->bus = bus;
	c->hooks = *hooks;
	c->commands = commands_new(env->conf->id);
	c->topic = topic_new(RECORD_COMMAND, env->conf->member);
	c->next = CONSUMER_BEGINNING;
	c->answer = jv_invalid();
	c->again_ms = -1;
	return c;
}

void
control_free(struct control *c)
{
	if (c == NULL)
		return;
	consumer_free(c->consumer);
	commands_free(c->commands);
	jv_free(c->answer);
	free(c->topic);
	free(c);
}

/* --- reading ----------------------------------------------------------------
 */

static void
take(struct control *c, const char *id, jv record)
{
	if (!commands_take(c->commands, id, record))
		log_warn("too many orders at once, or too long", "connection",
		    c->env->conf->id, "dropped", id);
}

static int
take_one(void *ctx, const struct boot_record *r, struct err *err)
{
	struct control *c = ctx;

	(void)err;
	take(c, r->key, r->value);
	c->next = r->offset + 1;
	return 0;
}

int
control_start(struct control *c, jv catalog, const struct boot_conf *boot,
    struct err *err)
{
	if (c->consumer == NULL &&
	    boot_records(boot, c->topic, NULL, take_one, c, err) != 0)
		return -1;
	return control_catalog(c, catalog, err);
}

int
control_catalog(struct control *c, jv catalog, struct err *err)
{
	struct consumer_place place = {c->topic, c->next};
	jv topics, bounds;
	int is_there;

	if (c->consumer != NULL)
		return 0;
	topics = json_get(catalog, "topics");
	bounds = json_get(topics, c->topic);
	is_there = jv_is_valid(bounds);
	jv_free(bounds);
	jv_free(topics);
	if (!is_there)
		return 0;
	c->consumer = consumer_new(c->bus, QUEUE_MAX_BYTES, err);
	if (c->consumer == NULL)
		return -1;
	return consumer_assign(c->consumer, &place, 1, err);
}

/* A fault that passes, or a log that was made anew: what was answered is
 * known, so reading it whole again runs nothing twice. */
static int
on_error(struct control *c, int64_t now_ms, struct err *err)
{
	struct consumer_place place = {c->topic, CONSUMER_BEGINNING};

	if (err->class == ERR_FATAL)
		return -1;
	log_warn("orders cannot be read", "connection", c->env->conf->id,
	    "reason", err->msg);
	if (err->class == ERR_REJECT && err->code == CONSUMER_OUT_OF_RANGE)
		consumer_assign(c->consumer, &place, 1, NULL);
	c->again_ms = now_ms + AGAIN_MS;
	return 0;
}

static int
read_orders(struct control *c, int64_t now_ms, struct err *err)
{
	struct reader_record r;
	const char *reason;
	struct err bad;
	int n, rc;

	for (n = 0; n < READ_PER_STEP; n++) {
		if (!c->is_held) {
			rc = consumer_poll(c->consumer, 0, &c->held, err);
			if (rc < 0)
				return on_error(c, now_ms, err);
			if (rc == CONSUMER_NOTHING)
				return 0;
			if (rc == CONSUMER_EOF)
				continue;
		}
		rc = reader_read(
		    c->env->schemas, &c->held, NULL, &r, &reason, &bad);
		c->is_held = rc == 0;
		if (c->is_held) {
			c->again_ms = now_ms + AGAIN_MS;
			return 0;
		}
		if (rc < 0) /* whoever wrote it: it orders nothing */
			continue;
		take(c, r.key, r.value);
		reader_fini(&r);
	}
	c->again_ms = now_ms;
	return 0;
}

/* --- running and answering --------------------------------------------------
 */

static void
run(struct control *c, int64_t now_ms, int64_t wall_ms)
{
	struct buf text = {0};
	const char *outcome = "expired";
	int is_expired;
	jv command = commands_next(c->commands, wall_ms, &is_expired);

	if (!jv_is_valid(command))
		return;
	if (is_expired) {
		buf_puts(&text, "it was not carried out before it expired");
	} else {
		outcome = c->hooks.run(c->hooks.ctx, &command, &text);
		if (outcome == NULL) {
			c->again_ms = now_ms + UNDER_WAY_MS;
			jv_free(command);
			buf_free(&text);
			return;
		}
		json_set_int(&command, "effectiveAt", wall_ms);
	}
	json_set_str(&command, "outcome", outcome);
	json_set_str(
	    &command, "outcomeText", text.data != NULL ? text.data : "");
	log_info("order", "connection", c->env->conf->id, "action",
	    json_str(command, "action", ""), "by", json_str(command, "by", ""),
	    "outcome", outcome, "text", json_str(command, "outcomeText", ""));
	buf_free(&text);
	c->answer = command;
	c->stage = ANSWER_WAITS;
}

static void
on_written(void *ctx, int64_t offset, const struct err *err)
{
	struct control *c = ctx;

	if (offset < 0) {
		log_warn("answer to an order not written", "reason", err->msg);
		c->stage = ANSWER_WAITS;
		return;
	}
	commands_close(c->commands, json_str(c->answer, "id", ""));
	jv_free(c->answer);
	c->answer = jv_invalid();
	c->stage = NO_ANSWER;
}

static void
answer(struct control *c, int64_t now_ms)
{
	const char *id = json_str(c->answer, "id", "");
	struct err err = {0};
	int rc;

	if (!c->hooks.is_kept(c->hooks.ctx))
		return; /* the status's acknowledgement, or the commit, wakes
			 * us */
	rc = writer_send(c->env->writer, RECORD_COMMAND, c->topic, id,
	    c->answer, on_written, c, &err);
	if (rc == 1) {
		c->stage = ANSWER_SENT;
		return;
	}
	if (rc < 0)
		log_warn("answer to an order not written", "reason", err.msg);
	c->again_ms = now_ms + AGAIN_MS;
}

int
control_step(struct control *c, int is_stopping, int64_t now_ms,
    int64_t wall_ms, struct err *err)
{
	if (now_ms >= c->again_ms)
		c->again_ms = -1;
	if (c->consumer != NULL && !is_stopping && c->again_ms < 0 &&
	    read_orders(c, now_ms, err) != 0)
		return -1;
	if (c->stage == NO_ANSWER && !is_stopping && c->again_ms < 0)
		run(c, now_ms, wall_ms);
	if (c->stage == ANSWER_WAITS && c->again_ms < 0)
		answer(c, now_ms);
	return 0;
}

int
control_fd(const struct control *c)
{
	return c->consumer == NULL || c->is_held ? -1
						 : consumer_fd(c->consumer);
}

int64_t
control_deadline(const struct control *c)
{
	return c->again_ms;
}

int
control_is_drained(const struct control *c)
{
	return c->stage == NO_ANSWER;
}
