/** What the files of the consumer share; for bus/ only. */
#ifndef BUS_CONSUMER_INNER_H
#define BUS_CONSUMER_INNER_H

#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "base/err.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "bus/damage.h"

struct consumer_topic {
	char *name;
	rd_kafka_topic_t *rkt;
	rd_kafka_queue_t *queue;  /* its own, or NULL: the common one */
	rd_kafka_message_t *back; /* put back, before what the queue has */
	int64_t next;		  /* where to go on after a passing fault */
	int is_started;
	int is_missing; /* and that was said */
	int is_left;	/* alone, when it was last asked */
	struct damage damage;
	const char *lost; /* why */
};

struct consumer {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue; /* messages and errors of all topics; errors
				  * alone, if topics are kept apart */
	consumer_takes *takes;	 /* not NULL: they are */
	void *takes_ctx;
	size_t turn;  /* whose it is; n_topics: the common queue's */
	size_t taken; /* in this turn */
	int fd;
	struct consumer_topic *topics;
	size_t n_topics;
	rd_kafka_message_t *held; /* what the caller borrows */
	struct bus_header headers[BUS_HEADERS_MAX];
	uint64_t n_errors;
	struct err trouble; /* not said yet; class NONE: none */
	int is_about_topic; /* trouble is: topics[trouble_topic] */
	size_t trouble_topic;
};

/** Read T from OFFSET on.  -1: ERR. */
int consumer_start(struct consumer *c, struct consumer_topic *t, int64_t offset,
    struct err *err);
/** The same to look for something: where T goes on stays. */
int consumer_start_at(struct consumer *c, struct consumer_topic *t,
    int64_t offset, struct err *err);
/** M is an error, of T or (NULL) of none: -1 with ERR as consumer_poll(). */
int consumer_judge(struct consumer *c, struct consumer_topic *t,
    const rd_kafka_message_t *m, struct err *err);
/** 1 if M says that a batch cannot be read. */
int consumer_is_damage(const rd_kafka_message_t *m);
/** 1 if M is for consumer_search(): that, or what was found behind one. */
int consumer_is_of_search(
    const struct consumer_topic *t, const rd_kafka_message_t *m);
/**
 * Go on looking for where T's batch ends, as M tells.  CONSUMER_MESSAGE with
 * OUT->lost; 0: not found yet, M is done with; CONSUMER_SEARCH_OVER: it could
 * be read after all, M is as any other; -1: ERR.
 */
enum { CONSUMER_SEARCH_OVER = -2 };
int consumer_search(struct consumer *c, struct consumer_topic *t,
    const rd_kafka_message_t *m, struct bus_message *out, struct err *err);

#endif
