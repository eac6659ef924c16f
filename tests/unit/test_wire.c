/*
 * wire/ with a registry of its own (web/server) and the mock cluster: what is
 * written is read back, and every fault has its reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/mock.h"
#include "bus/producer.h"
#include "event/envelope.h"
#include "event/schema.h"
#include "rest/http.h"
#include "rest/registry.h"
#include "web/server.h"
#include "wire/reader.h"
#include "wire/schemas.h"
#include "wire/writer.h"

enum { PATIENCE_MS = 30000, NO_SCHEMA = 99, BAD_SCHEMA = 98 };

#define TOPIC "tw.events.volgograd"
#define KEY "site.1@volgograd"

struct world {
	struct mock *mock;
	struct bus_conf conf;
	struct producer *producer;
	struct server *server;
	struct http *http;
	struct registry *registry;
	struct schemas *schemas;
	struct writer *writer;
	int is_ill;   /* the registry answers 503 */
	int is_empty; /* the registry knows nothing */
	int n_requests;
	int n_done;
	struct err last;
};

/* Schema ids are 1 + the place among the built-in ones. */
static void
registry_answer(
    void *ctx, const struct server_request *r, struct server_answer *a)
{
	struct world *w = ctx;
	const struct schema *s = NULL;
	const char *tail = strrchr(r->path, '/') + 1;
	jv body = jv_object();
	size_t i;

	w->n_requests++;
	a->content_type = "application/json";
	a->status = w->is_ill ? 503 : 200;
	if (strcmp(tail, "98") == 0) {
		json_set_str(&body, "schema", "{\"type\":\"nonsense\"}");
	} else if (strncmp(r->path, "/schemas/ids/", 13) == 0) {
		i = strtoul(tail, NULL, 10);
		s = i > 0 ? schema_builtin_at(i - 1) : NULL;
		if (s != NULL)
			json_set_str(&body, "schema", schema_text(s));
	} else {
		for (i = 0; (s = schema_builtin_at(i)) != NULL; i++)
			if (strcmp(schema_name(s), tail) == 0)
				break;
		json_set_int(&body, "id", (int64_t)i + 1);
	}
	if (w->is_empty || (s == NULL && strcmp(tail, "98") != 0)) {
		a->status = w->is_ill ? 503 : 404;
		json_set_int(&body, "error_code", 40403);
	}
	body = jv_dump_string(body, 0);
	a->body = mem_dup(jv_string_value(body));
	a->body_size = strlen(a->body);
	jv_free(body);
}

static struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));
	char url[64];
	struct http_site_conf site = {
	    .base_url = url,
	    .policy = {.allow_private = 1},
	    .timeout_ms = 5000,
	};
	struct err err;

	w->mock = mock_new(1, &err);
	assert_non_null(w->mock);
	assert_int_equal(mock_create(w->mock, TOPIC, &err), 0);
	w->conf.brokers = mock_brokers(w->mock);
	w->conf.properties = jv_object_set(
	    jv_object(), jv_string("client.id"), jv_string("test"));
	w->producer = producer_new(&w->conf, &err);
	w->server = server_new("127.0.0.1", 0, registry_answer, w, &err);
	assert_non_null(w->server);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u",
	    (unsigned)server_port(w->server));
	w->http = http_new(4, &err);
	w->registry = registry_new(w->http, &site, &err);
	assert_non_null(w->registry);
	w->schemas = schemas_new(w->registry, NULL);
	w->writer = writer_new(w->producer, w->schemas, "/volgograd/site");
	return w;
}

static void
world_free(struct world *w)
{
	writer_free(w->writer);
	schemas_free(w->schemas);
	registry_free(w->registry);
	http_free(w->http);
	server_free(w->server);
	producer_free(w->producer);
	mock_free(w->mock);
	jv_free(w->conf.properties);
	free(w);
}

/* One turn of the loop that a program has. */
static void
turn(struct world *w)
{
	struct http_fd fd = {.fd = server_fd(w->server)};
	struct err err;

	assert_int_equal(http_wait(w->http, &fd, 1, 20, &err), 0);
	server_step(w->server);
	assert_int_equal(producer_poll(w->producer, 0, &err), 0);
}

static void
on_done(void *ctx, int64_t offset, const struct err *err)
{
	struct world *w = ctx;

	(void)offset;
	w->n_done++;
	w->last = *err;
}

static jv
event(const char *publisher)
{
	const char *text = "{\"uid\":\"" KEY "\",\"kind\":\"meeting\","
			   "\"status\":\"confirmed\","
			   "\"title\":{\"ru\":\"Форум\",\"zh\":\"论坛\"},"
			   "\"start\":\"2022-10-31T13:00:00\","
			   "\"tz\":\"Europe/Volgograd\"}";
	jv v = jv_parse(text);

	assert_true(jv_is_valid(v));
	json_set_str(&v, "publisher", publisher);
	return v;
}

static int
send_event(struct world *w, const char *publisher, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	jv record = event(publisher);
	int rc;

	while ((rc = writer_send(w->writer, RECORD_EVENT, TOPIC, KEY, record,
		    on_done, w, err)) == 0 &&
	       clock_mono_ms() < end_ms)
		turn(w);
	jv_free(record);
	return rc;
}

static void
send_bytes(struct world *w, const char *topic, const char *key,
    const void *value, size_t size)
{
	const struct bus_message m = {
	    .topic = topic,
	    .key = key,
	    .key_size = key != NULL ? strlen(key) : 0,
	    .value = value,
	    .value_size = size,
	};
	struct err err;

	assert_int_equal(producer_send(w->producer, &m, on_done, w, &err), 0);
}

struct judged {
	struct world *world;
	int n;
	struct reader_record record; /* of the last one that could be read */
	char reason[64];	     /* of the last one that could not */
	struct bus_message last;     /* only numbers are valid */
	struct buf value;
	jv headers;
};

static int
read_whole(struct world *w, const struct bus_message *m,
    struct reader_record *out, const char **reason, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	int rc;

	while ((rc = reader_read(w->schemas, m, NULL, out, reason, err)) == 0 &&
	       clock_mono_ms() < end_ms)
		turn(w);
	return rc;
}

static int
judge(void *ctx, const struct bus_message *m, struct err *err)
{
	struct judged *j = ctx;
	struct reader_record r;
	const char *reason = "";
	size_t i;

	j->n++;
	j->last = *m;
	buf_clear(&j->value);
	buf_add(&j->value, m->value, m->value_size);
	jv_free(j->headers);
	j->headers = jv_object();
	for (i = 0; i < m->n_headers; i++)
		json_set(&j->headers, m->headers[i].name,
		    jv_string_sized(
			m->headers[i].value, (int)m->headers[i].size));
	if (read_whole(j->world, m, &r, &reason, err) == 1) {
		if (j->record.key != NULL)
			reader_fini(&j->record);
		j->record = r;
	} else {
		assert_int_equal(err->class, ERR_REJECT);
		snprintf(j->reason, sizeof(j->reason), "%s", reason);
	}
	return 0;
}

static void
scan(struct world *w, const char *topic, struct judged *j)
{
	const char *const topics[] = {topic, "tw.notices", NULL};
	struct err err = {0};

	*j = (struct judged){.world = w, .headers = jv_null()};
	j->record.value = jv_null();
	assert_int_equal(producer_flush(w->producer, PATIENCE_MS, &err), 0);
	if (reader_scan(&w->conf, topics, PATIENCE_MS, judge, j, &err) < 0)
		fail_msg("%s", err.msg);
}

static void
judged_fini(struct judged *j)
{
	reader_fini(&j->record);
	buf_free(&j->value);
	jv_free(j->headers);
}

static void
a_record_is_read_as_it_was_written(void **state)
{
	struct world *w = world_new();
	struct judged j;
	struct err err;
	jv title;

	(void)state;
	assert_int_equal(send_event(w, "volgograd", &err), 1);
	scan(w, TOPIC, &j);
	assert_int_equal(w->n_done, 1);
	assert_int_equal(j.n, 1);
	assert_string_equal(j.reason, "");
	assert_string_equal(j.record.key, KEY);
	assert_int_equal(j.record.topic.type, RECORD_EVENT);
	assert_string_equal(j.record.topic.member, "volgograd");
	title = json_get(j.record.value, "title");
	assert_string_equal(json_str(title, "zh", ""), "论坛");
	jv_free(title);
	assert_string_equal(
	    json_str(j.headers, "ce_type", ""), "org.twinwire.v1.Event");
	assert_string_equal(
	    json_str(j.headers, "ce_source", ""), "/volgograd/site");
	assert_string_equal(json_str(j.headers, "ce_specversion", ""), "1.0");
	assert_int_equal(strlen(json_str(j.headers, "ce_id", "")), 36);
	judged_fini(&j);
	world_free(w);
}

static void
a_tombstone_needs_no_schema(void **state)
{
	struct world *w = world_new();
	struct judged j;
	struct err err;

	(void)state;
	assert_int_equal(writer_send(w->writer, RECORD_EVENT, TOPIC, KEY,
			     jv_null(), on_done, w, &err),
	    1);
	scan(w, TOPIC, &j);
	assert_int_equal(j.n, 1);
	assert_int_equal(jv_get_kind(j.record.value), JV_KIND_NULL);
	assert_null(j.last.value);
	assert_int_equal(w->n_requests, 0);
	judged_fini(&j);
	world_free(w);
}

static void
the_registry_is_asked_once_an_id(void **state)
{
	struct world *w = world_new();
	struct judged j;
	struct err err;
	int i;

	(void)state;
	for (i = 0; i < 20; i++)
		assert_int_equal(send_event(w, "volgograd", &err), 1);
	scan(w, TOPIC, &j);
	assert_int_equal(j.n, 20);
	assert_int_equal(w->n_requests, 2);
	judged_fini(&j);
	world_free(w);
}

/* A framed value under schema ID. */
static void
send_framed(struct world *w, const char *topic, const char *key, int32_t id,
    const char *avro)
{
	struct buf b = {0};

	envelope_put_prefix(&b, id);
	buf_puts(&b, avro);
	send_bytes(w, topic, key, b.data, b.size);
	buf_free(&b);
}

static int32_t
id_of(const char *name)
{
	int32_t i;

	for (i = 0; schema_builtin_at((size_t)i) != NULL; i++)
		if (schema_builtin_at((size_t)i) == schema_builtin(name))
			return i + 1;
	fail_msg("no schema %s", name);
	return -1;
}

static void
every_fault_has_its_reason(void **state)
{
	const int32_t event_id = id_of("Event"), receipt_id = id_of("Receipt");
	const struct {
		const char *reason;
		const char *topic;
		const char *key;
		int32_t id; /* -1: no frame */
		const char *bytes;
	} cases[] = {
	    {"bad_topic", "tw.dead.volgograd", KEY, event_id, ""},
	    {"bad_topic", "other", KEY, event_id, ""},
	    {"no_key", TOPIC, NULL, event_id, ""},
	    {"no_key", TOPIC, "", event_id, ""},
	    {"no_key", TOPIC, "\xff", event_id, ""},
	    {"bad_framing", TOPIC, KEY, -1, "{}"},
	    {"bad_framing", TOPIC, KEY, -1, ""},
	    {"unknown_schema", TOPIC, KEY, NO_SCHEMA, ""},
	    {"unknown_schema", TOPIC, KEY, BAD_SCHEMA, ""},
	    {"wrong_schema", TOPIC, KEY, receipt_id, ""},
	    {"bad_avro", TOPIC, KEY, event_id, "\x02"},
	    {"bad_avro", TOPIC, KEY, event_id, ""},
	};
	struct world *w = world_new();
	struct judged j;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cases[i].topic, TOPIC) != 0)
			assert_int_equal(
			    mock_create(w->mock, cases[i].topic, &err), 0);
		if (cases[i].id < 0)
			send_bytes(w, cases[i].topic, cases[i].key,
			    cases[i].bytes, strlen(cases[i].bytes));
		else
			send_framed(w, cases[i].topic, cases[i].key,
			    cases[i].id, cases[i].bytes);
		scan(w, cases[i].topic, &j);
		assert_true(j.n > 0);
		assert_string_equal(j.reason, cases[i].reason);
		judged_fini(&j);
	}
	/* The next good record goes through. */
	assert_int_equal(send_event(w, "volgograd", &err), 1);
	scan(w, TOPIC, &j);
	assert_non_null(j.record.key);
	judged_fini(&j);
	world_free(w);
}

/* Names that are long in an alphabet of their own make keys that are. */
static void
a_receipt_of_the_longest_key_is_read(void **state)
{
	static const char topic[] = "tw.receipts.volgograd";
	char key[KEY_RECEIPT_MAX_BYTES + 1], *of = key + KEY_ID_MAX + 1;
	struct world *w = world_new();
	jv record = jv_object();
	struct judged j;
	struct err err;
	int rc;

	(void)state;
	memset(key, 'c', sizeof(key) - 1);
	key[KEY_ID_MAX] = '\0';
	snprintf(of, KEY_MAX_BYTES + 1, "site.%0*d@volgograd",
	    KEY_MAX_BYTES - (int)strlen("site.@volgograd"), 1);
	assert_int_equal(strlen(of), KEY_MAX_BYTES);
	json_set_str(&record, "connection", key);
	json_set_str(&record, "recordKey", of);
	key[KEY_ID_MAX] = '|';
	assert_int_equal(mock_create(w->mock, topic, &err), 0);
	while ((rc = writer_send(w->writer, RECORD_RECEIPT, topic, key, record,
		    on_done, w, &err)) == 0)
		turn(w);
	assert_int_equal(rc, 1);
	scan(w, topic, &j);
	assert_string_equal(j.reason, "");
	assert_string_equal(j.record.key, key);
	judged_fini(&j);
	jv_free(record);
	world_free(w);
}

static void
another_members_record_is_refused(void **state)
{
	struct world *w = world_new();
	struct judged j;
	struct err err;

	(void)state;
	assert_int_equal(send_event(w, "cpaffc", &err), 1);
	scan(w, TOPIC, &j);
	assert_string_equal(j.reason, "origin_mismatch");
	judged_fini(&j);
	world_free(w);
}

static void
a_schema_nobody_registered_is_said(void **state)
{
	struct world *w = world_new();
	struct err err = {0};

	(void)state;
	w->is_empty = 1;
	assert_int_equal(send_event(w, "volgograd", &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_non_null(strstr(err.msg, "twinwire provision"));
	assert_int_equal(w->n_done, 0);
	world_free(w);
}

static void
a_registry_that_is_ill_is_asked_again(void **state)
{
	struct world *w = world_new();
	jv record = event("volgograd");
	struct err err = {0};
	int rc = 0;

	(void)state;
	w->is_ill = 1;
	while (w->n_requests < 3) {
		rc = writer_send(w->writer, RECORD_EVENT, TOPIC, KEY, record,
		    on_done, w, &err);
		assert_int_equal(rc, 0);
		turn(w);
	}
	assert_true(schemas_trouble(w->schemas)[0] != '\0');
	w->is_ill = 0;
	assert_int_equal(send_event(w, "volgograd", &err), 1);
	assert_string_equal(schemas_trouble(w->schemas), "");
	jv_free(record);
	world_free(w);
}

static int
ask(struct world *w, int32_t id, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	const struct schema *schema;
	int rc;

	while ((rc = schemas_reader(w->schemas, id, &schema, err)) == 0 &&
	       clock_mono_ms() < end_ms)
		turn(w);
	return rc;
}

static void
an_id_that_nobody_has_is_no_trouble(void **state)
{
	struct world *w = world_new();
	const struct schema *schema;
	struct err err;

	(void)state;
	assert_int_equal(ask(w, NO_SCHEMA, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_string_equal(schemas_trouble(w->schemas), "");
	/* Nor does it hide that the registry is ill, until it answers. */
	w->is_ill = 1;
	while (schemas_trouble(w->schemas)[0] == '\0') {
		assert_int_equal(
		    schemas_reader(w->schemas, 1, &schema, &err), 0);
		turn(w);
	}
	w->is_ill = 0;
	assert_int_equal(ask(w, NO_SCHEMA + 1, &err), -1);
	assert_string_equal(schemas_trouble(w->schemas), "");
	world_free(w);
}

static void
bogus_ids_do_not_shut_out_a_good_one(void **state)
{
	struct world *w = world_new();
	struct err err;
	int n;

	(void)state;
	for (int32_t i = 0; i <= SCHEMAS_READERS_MAX; i++)
		assert_int_equal(ask(w, 1000 + i, &err), -1);
	n = w->n_requests;
	assert_int_equal(ask(w, id_of("Event"), &err), 1);
	assert_int_equal(w->n_requests, n + 1);
	/* The youngest is still known, the oldest is asked again. */
	assert_int_equal(ask(w, 1000 + SCHEMAS_READERS_MAX, &err), -1);
	assert_int_equal(w->n_requests, n + 1);
	assert_int_equal(ask(w, 1000, &err), -1);
	assert_int_equal(w->n_requests, n + 2);
	world_free(w);
}

static const char *
load(void *ctx, int32_t id)
{
	const char **texts = ctx;

	return texts[id];
}

static void
save(void *ctx, int32_t id, const char *text)
{
	const char **texts = ctx;

	assert_null(texts[id]);
	texts[id] = strdup(text);
}

static void
a_cached_schema_outlives_the_registry(void **state)
{
	struct world *w = world_new();
	const char *texts[128] = {0};
	const struct schemas_cache cache = {load, save, texts};
	const struct schema *schema;
	int32_t id = id_of("Event");
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	struct err err;
	int rc;

	(void)state;
	schemas_free(w->schemas);
	w->schemas = schemas_new(w->registry, &cache);
	while ((rc = schemas_reader(w->schemas, id, &schema, &err)) == 0 &&
	       clock_mono_ms() < end_ms)
		turn(w);
	assert_int_equal(rc, 1);
	assert_non_null(texts[id]);
	schemas_free(w->schemas);
	w->schemas = schemas_new(w->registry, &cache);
	w->is_ill = 1;
	assert_int_equal(schemas_reader(w->schemas, id, &schema, &err), 1);
	assert_string_equal(schema_name(schema), "org.twinwire.v1.Event");
	free((void *)(uintptr_t)texts[id]);
	world_free(w);
}

static void
a_dead_letter_keeps_bytes_key_and_headers(void **state)
{
	const struct bus_header headers[] = {
	    {"ce_id", "7", 1},
	    {"tw_reason", "older", 5},
	};
	const struct bus_message m = {
	    .topic = TOPIC,
	    .offset = 17,
	    .key = KEY,
	    .key_size = strlen(KEY),
	    .value = "\0\1\2poison\xff",
	    .value_size = 10,
	    .headers = headers,
	    .n_headers = 2,
	};
	struct world *w = world_new();
	struct judged j;
	struct err err;
	jv why = jv_object();

	(void)state;
	json_set_str(&why, "reason", "bad_avro");
	json_set_str(&why, "topic", TOPIC);
	assert_int_equal(mock_create(w->mock, "tw.dead.volgograd", &err), 0);
	assert_int_equal(writer_dead(w->writer, "tw.dead.volgograd",
			     "site|" KEY, &m, why, on_done, w, &err),
	    1);
	scan(w, "tw.dead.volgograd", &j);
	assert_int_equal(j.n, 1);
	assert_int_equal(j.value.size, 10);
	assert_memory_equal(j.value.data, m.value, 10);
	assert_int_equal(j.last.n_headers, 4);
	assert_string_equal(json_str(j.headers, "ce_id", ""), "7");
	assert_string_equal(json_str(j.headers, "tw_reason", ""), "bad_avro");
	assert_string_equal(json_str(j.headers, "tw_topic", ""), TOPIC);
	assert_string_equal(json_str(j.headers, "tw_key", ""), KEY);
	jv_free(why);
	judged_fini(&j);
	world_free(w);
}

static int
stop(void *ctx, const struct bus_message *m, struct err *err)
{
	(void)ctx;
	(void)m;
	return err_set(err, ERR_REJECT, 7, "enough");
}

static void
a_scan_skips_what_is_empty_and_stops_when_told(void **state)
{
	const char *const topics[] = {"tw.events.cpaffc", TOPIC, TOPIC, NULL};
	struct world *w = world_new();
	struct judged j = {.world = w, .headers = jv_null()};
	struct err err = {0};

	(void)state;
	j.record.value = jv_null();
	assert_int_equal(mock_create(w->mock, "tw.events.cpaffc", &err), 0);
	assert_int_equal(
	    reader_scan(&w->conf, topics, PATIENCE_MS, judge, &j, &err), 0);
	assert_int_equal(j.n, 0);
	send_bytes(w, TOPIC, KEY, NULL, 0);
	send_bytes(w, TOPIC, KEY, NULL, 0);
	assert_int_equal(producer_flush(w->producer, PATIENCE_MS, &err), 0);
	assert_int_equal(
	    reader_scan(&w->conf, topics, PATIENCE_MS, judge, &j, &err), 0);
	assert_int_equal(j.n, 2);
	assert_int_equal(
	    reader_scan(&w->conf, topics, PATIENCE_MS, stop, &j, &err), -1);
	assert_int_equal(err.code, 7);
	judged_fini(&j);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_record_is_read_as_it_was_written),
	    cmocka_unit_test(a_tombstone_needs_no_schema),
	    cmocka_unit_test(the_registry_is_asked_once_an_id),
	    cmocka_unit_test(every_fault_has_its_reason),
	    cmocka_unit_test(a_receipt_of_the_longest_key_is_read),
	    cmocka_unit_test(another_members_record_is_refused),
	    cmocka_unit_test(a_schema_nobody_registered_is_said),
	    cmocka_unit_test(a_registry_that_is_ill_is_asked_again),
	    cmocka_unit_test(an_id_that_nobody_has_is_no_trouble),
	    cmocka_unit_test(bogus_ids_do_not_shut_out_a_good_one),
	    cmocka_unit_test(a_cached_schema_outlives_the_registry),
	    cmocka_unit_test(a_dead_letter_keeps_bytes_key_and_headers),
	    cmocka_unit_test(a_scan_skips_what_is_empty_and_stops_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
