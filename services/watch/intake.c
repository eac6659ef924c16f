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
#include "wire/reader.h"

enum { READ_MAX = 1000 }; /* messages a step */

struct intake {
	struct consumer *consumer;
	struct schemas *schemas;
	struct view *view;
	jv topics; /* object of topic: is read to its end */
	int is_listed;
	struct bus_message held; /* waits for its schema; topic NULL: none */
};

struct intake *
intake_new(struct consumer *c, struct schemas *s, struct view *v)
{
	struct intake *in = mem_new(1, sizeof(*in));

	in->consumer = c;
	in->schemas = s;
	in->view = v;
	in->topics = jv_object();
	return in;
}

void
intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	jv_free(in->topics);
	free(in);
}

static int
is_ours(const char *topic)
{
	struct topic_name name;

	return topic_parse(topic, &name) == 0 && !name.is_dead &&
	       (name.type == RECORD_STATUS || name.type == RECORD_RECEIPT);
}

static void
set_read(struct intake *in, const char *topic, int is_read)
{
	json_set(&in->topics, topic, jv_bool(is_read));
}

int
intake_listed(struct intake *in, jv listing, struct err *err)
{
	jv all = json_get(listing, "topics"), keys = jv_keys(all);
	int rc = 0;

	jv_array_foreach (keys, i, key) {
		const char *name = jv_string_value(key);
		struct consumer_place place = {name, CONSUMER_BEGINNING};

		if (rc == 0 && is_ours(name) &&
		    json_bool(in->topics, name, -1) < 0) {
			rc = consumer_assign(in->consumer, &place, 1, err);
			if (rc == 0)
				set_read(in, name, 0);
		}
		jv_free(key);
	}
	jv_free(keys);
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

/* A topic that cannot be read is as one without news; a log made anew counts
 * from 0 again: only a start reads it right. */
static int
on_error(struct intake *in, const struct bus_message *m, struct err *err)
{
	if (err->class == ERR_FATAL ||
	    (err->class == ERR_REJECT && err->code == CONSUMER_OUT_OF_RANGE))
		return err_wrap(err, "reading");
	if (err->class == ERR_REJECT && m->topic != NULL) {
		log_warn("not read", "topic", m->topic, "reason", err->msg);
		set_read(in, m->topic, 1);
	}
	return 0;
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
			set_read(in, m.topic, 1);
			continue;
		}
		in->held = m;
		if (!take(in, &m))
			return 0;
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

	jv_object_foreach (in->topics, key, value) {
		is_read = is_read && jv_get_kind(value) == JV_KIND_TRUE;
		jv_free(key);
		jv_free(value);
	}
	return is_read;
}

void
intake_print(const struct intake *in, struct buf *out)
{
	if (!in->is_listed)
		buf_puts(out, "topics: not listed yet\n");
	jv_object_foreach (in->topics, key, value) {
		if (jv_get_kind(value) != JV_KIND_TRUE)
			buf_printf(
			    out, "%s: being read\n", jv_string_value(key));
		jv_free(key);
		jv_free(value);
	}
}
