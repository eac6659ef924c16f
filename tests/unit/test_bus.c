/* The clients of bus/ against librdkafka's mock cluster, no network. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "bus/admin.h"
#include "bus/consumer.h"
#include "bus/mock.h"
#include "bus/producer.h"

enum { PATIENCE_MS = 30000, QUEUE_BYTES = 256 * 1024 };

#define TOPIC "tw.events.volgograd"

struct world {
	struct mock *mock;
	struct bus_conf conf;
	struct producer *producer;
	struct consumer *consumer;
	int reports;
	int64_t last_offset;
	struct err last_err;
};

static struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err err;
	jv quick = jv_object();

	/* The mock answers a waiting fetch only when its wait is over. */
	quick = jv_object_set(quick,
	    jv_string("topic.metadata.propagation.max.ms"), jv_number(100));
	quick = jv_object_set(quick,
	    jv_string("topic.metadata.refresh.interval.ms"), jv_number(200));
	w->mock = mock_new(1, &err);
	assert_non_null(w->mock);
	assert_int_equal(mock_create(w->mock, TOPIC, &err), 0);
	w->conf.brokers = mock_brokers(w->mock);
	w->conf.client_id = "test";
	w->conf.properties = quick;
	w->producer = producer_new(&w->conf, &err);
	assert_non_null(w->producer);
	w->conf.properties = jv_object_set(
	    jv_copy(quick), jv_string("fetch.wait.max.ms"), jv_string("20"));
	w->consumer = consumer_new(&w->conf, QUEUE_BYTES, &err);
	assert_non_null(w->consumer);
	jv_free(w->conf.properties);
	w->conf.properties = quick;
	return w;
}

static void
world_free(struct world *w)
{
	consumer_free(w->consumer);
	producer_free(w->producer);
	mock_free(w->mock);
	jv_free(w->conf.properties);
	free(w);
}

static void
on_done(void *ctx, int64_t offset, const struct err *err)
{
	struct world *w = ctx;

	w->reports++;
	w->last_offset = offset;
	w->last_err = *err;
}

static void
send_text(
    struct world *w, const char *topic, const char *key, const char *value)
{
	const struct bus_message m = {
	    .topic = topic,
	    .key = key,
	    .key_size = key != NULL ? strlen(key) : 0,
	    .value = value,
	    .value_size = value != NULL ? strlen(value) : 0,
	};
	struct err err;

	assert_int_equal(producer_send(w->producer, &m, on_done, w, &err), 0);
}

static void
send_all(struct world *w, const char *key, const char *value)
{
	struct err err = {0};

	send_text(w, TOPIC, key, value);
	if (producer_flush(w->producer, PATIENCE_MS, &err) < 0)
		fail_msg("%s", err.msg);
}

static void
assign(struct world *w, const char *topic, int64_t offset)
{
	const struct consumer_place place = {topic, offset};
	struct err err;

	assert_int_equal(consumer_assign(w->consumer, &place, 1, &err), 0);
}

/* The next outcome, waited for through the descriptor as a loop does. */
static int
wait_for(struct world *w, struct bus_message *m, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	struct pollfd fd = {.fd = consumer_fd(w->consumer), .events = POLLIN};
	int outcome;

	while (clock_mono_ms() < end_ms) {
		outcome = consumer_poll(w->consumer, 0, m, err);
		if (outcome > 0 || (outcome < 0 && err->class != ERR_RETRY))
			return outcome;
		if (outcome == CONSUMER_NOTHING)
			poll(&fd, 1, 1000);
	}
	return CONSUMER_NOTHING;
}

static int
wait_for_message(struct world *w, struct bus_message *m)
{
	struct err err = {0};
	int outcome;

	do
		outcome = wait_for(w, m, &err);
	while (outcome == CONSUMER_EOF);
	if (outcome < 0)
		fail_msg("%s", err.msg);
	return outcome;
}

static void
a_message_comes_back_as_it_was_sent(void **state)
{
	const struct bus_header headers[] = {
	    {"ce_id", "1", 1},
	    {"empty", "", 0},
	    {"none", NULL, 0},
	    {"bytes", "\0\1\2", 3},
	};
	const struct bus_message sent = {
	    .topic = TOPIC,
	    .key = "site.1@volgograd",
	    .key_size = 16,
	    .value = "a\0b",
	    .value_size = 3,
	    .headers = headers,
	    .n_headers = 4,
	};
	struct world *w = world_new();
	struct bus_message m;
	struct err err = {0};

	(void)state;
	assert_int_equal(
	    producer_send(w->producer, &sent, on_done, w, &err), 0);
	assert_int_equal(producer_pending(w->producer), 1);
	assert_int_equal(producer_flush(w->producer, PATIENCE_MS, &err), 0);
	assert_int_equal(w->reports, 1);
	assert_int_equal(w->last_offset, 0);
	assert_int_equal(w->last_err.class, ERR_NONE);
	assign(w, TOPIC, CONSUMER_BEGINNING);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_string_equal(m.topic, TOPIC);
	assert_int_equal(m.offset, 0);
	assert_true(m.timestamp_ms > 0);
	assert_int_equal(m.key_size, 16);
	assert_memory_equal(m.key, sent.key, 16);
	assert_int_equal(m.value_size, 3);
	assert_memory_equal(m.value, "a\0b", 3);
	assert_int_equal(m.n_headers, 4);
	assert_string_equal(m.headers[0].name, "ce_id");
	assert_memory_equal(m.headers[0].value, "1", 1);
	assert_int_equal(m.headers[1].size, 0);
	assert_null(m.headers[2].value);
	assert_memory_equal(m.headers[3].value, "\0\1\2", 3);
	assert_int_equal(wait_for(w, &m, &err), CONSUMER_EOF);
	assert_int_equal(m.offset, 1);
	world_free(w);
}

static void
null_and_empty_values_differ(void **state)
{
	struct world *w = world_new();
	struct bus_message m;

	(void)state;
	send_all(w, "k", NULL);
	send_all(w, "k", "");
	send_all(w, NULL, "v");
	assign(w, TOPIC, 0);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_null(m.value);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_non_null(m.value);
	assert_int_equal(m.value_size, 0);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_null(m.key);
	world_free(w);
}

static void
the_descriptor_wakes_for_late_messages(void **state)
{
	struct world *w = world_new();
	struct bus_message m;
	struct err err = {0};
	int i;

	(void)state;
	assign(w, TOPIC, CONSUMER_BEGINNING);
	assert_int_equal(wait_for(w, &m, &err), CONSUMER_EOF);
	for (i = 0; i < 20; i++) {
		send_all(w, "k", "v");
		assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
		assert_int_equal(m.offset, i);
	}
	world_free(w);
}

static void
a_reader_that_stops_early_is_still_awake(void **state)
{
	struct world *w = world_new();
	struct pollfd fd = {.fd = consumer_fd(w->consumer), .events = POLLIN};
	struct bus_message m;

	(void)state;
	send_all(w, "k", "1");
	send_all(w, "k", "2");
	send_all(w, "k", "3");
	assign(w, TOPIC, CONSUMER_BEGINNING);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	world_free(w);
}

/* TOPIC is left alone while that is set. */
static int
takes(void *ctx, const char *topic)
{
	const int *is_left = ctx;

	return !*is_left || strcmp(topic, TOPIC) != 0;
}

static void
a_topic_that_is_left_alone_holds_up_no_other(void **state)
{
	static const char other[] = "tw.events.mag";
	struct world *w = world_new();
	struct bus_message m;
	struct err err = {0};
	int is_left = 1;

	(void)state;
	assert_int_equal(mock_create(w->mock, other, &err), 0);
	for (int i = 0; i < 100; i++)
		send_text(w, TOPIC, "k", "much");
	send_text(w, other, "k", "little");
	assert_int_equal(producer_flush(w->producer, PATIENCE_MS, &err), 0);
	consumer_keep_apart(w->consumer, takes, &is_left);
	assign(w, TOPIC, CONSUMER_BEGINNING);
	assign(w, other, CONSUMER_BEGINNING);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_string_equal(m.topic, other);
	assert_int_equal(wait_for(w, &m, &err), CONSUMER_EOF);
	while (consumer_poll(w->consumer, 0, &m, &err) != CONSUMER_NOTHING)
		;
	assert_true(consumer_leaves(w->consumer));
	assert_false(consumer_has_back(w->consumer));
	is_left = 0;
	assert_true(consumer_has_back(w->consumer));
	for (int i = 0; i < 100; i++) {
		assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
		assert_int_equal(m.offset, i);
	}
	assert_false(consumer_leaves(w->consumer));
	/* And in turn, while both have much. */
	for (int i = 0; i < 400; i++)
		send_text(w, i % 2 ? TOPIC : other, "k", "both");
	assert_int_equal(producer_flush(w->producer, PATIENCE_MS, &err), 0);
	for (int i = 0; i < 400; i++)
		assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	world_free(w);
}

static void
what_is_put_back_comes_again_in_its_place(void **state)
{
	static const char other[] = "tw.notices";
	struct world *w = world_new();
	struct bus_message m;
	struct err err;
	int is_left = 0;

	(void)state;
	assert_int_equal(mock_create(w->mock, other, &err), 0);
	for (int i = 0; i < 3; i++)
		send_text(w, TOPIC, "k", "waits");
	assert_int_equal(producer_flush(w->producer, PATIENCE_MS, &err), 0);
	consumer_keep_apart(w->consumer, takes, &is_left);
	assign(w, TOPIC, CONSUMER_BEGINNING);
	assign(w, other, CONSUMER_BEGINNING);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_int_equal(m.offset, 0);
	consumer_put_back(w->consumer);
	is_left = 1;
	send_text(w, other, "k", "does not");
	assert_int_equal(producer_flush(w->producer, PATIENCE_MS, &err), 0);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_string_equal(m.topic, other);
	assert_true(consumer_leaves(w->consumer));
	is_left = 0;
	assert_true(consumer_has_back(w->consumer));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
		assert_int_equal(m.offset, i);
	}
	/* Moved or freed, it is forgotten. */
	consumer_put_back(w->consumer);
	assign(w, TOPIC, 1);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_int_equal(m.offset, 1);
	consumer_put_back(w->consumer);
	world_free(w);
}

static void
topics_are_added_and_moved_one_by_one(void **state)
{
	struct world *w = world_new();
	struct bus_message m;
	struct err err;

	(void)state;
	assert_int_equal(mock_create(w->mock, "tw.notices", &err), 0);
	send_all(w, "k", "first");
	send_all(w, "k", "second");
	assign(w, TOPIC, 1);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_int_equal(m.offset, 1);
	send_text(w, "tw.notices", "n", "v");
	assert_int_equal(producer_flush(w->producer, PATIENCE_MS, &err), 0);
	assign(w, "tw.notices", CONSUMER_BEGINNING);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_string_equal(m.topic, "tw.notices");
	assign(w, TOPIC, 0);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	assert_string_equal(m.topic, TOPIC);
	assert_int_equal(m.offset, 0);
	world_free(w);
}

static void
a_place_outside_the_log_is_said(void **state)
{
	struct world *w = world_new();
	struct bus_message m;
	struct err err = {0};

	(void)state;
	send_all(w, "k", "v");
	assign(w, TOPIC, 100);
	assert_int_equal(wait_for(w, &m, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_int_equal(err.code, CONSUMER_OUT_OF_RANGE);
	assert_string_equal(m.topic, TOPIC);
	assign(w, TOPIC, CONSUMER_BEGINNING);
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	world_free(w);
}

static void
nothing_is_lost_while_the_broker_is_away(void **state)
{
	struct world *w = world_new();
	struct bus_message m;
	struct err err = {0};
	int i;

	(void)state;
	assign(w, TOPIC, CONSUMER_BEGINNING);
	send_all(w, "k", "v");
	assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
	mock_set_up(w->mock, 1, 0);
	for (i = 0; i < 10; i++)
		send_text(w, TOPIC, "k", "v");
	assert_int_equal(producer_flush(w->producer, 300, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	assert_int_equal(w->reports, 1);
	mock_set_up(w->mock, 1, 1);
	assert_int_equal(producer_flush(w->producer, PATIENCE_MS, &err), 0);
	assert_int_equal(w->reports, 11);
	for (i = 1; i <= 10; i++) {
		assert_int_equal(wait_for_message(w, &m), CONSUMER_MESSAGE);
		assert_int_equal(m.offset, i);
	}
	world_free(w);
}

static void
a_message_too_large_is_rejected_at_once(void **state)
{
	struct world *w = world_new();
	char *big = calloc(1, BUS_MESSAGE_MAX_BYTES + 1);
	const struct bus_message m = {
	    .topic = TOPIC,
	    .value = big,
	    .value_size = BUS_MESSAGE_MAX_BYTES + 1,
	};
	struct err err;

	(void)state;
	assert_int_equal(producer_send(w->producer, &m, on_done, w, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_int_equal(producer_pending(w->producer), 0);
	free(big);
	world_free(w);
}

static void
a_producer_that_closes_reports_what_it_drops(void **state)
{
	struct world *w = world_new();
	struct err err;

	(void)state;
	mock_set_up(w->mock, 1, 0);
	send_text(w, TOPIC, "k", "v");
	send_text(w, TOPIC, "k", "v");
	producer_free(w->producer);
	assert_int_equal(w->reports, 2);
	assert_int_equal(w->last_offset, -1);
	assert_int_equal(w->last_err.class, ERR_RETRY);
	w->producer = producer_new(&w->conf, &err);
	world_free(w);
}

static void
admin_knows_topics_and_bounds(void **state)
{
	struct world *w = world_new();
	struct err err = {0};
	struct admin *a = admin_new(&w->conf, &err);
	int64_t low = -1, high = -1;
	jv all, topics;

	(void)state;
	assert_non_null(a);
	send_all(w, "k", "v");
	all = admin_list(a, PATIENCE_MS, &err);
	assert_true(jv_is_valid(all));
	assert_true(json_str(all, "cluster", "")[0] != '\0');
	topics = json_get(all, "topics");
	assert_true(jv_object_has(jv_copy(topics), jv_string(TOPIC)));
	jv_free(topics);
	jv_free(all);
	assert_int_equal(
	    admin_bounds(a, TOPIC, PATIENCE_MS, &low, &high, &err), 0);
	assert_int_equal(low, 0);
	assert_int_equal(high, 1);
	mock_hide(w->mock, "tw.none");
	assert_int_equal(
	    admin_bounds(a, "tw.none", 1000, &low, &high, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	admin_free(a);
	world_free(w);
}

static jv
take(struct catalog *c)
{
	struct pollfd fd = {.fd = catalog_fd(c), .events = POLLIN};
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	struct err err;
	jv news = jv_invalid();

	while (!jv_is_valid(news) && clock_mono_ms() < end_ms) {
		poll(&fd, 1, 1000);
		jv_free(news);
		news = catalog_take(c, &err);
	}
	assert_true(jv_is_valid(news));
	return news;
}

static int64_t
high_of(jv news, const char *topic)
{
	jv topics = json_get(news, "topics"), one = json_get(topics, topic);
	int64_t high = json_int(one, "high", -1);

	jv_free(one);
	jv_free(topics);
	return high;
}

static void
the_catalog_follows_topics_and_ends(void **state)
{
	struct world *w = world_new();
	struct err err = {0};
	struct catalog *c = catalog_start(&w->conf, 50, &err);
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	int is_seen = 0;
	jv news;

	(void)state;
	assert_non_null(c);
	news = take(c);
	assert_int_equal(high_of(news, TOPIC), 0);
	jv_free(news);
	assert_int_equal(mock_create(w->mock, "tw.notices", &err), 0);
	assert_int_equal(mock_create(w->mock, "other", &err), 0);
	send_all(w, "k", "v");
	while (!is_seen && clock_mono_ms() < end_ms) {
		news = take(c);
		is_seen = high_of(news, TOPIC) == 1 &&
			  high_of(news, "tw.notices") == 0;
		assert_int_equal(high_of(news, "other"), -1);
		jv_free(news);
	}
	assert_true(is_seen);
	catalog_stop(c);
	world_free(w);
}

static void
the_catalog_answers_what_it_is_asked(void **state)
{
	struct world *w = world_new();
	struct err err = {0};
	struct catalog *c = catalog_start(&w->conf, 60 * 60 * 1000, &err);
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS, offset = -1;
	jv news;

	(void)state;
	assert_non_null(c);
	send_all(w, "k", "v");
	catalog_ask(c, TOPIC, 7);
	catalog_ask(c, "tw.no.such", 7);
	while (offset < 0 && clock_mono_ms() < end_ms) {
		news = take(c);
		offset = catalog_answer(news, TOPIC, 7);
		assert_int_equal(catalog_answer(news, TOPIC, 8), -1);
		assert_int_equal(catalog_answer(news, "tw.no.such", 7), -1);
		jv_free(news);
	}
	/* The mock has no index of times: nothing as new, so the end. */
	assert_true(offset >= 0);
	catalog_stop(c);
	world_free(w);
}

static void
the_catalog_says_when_nobody_answers(void **state)
{
	struct world *w = world_new();
	struct err err = {0};
	struct catalog *c;
	struct pollfd fd = {.events = POLLIN};
	jv news;

	(void)state;
	mock_set_up(w->mock, 1, 0);
	c = catalog_start(&w->conf, 10000, &err);
	assert_non_null(c);
	fd.fd = catalog_fd(c);
	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	news = catalog_take(c, &err);
	assert_false(jv_is_valid(news));
	jv_free(news);
	assert_int_equal(err.class, ERR_RETRY);
	catalog_stop(c);
	world_free(w);
}

static void
an_unknown_property_is_named(void **state)
{
	struct bus_conf conf = {"127.0.0.1:1", "test",
	    jv_object_set(jv_object(), jv_string("no.such.thing"), jv_true())};
	struct err err = {0};

	(void)state;
	assert_null(consumer_new(&conf, QUEUE_BYTES, &err));
	assert_int_equal(err.class, ERR_FATAL);
	assert_non_null(strstr(err.msg, "kafka.no.such.thing"));
	assert_null(producer_new(&conf, &err));
	assert_null(admin_new(&conf, &err));
	assert_null(catalog_start(&conf, 1000, &err));
	jv_free(conf.properties);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_message_comes_back_as_it_was_sent),
	    cmocka_unit_test(null_and_empty_values_differ),
	    cmocka_unit_test(the_descriptor_wakes_for_late_messages),
	    cmocka_unit_test(a_reader_that_stops_early_is_still_awake),
	    cmocka_unit_test(a_topic_that_is_left_alone_holds_up_no_other),
	    cmocka_unit_test(what_is_put_back_comes_again_in_its_place),
	    cmocka_unit_test(topics_are_added_and_moved_one_by_one),
	    cmocka_unit_test(a_place_outside_the_log_is_said),
	    cmocka_unit_test(nothing_is_lost_while_the_broker_is_away),
	    cmocka_unit_test(a_message_too_large_is_rejected_at_once),
	    cmocka_unit_test(a_producer_that_closes_reports_what_it_drops),
	    cmocka_unit_test(admin_knows_topics_and_bounds),
	    cmocka_unit_test(the_catalog_follows_topics_and_ends),
	    cmocka_unit_test(the_catalog_answers_what_it_is_asked),
	    cmocka_unit_test(the_catalog_says_when_nobody_answers),
	    cmocka_unit_test(an_unknown_property_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
