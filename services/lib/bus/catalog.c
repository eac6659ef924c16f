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
enum { CATALOG_TIMEOUT_MS = 2000 };

struct catalog {
	struct admin *admin; /* the thread's alone once it runs */
	int64_t interval_ms;
	int fd;
	int is_running;
	pthread_t thread;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t stop;
	int is_stopping;
	jv news;
	struct err trouble;
};

static int
is_ours(const char *topic)
{
	return strncmp(topic, "tw.", 3) == 0;
}

static jv
look(struct catalog *c, struct err *err)
{
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
	json_set(&all, "topics", ours);
	json_set_int(&all, "at", clock_wall_ms());
	return all;
fail:
	jv_free(ours);
	jv_free(all);
	return jv_invalid();
}

/* Under the lock: wait for the next round; 0 when it is time to stop. */
static int
rest(struct catalog *c)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += c->interval_ms / 1000;
	until.tv_nsec += (c->interval_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (!c->is_stopping &&
	       pthread_cond_timedwait(&c->stop, &c->lock, &until) != ETIMEDOUT)
		;
	return !c->is_stopping;
}

static void *
run(void *ctx)
{
	struct catalog *c = ctx;
	struct err err;
	jv news;

	pthread_mutex_lock(&c->lock);
	do {
		pthread_mutex_unlock(&c->lock);
		err = (struct err){0};
		news = look(c, &err);
		pthread_mutex_lock(&c->lock);
		c->trouble = err;
		if (jv_is_valid(news)) {
			jv_free(c->news);
			c->news = news;
		} else {
			jv_free(news);
		}
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
