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
#include "wire/follow.h"
#include "wire/reader.h"

enum { READ_MAX = 1000 }; /* messages a step */

struct topic {
	char *name; /* owned */
	struct follow log;
	int is_read;   /* once to its end, or not to be read */
	int is_asking; /* its next message waits for its schema */
};

struct intake {
	struct consumer *consumer;
	struct doubts *doubts; /* about logs that may be others */
	struct schemas *schemas;
	struct view *view;
	struct topic *topics;
	size_t n;
	int is_listed, has_more;
};

static struct topic *
find(const struct intake *in, const char *name)
{
	for (size_t i = 0; i < in->n; i++)
		if (strcmp(in->topics[i].name, name) == 0)
			return &in->topics[i];
	return NULL;
}

static int
takes(void *ctx, const char *name)
{
	const struct topic *t = find(ctx, name);

	return t == NULL || !t->is_asking;
}

struct intake *
intake_new(struct consumer *c, struct catalog *catalog, struct schemas *s,
    struct view *v)
{
	struct intake *in = mem_new(1, sizeof(*in));

	in->consumer = c;
	in->doubts = doubts_new(catalog);
	in->schemas = s;
	in->view = v;
	consumer_keep_apart(c, takes, in);
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
begin(struct intake *in, const char *name, struct err *err)
{
	struct consumer_place place = {name, CONSUMER_BEGINNING};
	struct topic *t;

	if (consumer_assign(in->consumer, &place, 1, err) != 0)
		return NULL;
	in->topics = mem_grow(in->topics, in->n + 1, sizeof(*in->topics));
	t = &in->topics[in->n++];
	*t = (struct topic){.name = mem_dup(name), .log = {0, -1, -1, -1}};
	return t;
}

static void
look(struct topic *t)
{
	if (follow_is_whole(&t->log))
		t->is_read = 1;
}

/* What LISTING says of topic NAME, whose bounds are LISTED.  -1 with ERR. */
static int
take_listed(
    struct intake *in, const char *name, jv listing, jv listed, struct err *err)
{
	struct topic *t = find(in, name);
	int rc;

	if (t == NULL && (t = begin(in, name, err)) == NULL)
		return -1;
	rc = follow_listed(
	    &t->log, name, in->doubts, in->consumer, listing, listed, err);
	if (rc == 1)
		look(t);
	return rc < 0 ? -1 : 0;
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

	if (err->class == ERR_FATAL)
		return err_wrap(err, "reading");
	if (err->class != ERR_REJECT || t == NULL)
		return 0;
	if (err->code == CONSUMER_OUT_OF_RANGE) {
		follow_doubt(&t->log, t->name, in->doubts);
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
	follow_at_end(&t->log, m->offset);
	look(t);
}

/* M was taken, or (IS_ASKING) waits for its schema: the others' turn. */
static void
note(struct intake *in, const struct bus_message *m, int is_asking)
{
	struct topic *t = find(in, m->topic);

	if (t != NULL && !is_asking)
		follow_seen(&t->log, m);
	else if (t != NULL)
		t->is_asking = 1;
	if (is_asking)
		consumer_put_back(in->consumer);
}

int
intake_step(struct intake *in, struct err *err)
{
	for (size_t i = 0; i < in->n; i++)
		in->topics[i].is_asking = 0;
	in->has_more = 0;
	for (int i = 0; i < READ_MAX; i++) {
		struct bus_message m = {0};
		int rc = consumer_poll(in->consumer, 0, &m, err);

		if (rc < 0)
			return on_error(in, &m, err);
		if (rc == CONSUMER_NOTHING)
			return 0;
		if (rc == CONSUMER_EOF)
			at_end(in, &m);
		else
			note(in, &m, !take(in, &m));
	}
	in->has_more = 1;
	return 0;
}

int
intake_has_more(const struct intake *in)
{
	return in->has_more;
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
