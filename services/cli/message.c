/* Messages as JSON: see message.h. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "bus/bus.h"
#include "cli/cli.h"
#include "cli/message.h"
#include "wire/reader.h"

/* Bytes that should be text: what is not UTF-8 is shown as U+FFFD. */
static jv
text_of(const void *data, size_t size)
{
	return data != NULL ? jv_string_sized(data, (int)size) : jv_null();
}

static jv
base64(const void *data, size_t size)
{
	unsigned char *out = mem_new(size / 3 + 2, 4);
	jv text;
	int n = EVP_EncodeBlock(out, data, (int)size);

	text = jv_string_sized((const char *)out, n);
	free(out);
	return text;
}

char *
message_header(const struct bus_message *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n_headers; i++)
		if (strcmp(m->headers[i].name, name) == 0 &&
		    m->headers[i].value != NULL &&
		    utf8_is_text(m->headers[i].value, m->headers[i].size))
			return mem_dup_n(
			    m->headers[i].value, m->headers[i].size);
	return mem_dup("");
}

static jv
headers_of(const struct bus_message *m)
{
	jv out = jv_object();
	size_t i;

	for (i = 0; i < m->n_headers; i++)
		json_set(&out, m->headers[i].name,
		    text_of(m->headers[i].value, m->headers[i].size));
	return out;
}

static jv
place_of(const struct bus_message *m)
{
	char at[CLOCK_TEXT_SIZE];
	jv out = jv_object();

	json_set_str(&out, "topic", m->topic);
	json_set_int(&out, "offset", m->offset);
	json_set_str(&out, "at", clock_text(m->timestamp_ms, at));
	json_set(&out, "key", text_of(m->key, m->key_size));
	return out;
}

/* The letter as it came to the connection, as far as it can be told. */
static jv
dead_json(struct cli *c, const struct bus_message *m)
{
	char *topic = message_header(m, "tw_topic");
	char *key = message_header(m, "tw_key");
	struct bus_message before = *m;
	struct reader_record r;
	struct err err;
	const char *reason;
	jv out = place_of(m);

	json_set(&out, "headers", headers_of(m));
	json_set(&out, "value_base64",
	    m->value != NULL ? base64(m->value, m->value_size) : jv_null());
	before.topic = topic;
	before.key = key;
	before.key_size = strlen(key);
	if (cli_decode(c, &before, &r, &reason, &err) == 1) {
		json_set(&out, "value", jv_copy(r.value));
		reader_fini(&r);
	}
	free(topic);
	free(key);
	return out;
}

jv
message_json(struct cli *c, const struct bus_message *m, struct err *err)
{
	struct topic_name name;
	struct reader_record r;
	const char *reason;
	char *source;
	jv out;

	if (topic_parse(m->topic, &name) == 0 && name.is_dead)
		return dead_json(c, m);
	out = place_of(m);
	source = message_header(m, "ce_source");
	json_set_str(&out, "source", source);
	free(source);
	if (cli_decode(c, m, &r, &reason, err) == 1) {
		json_set(&out, "value", jv_copy(r.value));
		reader_fini(&r);
		return out;
	}
	if (err->class != ERR_REJECT) {
		jv_free(out);
		return jv_invalid();
	}
	json_set_str(&out, "error", reason);
	json_set_str(&out, "detail", err->msg);
	return out;
}
