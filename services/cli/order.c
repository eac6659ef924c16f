/* Orders and answers: see order.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/hex.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "cli/cli.h"
#include "cli/listing.h"
#include "cli/order.h"
#include "cli/scan.h"
#include "wire/reader.h"

enum {
	EXPIRES_MS = 10 * 60 * 1000, /* an order nobody reads by then is void */
	ANSWER_MAX_MS = 30000,
	SAID_FIRST_MS = 2000, /* of waiting; most answers come sooner */
	SAID_EVERY_MS = 5000,
	FLUSH_MS = 30000,
	WAIT_MS = 200,
	QUEUE_BYTES = 256 * 1024,
	ID_BYTES = 16
};

/*
 * What the connection NAME said last, as scan_status(): {member, value:
 * Status, ...}, the caller's; jv_invalid() after the reason was printed.
 */
static jv
order_status(struct cli *c, const char *name)
{
	struct err err;
	jv found = scan_status(c, name, &err);

	if (!jv_is_valid(found)) {
		cli_fail(c, &err);
	} else if (jv_get_kind(found) != JV_KIND_OBJECT) {
		listing_unknown_connection(c, name);
		jv_free(found);
		found = jv_invalid();
	}
	return found;
}

static jv
command_new(const struct order *o, const char *id)
{
	int64_t now = clock_wall_ms();
	jv r = jv_object();

	json_set_str(&r, "id", id);
	json_set_str(&r, "connection", o->connection);
	json_set_str(&r, "action", o->action);
	if (jv_get_kind(o->arguments) == JV_KIND_OBJECT)
		json_set(&r, "arguments", jv_copy(o->arguments));
	json_set_str(&r, "planId", o->plan);
	json_set_str(&r, "by", o->by);
	json_set_int(&r, "at", now);
	json_set_int(&r, "expires", now + EXPIRES_MS);
	return r;
}

struct answer {
	struct cli *cli;
	const char *id;
	int64_t offset; /* of the order */
	jv record;	/* invalid until it came */
};

static void
on_written(void *ctx, int64_t offset, const struct err *err)
{
	struct answer *a = ctx;

	(void)err;
	a->offset = offset;
}

/* M is the answer: 1; 0 if it is something else. */
static int
is_answer(struct answer *a, const struct bus_message *m)
{
	struct reader_record r;
	const char *reason;
	struct err err;
	int is;

	if (m->key_size != strlen(a->id) ||
	    memcmp(m->key, a->id, m->key_size) != 0 ||
	    cli_decode(a->cli, m, &r, &reason, &err) < 0)
		return 0;
	is = json_str(r.value, "outcome", "")[0] != '\0';
	if (is)
		a->record = jv_copy(r.value);
	reader_fini(&r);
	return is;
}

/* Whoever waits for O's answer sees that it is waited for. */
static void
say_waiting(const struct cli *c, const struct order *o, int64_t since_ms,
    int64_t *due_ms)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms < *due_ms)
		return;
	cli_say(c, CLI_OK, "waiting for the answer of %s (%d s of at most %d)",
	    o->connection, (int)((now_ms - since_ms) / 1000),
	    ANSWER_MAX_MS / 1000);
	*due_ms = now_ms + SAID_EVERY_MS;
}

/* 1, 0 if none came in time, -1. */
static int
wait_for(
    struct answer *a, const struct order *o, const char *topic, struct err *err)
{
	int64_t start_ms = clock_mono_ms(), end_ms = start_ms + ANSWER_MAX_MS;
	int64_t due_ms = start_ms + SAID_FIRST_MS;
	struct consumer_place place = {topic, a->offset + 1};
	struct consumer *k = consumer_new(&a->cli->bus, QUEUE_BYTES, err);
	struct bus_message m;
	int rc = -1, outcome;

	if (k == NULL || consumer_assign(k, &place, 1, err) != 0)
		goto out;
	for (rc = 0; rc == 0 && clock_mono_ms() < end_ms;) {
		outcome = consumer_poll(k, WAIT_MS, &m, err);
		if (outcome < 0 && err->class != ERR_RETRY)
			rc = -1;
		else if (outcome == CONSUMER_MESSAGE)
			rc = is_answer(a, &m);
		if (rc == 0)
			say_waiting(a->cli, o, start_ms, &due_ms);
	}
out:
	consumer_free(k);
	return rc;
}

static int
print_answer(struct cli *c, const struct order *o, jv answer)
{
	const char *outcome = json_str(answer, "outcome", "");
	const char *text = json_str(answer, "outcomeText", "");
	char at[CLOCK_TEXT_SIZE];

	if (strcmp(outcome, "done") != 0)
		return cli_say(c, CLI_FAILED, "%s: %s%s%s", o->connection,
		    outcome, *text != '\0' ? ": " : "", text);
	if (c->is_json)
		cli_print_json(jv_copy(answer));
	else
		printf("done, effective at %s%s%s\n",
		    clock_text(json_int(answer, "effectiveAt", 0), at),
		    *text != '\0' ? "; " : "", text);
	return CLI_OK;
}

int
order_ask(struct cli *c, const struct order *o, jv *out, struct err *err)
{
	char id[HEX_SIZE(ID_BYTES)], topic[TOPIC_MAX_BYTES + 1];
	struct answer a = {.cli = c, .id = id, .record = jv_invalid()};
	struct cli_record r = {.type = RECORD_COMMAND,
	    .member = o->member,
	    .key = id,
	    .value = jv_invalid()};
	int rc = hex_random(ID_BYTES, id);

	if (rc != 0)
		return err_set(err, ERR_FATAL, 0, "no random bytes");
	snprintf(topic, sizeof(topic), "tw.control.%s", o->member);
	if (rc == 0) {
		r.value = command_new(o, id);
		rc = cli_write(c, &r, on_written, &a, err);
		jv_free(r.value);
	}
	if (rc == 0)
		rc = cli_flush(c, FLUSH_MS, err);
	if (rc == 0)
		rc = wait_for(&a, o, topic, err);
	if (rc == 1)
		*out = a.record;
	return rc;
}

int
order_unanswered(const struct cli *c, const struct order *o)
{
	return cli_say(c, CLI_FAILED,
	    "%s has not answered within %d s; the order holds for %d minutes, "
	    "`twinwire audit %s` shows what became of it",
	    o->connection, ANSWER_MAX_MS / 1000, EXPIRES_MS / 60000, o->member);
}

int
order_give(struct cli *c, const struct order *o)
{
	struct err err;
	jv answer;
	int code, rc = order_ask(c, o, &answer, &err);

	if (rc < 0)
		return cli_fail(c, &err);
	if (rc == 0)
		return order_unanswered(c, o);
	code = print_answer(c, o, answer);
	jv_free(answer);
	return code;
}

int
order_command(int argc, char **argv, const struct order_kind *kind)
{
	struct cli c;
	struct order o = {.action = argv[0],
	    .plan = "",
	    .by = ORDER_BY,
	    .arguments = jv_null()};
	const struct cli_option options[] = {
	    {"by", "NAME", "role or account that asks, for the audit trail",
		&o.by, NULL},
	};
	const struct cli_usage usage = {
	    .arguments = kind->arguments,
	    .summary = kind->summary,
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .min = 1,
	    .max = kind->args_max,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	int code = cli_start(&c, &usage, argc, argv);
	jv known, status;

	if (code >= 0)
		return code;
	code = CLI_FAILED;
	known = order_status(&c, c.args[0]);
	if (jv_is_valid(known)) {
		status = json_get(known, "value");
		o.connection = json_str(status, "connection", "");
		o.member = json_str(known, "member", "");
		code = kind->run != NULL ? kind->run(&c, &o, known)
					 : order_give(&c, &o);
		jv_free(status);
	}
	jv_free(known);
	cli_end(&c);
	return code;
}
