/* Start: see boot.h. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "connector/boot.h"
#include "wire/reader.h"
#include "wire/whole.h"
#include "wire/schemas.h"

enum {
	ATTEND_MS = 20,	   /* between two looks */
	ATTEND_EVERY = 100 /* messages, if they keep coming */
};

struct reading {
	const struct boot_conf *conf;
	const char *prefix;
	boot_each *each;
	void *ctx;
};

/* Decode M, waiting for the registry if it must: 1, 0 = passed over, -1. */
static int
read_one(const struct boot_conf *c, const struct bus_message *m,
    struct reader_record *out, struct err *err)
{
	int64_t deadline = clock_mono_ms() + c->timeout_ms;
	const char *reason;
	struct err bad;
	int rc;

	while (
	    (rc = reader_read(c->schemas, m, NULL, out, &reason, &bad)) == 0) {
		if (clock_mono_ms() > deadline)
			return err_set(err, ERR_RETRY, 0,
			    "waiting for the schema registry: %.200s",
			    schemas_trouble(c->schemas));
		if (c->attend(c->ctx, -1, ATTEND_MS, err) != 0)
			return -1;
	}
	return rc == 1 ? 1 : 0;
}

char *
boot_source(const struct bus_message *m)
{
	for (size_t i = 0; i < m->n_headers; i++)
		if (strcmp(m->headers[i].name, "ce_source") == 0 &&
		    m->headers[i].value != NULL)
			return mem_dup_n(
			    m->headers[i].value, m->headers[i].size);
	return mem_dup("");
}

static int
take(const struct reading *r, const struct bus_message *m, struct err *err)
{
	struct reader_record one;
	struct boot_record out;
	size_t size = r->prefix == NULL ? 0 : strlen(r->prefix);
	char *source;
	int rc;

	if (size > 0 && (m->key == NULL || m->key_size <= size ||
			    memcmp(m->key, r->prefix, size) != 0))
		return 0;
	rc = read_one(r->conf, m, &one, err);
	if (rc != 1)
		return rc;
	source = boot_source(m);
	out = (struct boot_record){
	    one.topic.type, m->topic, m->offset, one.key, one.value, source};
	rc = r->each(r->ctx, &out, err);
	free(source);
	reader_fini(&one);
	return rc;
}

static int
read_all(const struct reading *r, struct whole *log, struct err *err)
{
	const struct boot_conf *c = r->conf;
	struct bus_message m;
	int n = 0, outcome;

	while ((outcome = whole_next(log, 0, &m, err)) > WHOLE_DONE) {
		if (outcome == WHOLE_MESSAGE && take(r, &m, err) != 0)
			return -1;
		if (outcome == WHOLE_NOTHING) {
			if (c->attend(c->ctx, whole_fd(log), ATTEND_MS, err) !=
			    0)
				return -1;
		} else if (++n % ATTEND_EVERY == 0 &&
			   c->attend(c->ctx, -1, 0, err) != 0) {
			return -1;
		}
	}
	return outcome;
}

int
boot_records(const struct boot_conf *c, const char *topic, const char *prefix,
    boot_each *each, void *ctx, struct err *err)
{
	const struct reading r = {c, prefix, each, ctx};
	jv bounds = json_get(c->topics, topic);
	struct whole_part part = {
	    topic, json_int(bounds, "low", -1), json_int(bounds, "high", -1)};
	int is_there = jv_is_valid(bounds), rc;
	struct whole *log;

	jv_free(bounds);
	if (!is_there)
		return 0;
	if (part.low < 0 || part.end < 0)
		return err_set(
		    err, ERR_RETRY, 0, "%s: its end is not known", topic);
	log = whole_new(c->bus, &part, 1, c->timeout_ms, err);
	rc = log == NULL ? -1 : read_all(&r, log, err);
	whole_free(log);
	return rc;
}

struct statuses {
	jv all;
	int64_t next;
};

static int
keep_last(void *ctx, const struct boot_record *r, struct err *err)
{
	struct statuses *s = ctx;
	jv one;

	(void)err;
	s->next = r->offset + 1;
	if (jv_get_kind(r->value) != JV_KIND_OBJECT) {
		s->all = jv_object_delete(s->all, jv_string(r->key));
		return 0;
	}
	one = jv_copy(r->value);
	json_set_int(&one, "offset", r->offset);
	json_set(&s->all, r->key, one);
	return 0;
}

jv
boot_statuses(const struct boot_conf *c, const char *member, int64_t *out_next,
    struct err *err)
{
	char *topic = topic_new(RECORD_STATUS, member);
	struct statuses s = {jv_object(), 0};
	int rc = boot_records(c, topic, NULL, keep_last, &s, err);

	free(topic);
	if (rc == 0) {
		*out_next = s.next;
		return s.all;
	}
	jv_free(s.all);
	return jv_invalid();
}
