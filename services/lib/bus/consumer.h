/**
 * One Kafka consumer with manual assignment: no group membership, no
 * rebalance, nothing committed (reliability.md section 1 has the settings and
 * why).  Not thread-safe.
 */
#ifndef BUS_CONSUMER_H
#define BUS_CONSUMER_H

#include <stddef.h>
#include <stdint.h>

#include "bus/bus.h"

struct consumer;
struct err;

/** Places in a log besides offsets. */
enum { CONSUMER_BEGINNING = -2, CONSUMER_END = -1 };

struct consumer_place {
	const char *topic; /* partition 0: topics of ours have one */
	int64_t offset;	   /* or CONSUMER_BEGINNING, CONSUMER_END */
};

/**
 * New consumer.  It belongs to no group and commits nothing: positions are the
 * state file's; librdkafka's way to note them for a group without joining it
 * aborts the process when a broker goes (librdkafka#4605).  QUEUE_MAX_BYTES
 * bounds what librdkafka fetches ahead.  NULL with ERR = FATAL.  Does not wait
 * for a broker.
 */
struct consumer *consumer_new(
    const struct bus_conf *conf, size_t queue_max_bytes, struct err *err);
/** Close without waiting for a broker and free; does nothing on NULL. */
void consumer_free(struct consumer *c);
/**
 * Readable until consumer_poll() said CONSUMER_NOTHING, and again when there
 * may be more; borrowed.
 */
int consumer_fd(const struct consumer *c);
/** Add or move topics; those not named stay as they are.  -1: ERR. */
int consumer_assign(struct consumer *c, const struct consumer_place *places,
    size_t n, struct err *err);
/**
 * Ask for TOPIC once more, from behind the last message taken of it; nothing if
 * it was never assigned.  -1: ERR.
 */
int consumer_again(struct consumer *c, const char *topic, struct err *err);
/** That place; below 0 if TOPIC was never assigned, or at no offset. */
int64_t consumer_next(const struct consumer *c, const char *topic);

/** Errors of brokers since the start, for metrics. */
uint64_t consumer_errors(const struct consumer *c);

enum consumer_outcome {
	CONSUMER_NOTHING,
	CONSUMER_MESSAGE, /* *OUT borrowed until the next call on C */
	CONSUMER_EOF	  /* OUT->topic has been read to OUT->offset, its end */
};
/** 1 if a message of TOPIC can be taken now. */
typedef int consumer_takes(void *ctx, const char *topic);
/**
 * Before the first consumer_assign(): each topic has a queue of its own, of
 * QUEUE_MAX_BYTES, and is asked in turn, a batch at a time; one for which TAKES
 * says 0 is left alone, and the others' messages do not stand behind its.
 * consumer_poll() does not wait then.
 */
void consumer_keep_apart(struct consumer *c, consumer_takes *takes, void *ctx);
/**
 * What consumer_poll() gave last comes again when its topic is asked next, and
 * the others' turn is now; only where topics are kept apart.  To be asked at
 * once, it would come at once: have TAKES say 0 until it can be used.
 */
void consumer_put_back(struct consumer *c);
/** 1 if a topic was left alone when it was last asked. */
int consumer_leaves(const struct consumer *c);
/** 1 if such a topic can be taken by now: of it consumer_fd() tells nothing. */
int consumer_has_back(const struct consumer *c);
/**
 * Next message, without waiting longer than WAIT_MS.  A batch that cannot be
 * read (unpacked it is over the limits, or damaged, also when it is fetched
 * again) is one message with OUT->lost, and it goes on behind it: whoever wrote
 * it stops no reader.  -1 with ERR: RETRY for a passing fault (it goes on by
 * itself), REJECT about OUT->topic with one of the codes below (its position
 * lies outside the log, or a broker that leads it no more says so: it rests
 * until assigned anew or consumer_again(); there is no such topic; this user
 * may not read it), FATAL otherwise.
 */
enum { CONSUMER_OUT_OF_RANGE = 1, CONSUMER_NO_TOPIC = 2, CONSUMER_DENIED = 3 };
int consumer_poll(
    struct consumer *c, int wait_ms, struct bus_message *out, struct err *err);

#endif
