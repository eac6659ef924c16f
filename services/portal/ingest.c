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
#include "portal/ingest.h"
#include "portal/store.h"
#include "wire/reader.h"
#include "wire/schemas.h"

enum {
	COMMIT_MESSAGES = 5000, /* a transaction, at most */
	COMMIT_EVERY_MS = 500,
	DAY_MS = 86400000,
	/* Kafka keeps withdrawals 180 days: who is away for longer than this
	 * may have missed some. */
	AWAY_MAX_DAYS = 150,
	WITHDRAWN_KEPT_DAYS = 180
};

struct topic {
	char *name; /* owned */
	struct topic_name parsed;
	int64_t id;   /* in the store */
	int64_t next; /* to be read */
	int64_t end;  /* as listed last */
	int64_t low;  /* below it the log has nothing any more */
	int is_read;  /* once to its end */
	int is_moved; /* since the last commit */
};

struct ingest {
	struct consumer *consumer;
	struct schemas *schemas;
	struct store *store;
	char *cluster; /* owned; "" until known */
	struct topic *topics;
	size_t n;
	struct bus_message held; /* waits for its schema; topic NULL: none */
	int is_open;		 /* a transaction */
	int in_it;		 /* messages */
	int64_t opened_ms;
	int64_t here_ms; /* wall time up to which the store says it was here */
	struct ingest_totals totals;
	uint64_t taken[RECORD_TYPES];
};

struct ingest *
ingest_new(struct consumer *c, struct schemas *schemas, struct store *s)
{
	struct ingest *in = mem_new(1, sizeof(*in));

	in->consumer = c;
	in->schemas = schemas;
	in->store = s;
	in->cluster = mem_dup("");
	return in;
}

void
ingest_free(struct ingest *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->n; i++)
		free(in->topics[i].name);
	free(in->topics);
	free(in->cluster);
	free(in);
}

static struct topic *
find(const struct ingest *in, const char *name)
{
	for (size_t i = 0; i < in->n; i++)
		if (strcmp(in->topics[i].name, name) == 0)
			return &in->topics[i];
	return NULL;
}

/* 1 if the store may have missed withdrawals since it was here last, 0 if not,
 * -1 with ERR. */
static int
was_away(struct ingest *in, int64_t now_ms, struct err *err)
{
	char *text = store_value(in->store, "here", err);
	int64_t here_ms;

	if (text == NULL)
		return -1;
	here_ms = strtoll(text, NULL, 10);
	free(text);
	return here_ms != 0 &&
	       now_ms - here_ms > (int64_t)AWAY_MAX_DAYS * DAY_MS;
}

/* Once a day: say that we are here, forget what nobody may ask for. */
static int
note_day(struct ingest *in, int64_t now_ms, struct err *err)
{
	char text[32];

	if (now_ms - in->here_ms < DAY_MS)
		return 0;
	if (in->here_ms != 0 &&
	    now_ms - in->here_ms > (int64_t)AWAY_MAX_DAYS * DAY_MS)
		return err_set(err, ERR_FATAL, 0,
		    "the brokers were out of reach for so long that "
		    "withdrawals may have been missed; a start reads "
		    "everything anew");
	snprintf(text, sizeof(text), "%lld", (long long)now_ms);
	if (store_set_value(in->store, "here", text, err) != 0 ||
	    store_purge(in->store,
		now_ms - (int64_t)WITHDRAWN_KEPT_DAYS * DAY_MS, err) != 0)
		return -1;
	in->here_ms = now_ms;
	return 0;
}

/* The store holds what this cluster's offsets mean, or nothing. */
static int
know_cluster(struct ingest *in, const char *cluster, struct err *err)
{
	char *stored;
	int rc = 0;

	if (*cluster == '\0' || strcmp(in->cluster, cluster) == 0)
		return 0;
	if (*in->cluster != '\0')
		return err_set(err, ERR_FATAL, 0,
		    "the brokers are another cluster now; a start reads it "
		    "from its beginning");
	stored = store_value(in->store, "cluster", err);
	if (stored == NULL)
		return -1;
	if (*stored != '\0' && strcmp(stored, cluster) != 0) {
		log_info("another cluster: everything is read anew", "was",
		    stored, "is", cluster);
		rc = store_renew(in->store, err);
	} else if ((rc = was_away(in, clock_wall_ms(), err)) == 1) {
		log_info("away for so long that withdrawals may have been "
			 "missed: everything is read anew");
		rc = store_renew(in->store, err);
	}
	free(stored);
	if (rc != 0 || store_set_value(in->store, "cluster", cluster, err) != 0)
		return -1;
	free(in->cluster);
	in->cluster = mem_dup(cluster);
	return 0;
}

static int
is_for_people(const struct topic_name *t)
{
	return !t->is_dead && t->type != RECORD_COMMAND;
}

/* Where to go on in T, whose log reaches from LOW to T->end. */
static int
begin(struct ingest *in, struct topic *t, int64_t low, struct err *err)
{
	struct consumer_place place = {t->name, 0};

	if (store_topic(in->store, t->name, &t->id, &t->next, err) != 0)
		return -1;
	if (t->next > t->end) { /* made anew: nothing of it holds */
		log_info("a topic was made anew", "topic", t->name);
		if (store_forget(in->store, t->id, t->parsed.type,
			INT64_MAX >> 11, err) != 0)
			return -1;
		t->next = -1;
	}
	if (t->next < low)
		t->next = low;
	t->is_read = t->next >= t->end;
	place.offset = t->next;
	return consumer_assign(in->consumer, &place, 1, err);
}

/* News that Kafka no longer keeps leave the store, too.  Topics that are kept
 * whole have lost nothing when their first offset moves. */
static int
forget_below(struct ingest *in, struct topic *t, int64_t low, struct err *err)
{
	if (t->parsed.type != RECORD_NOTICE || low <= t->low)
		return 0;
	t->low = low;
	return store_forget(in->store, t->id, t->parsed.type, low, err);
}

static int
take_topic(struct ingest *in, const char *name, jv listed, struct err *err)
{
	int64_t low = json_int(listed, "low", -1);
	int64_t high = json_int(listed, "high", -1);
	struct topic *t = find(in, name);
	struct topic_name parsed;

	if (high < 0 || topic_parse(name, &parsed) != 0 ||
	    !is_for_people(&parsed))
		return 0;
	if (t != NULL) {
		t->end = high;
		return forget_below(in, t, low, err);
	}
	in->topics = mem_grow(in->topics, in->n + 1, sizeof(*in->topics));
	t = &in->topics[in->n++];
	*t = (struct topic){
	    .name = mem_dup(name), .parsed = parsed, .end = high};
	return begin(in, t, low, err) != 0 ? -1 : forget_below(in, t, low, err);
}

int
ingest_listed(struct ingest *in, jv listing, struct err *err)
{
	jv topics = json_get(listing, "topics");
	int rc = know_cluster(in, json_str(listing, "cluster", ""), err);

	if (rc == 0 && jv_get_kind(topics) == JV_KIND_OBJECT) {
		jv_object_foreach (topics, name, listed) {
			if (rc == 0)
				rc = take_topic(
				    in, jv_string_value(name), listed, err);
			jv_free(name);
			jv_free(listed);
		}
	}
	jv_free(topics);
	if (rc == 0 && *in->cluster != '\0')
		rc = note_day(in, clock_wall_ms(), err);
	return rc;
}

static int
commit(struct ingest *in, struct err *err)
{
	if (!in->is_open)
		return 0;
	for (size_t i = 0; i < in->n; i++) {
		struct topic *t = &in->topics[i];

		if (t->is_moved &&
		    store_place(in->store, t->id, t->next, err) != 0)
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
put(struct ingest *in, const struct topic *t, const struct bus_message *m,
    const struct reader_record *r, struct err *err)
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

static void
refuse(struct ingest *in, const struct bus_message *m, const char *reason,
    const struct err *err)
{
	char offset[32];

	in->totals.refused++;
	snprintf(offset, sizeof(offset), "%lld", (long long)m->offset);
	log_warn("message left out", "topic", m->topic, "offset", offset,
	    "code", reason, "reason", err->msg);
}

/* Take M in: 1, 0 if its schema is being fetched, -1 with ERR. */
static int
take(struct ingest *in, const struct bus_message *m, struct err *err)
{
	static const struct reader_want want = {.is_text = 1};
	struct topic *t = find(in, m->topic);
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
		refuse(in, m, reason, &why);
		rc = 1;
	} else {
		rc = put(in, t, m, &record, err) == 0 ? 1 : -1;
		reader_fini(&record);
	}
	t->next = m->offset + 1;
	t->is_moved = 1;
	in->in_it++;
	return rc;
}

static void
at_end(struct ingest *in, const char *name, int64_t offset)
{
	struct topic *t = find(in, name);

	if (t == NULL)
		return;
	t->is_read = 1;
	t->is_moved = 1;
	if (offset > t->next) /* what is below was compacted away */
		t->next = offset;
}

/* Next message: 1 taken, 0 nothing to be had, -1 with ERR = FATAL. */
static int
next(struct ingest *in, struct err *err)
{
	struct bus_message m;
	struct err why = {0};
	int rc;

	if (in->held.topic == NULL) {
		switch (consumer_poll(in->consumer, 0, &m, &why)) {
		case CONSUMER_NOTHING:
			return 0;
		case CONSUMER_MESSAGE:
			in->held = m;
			break;
		case CONSUMER_EOF:
			at_end(in, m.topic, m.offset);
			return 1;
		default:
			if (why.class == ERR_RETRY)
				return 0;
			*err = why;
			return err_wrap(err, "reading");
		}
	}
	rc = take(in, &in->held, err);
	if (rc == 1)
		in->held.topic = NULL;
	return rc;
}

int
ingest_step(struct ingest *in, int64_t max_ms, struct err *err)
{
	int64_t until = clock_mono_ms() + max_ms;
	int rc, has_news = 0;

	do {
		rc = next(in, err);
		if (rc < 0)
			return -1;
		has_news |= rc;
		if (in->in_it >= COMMIT_MESSAGES && commit(in, err) != 0)
			return -1;
	} while (rc == 1 && clock_mono_ms() < until);
	/* While there is more, one commit serves many messages. */
	if ((rc == 0 || clock_mono_ms() - in->opened_ms > COMMIT_EVERY_MS) &&
	    commit(in, err) != 0)
		return -1;
	return has_news;
}

int
ingest_is_held(const struct ingest *in)
{
	return in->held.topic != NULL;
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
		const struct topic *t = &in->topics[i];

		if (!t->is_read)
			buf_printf(out, "%s: read to %lld of %lld\n", t->name,
			    (long long)t->next, (long long)t->end);
	}
}

jv
ingest_state(const struct ingest *in)
{
	jv out = jv_object(), topics = jv_object(), one;
	int64_t read = 0, total = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct topic *t = &in->topics[i];

		one = jv_object();
		json_set_int(&one, "next", t->next);
		json_set_int(&one, "end", t->end);
		json_set(&topics, t->name, one);
		read += t->next;
		total += t->end > t->next ? t->end : t->next;
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
