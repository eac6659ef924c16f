/* The topics of the sandbox's wire: see topics.h. */
#include <pthread.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "bus/mock.h"
#include "event/keys.h"
#include "sandbox/site.h"
#include "sandbox/topics.h"

struct job {
	pthread_t thread;
	struct mock *mock;
	char *topic;
	int rc;
	struct err err;
};

static void *
make(void *ctx)
{
	struct job *j = ctx;

	j->rc = mock_create(j->mock, j->topic, &j->err);
	return NULL;
}

/*
 * All at once: the mock cluster of librdkafka 2.0 sleeps through some of the
 * wake-ups, so that one after the other each might take its second.
 */
static int
make_all(struct job *jobs, size_t n, struct err *err)
{
	size_t i, started;
	int rc = 0;

	for (started = 0; started < n; started++)
		if (pthread_create(
			&jobs[started].thread, NULL, make, &jobs[started]) != 0)
			break;
	if (started < n)
		rc = err_set(err, ERR_FATAL, 0, "cannot start a thread");
	for (i = 0; i < started; i++) {
		pthread_join(jobs[i].thread, NULL);
		if (jobs[i].rc != 0) {
			*err = jobs[i].err;
			rc = -1;
		}
	}
	return rc;
}

int
topics_make(struct mock *m, const struct town *t, struct err *err)
{
	static const enum record_type types[] = {RECORD_CLAIM, RECORD_EVENT,
	    RECORD_ORGANIZATION, RECORD_RECEIPT, RECORD_STATUS, RECORD_COMMAND};
	const size_t n_types = sizeof(types) / sizeof(types[0]);
	size_t n = t->n_sites * (n_types + 1) + 2, at = 0, i, k;
	struct job *jobs = mem_new(n, sizeof(*jobs));
	int rc;

	for (i = 0; i < t->n_sites; i++) {
		const char *member = t->sites[i]->member;

		for (k = 0; k < n_types; k++)
			jobs[at++].topic = topic_new(types[k], member);
		jobs[at++].topic = mem_printf("tw.dead.%s", member);
	}
	jobs[at++].topic = topic_new(RECORD_PARTNERSHIP, "");
	jobs[at++].topic = topic_new(RECORD_NOTICE, "");
	for (i = 0; i < n; i++)
		jobs[i].mock = m;
	rc = make_all(jobs, n, err);
	for (i = 0; i < n; i++)
		free(jobs[i].topic);
	free(jobs);
	return rc;
}
