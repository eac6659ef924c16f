/* Topics and how far they are read: see inputs.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "bus/consumer.h"
#include "event/keys.h"
#include "event/members.h"
#include "reconciler/inputs.h"

enum state { STATE_MISSING, STATE_READING, STATE_READ };

struct input {
	char *topic; /* owned */
	enum state state;
	int is_wanted;
	int is_output; /* need not be read */
};

struct inputs {
	struct consumer *consumer;
	struct input *list;
	size_t n;
};

struct inputs *
inputs_new(struct consumer *c)
{
	struct inputs *in = mem_new(1, sizeof(*in));

	in->consumer = c;
	return in;
}

void
inputs_free(struct inputs *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->n; i++)
		free(in->list[i].topic);
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
	in->list[in->n++] = (struct input){topic, STATE_MISSING, 1, is_output};
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
	one->state = STATE_READING;
	return consumer_assign(in->consumer, &place, 1, err);
}

int
inputs_listed(struct inputs *in, jv listing, struct err *err)
{
	jv topics = json_get(listing, "topics"), listed;
	int rc = 0;

	for (size_t i = 0; i < in->n && rc == 0; i++) {
		struct input *one = &in->list[i];

		if (!one->is_wanted || one->state != STATE_MISSING)
			continue;
		listed = json_get(topics, one->topic);
		if (jv_is_valid(listed))
			rc = begin(in, one, listed, err);
		jv_free(listed);
	}
	jv_free(topics);
	return rc;
}

void
inputs_at_end(struct inputs *in, const char *topic)
{
	struct input *one = find(in, topic);

	if (one != NULL)
		one->state = STATE_READ;
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
