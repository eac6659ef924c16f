/* Statuses and receipts into a view: see intake.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "event/keys.h"
#include "watch/intake.h"
#include "watch/view.h"
#include "wire/doubt.h"
#include "wire/reader.h"

enum { READ_MAX = 1000 }; /* messages a step */

struct topic {
	char *name;    /* owned */
	int64_t next;  /* to be read */
	int64_t at_ms; /* append time of what was read last, or -1 */
	int64_t eof;   /* where the log ended, says who leads it, or -1 */
	int64_t end;   /* the same, as listed last */
	int is_read;   /* once to its end, or not to be read */
};

struct intake {
	struct consumer *consumer;
	struct doubts *doubts; /* about logs that may be others */
	struct schemas *schemas;
	struct view *view;
	struct topic *topics;
	size_t n;
	int is_listed;
	struct bus_message held; /* waits for its schema; topic NULL: none */
};

struct intake *
intake_new(struct consumer *c, struct catalog *catalog, struct schemas *s,
    struct view *v)
{
	struct intake *in = mem_new(1, sizeof(*in));

	in->consumer = c;
	in->doubts = doubts_new(catalog);
	in->schemas = s;
	in->view = v;
	return in;
}

void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->n; i++)
		free(in->topics[i].name);
	doubts_free(in->doubts);
	free(in->topics);
	free(in);
}

static int
is_ours(const char *topic)
{
	struct topic_name name;

	return topic_parse(topic, &name) == 0 && !name.is_dead &&
	       (name.type == RECORD_STATUS || name.type == RECORD_RECEIPT);
}

static struct topic *
find(const struct intake *in, const char *name)
{
	for (size_t i = 0; i < in->n; i++)
		if (strcmp(in->topics[i].name, name) == 0)
			return &in->topics[i];
	return NULL;
}

static struct topic *
begin(struct intake *in, const char *name, struct err *err)
{
	struct consumer_place place = {name, CONSUMER_BEGINNING};
	struct topic *t;

	if (consumer_assign(in->consumer, &place, 1, err) != 0)
		return NULL;
	in->topics = mem_grow(in->topics, in->n + 1, sizeof(*in->topics));
	t = &in->topics[in->n++];
	*t = (struct topic){
	    .name = mem_dup(name), .at_ms = -1, .eof = -1, .end = -1};
	return t;
}

/* A broker that leads it no more ends it too early: both count. */
static void
look(struct topic *t)
{
	if (t->end >= 0 && t->eof >= t->end)
		t->is_read = 1;
}

/* What LISTING says of topic NAME, whose bounds are LISTED.  -1 with ERR. */
static int
take_listed(
    struct intake *in, const char *name, jv listing, jv listed, struct err *err)
{
	struct topic *t = find(in, name);

	if (t == NULL && (t = begin(in, name, err)) == NULL)
		return -1;
	switch (doubts_judge(in->doubts, name, listing)) {
	case DOUBT_OTHER:
		return err_set(err, ERR_FATAL, 0,
		    "%s: its log is another one; a start reads it from its "
		    "beginning",
		    name);
	case DOUBT_SAME:
		if (json_int(listed, "low", 0) > t->next)
			return err_set(err, ERR_FATAL, 0,
			    "%s: its log lost its start meanwhile", name);
		if (consumer_again(in->consumer, name, err) != 0)
			return -1;
		break;
	case DOUBT_NONE:
		break;
	case DOUBT_OPEN:
		return 0;
	}
	t->end = json_int(listed, "high", t->end);
	look(t);
	return 0;
}

int
intake_listed(struct intake *in, jv listing, struct err *err)
{
	jv all = json_get(listing, "topics");
	int rc = 0;

	if (jv_get_kind(all) == JV_KIND_OBJECT) {
		jv_object_foreach (all, name, listed) {
			if (rc == 0 && is_ours(jv_string_value(name)))
				rc = take_listed(in, jv_string_value(name),
				    listing, listed, err);
			jv_free(name);
			jv_free(listed);
		}
	}
	jv_free(all);
	in->is_listed = 1;
	return rc;
}

/* 1, or 0 if its schema is being fetched. */
static int
take(struct intake *in, const struct bus_message *m)
{
	struct reader_record r;
	struct err err = {0};
	const char *reason;
	int rc = reader_read(in->schemas, m, NULL, &r, &reason, &err);

	if (rc < 0)
		log_debug("left out", "topic", m->topic, "reason", err.msg);
	if (rc != 1)
		return rc != 0;
	view_take(in->view, r.topic.type, r.topic.member, r.key, r.value);
	reader_fini(&r);
	return 1;
}

/* A topic that cannot be read is as one without news. */
static int
on_error(struct intake *in, const struct bus_message *m, struct err *err)
{
	struct topic *t = m->topic == NULL ? NULL : find(in, m->topic);
	struct doubt_known known;

	if (err->class == ERR_FATAL)
		return err_wrap(err, "reading");
	if (err->class != ERR_REJECT || t == NULL)
		return 0;
	if (err->code == CONSUMER_OUT_OF_RANGE) {
		log_info("is the log another one?", "topic", t->name);
		known = (struct doubt_known){t->end, t->next, t->at_ms};
		doubts_add(in->doubts, t->name, &known);
		return 0;
	}
	log_warn("not read", "topic", t->name, "reason", err->msg);
	t->is_read = 1;
	return 0;
}

static void
at_end(struct intake *in, const struct bus_message *m)
{
	struct topic *t = find(in, m->topic);

	if (t == NULL)
		return;
	t->eof = m->offset;
	/* Compaction leaves gaps, also at the end. */
	if (m->offset > t->next)
		t->next = m->offset;
	look(t);
}

static void
seen(struct intake *in, const struct bus_message *m)
{
	struct topic *t = find(in, m->topic);

	if (t == NULL)
		return;
	t->next = m->offset + 1;
	t->at_ms = m->timestamp_ms;
}

int
intake_step(struct intake *in, struct err *err)
{
	for (int i = 0; i < READ_MAX; i++) {
		struct bus_message m = in->held;
		int rc = CONSUMER_MESSAGE;

		if (m.topic == NULL)
			rc = consumer_poll(in->consumer, 0, &m, err);
		if (rc < 0)
			return on_error(in, &m, err);
		if (rc == CONSUMER_NOTHING)
			return 0;
		if (rc == CONSUMER_EOF) {
			at_end(in, &m);
			continue;
		}
		in->held = m;
		if (!take(in, &m))
			return 0;
		seen(in, &m);
		in->held.topic = NULL;
	}
	return 0;
}

int
intake_is_held(const struct intake *in)
{
	return in->held.topic != NULL;
}

int
intake_is_read(const struct intake *in)
{
	int is_read = in->is_listed;

	for (size_t i = 0; i < in->n; i++)
		is_read = is_read && in->topics[i].is_read;
	return is_read;
}

void
intake_print(const struct intake *in, struct buf *out)
{
	if (!in->is_listed)
		buf_puts(out, "topics: not listed yet\n");
	for (size_t i = 0; i < in->n; i++)
		if (!in->topics[i].is_read)
			buf_printf(out, "%s: being read\n", in->topics[i].name);
}
