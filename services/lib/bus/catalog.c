/* The thread that lists topics: see admin.h. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "bus/client.h"

/* Four questions a round; a stop waits for the one under way. */
enum {
	CATALOG_TIMEOUT_MS = 2000,
	ASKED_MS = 1000, /* between rounds while there are questions */
};

struct catalog {
	struct admin *admin; /* the thread's alone once it runs */
	int64_t interval_ms;
	int fd;
	int is_running;
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t stop;
	int is_stopping;
	jv questions; /* object of question_new() to [topic, wall ms] */
	jv news;
	struct err trouble;
};

static int
is_ours(const char *topic)
{
	return strncmp(topic, "tw.", 3) == 0;
}

/* The name of a question; the caller's. */
static char *
question_new(const char *topic, int64_t wall_ms)
{
	return mem_printf("%lld %s", (long long)wall_ms, topic);
}

/* Where the record is that QUESTION (taken) is about, if its topic is among
 * OURS (borrowed) and led: rd_kafka_offsets_for_times() can abort otherwise. */
static void
answer(struct catalog *c, jv ours, const char *name, jv question, jv *answers)
{
	jv topic = jv_array_get(jv_copy(question), 0);
	jv at = jv_array_get(question, 1);
	jv bounds = json_get(ours, jv_string_value(topic));
	struct err ignored;
	int64_t offset;

	if (json_int(bounds, "high", -1) >= 0 &&
	    admin_offset_at(c->admin, jv_string_value(topic),
		(int64_t)jv_number_value(at), CATALOG_TIMEOUT_MS, &offset,
		&ignored) == 0)
		json_set_int(answers, name, offset);
	jv_free(bounds);
	jv_free(at);
	jv_free(topic);
}

static jv
answer_all(struct catalog *c, jv ours, jv questions)
{
	jv answers = jv_object();

	jv_object_foreach (questions, name, question) {
		answer(c, ours, jv_string_value(name), question, &answers);
		jv_free(name);
	}
	return answers;
}

/* A listing that answers QUESTIONS (borrowed). */
static jv
look(struct catalog *c, jv questions, struct err *err)
{
	int64_t begun_ms = clock_wall_ms();
	jv all = admin_list(c->admin, CATALOG_TIMEOUT_MS, err);
	jv ours = jv_object(), topics;

	if (!jv_is_valid(all))
		goto fail;
	topics = json_get(all, "topics");
	jv_object_foreach (topics, key, value) {
		if (is_ours(jv_string_value(key)))
			ours = jv_object_set(ours, key, value);
		else {
			jv_free(key);
			jv_free(value);
		}
	}
	jv_free(topics);
	if (admin_bounds_all(c->admin, &ours, CATALOG_TIMEOUT_MS, err) < 0)
		goto fail;
	json_set(&all, "answers", answer_all(c, ours, questions));
	json_set(&all, "topics", ours);
	json_set_int(&all, "begun", begun_ms);
	json_set_int(&all, "at", clock_wall_ms());
	return all;
fail:
	jv_free(ours);
	jv_free(all);
	return jv_invalid();
}

static int
is_asked(const struct catalog *c)
{
	return jv_object_length(jv_copy(c->questions)) > 0;
}

/* Under the lock: wait until WAIT_MS after LAST, or for a signal. */
static int
rest_until(struct catalog *c, const struct timespec *last, int64_t wait_ms)
{
	struct timespec until = *last;

	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += (wait_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	return pthread_cond_timedwait(&c->stop, &c->lock, &until);
}

/* Under the lock: wait for the next round; 0 when it is time to stop. */
static int
rest(struct catalog *c)
{
	struct timespec last;

	clock_gettime(CLOCK_MONOTONIC, &last);
	while (!c->is_stopping && rest_until(c, &last,
				      is_asked(c) && c->interval_ms > ASKED_MS
					  ? ASKED_MS
					  : c->interval_ms) != ETIMEDOUT)
		;
	return !c->is_stopping;
}

static void *
run(void *ctx)
{
	struct catalog *c = ctx;
	struct err err;
	jv news, asked;

	pthread_mutex_lock(&c->lock);
	do {
		/* Moved, not shared: jv's counts are not for threads. */
		asked = c->questions;
		c->questions = jv_object();
		pthread_mutex_unlock(&c->lock);
		err = (struct err){0};
		news = look(c, asked, &err);
		pthread_mutex_lock(&c->lock);
		c->trouble = err;
		if (jv_is_valid(news)) {
			jv_free(c->news);
			c->news = news;
		} else {
			jv_free(news);
			/* Asked again. */
			asked = jv_object_merge(asked, c->questions);
			c->questions = jv_copy(asked);
		}
		jv_free(asked);
		client_wake(c->fd);
	} while (rest(c));
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

static int
start(struct catalog *c, struct err *err)
{
	pthread_condattr_t attr;
	int e;

	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->stop, &attr);
	pthread_condattr_destroy(&attr);
	e = pthread_create(&c->thread, NULL, run, c);
	if (e != 0)
		return err_set(err, ERR_FATAL, e, "cannot start a thread: %s",
		    strerror(e));
	c->is_running = 1;
	return 0;
}

struct catalog *
catalog_start(const struct bus_conf *conf, int64_t interval_ms, struct err *err)
{
	struct catalog *c = mem_new(1, sizeof(*c));

	c->interval_ms = interval_ms;
	c->news = jv_invalid();
	c->questions = jv_object();
	c->fd = client_wake_new(err);
	if (c->fd >= 0 && (c->admin = admin_new(conf, err)) != NULL &&
	    start(c, err) == 0)
		return c;
	catalog_stop(c);
	return NULL;
}

void
catalog_stop(struct catalog *c)
{
	if (c == NULL)
		return;
	if (c->is_running) {
		pthread_mutex_lock(&c->lock);
		c->is_stopping = 1;
		pthread_cond_signal(&c->stop);
		pthread_mutex_unlock(&c->lock);
		pthread_join(c->thread, NULL);
		pthread_cond_destroy(&c->stop);
		pthread_mutex_destroy(&c->lock);
	}
	admin_free(c->admin);
	jv_free(c->news);
	jv_free(c->questions);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

int
catalog_fd(const struct catalog *c)
{
	return c->fd;
}

jv
catalog_take(struct catalog *c, struct err *err)
{
	jv news;

	client_wake_clear(c->fd);
	pthread_mutex_lock(&c->lock);
	news = c->news;
	c->news = jv_invalid();
	if (err != NULL)
		*err = c->trouble;
	pthread_mutex_unlock(&c->lock);
	return news;
}

void
catalog_ask(struct catalog *c, const char *topic, int64_t wall_ms)
{
	char *name = question_new(topic, wall_ms);

	pthread_mutex_lock(&c->lock);
	json_set(&c->questions, name,
	    JV_ARRAY(jv_string(topic), jv_number((double)wall_ms)));
	pthread_cond_signal(&c->stop);
	pthread_mutex_unlock(&c->lock);
	free(name);
}

int64_t
catalog_answer(jv listing, const char *topic, int64_t wall_ms)
{
	char *name = question_new(topic, wall_ms);
	jv answers = json_get(listing, "answers");
	int64_t offset = json_int(answers, name, -1);

	jv_free(answers);
	free(name);
	return offset;
}
