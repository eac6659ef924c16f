/*
 * The watchdog of jq programs: see program_inner.h.
 *
 * One thread a process, started by the first run.  It counts the runner's own
 * processor time, so a busy machine refuses no record.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "map/program.h"
#include "map/program_inner.h"

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t started;
	int is_up, is_idle;
	jq_state *running; /* NULL: none */
	int has_fired;
	clockid_t clock;
	int64_t until_ns; /* on that clock */
} dog = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static int64_t
clock_ns(clockid_t id)
{
	struct timespec t = {0};

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Wait for about NS, or until a run begins. */
static void
dog_wait(int64_t ns)
{
	int64_t at = clock_ns(CLOCK_MONOTONIC) + ns;
	struct timespec t = {
	    .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};

	pthread_cond_timedwait(&dog.started, &dog.mutex, &t);
}

static void *
dog_run(void *unused)
{
	int64_t left;

	(void)unused;
	pthread_mutex_lock(&dog.mutex);
	for (;;) {
		if (dog.running == NULL) {
			dog.is_idle = 1;
			pthread_cond_wait(&dog.started, &dog.mutex);
			dog.is_idle = 0;
			continue;
		}
		left = dog.until_ns - clock_ns(dog.clock);
		if (left > 0) {
			dog_wait(left);
			continue;
		}
		/* Only sets a flag that the runner looks at. */
		jq_halt(dog.running, jv_null(), jv_null());
		dog.running = NULL;
		dog.has_fired = 1;
	}
	return NULL;
}

static void
dog_start(void)
{
	enum { STACK_BYTES = 256 * 1024 };
	pthread_condattr_t clock;
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;

	/* A wall clock that is set back must not let a program run on. */
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&dog.started, &clock);
	pthread_condattr_destroy(&clock);
	/* Signals are the program's; this thread takes none. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (pthread_create(&thread, &attr, dog_run, NULL) != 0)
		abort();
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	dog.is_up = 1;
}

void
program_watch(jq_state *jq)
{
	pthread_mutex_lock(&dog.mutex);
	if (!dog.is_up)
		dog_start();
	if (pthread_getcpuclockid(pthread_self(), &dog.clock) != 0)
		abort();
	dog.until_ns =
	    clock_ns(dog.clock) + (int64_t)PROGRAM_RUN_MAX_MS * 1000000;
	dog.running = jq;
	dog.has_fired = 0;
	if (dog.is_idle)
		pthread_cond_signal(&dog.started);
	pthread_mutex_unlock(&dog.mutex);
}

int
program_watched(void)
{
	int fired;

	pthread_mutex_lock(&dog.mutex);
	dog.running = NULL;
	fired = dog.has_fired;
	pthread_mutex_unlock(&dog.mutex);
	return fired;
}
