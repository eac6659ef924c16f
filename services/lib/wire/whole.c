/* Logs read whole: see whole.h. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "wire/whole.h"

enum { QUEUE_BYTES = 1024 * 1024 };

struct part {
	struct whole_part is;
	int is_done;
};

struct whole {
	struct consumer *consumer;
	struct part *parts;
	size_t n, n_open;
	int timeout_ms;
	int64_t deadline_ms;
};

static struct part *
part_of(struct whole *s, const char *topic)
{
	for (size_t i = 0; topic != NULL && i < s->n; i++)
		if (strcmp(s->parts[i].is.topic, topic) == 0)
			return &s->parts[i];
	return NULL;
}

static int
assign(struct whole *s, const struct whole_part *part, struct err *err)
{
	/* A number is read at once; "beginning" costs librdkafka a question
	 * that waits half a second for a leader. */
	struct consumer_place place = {part->topic, part->low};

	return consumer_assign(s->consumer, &place, 1, err);
}

struct whole *
whole_new(const struct bus_conf *conf, const struct whole_part *parts, size_t n,
    int timeout_ms, struct err *err)
{
	struct whole *s = mem_new(1, sizeof(*s));

	s->timeout_ms = timeout_ms;
	s->deadline_ms = clock_mono_ms() + timeout_ms;
	s->parts = mem_new(n + 1, sizeof(*s->parts));
	for (size_t i = 0; i < n; i++)
		if (parts[i].end > parts[i].low &&
		    part_of(s, parts[i].topic) == NULL)
			s->parts[s->n++].is = parts[i];
	s->n_open = s->n;
	if (s->n == 0)
		return s;
	s->consumer = consumer_new(conf, QUEUE_BYTES, err);
	if (s->consumer == NULL)
		goto fail;
	for (size_t i = 0; i < s->n; i++)
		if (assign(s, &s->parts[i].is, err) != 0)
			goto fail;
	return s;
fail:
	whole_free(s);
	return NULL;
}

void
whole_free(struct whole *s)
{
	if (s == NULL)
		return;
	consumer_free(s->consumer);
	free(s->parts);
	free(s);
}

int
whole_fd(const struct whole *s)
{
	return s->consumer == NULL ? -1 : consumer_fd(s->consumer);
}

static void
advance(struct whole *s, struct part *p, int64_t next)
{
	s->deadline_ms = clock_mono_ms() + s->timeout_ms;
	if (!p->is_done && next >= p->is.end) {
		p->is_done = 1;
		s->n_open--;
	}
}

static int
on_error(struct whole *s, const struct bus_message *m, struct err *err)
{
	struct part *p = part_of(s, m->topic);

	if (err->class == ERR_RETRY)
		return clock_mono_ms() < s->deadline_ms ? WHOLE_NOTHING : -1;
	if (p != NULL && err->code == CONSUMER_NO_TOPIC) {
		advance(s, p, p->is.end); /* deleted while we read */
		return WHOLE_NOTHING;
	}
	if (p != NULL && err->code == CONSUMER_OUT_OF_RANGE)
		err->class = ERR_RETRY; /* cut off while we read */
	return -1;
}

int
whole_next(
    struct whole *s, int wait_ms, struct bus_message *out, struct err *err)
{
	struct part *p;
	int is_wanted, outcome;

	if (s->n_open == 0)
		return WHOLE_DONE;
	*out = (struct bus_message){0};
	outcome = consumer_poll(s->consumer, wait_ms, out, err);
	if (outcome < 0)
		return on_error(s, out, err);
	if (outcome == CONSUMER_NOTHING)
		return clock_mono_ms() < s->deadline_ms
			   ? WHOLE_NOTHING
			   : err_set(err, ERR_RETRY, 0, "no answer in %d ms",
				 s->timeout_ms);
	p = part_of(s, out->topic);
	if (p == NULL)
		return WHOLE_NOTHING;
	/* Before the end as listed: says a broker that leads it no more, or it
	 * was cut off meanwhile. */
	if (outcome == CONSUMER_EOF && out->offset < p->is.end)
		return WHOLE_NOTHING;
	/* Compaction leaves gaps, also at the end: only EOF is sure there. */
	is_wanted = outcome == CONSUMER_MESSAGE && !p->is_done &&
		    out->offset < p->is.end;
	advance(s, p, outcome == CONSUMER_EOF ? p->is.end : out->offset + 1);
	return is_wanted ? WHOLE_MESSAGE : WHOLE_NOTHING;
}
