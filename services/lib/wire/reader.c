/* Messages off the wire: see reader.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "bus/admin.h"
#include "bus/bus.h"
#include "event/codec.h"
#include "event/envelope.h"
#include "event/guard.h"
#include "event/rules.h"
#include "event/schema.h"
#include "wire/reader.h"
#include "wire/whole.h"
#include "wire/schemas.h"

enum { SCAN_WAIT_MS = 100 };

static int
refuse(const char **out_reason, const char *reason, struct err *err)
{
	*out_reason = reason;
	if (err != NULL)
		err->class = ERR_REJECT;
	return -1;
}

static int
judge_key(const struct bus_message *m, enum record_type t, struct err *err)
{
	const size_t max =
	    t == RECORD_RECEIPT ? KEY_RECEIPT_MAX_BYTES : KEY_MAX_BYTES;

	if (m->key == NULL || m->key_size == 0)
		return err_set(err, ERR_REJECT, 0, "there is no key");
	if (m->key_size > max)
		return err_set(err, ERR_REJECT, 0,
		    "the key has %zu bytes, more than %zu", m->key_size, max);
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
		/* Names and digits make the text longer than the bytes are. */
		buf_reserve(&out->text, 2 * size);
		if (read_text(writer, ours, want, avro, size, out, err) < 0)
			return -1;
		buf_fit(&out->text);
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
	if (m->lost != NULL) {
		err_set(err, ERR_REJECT, 0, "offsets %lld to %lld are %s",
		    (long long)m->first, (long long)m->offset, m->lost);
		return refuse(out_reason, "unreadable", err);
	}
	if (judge_key(m, r.topic.type, err) < 0)
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

/* Which of TOPICS exist, and where they begin and end now, into OUT: how many,
 * or -1. */
static int
survey(const struct bus_conf *conf, const char *const *topics, int timeout_ms,
    struct whole_part *out, struct err *err)
{
	struct admin *a = admin_new(conf, err);
	jv all, known, wanted = jv_object();
	int n = -1;
	size_t i;

	if (a == NULL)
		return -1;
	all = admin_list(a, timeout_ms, err);
	if (!jv_is_valid(all))
		goto out;
	known = json_get(all, "topics");
	for (i = 0; topics[i] != NULL; i++)
		if (jv_object_has(jv_copy(known), jv_string(topics[i])))
			json_set(&wanted, topics[i], jv_object());
	jv_free(known);
	if (admin_bounds_all(a, &wanted, timeout_ms, err) < 0)
		goto out;
	n = 0;
	for (i = 0; topics[i] != NULL && n >= 0; i++) {
		jv topic = json_get(wanted, topics[i]);
		int64_t low = json_int(topic, "low", -1);
		int64_t end = json_int(topic, "high", -1);

		if (jv_is_valid(topic) && (low < 0 || end < 0))
			n = err_set(err, ERR_RETRY, 0,
			    "%s: its end is not known", topics[i]);
		else if (jv_is_valid(topic))
			out[n++] = (struct whole_part){topics[i], low, end};
		jv_free(topic);
	}
out:
	jv_free(wanted);
	jv_free(all);
	admin_free(a);
	return n;
}

int
reader_scan(const struct bus_conf *conf, const char *const *topics,
    int timeout_ms, reader_each *each, void *ctx, struct err *err)
{
	struct whole_part *parts;
	struct whole *s = NULL;
	struct bus_message m;
	size_t most = 0;
	int n, rc = -1;

	while (topics[most] != NULL)
		most++;
	parts = mem_new(most + 1, sizeof(*parts));
	n = survey(conf, topics, timeout_ms, parts, err);
	if (n >= 0)
		s = whole_new(conf, parts, (size_t)n, timeout_ms, err);
	if (s != NULL)
		while ((rc = whole_next(s, SCAN_WAIT_MS, &m, err)) > WHOLE_DONE)
			if (rc == WHOLE_MESSAGE && each(ctx, &m, err) != 0) {
				rc = -1;
				break;
			}
	whole_free(s);
	free(parts);
	return rc;
}
