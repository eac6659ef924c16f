/* Messages off the wire: see reader.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "bus/admin.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "event/codec.h"
#include "event/envelope.h"
#include "event/guard.h"
#include "event/rules.h"
#include "event/schema.h"
#include "wire/reader.h"
#include "wire/schemas.h"

enum { SCAN_QUEUE_BYTES = 1024 * 1024, SCAN_WAIT_MS = 100 };

static int
refuse(const char **out_reason, const char *reason, struct err *err)
{
	*out_reason = reason;
	err->class = ERR_REJECT;
	return -1;
}

static int
judge_key(const struct bus_message *m, struct err *err)
{
	if (m->key == NULL || m->key_size == 0)
		return err_set(err, ERR_REJECT, 0, "there is no key");
	if (m->key_size > KEY_MAX_BYTES)
		return err_set(err, ERR_REJECT, 0,
		    "the key has %zu bytes, more than %d", m->key_size,
		    KEY_MAX_BYTES);
	if (!utf8_is_text(m->key, m->key_size))
		return err_set(err, ERR_REJECT, 0, "the key is not text");
	return 0;
}

/* "org.twinwire.v1.Event" and no other, whatever id the value names. */
static int
judge_schema(
    const struct schema *writer, const struct schema *ours, struct err *err)
{
	if (ours != NULL && strcmp(schema_name(writer), schema_name(ours)) == 0)
		return 0;
	return err_set(err, ERR_REJECT, 0, "%s does not belong on this topic",
	    schema_name(writer));
}

/* SIZE bytes of WRITER as JSON text and WANT's part of them into *OUT, also
 * what is not in our own form: by way of a tree. */
static int
read_text(const struct schema *writer, const struct schema *ours,
    const struct reader_want *want, const void *avro, size_t size,
    struct reader_record *out, struct err *err)
{
	struct buf bytes = {0};
	int rc = 1;
	jv whole;

	if (writer == ours || schema_same(writer, ours))
		rc = codec_text(
		    ours, want->part, avro, size, &out->text, &out->value, err);
	if (rc != 1)
		return rc;
	if (codec_decode(writer, ours, avro, size, &whole, err) < 0)
		return -1;
	rc = codec_encode(ours, whole, &bytes, err);
	if (rc == 0)
		rc = codec_text(ours, want->part, bytes.data, bytes.size,
		    &out->text, &out->value, err);
	buf_free(&bytes);
	jv_free(whole);
	return rc;
}

/* SIZE bytes of WRITER into *OUT as WANT says. */
static int
read_wanted(const struct schema *writer, const struct schema *ours,
    const struct reader_want *want, const void *avro, size_t size,
    struct reader_record *out, struct err *err)
{
	const struct schema *part = want->part != NULL ? want->part : ours;

	if (want->is_text) {
		if (read_text(writer, ours, want, avro, size, out, err) < 0)
			return -1;
		if (want->part != NULL)
			return 0;
		jv_free(out->value);
		out->value = jv_null();
	}
	return codec_decode(writer, part, avro, size, &out->value, err);
}

/* The value of M into *OUT: as reader_read(). */
static int
read_value(struct schemas *s, const struct bus_message *m,
    const struct schema *ours, const struct reader_want *want,
    struct reader_record *out, const char **out_reason, struct err *err)
{
	static const struct reader_want all = {.part = NULL};
	const struct schema *writer;
	const void *avro;
	size_t size;
	int32_t id;
	int rc;

	if (m->value == NULL)
		return 1;
	if (m->value_size > GUARD_VALUE_MAX_BYTES) {
		err_set(err, ERR_REJECT, 0, "the value has %zu bytes",
		    m->value_size);
		return refuse(out_reason, "too_large", err);
	}
	if (envelope_prefix(m->value, m->value_size, &id, &avro, &size, err) <
	    0)
		return refuse(out_reason, "bad_framing", err);
	rc = schemas_reader(s, id, &writer, err);
	if (rc == 0)
		return 0;
	if (rc < 0)
		return refuse(out_reason, "unknown_schema", err);
	if (judge_schema(writer, ours, err) < 0)
		return refuse(out_reason, "wrong_schema", err);
	if (read_wanted(writer, ours, want != NULL ? want : &all, avro, size,
		out, err) < 0)
		return refuse(out_reason, "bad_avro", err);
	return 1;
}

int
reader_read(struct schemas *s, const struct bus_message *m,
    const struct reader_want *want, struct reader_record *out,
    const char **out_reason, struct err *err)
{
	struct reader_record r = {.value = jv_null()};
	const char *type;
	int rc;

	if (topic_parse(m->topic, &r.topic) < 0 || r.topic.is_dead) {
		err_set(err, ERR_REJECT, 0, "%s carries no records", m->topic);
		return refuse(out_reason, "bad_topic", err);
	}
	if (judge_key(m, err) < 0)
		return refuse(out_reason, "no_key", err);
	type = record_type_schema(r.topic.type);
	rc = read_value(s, m, schema_builtin(type), want, &r, out_reason, err);
	if (rc <= 0) {
		buf_free(&r.text);
		return rc;
	}
	r.key = mem_dup_n(m->key, m->key_size);
	if (rules_origin(r.topic.type, r.value, r.key, m->topic, err) < 0) {
		reader_fini(&r);
		return refuse(out_reason, "origin_mismatch", err);
	}
	*out = r;
	return 1;
}

void
reader_fini(struct reader_record *r)
{
	free(r->key);
	jv_free(r->value);
	buf_free(&r->text);
	*r = (struct reader_record){.value = jv_null()};
}

/* A topic of a scan, until it has been read to its end. */
struct part {
	const char *topic;
	int64_t low, end;
	int is_done;
};

struct scan {
	struct consumer *consumer;
	struct part *parts;
	size_t n, n_open;
	int timeout_ms;
	int64_t deadline_ms;
};

static struct part *
part_of(struct scan *s, const char *topic)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->parts[i].topic, topic) == 0)
			return &s->parts[i];
	return NULL;
}

/* Which of TOPICS exist and are not empty, and where they end now. */
static int
survey(struct scan *s, const struct bus_conf *conf, const char *const *topics,
    struct err *err)
{
	struct admin *a = admin_new(conf, err);
	jv all, known, wanted = jv_object();
	size_t i;
	int rc = -1;

	if (a == NULL)
		return -1;
	all = admin_list(a, s->timeout_ms, err);
	if (!jv_is_valid(all))
		goto out;
	known = json_get(all, "topics");
	for (i = 0; topics[i] != NULL; i++)
		if (jv_object_has(jv_copy(known), jv_string(topics[i])))
			json_set(&wanted, topics[i], jv_object());
	jv_free(known);
	if (admin_bounds_all(a, &wanted, s->timeout_ms, err) < 0)
		goto out;
	s->parts = mem_new(i + 1, sizeof(*s->parts));
	for (i = 0; topics[i] != NULL; i++) {
		jv topic = json_get(wanted, topics[i]);
		int64_t low = json_int(topic, "low", -1);
		int64_t end = json_int(topic, "high", -1);

		if (jv_is_valid(topic) && (low < 0 || end < 0)) {
			jv_free(topic);
			err_set(err, ERR_RETRY, 0, "%s: its end is not known",
			    topics[i]);
			goto out;
		}
		jv_free(topic);
		if (end > low && part_of(s, topics[i]) == NULL)
			s->parts[s->n++] =
			    (struct part){topics[i], low, end, 0};
	}
	s->n_open = s->n;
	rc = 0;
out:
	jv_free(wanted);
	jv_free(all);
	admin_free(a);
	return rc;
}

static int
begin(struct scan *s, const struct bus_conf *conf, struct err *err)
{
	struct consumer_place place;
	size_t i;

	s->consumer = consumer_new(conf, SCAN_QUEUE_BYTES, err);
	if (s->consumer == NULL)
		return -1;
	for (i = 0; i < s->n; i++) {
		/* A number is read at once; "beginning" costs librdkafka a
		 * question that waits half a second for a leader. */
		place.topic = s->parts[i].topic;
		place.offset = s->parts[i].low;
		if (consumer_assign(s->consumer, &place, 1, err) < 0)
			return -1;
	}
	return 0;
}

static void
advance(struct scan *s, struct part *p, int64_t next)
{
	s->deadline_ms = clock_mono_ms() + s->timeout_ms;
	if (!p->is_done && next >= p->end) {
		p->is_done = 1;
		s->n_open--;
	}
}

static int
step(struct scan *s, reader_each *each, void *ctx, struct err *err)
{
	struct bus_message m = {0};
	struct part *p;
	int outcome = consumer_poll(s->consumer, SCAN_WAIT_MS, &m, err);

	if (outcome < 0 && err->class != ERR_RETRY) {
		p = m.topic != NULL ? part_of(s, m.topic) : NULL;
		if (p != NULL && err->code == CONSUMER_OUT_OF_RANGE)
			err->class = ERR_RETRY; /* cut off while we read */
		if (p == NULL || err->code != CONSUMER_NO_TOPIC)
			return -1;
		advance(s, p, p->end); /* deleted while we read */
		return 0;
	}
	if (outcome <= 0) {
		if (clock_mono_ms() < s->deadline_ms)
			return 0;
		if (outcome == CONSUMER_NOTHING)
			err_set(err, ERR_RETRY, 0, "no answer in %d ms",
			    s->timeout_ms);
		return -1;
	}
	p = part_of(s, m.topic);
	if (p == NULL)
		return 0;
	/* Compaction leaves gaps, also at the end: only EOF is sure there. */
	if (outcome == CONSUMER_MESSAGE && !p->is_done && m.offset < p->end &&
	    each(ctx, &m, err) != 0)
		return -1;
	advance(s, p, outcome == CONSUMER_EOF ? p->end : m.offset + 1);
	return 0;
}

int
reader_scan(const struct bus_conf *conf, const char *const *topics,
    int timeout_ms, reader_each *each, void *ctx, struct err *err)
{
	struct scan s = {.timeout_ms = timeout_ms};
	int rc = survey(&s, conf, topics, err);

	if (rc == 0 && s.n > 0)
		rc = begin(&s, conf, err);
	s.deadline_ms = clock_mono_ms() + timeout_ms;
	while (rc == 0 && s.n_open > 0)
		rc = step(&s, each, ctx, err);
	consumer_free(s.consumer);
	free(s.parts);
	return rc;
}
