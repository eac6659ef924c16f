/*
 * F9: each code with which a broker can refuse a write.  A message counts once
 * it is in the log, and not before: whatever the code, the report says so and
 * the log has it; or the report is an error of the class on which the sender
 * keeps it (RETRY) or writes a dead letter (REJECT), and the log has it not; or
 * the client is done for, and a new one writes what the old one reports.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "bus/admin.h"
#include "bus/mock.h"
#include "bus/producer.h"

enum { PATIENCE_MS = 30000, CODES = 97 /* Kafka's, from 1 */ };

#define TOPIC "tw.events.volgograd"

struct world {
	struct mock *mock;
	struct bus_conf conf;
	struct admin *admin;
	struct producer *producer;
	int is_reported;
	int64_t offset;
	struct err err;
	size_t n_written, n_retry, n_reject, n_fatal;
};

static struct producer *
start(const struct world *w)
{
	struct err err = {0};
	struct producer *p = producer_new(&w->conf, &err);

	if (p == NULL)
		fail_msg("%s", err.msg);
	return p;
}

static struct world *
world_new(int is_idempotent)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err err = {0};

	w->mock = mock_new(1, &err);
	assert_non_null(w->mock);
	assert_int_equal(mock_create(w->mock, TOPIC, &err), 0);
	w->conf.brokers = mock_brokers(w->mock);
	w->conf.client_id = "test";
	w->conf.properties = jv_object_set(
	    jv_object(), jv_string("retry.backoff.ms"), jv_string("1"));
	if (is_idempotent)
		w->conf.properties = jv_object_set(w->conf.properties,
		    jv_string("enable.idempotence"), jv_string("true"));
	w->admin = admin_new(&w->conf, &err);
	assert_non_null(w->admin);
	w->producer = start(w);
	return w;
}

static void
world_free(struct world *w)
{
	producer_free(w->producer);
	admin_free(w->admin);
	mock_free(w->mock);
	jv_free(w->conf.properties);
	free(w);
}

static void
on_done(void *ctx, int64_t offset, const struct err *err)
{
	struct world *w = ctx;

	assert_false(w->is_reported);
	w->is_reported = 1;
	w->offset = offset;
	w->err = *err;
}

static int64_t
end(const struct world *w)
{
	struct err err = {0};
	int64_t low, high;

	if (admin_bounds(w->admin, TOPIC, PATIENCE_MS, &low, &high, &err) < 0)
		fail_msg("%s", err.msg);
	return high;
}

/* Until the report, or the client's end: 0, or -1. */
static int
write_one(struct world *w)
{
	static const struct bus_message m = {.topic = TOPIC,
	    .key = "k",
	    .key_size = 1,
	    .value = "v",
	    .value_size = 1};
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	struct err err = {0};

	w->is_reported = 0;
	/* What bars a topic is looked at again. */
	while (producer_send(w->producer, &m, on_done, w, &err) < 0) {
		assert_int_equal(err.class, ERR_RETRY);
		assert_true(clock_mono_ms() < end_ms);
		producer_poll(w->producer, 10, &err);
	}
	while (!w->is_reported && clock_mono_ms() < end_ms)
		if (producer_poll(w->producer, 100, &err) < 0) {
			assert_int_equal(err.class, ERR_FATAL);
			return -1;
		}
	assert_true(w->is_reported);
	return 0;
}

static void
is_written(struct world *w, int64_t place)
{
	assert_int_equal(w->err.class, 0);
	assert_int_equal(w->offset, place);
	assert_int_equal(end(w), place + 1);
}

/* As its supervisor starts the program again. */
static void
write_again(struct world *w, int64_t place)
{
	producer_free(w->producer);
	assert_true(w->is_reported);
	assert_int_not_equal(w->err.class, 0);
	assert_int_equal(end(w), place);
	w->producer = start(w);
	assert_int_equal(write_one(w), 0);
	is_written(w, place);
}

/* No broker will ever take it. */
static int
is_about_the_message(int code)
{
	return code == 2 /* INVALID_MSG */ || code == 4 /* .._SIZE */ ||
	       code == 10 /* MSG_SIZE_TOO_LARGE */ ||
	       code == 18 /* RECORD_LIST_TOO_LARGE */ ||
	       code == 87 /* INVALID_RECORD */;
}

static void
refuse(struct world *w, int code)
{
	int64_t place = end(w);

	mock_refuse(w->mock, code);
	if (write_one(w) < 0) {
		w->n_fatal++;
		write_again(w, place);
	} else if (w->err.class == 0) {
		w->n_written++;
		is_written(w, place);
	} else {
		w->n_retry += w->err.class == ERR_RETRY;
		w->n_reject += w->err.class == ERR_REJECT;
		assert_true(
		    w->err.class ==
		    (is_about_the_message(code) ? ERR_REJECT : ERR_RETRY));
		assert_int_equal(w->offset, -1);
		assert_int_equal(end(w), place);
	}
}

static void
refuse_all(int is_idempotent)
{
	struct world *w = world_new(is_idempotent);
	int code;

	for (code = 1; code <= CODES; code++)
		refuse(w, code);
	assert_int_equal(
	    w->n_written + w->n_retry + w->n_reject + w->n_fatal, CODES);
	assert_int_equal(w->n_reject, 5);
	assert_true(w->n_written > 10 && w->n_retry > 50);
	assert_int_equal(w->n_fatal > 0, is_idempotent);
	world_free(w);
}

static void
a_plain_producer(void **state)
{
	(void)state;
	refuse_all(0);
}

static void
an_idempotent_producer(void **state)
{
	(void)state;
	refuse_all(1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plain_producer),
	    cmocka_unit_test(an_idempotent_producer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
