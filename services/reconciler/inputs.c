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

enum state { STATE_MISSING, STATE_READING, STATE_READ };

struct input {
	char *topic; /* owned */
	enum state state;
	int is_wanted;
	int is_output; /* need not be read */
	int64_t next;  /* to be read */
	int64_t at_ms; /* append time of what was read last, or -1 */
	int64_t eof;   /* where the log ended, says who leads it, or -1 */
	int64_t end;   /* the same, as listed last */
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
	    (struct input){topic, STATE_MISSING, 1, is_output, 0, -1, -1, -1};
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
		one->next = place.offset;
	one->state = STATE_READING;
	return consumer_assign(in->consumer, &place, 1, err);
}

/* A broker that leads it no more ends it too early: both count. */
static void
look(struct input *one)
{
	if (one->state == STATE_READING && one->end >= 0 &&
	    one->eof >= one->end)
		one->state = STATE_READ;
}

/* What LISTING says of ONE, whose bounds are LISTED.  -1 with ERR. */
static int
take_listed(struct inputs *in, struct input *one, jv listing, jv listed,
    struct err *err)
{
	switch (doubts_judge(in->doubts, one->topic, listing)) {
	case DOUBT_OTHER:
		return err_set(err, ERR_FATAL, 0,
		    "%s: its log is another one; a start reads it from its "
		    "beginning",
		    one->topic);
	case DOUBT_SAME:
		if (json_int(listed, "low", 0) > one->next)
			return err_set(err, ERR_FATAL, 0,
			    "%s: its log lost its start meanwhile", one->topic);
		if (consumer_again(in->consumer, one->topic, err) != 0)
			return -1;
		break;
	case DOUBT_NONE:
		break;
	case DOUBT_OPEN:
		return 0;
	}
	one->end = json_int(listed, "high", one->end);
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

	if (one == NULL)
		return;
	one->next = m->offset + 1;
	one->at_ms = m->timestamp_ms;
}

void
inputs_at_end(struct inputs *in, const char *topic, int64_t next)
{
	struct input *one = find(in, topic);

	if (one == NULL)
		return;
	one->eof = next;
	/* Compaction leaves gaps, also at the end. */
	if (next > one->next)
		one->next = next;
	look(one);
}

int
inputs_failed(struct inputs *in, const char *topic, struct err *err)
{
	const struct input *one = topic == NULL ? NULL : find(in, topic);
	struct doubt_known known;

	if (err->class == ERR_RETRY) {
		log_debug("reading", "reason", err->msg);
		return 0;
	}
	if (err->class != ERR_REJECT || err->code != CONSUMER_OUT_OF_RANGE ||
	    one == NULL)
		return err_wrap(err, "reading");
	log_info("is the log another one?", "topic", topic);
	known = (struct doubt_known){one->end, one->next, one->at_ms};
	doubts_add(in->doubts, topic, &known);
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
