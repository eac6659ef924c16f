/* Messages into the store: see ingest.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "event/keys.h"
#include "portal/ingest_inner.h"
#include "portal/store.h"
#include "wire/doubt.h"
#include "wire/reader.h"

enum {
	COMMIT_MESSAGES = 5000, /* a transaction, at most */
	COMMIT_EVERY_MS = 500,
	SAID_EVERY_MS = 10000,
};

static int
takes(void *ctx, const char *topic)
{
	const struct ingest_topic *t = ingest_topic(ctx, topic);

	return t == NULL || !t->is_asking;
}

struct ingest *
ingest_new(struct consumer *c, struct catalog *catalog, struct schemas *schemas,
    struct store *s)
{
	struct ingest *in = mem_new(1, sizeof(*in));

	in->consumer = c;
	in->doubts = doubts_new(catalog);
	in->schemas = schemas;
	in->store = s;
	in->cluster = mem_dup("");
	consumer_keep_apart(c, takes, in);
	return in;
}

void
ingest_free(struct ingest *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->n; i++)
		free(in->topics[i].name);
	doubts_free(in->doubts);
	free(in->topics);
	free(in->cluster);
	free(in);
}

struct ingest_topic *
ingest_topic(const struct ingest *in, const char *name)
{
	for (size_t i = 0; i < in->n; i++)
		if (strcmp(in->topics[i].name, name) == 0)
			return &in->topics[i];
	return NULL;
}

static int
commit(struct ingest *in, struct err *err)
{
	if (!in->is_open)
		return 0;
	for (size_t i = 0; i < in->n; i++) {
		struct ingest_topic *t = &in->topics[i];

		if (t->is_moved && store_place(in->store, t->id, t->log.next,
				       t->log.at_ms, err) != 0)
			return -1;
		t->is_moved = 0;
	}
	if (store_commit(in->store, err) != 0)
		return -1;
	in->is_open = 0;
	in->in_it = 0;
	in->totals.commits++;
	return 0;
}

static int
open_transaction(struct ingest *in, struct err *err)
{
	if (in->is_open)
		return 0;
	if (store_begin(in->store, err) != 0)
		return -1;
	in->is_open = 1;
	in->opened_ms = clock_mono_ms();
	return 0;
}

static int
put(struct ingest *in, const struct ingest_topic *t,
    const struct bus_message *m, const struct reader_record *r, struct err *err)
{
	struct store_record record = {
	    .type = t->parsed.type,
	    .member = t->parsed.member,
	    .topic = t->id,
	    .offset = m->offset,
	    .at_ms = m->timestamp_ms,
	    .key = r->key,
	    .value = r->value,
	    .text = r->text.size > 0 ? r->text.data : NULL,
	};

	in->totals.taken++;
	in->taken[t->parsed.type]++;
	return store_put(in->store, &record, err);
}

/* Said of a topic once in a while: whoever writes what nobody can read must not
 * fill the log. */
static void
refuse(struct ingest *in, struct ingest_topic *t, const struct bus_message *m,
    const char *reason, const struct err *err)
{
	int64_t now_ms = clock_mono_ms();
	char offset[32], more[32];

	in->totals.refused++;
	if (t->said_ms != 0 && now_ms - t->said_ms < SAID_EVERY_MS) {
		t->n_unsaid++;
		return;
	}
	snprintf(offset, sizeof(offset), "%lld", (long long)m->offset);
	snprintf(more, sizeof(more), "%llu", (unsigned long long)t->n_unsaid);
	log_warn("message left out", "topic", m->topic, "offset", offset,
	    "code", reason, "reason", err->msg, "before", more);
	t->said_ms = now_ms;
	t->n_unsaid = 0;
}

/* Take M in: 1, 0 if its schema is being fetched, -1 with ERR. */
static int
take(struct ingest *in, const struct bus_message *m, struct err *err)
{
	static const struct reader_want want = {.is_text = 1};
	struct ingest_topic *t = ingest_topic(in, m->topic);
	struct reader_record record;
	const char *reason = "";
	struct err why = {0};
	int rc = reader_read(in->schemas, m, &want, &record, &reason, &why);

	if (rc == 0 || t == NULL)
		return rc == 0 ? 0 : 1;
	in->totals.read++;
	if (open_transaction(in, err) != 0)
		return -1;
	if (rc < 0) {
		refuse(in, t, m, reason, &why);
		rc = 1;
	} else {
		rc = put(in, t, m, &record, err) == 0 ? 1 : -1;
		reader_fini(&record);
	}
	follow_seen(&t->log, m);
	t->is_moved = 1;
	in->in_it++;
	return rc;
}

static void
at_end(struct ingest *in, const char *name, int64_t offset)
{
	struct ingest_topic *t = ingest_topic(in, name);

	if (t == NULL)
		return;
	follow_at_end(&t->log, offset);
	t->is_moved = 1;
	t->is_read |= follow_is_whole(&t->log);
}

/* Reading failed with WHY: 0 if it goes on, -1 with ERR = FATAL. */
static int
on_error(struct ingest *in, const struct bus_message *m, const struct err *why,
    struct err *err)
{
	struct ingest_topic *t =
	    m->topic == NULL ? NULL : ingest_topic(in, m->topic);

	if (why->class == ERR_RETRY)
		return 0;
	/* Its member has left, nobody waits for it; should it come again, it
	 * is another log, as a rule. */
	if (why->class == ERR_REJECT && why->code == CONSUMER_NO_TOPIC &&
	    t != NULL) {
		log_info("read no more", "reason", why->msg);
		t->is_read = 1;
		follow_doubt(&t->log, t->name, in->doubts);
		return 0;
	}
	if (why->class == ERR_REJECT && why->code == CONSUMER_OUT_OF_RANGE &&
	    t != NULL) {
		follow_doubt(&t->log, t->name, in->doubts);
		return 0;
	}
	*err = *why;
	return err_wrap(err, "reading");
}

/* M's schema is being asked for: the others' turn. */
static void
wait_for_schema(struct ingest *in, const struct bus_message *m)
{
	struct ingest_topic *t = ingest_topic(in, m->topic);

	if (t != NULL)
		t->is_asking = 1;
	consumer_put_back(in->consumer);
}

/* Next message: 1 go on, 0 nothing to be had, -1 with ERR = FATAL. */
static int
next(struct ingest *in, struct err *err)
{
	struct bus_message m = {0};
	struct err why = {0};
	int rc;

	switch (consumer_poll(in->consumer, 0, &m, &why)) {
	case CONSUMER_NOTHING:
		return 0;
	case CONSUMER_MESSAGE:
		break;
	case CONSUMER_EOF:
		at_end(in, m.topic, m.offset);
		return 1;
	default:
		return on_error(in, &m, &why, err);
	}
	rc = take(in, &m, err);
	if (rc == 0)
		wait_for_schema(in, &m);
	return rc < 0 ? -1 : 1;
}

int
ingest_step(struct ingest *in, int64_t max_ms, struct err *err)
{
	int64_t until = clock_mono_ms() + max_ms;
	uint64_t before = in->totals.read;
	int rc;

	for (size_t i = 0; i < in->n; i++)
		in->topics[i].is_asking = 0;
	do {
		rc = next(in, err);
		if (rc < 0)
			return -1;
		if (in->in_it >= COMMIT_MESSAGES && commit(in, err) != 0)
			return -1;
	} while (rc == 1 && clock_mono_ms() < until);
	in->has_more = rc;
	/* While there is more, one commit serves many messages. */
	if ((rc == 0 || clock_mono_ms() - in->opened_ms > COMMIT_EVERY_MS) &&
	    commit(in, err) != 0)
		return -1;
	return in->totals.read > before;
}

int
ingest_has_more(const struct ingest *in)
{
	return in->has_more;
}

int
ingest_is_ready(const struct ingest *in)
{
	for (size_t i = 0; i < in->n; i++)
		if (!in->topics[i].is_read)
			return 0;
	return in->n > 0;
}

void
ingest_print(const struct ingest *in, struct buf *out)
{
	if (in->n == 0)
		buf_puts(out, "topics: none found yet\n");
	for (size_t i = 0; i < in->n; i++) {
		const struct ingest_topic *t = &in->topics[i];

		if (!t->is_read)
			buf_printf(out, "%s: read to %lld of %lld\n", t->name,
			    (long long)t->log.next, (long long)t->log.end);
	}
}

jv
ingest_state(const struct ingest *in)
{
	jv out = jv_object(), topics = jv_object(), one;
	int64_t read = 0, total = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct ingest_topic *t = &in->topics[i];

		one = jv_object();
		json_set_int(&one, "next", t->log.next);
		json_set_int(&one, "end", t->log.end);
		json_set(&topics, t->name, one);
		read += t->log.next;
		total += t->log.end > t->log.next ? t->log.end : t->log.next;
	}
	json_set(
	    &out, "is_ready", ingest_is_ready(in) ? jv_true() : jv_false());
	json_set_int(&out, "read", read);
	json_set_int(&out, "total", total);
	json_set_str(&out, "cluster", in->cluster);
	json_set(&out, "topics", topics);
	return out;
}

struct ingest_totals
ingest_totals(const struct ingest *in)
{
	return in->totals;
}

uint64_t
ingest_taken(const struct ingest *in, unsigned types)
{
	uint64_t n = 0;

	for (unsigned t = 0; t < RECORD_TYPES; t++)
		if ((types >> t & 1) != 0)
			n += in->taken[t];
	return n;
}
