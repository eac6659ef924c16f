/* Start: see boot.h. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "bus/bus.h"
#include "connector/boot.h"
#include "rest/http.h"
#include "wire/reader.h"
#include "wire/schemas.h"

struct scan {
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
		if (http_wait(c->http, NULL, 0, 100, err) != 0)
			return -1;
	}
	return rc == 1 ? 1 : 0;
}

static int
scan_message(void *ctx, const struct bus_message *m, struct err *err)
{
	struct scan *s = ctx;
	struct reader_record r;
	size_t size = s->prefix == NULL ? 0 : strlen(s->prefix);
	int rc;

	if (size > 0 && (m->key == NULL || m->key_size <= size ||
			    memcmp(m->key, s->prefix, size) != 0))
		return 0;
	rc = read_one(s->conf, m, &r, err);
	if (rc != 1)
		return rc;
	rc = s->each(
	    s->ctx, r.topic.type, m->topic, m->offset, r.key, r.value, err);
	reader_fini(&r);
	return rc;
}

int
boot_records(const struct boot_conf *c, const char *topic, const char *prefix,
    boot_each *each, void *ctx, struct err *err)
{
	struct scan s = {c, prefix, each, ctx};
	const char *const topics[] = {topic, NULL};

	return reader_scan(
	    c->bus, topics, c->timeout_ms, scan_message, &s, err);
}

struct statuses {
	jv all;
	int64_t next;
};

static int
keep_last(void *ctx, enum record_type t, const char *topic, int64_t offset,
    const char *key, jv record, struct err *err)
{
	struct statuses *s = ctx;
	jv one;

	(void)t;
	(void)topic;
	(void)err;
	s->next = offset + 1;
	if (jv_get_kind(record) != JV_KIND_OBJECT) {
		s->all = jv_object_delete(s->all, jv_string(key));
		return 0;
	}
	one = jv_copy(record);
	json_set_int(&one, "offset", offset);
	json_set(&s->all, key, one);
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
