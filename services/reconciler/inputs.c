/* Topics and how far they are read: see inputs.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "event/keys.h"
#include "event/members.h"
#include "reconciler/inputs.h"
#include "wire/doubt.h"
#include "wire/follow.h"

enum state { STATE_MISSING, STATE_READING, STATE_READ };

struct input {
	char *topic; /* owned */
	enum state state;
	int is_wanted;
	int is_output; /* need not be read */
	struct follow log;
};

struct inputs {
	struct consumer *consumer;
	struct doubts *doubts;
	struct input *list;
	size_t n;
};

struct inputs *
inputs_new(struct consumer *c, struct catalog *catalog)
{
	struct inputs *in = mem_new(1, sizeof(*in));

	in->consumer = c;
	in->doubts = doubts_new(catalog);
	return in;
}

void
inputs_free(struct inputs *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->n; i++)
		free(in->list[i].topic);
	doubts_free(in->doubts);
	free(in->list);
	free(in);
}

static struct input *
find(const struct inputs *in, const char *topic)
{
	for (size_t i = 0; i < in->n; i++)
		if (strcmp(in->list[i].topic, topic) == 0)
			return &in->list[i];
	return NULL;
}

/* Want TOPIC (taken). */
static void
want(struct inputs *in, char *topic, int is_output)
{
	struct input *one = find(in, topic);

	if (one != NULL) {
		one->is_wanted = 1;
		free(topic);
		return;
	}
	in->list = mem_grow(in->list, in->n + 1, sizeof(*in->list));
	in->list[in->n++] =
	    (struct input){topic, STATE_MISSING, 1, is_output, {0, -1, -1, -1}};
}

void
inputs_want(struct inputs *in, const struct members *members)
{
	for (size_t i = 0; i < in->n; i++)
		in->list[i].is_wanted = 0;
	want(in, topic_new(RECORD_PARTNERSHIP, NULL), 0);
	want(in, topic_new(RECORD_NOTICE, NULL), 1);
	for (size_t i = 0; i < members_count(members); i++)
		want(in, topic_new(RECORD_CLAIM, members_id(members, i)), 0);
}

static int
begin(struct inputs *in, struct input *one, jv listed, struct err *err)
{
	struct consumer_place place = {one->topic, json_int(listed, "low", -1)};

	if (one->is_output) {
		one->state = STATE_READ;
		return 0;
	}
	if (place.offset < 0)
		place.offset = CONSUMER_BEGINNING;
	else
		one->log.next = place.offset;
	one->state = STATE_READING;
	return consumer_assign(in->consumer, &place, 1, err);
}

static void
look(struct input *one)
{
	if (one->state == STATE_READING && follow_is_whole(&one->log))
		one->state = STATE_READ;
}

/* What LISTING says of ONE, whose bounds are LISTED.  -1 with ERR. */
static int
take_listed(struct inputs *in, struct input *one, jv listing, jv listed,
    struct err *err)
{
	int rc = follow_listed(&one->log, one->topic, in->doubts, in->consumer,
	    listing, listed, err);

	if (rc != 1)
		return rc;
	if (one->state != STATE_MISSING)
		look(one);
	else if (one->is_wanted && jv_is_valid(listed))
		return begin(in, one, listed, err);
	return 0;
}

int
inputs_listed(struct inputs *in, jv listing, struct err *err)
{
	jv topics = json_get(listing, "topics"), listed;
	int rc = 0;

	for (size_t i = 0; i < in->n && rc == 0; i++) {
		struct input *one = &in->list[i];

		listed = json_get(topics, one->topic);
		rc = take_listed(in, one, listing, listed, err);
		jv_free(listed);
	}
	jv_free(topics);
	return rc;
}

void
inputs_seen(struct inputs *in, const struct bus_message *m)
{
	struct input *one = find(in, m->topic);

	if (one != NULL)
		follow_seen(&one->log, m);
}

void
inputs_at_end(struct inputs *in, const char *topic, int64_t next)
{
	struct input *one = find(in, topic);

	if (one == NULL)
		return;
	follow_at_end(&one->log, next);
	look(one);
}

int
inputs_failed(struct inputs *in, const char *topic, struct err *err)
{
	const struct input *one = topic == NULL ? NULL : find(in, topic);

	if (err->class == ERR_RETRY) {
		log_debug("reading", "reason", err->msg);
		return 0;
	}
	/* Its member has left. */
	if (err->class == ERR_REJECT && err->code == CONSUMER_NO_TOPIC &&
	    one != NULL && !one->is_wanted) {
		log_info("read no more", "reason", err->msg);
		return 0;
	}
	if (err->class != ERR_REJECT || err->code != CONSUMER_OUT_OF_RANGE ||
	    one == NULL)
		return err_wrap(err, "reading");
	follow_doubt(&one->log, topic, in->doubts);
	return 0;
}

int
inputs_are_read(const struct inputs *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->list[i].is_wanted && in->list[i].state != STATE_READ)
			return 0;
	return in->n > 0;
}

void
inputs_print(const struct inputs *in, struct buf *out)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct input *one = &in->list[i];

		if (!one->is_wanted || one->state == STATE_READ)
			continue;
		buf_printf(out, "%s: %s\n", one->topic,
		    one->state == STATE_MISSING ? "there is no such topic yet"
						: "not yet read to its end");
	}
}
