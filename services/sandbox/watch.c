/* What the sandbox reads off the wire: see watch.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "bus/consumer.h"
#include "event/codec.h"
#include "event/envelope.h"
#include "event/keys.h"
#include "event/schema.h"
#include "sandbox/site.h"
#include "sandbox/subjects.h"
#include "sandbox/watch.h"

enum { CATALOG_INTERVAL_MS = 2000, QUEUE_MAX_BYTES = 1024 * 1024 };

struct watch {
	const struct subjects *subjects;
	struct town *town;
	struct consumer *consumer;
	struct catalog *catalog;
};

static int
assign(struct watch *w, struct err *err)
{
	struct town *t = w->town;
	static const enum record_type types[] = {RECORD_STATUS, RECORD_RECEIPT};
	const size_t n = 2 * t->n_sites;
	struct consumer_place *places = mem_new(n, sizeof(*places));
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		places[i].topic =
		    topic_new(types[i % 2], t->sites[i / 2]->member);
		places[i].offset = CONSUMER_BEGINNING;
	}
	rc = consumer_assign(w->consumer, places, n, err);
	for (i = 0; i < n; i++)
		free((char *)places[i].topic);
	free(places);
	return rc;
}

struct watch *
watch_new(const char *brokers, const struct subjects *subjects, struct town *t,
    struct err *err)
{
	struct bus_conf conf = {.brokers = brokers,
	    .client_id = "twinwire-sandbox",
	    .properties = jv_null()};
	struct watch *w = mem_new(1, sizeof(*w));

	w->subjects = subjects;
	w->town = t;
	w->consumer = consumer_new(&conf, QUEUE_MAX_BYTES, err);
	if (w->consumer == NULL || assign(w, err) != 0)
		goto fail;
	w->catalog = catalog_start(&conf, CATALOG_INTERVAL_MS, err);
	if (w->catalog != NULL)
		return w;
fail:
	watch_free(w);
	return NULL;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	catalog_stop(w->catalog);
	consumer_free(w->consumer);
	free(w);
}

int
watch_status_fd(const struct watch *w)
{
	return consumer_fd(w->consumer);
}

int
watch_catalog_fd(const struct watch *w)
{
	return catalog_fd(w->catalog);
}

static void
light(struct town *t, const char *member, jv status)
{
	jv counters = json_get(status, "counters");
	size_t i;

	for (i = 0; i < t->n_sites; i++) {
		struct site *s = t->sites[i];

		if (strcmp(s->member, member) != 0)
			continue;
		s->pending = json_int(counters, "pending", 0);
		snprintf(s->state, sizeof(s->state), "%s",
		    json_str(status, "state", ""));
		s->lamp_version++;
	}
	jv_free(counters);
}

/* What one of the member's connections says became of a record. */
static void
note_receipt(struct town *t, const char *member, jv receipt)
{
	const char *key = json_str(receipt, "recordKey", "");
	size_t i;

	for (i = 0; i < t->n_sites; i++) {
		struct site *s = t->sites[i];

		if (strcmp(s->member, member) != 0)
			continue;
		if (strcmp(json_str(receipt, "state", ""), "refused") == 0)
			json_set_str(
			    &s->refused, key, json_str(receipt, "reason", ""));
		else
			s->refused =
			    jv_object_delete(s->refused, jv_string(key));
		s->lamp_version++;
	}
}

static void
take_record(struct watch *w, const struct bus_message *m)
{
	const struct schema *schema;
	struct topic_name name;
	struct err err = {0};
	const void *avro;
	size_t size;
	int32_t id;
	jv record;

	if (m->value == NULL || topic_parse(m->topic, &name) != 0)
		return;
	if (envelope_prefix(m->value, m->value_size, &id, &avro, &size, &err) !=
	    0)
		goto bad;
	schema = subjects_schema(w->subjects, id);
	if (schema == NULL) {
		err_set(&err, ERR_REJECT, 0, "no schema %d", (int)id);
		goto bad;
	}
	if (codec_decode(schema, schema_builtin(record_type_schema(name.type)),
		avro, size, &record, &err) != 0)
		goto bad;
	if (name.type == RECORD_STATUS)
		light(w->town, name.member, record);
	else
		note_receipt(w->town, name.member, record);
	jv_free(record);
	return;
bad:
	log_warn("record not understood", "topic", m->topic, "why", err.msg);
}

static void
take_bounds(struct watch *w)
{
	struct err err;
	jv news = catalog_take(w->catalog, &err), topics;

	if (!jv_is_valid(news)) {
		jv_free(news);
		return;
	}
	topics = json_get(news, "topics");
	jv_object_foreach (topics, name, bounds) {
		if (json_int(bounds, "low", 0) > 0 && !w->town->is_cut) {
			w->town->is_cut = 1;
			log_warn("a log has lost its beginning: no more edits",
			    "topic", jv_string_value(name));
		}
		jv_free(name);
		jv_free(bounds);
	}
	jv_free(topics);
	jv_free(news);
}

int
watch_step(struct watch *w, struct err *err)
{
	struct bus_message m;
	int outcome;

	do {
		outcome = consumer_poll(w->consumer, 0, &m, err);
		if (outcome == CONSUMER_MESSAGE)
			take_record(w, &m);
		else if (outcome < 0 && err->class == ERR_FATAL)
			return -1;
	} while (outcome == CONSUMER_MESSAGE || outcome == CONSUMER_EOF);
	take_bounds(w);
	return 0;
}
