/* twinwire tail: what goes over the wire, as it goes. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "bus/admin.h"
#include "bus/consumer.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/message.h"
#include "cli/topics.h"

enum {
	TIMEOUT_MS = 10000,
	QUEUE_BYTES = 1 << 20,
	NEWS_MS = 5000,
	WAIT_MS = 200
};

struct tail {
	struct cli cli;
	struct consumer *consumer;
	struct catalog *catalog;
	const char *from; /* "beginning", "now" or an instant */
	int64_t from_ms;  /* of an instant */
	long long left;	  /* records to print; -1: no limit */
	int is_bounded;	  /* leave at the ends as of the start */
	int is_nothing;	  /* no topic to read was there at the start */
	jv ends;  /* topic -> end, of those not reached; with is_bounded */
	jv known; /* topics that are read */
};

/* Where to begin in TOPIC ({low, high}). */
static int
place_of(
    struct tail *t, const char *name, jv topic, int64_t *out, struct err *err)
{
	if (strcmp(t->from, "beginning") == 0) {
		*out = json_int(topic, "low", CONSUMER_BEGINNING);
		return 0;
	}
	if (strcmp(t->from, "now") == 0) {
		*out = json_int(topic, "high", CONSUMER_END);
		return 0;
	}
	return admin_offset_at(
	    cli_admin(&t->cli, err), name, t->from_ms, TIMEOUT_MS, out, err);
}

static int
read_topic(struct tail *t, const char *name, int64_t offset, struct err *err)
{
	const struct consumer_place place = {name, offset};

	json_set(&t->known, name, jv_true());
	return consumer_assign(t->consumer, &place, 1, err);
}

static int
begin(struct tail *t, struct err *err)
{
	jv topics = topics_list(&t->cli, err);
	int64_t offset, end;
	int rc = 0;

	if (!jv_is_valid(topics))
		return -1;
	jv_object_foreach (topics, key, topic) {
		const char *name = jv_string_value(key);

		end = json_int(topic, "high", 0);
		if (rc == 0)
			rc = place_of(t, name, topic, &offset, err);
		if (rc == 0 && t->is_bounded && offset < end)
			json_set_int(&t->ends, name, end);
		if (rc == 0 && (!t->is_bounded || offset < end))
			rc = read_topic(t, name, offset, err);
		jv_free(key);
		jv_free(topic);
	}
	/* Rather a mistyped name than one that is about to come. */
	t->is_nothing = jv_object_length(jv_copy(topics)) == 0;
	if (rc == 0 && t->is_nothing)
		cli_say(&t->cli, 0, "there is no such topic%s",
		    t->is_bounded ? "" : " yet; waiting for one");
	jv_free(topics);
	return rc;
}

/* Topics that appear later are read from their beginning. */
static int
look_for_news(struct tail *t, struct err *err)
{
	struct err ignored;
	jv news = catalog_take(t->catalog, &ignored), topics;
	int rc = 0;

	if (!jv_is_valid(news)) {
		jv_free(news);
		return 0;
	}
	topics = json_get(news, "topics");
	jv_object_foreach (topics, key, topic) {
		const char *name = jv_string_value(key);

		if (rc == 0 && topics_is_wanted(&t->cli, name) &&
		    !jv_object_has(jv_copy(t->known), jv_copy(key)))
			rc = read_topic(t, name,
			    json_int(topic, "low", CONSUMER_BEGINNING), err);
		jv_free(key);
		jv_free(topic);
	}
	jv_free(topics);
	jv_free(news);
	return rc;
}

/* NEXT is reached in TOPIC: 1 when that was the last end to reach. */
static int
is_over(struct tail *t, const char *topic, int64_t next)
{
	if (!t->is_bounded)
		return 0;
	if (next >= json_int(t->ends, topic, 0))
		t->ends = jv_object_delete(t->ends, jv_string(topic));
	return jv_object_length(jv_copy(t->ends)) == 0;
}

/* 1 to go on, 0 when done, -1. */
static int
step(struct tail *t, struct err *err)
{
	struct bus_message m;
	jv line;
	int outcome = consumer_poll(t->consumer, WAIT_MS, &m, err);

	if (outcome < 0)
		return err->class == ERR_RETRY ? 1 : -1;
	if (outcome == CONSUMER_EOF)
		return !is_over(t, m.topic, INT64_MAX);
	if (outcome == CONSUMER_NOTHING)
		return 1;
	line = message_json(&t->cli, &m, err);
	if (!jv_is_valid(line))
		return -1;
	cli_print_json(line);
	if (t->left > 0 && --t->left == 0)
		return 0;
	return !is_over(t, m.topic, m.offset + 1);
}

static int
run(struct tail *t)
{
	struct err err;
	int rc = -1;

	t->known = jv_object();
	t->ends = jv_object();
	t->consumer = consumer_new(&t->cli.bus, QUEUE_BYTES, &err);
	if (t->consumer == NULL || begin(t, &err) < 0)
		goto out;
	rc = !t->is_bounded || jv_object_length(jv_copy(t->ends)) > 0;
	if (!t->is_bounded) {
		t->catalog = catalog_start(&t->cli.bus, NEWS_MS, &err);
		rc = t->catalog != NULL ? 1 : -1;
	}
	while (rc > 0) {
		if (t->catalog != NULL && look_for_news(t, &err) < 0)
			rc = -1;
		else
			rc = step(t, &err);
	}
out:
	catalog_stop(t->catalog);
	consumer_free(t->consumer);
	jv_free(t->known);
	jv_free(t->ends);
	if (rc < 0)
		return cli_fail(&t->cli, &err);
	return t->is_bounded && t->is_nothing ? CLI_FAILED : CLI_OK;
}

/* 1 if --from is one, understood before anything is asked. */
static int
is_place(struct tail *t)
{
	return strcmp(t->from, "beginning") == 0 ||
	       strcmp(t->from, "now") == 0 ||
	       clock_parse_start(t->from, &t->from_ms) == 0;
}

int
tail_main(int argc, char **argv)
{
	struct tail t = {.from = "now", .left = -1};
	const char *count = NULL;
	const struct cli_option options[] = {
	    {"from", "PLACE", "beginning, now (default), a day or an instant",
		&t.from, NULL},
	    {"count", "N", "leave after N records", &count, NULL},
	    {"end", NULL, "leave where the topics end now", NULL,
		&t.is_bounded},
	};
	const struct cli_usage usage = {
	    .arguments = "[PATTERN...]",
	    .summary =
		"Print records as they come, one JSON object a line; see "
		"`topics` for PATTERN.\nReads beside everybody else: no "
		"position of any connection changes.",
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .max = -1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	char *rest = NULL;
	int code = cli_start(&t.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	if (count != NULL)
		t.left = strtoll(count, &rest, 10);
	if (count != NULL && (*rest != '\0' || t.left < 1))
		code = cli_say(&t.cli, CLI_USAGE,
		    "--count %s: expected a number from 1", count);
	else if (!is_place(&t))
		code = cli_say(&t.cli, CLI_USAGE,
		    "--from %s: expected beginning, now, a day such as "
		    "2026-10-31 or an instant such as 2026-10-31T10:00:00Z",
		    t.from);
	else
		code = run(&t);
	cli_end(&t.cli);
	return code;
}
