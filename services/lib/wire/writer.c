/* Records onto the wire: see writer.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/producer.h"
#include "event/codec.h"
#include "event/envelope.h"
#include "event/schema.h"
#include "wire/schemas.h"
#include "wire/writer.h"

enum { UUID_SIZE = 37, UUIDS_KEPT = 16 };

struct writer {
	struct producer *producer;
	struct schemas *schemas;
	char *source;
	unsigned char random[UUIDS_KEPT][16]; /* for the next ids */
	size_t random_left;
	int64_t time_ms; /* which TIME says */
	char time[CLOCK_TEXT_SIZE];
};

struct writer *
writer_new(struct producer *p, struct schemas *s, const char *source)
{
	struct writer *w = mem_new(1, sizeof(*w));

	w->producer = p;
	w->schemas = s;
	w->source = mem_dup(source);
	return w;
}

const char *
writer_source(const struct writer *w)
{
	return w->source;
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	free(w->source);
	free(w);
}

/* A random UUID (RFC 9562 section 5.4). */
static void
new_id(struct writer *w, char out[UUID_SIZE])
{
	unsigned char *b;

	if (w->random_left == 0) {
		if (getrandom(w->random, sizeof(w->random), 0) !=
		    (ssize_t)sizeof(w->random))
			abort(); /* cannot happen for 256 (getrandom(2)) */
		w->random_left = UUIDS_KEPT;
	}
	b = w->random[--w->random_left];
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(w->random[0]); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		hex_text(b + i, 1, out);
		out += 2;
	}
}

/* A batch is sent within a few milliseconds. */
static const char *
time_text(struct writer *w)
{
	int64_t now_ms = clock_wall_ms();

	if (now_ms != w->time_ms)
		clock_text(now_ms, w->time);
	w->time_ms = now_ms;
	return w->time;
}

static int
send_value(struct writer *w, struct bus_message *m, const char *type,
    writer_done *done, void *ctx, struct err *err)
{
	struct bus_header headers[ENVELOPE_HEADERS];
	struct envelope_header text[ENVELOPE_HEADERS];
	char id[UUID_SIZE];
	const struct envelope e = {
	    .id = id,
	    .source = w->source,
	    .type = type,
	    .time = time_text(w),
	};
	size_t i;

	new_id(w, id);
	envelope_headers(&e, text);
	for (i = 0; i < ENVELOPE_HEADERS; i++)
		headers[i] = (struct bus_header){
		    text[i].name, text[i].value, strlen(text[i].value)};
	m->headers = headers;
	m->n_headers = ENVELOPE_HEADERS;
	return producer_send(w->producer, m, done, ctx, err) < 0 ? -1 : 1;
}

/* A message to TOPIC under KEY, still empty. */
static struct bus_message
message(const char *topic, const char *key)
{
	return (struct bus_message){
	    .topic = topic, .key = key, .key_size = strlen(key)};
}

int
writer_send(struct writer *w, enum record_type t, const char *topic,
    const char *key, jv record, writer_done *done, void *ctx, struct err *err)
{
	const struct schema *schema = schema_builtin(record_type_schema(t));
	struct bus_message m = message(topic, key);
	struct buf value = {.max = BUS_MESSAGE_MAX_BYTES};
	int32_t id;
	int rc;

	if (schema == NULL)
		return err_set(err, ERR_REJECT, 0,
		    "this build has no schema for %s", record_type_word(t));
	if (jv_get_kind(record) == JV_KIND_NULL)
		return send_value(w, &m, schema_name(schema), done, ctx, err);
	rc = schemas_writer(w->schemas, t, &id, err);
	if (rc <= 0)
		return rc;
	envelope_put_prefix(&value, id);
	rc = codec_encode(schema, record, &value, err);
	if (rc == 0) {
		m.value = value.data;
		m.value_size = value.size;
		rc = send_value(w, &m, schema_name(schema), done, ctx, err);
	}
	buf_free(&value);
	return rc;
}

int
writer_send_avro(struct writer *w, const struct writer_bytes *bytes,
    writer_done *done, void *ctx, struct err *err)
{
	const struct schema *schema =
	    schema_builtin(record_type_schema(bytes->type));
	struct bus_message m = message(bytes->topic, bytes->key);
	struct buf value = {.max = BUS_MESSAGE_MAX_BYTES};
	int32_t id;
	int rc = schemas_writer(w->schemas, bytes->type, &id, err);

	if (rc <= 0)
		return rc;
	envelope_put_prefix(&value, id);
	if (buf_add(&value, bytes->data, bytes->size) != 0) {
		rc = err_set(
		    err, ERR_REJECT, 0, "over %d bytes", BUS_MESSAGE_MAX_BYTES);
	} else {
		m.value = value.data;
		m.value_size = value.size;
		rc = send_value(w, &m, schema_name(schema), done, ctx, err);
	}
	buf_free(&value);
	return rc;
}

/* The text of one header of a dead letter, and its name "tw_<name>". */
struct note {
	char *name;
	jv text;
};

static size_t
add_notes(struct note *notes, size_t max, jv why)
{
	size_t n = 0;

	jv_object_foreach (why, key, value) {
		if (n < max && jv_get_kind(value) == JV_KIND_STRING) {
			notes[n].name =
			    mem_printf("tw_%s", jv_string_value(key));
			notes[n++].text = jv_copy(value);
		}
		jv_free(key);
		jv_free(value);
	}
	return n;
}

static int
is_noted(const struct note *notes, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(notes[i].name, name) == 0)
			return 1;
	return 0;
}

/*
 * A letter that died before carries the notes of that time; the new ones take
 * their place.  Some speak of these bytes alone: no forged one stays.
 */
int
writer_dead(struct writer *w, const char *topic, const char *key,
    const struct bus_message *m, jv why, writer_done *done, void *ctx,
    struct err *err)
{
	enum { ALL = 2 * BUS_HEADERS_MAX };
	struct bus_header headers[ALL];
	struct note notes[BUS_HEADERS_MAX];
	struct bus_message dead = *m;
	size_t n_notes = add_notes(notes, BUS_HEADERS_MAX - 1, why);
	size_t n = 0, i;
	int rc;

	for (i = 0; i < m->n_headers && i < BUS_HEADERS_MAX; i++)
		if (!is_noted(notes, n_notes, m->headers[i].name) &&
		    strcmp(m->headers[i].name, "tw_key") != 0 &&
		    strcmp(m->headers[i].name, "tw_cut") != 0)
			headers[n++] = m->headers[i];
	for (i = 0; i < n_notes; i++)
		headers[n++] = (struct bus_header){notes[i].name,
		    jv_string_value(notes[i].text),
		    (size_t)jv_string_length_bytes(jv_copy(notes[i].text))};
	if (m->key != NULL && !is_noted(notes, n_notes, "tw_key"))
		headers[n++] =
		    (struct bus_header){"tw_key", m->key, m->key_size};
	dead.topic = topic;
	dead.key = key;
	dead.key_size = strlen(key);
	dead.headers = headers;
	dead.n_headers = n;
	rc = producer_send(w->producer, &dead, done, ctx, err);
	for (i = 0; i < n_notes; i++) {
		free(notes[i].name);
		jv_free(notes[i].text);
	}
	return rc < 0 ? -1 : 1;
}
