/* Dead letters read back: see letter.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "bus/consumer.h"
#include "connector/letter.h"

enum {
	READ_MAX_MS = 10000,
	REST_MS = 10000,
	QUEUE_MAX_BYTES = 256 * 1024,
};

/* --- a letter becomes a message --------------------------------------------
 */

static const struct bus_header *
find(const struct bus_message *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n_headers; i++)
		if (strcmp(m->headers[i].name, name) == 0 &&
		    m->headers[i].value != NULL)
			return &m->headers[i];
	return NULL;
}

/* New text of header NAME, or NULL. */
static char *
text_of(const struct bus_message *m, const char *name)
{
	const struct bus_header *h = find(m, name);

	return h == NULL ? NULL : mem_dup_n(h->value, h->size);
}

/* Header NAME as a number, or FALLBACK if it is none. */
static int64_t
number_of(const struct bus_message *m, const char *name, int64_t fallback)
{
	char *text = text_of(m, name), *rest = NULL;
	int64_t n = fallback;

	if (text != NULL && text[0] != '\0') {
		n = strtoll(text, &rest, 10);
		if (*rest != '\0')
			n = fallback;
	}
	free(text);
	return n;
}

int
letter_replays(const struct bus_message *m)
{
	int64_t n = number_of(m, LETTER_REPLAYS, 0);

	return n < 0 || n > INT32_MAX ? 0 : (int)n;
}

/* The headers that came with the message; what its deaths added is left out.
 */
static void
take_headers(const struct bus_message *letter, struct letter_message *out)
{
	size_t i, n = 0;

	for (i = 0; i < letter->n_headers && n < BUS_HEADERS_MAX - 1; i++)
		if (strncmp(letter->headers[i].name, "tw_", 3) != 0)
			out->headers[n++] = letter->headers[i];
	out->number = mem_printf("%d", out->replays + 1);
	out->headers[n++] = (struct bus_header){
	    LETTER_REPLAYS, out->number, strlen(out->number)};
	out->m.headers = out->headers;
	out->m.n_headers = n;
}

/* 1 if LETTER stands under its place instead of under its record's key. */
static int
stands_by_place(const struct bus_message *letter, const char *connection,
    const struct bus_message *m)
{
	char *place = mem_printf("%s|%s:%d:%lld", connection, m->topic,
	    (int)m->partition, (long long)m->offset);
	int is = letter->key_size == strlen(place) &&
		 memcmp(letter->key, place, letter->key_size) == 0;

	free(place);
	return is;
}

static int
is_of(const struct bus_message *letter, const char *connection)
{
	const struct bus_header *h = find(letter, "tw_connection");

	return h != NULL && h->size == strlen(connection) &&
	       memcmp(h->value, connection, h->size) == 0;
}

int
letter_message(const struct bus_message *letter, const char *connection,
    struct letter_message *out, struct err *err)
{
	const struct bus_header *key = find(letter, "tw_key");

	*out = (struct letter_message){.topic = text_of(letter, "tw_topic")};
	out->m = (struct bus_message){.topic = out->topic,
	    .partition = (int32_t)number_of(letter, "tw_partition", 0),
	    .offset = number_of(letter, "tw_offset", -1),
	    .timestamp_ms = number_of(letter, "tw_time", letter->timestamp_ms),
	    .value = letter->value,
	    .value_size = letter->value_size};
	if (!is_of(letter, connection) || out->topic == NULL ||
	    out->m.offset < 0) {
		letter_fini(out);
		return err_set(err, ERR_REJECT, 0,
		    "that is no dead letter of %s", connection);
	}
	if (key != NULL) {
		out->key = mem_dup_n(key->value, key->size);
		out->m.key = out->key;
		out->m.key_size = key->size;
	}
	out->replays = letter_replays(letter);
	out->is_cut = find(letter, LETTER_CUT) != NULL;
	out->is_rowless = stands_by_place(letter, connection, &out->m);
	take_headers(letter, out);
	return 0;
}

void
letter_fini(struct letter_message *out)
{
	free(out->topic);
	free(out->key);
	free(out->number);
	*out = (struct letter_message){0};
}

/* --- reading ----------------------------------------------------------------
 */

struct letters {
	const struct bus_conf *bus;
	char *topic;
	struct consumer *consumer; /* NULL: at rest */
	int64_t wanted;		   /* offset being read; -1: none */
	int64_t since_ms;	   /* of that reading */
	int64_t used_ms;
};

struct letters *
letters_new(const struct bus_conf *bus, const char *member)
{
	struct letters *l = mem_new(1, sizeof(*l));

	l->bus = bus;
	l->topic = mem_printf("tw.dead.%s", member);
	l->wanted = -1;
	return l;
}

void
letters_free(struct letters *l)
{
	if (l == NULL)
		return;
	consumer_free(l->consumer);
	free(l->topic);
	free(l);
}

static int
begin(struct letters *l, int64_t offset, int64_t now_ms, struct err *err)
{
	struct consumer_place place = {l->topic, offset};

	if (l->consumer == NULL)
		l->consumer = consumer_new(l->bus, QUEUE_MAX_BYTES, err);
	if (l->consumer == NULL ||
	    consumer_assign(l->consumer, &place, 1, err) != 0)
		return -1;
	l->wanted = offset;
	l->since_ms = now_ms;
	return 0;
}

static int
none_there(const struct letters *l, struct err *err)
{
	return err_set(err, ERR_REJECT, 0,
	    "there is no letter at offset %lld of %s", (long long)l->wanted,
	    l->topic);
}

/* 1, 0 or -1 as letters_read(). */
static int
poll_one(struct letters *l, struct bus_message *out, struct err *err)
{
	int rc = consumer_poll(l->consumer, 0, out, err);

	if (rc < 0)
		return err->class == ERR_REJECT	 ? none_there(l, err)
		       : err->class == ERR_FATAL ? -1
						 : 0;
	if (rc == CONSUMER_NOTHING)
		return 0;
	if (rc == CONSUMER_EOF || out->offset > l->wanted)
		return none_there(l, err);
	return out->offset == l->wanted;
}

int
letters_read(struct letters *l, int64_t offset, int64_t now_ms,
    struct bus_message *out, struct err *err)
{
	int rc;

	l->used_ms = now_ms;
	if (l->wanted != offset && begin(l, offset, now_ms, err) != 0)
		return -1;
	rc = poll_one(l, out, err);
	if (rc == 0 && now_ms - l->since_ms > READ_MAX_MS)
		rc = err_set(err, ERR_RETRY, 0,
		    "%s could not be read within %d s", l->topic,
		    READ_MAX_MS / 1000);
	if (rc != 0)
		l->wanted = -1;
	return rc;
}

void
letters_rest(struct letters *l, int64_t now_ms)
{
	if (l->consumer == NULL || now_ms - l->used_ms < REST_MS)
		return;
	consumer_free(l->consumer);
	l->consumer = NULL;
	l->wanted = -1;
}
