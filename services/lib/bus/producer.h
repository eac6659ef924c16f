/**
 * One Kafka producer: acks=all; a message counts when its delivery report says
 * so and not before.  Idempotent on librdkafka >= 2.3, one request in flight
 * below (reliability.md section 1).  Not thread-safe.
 */
#ifndef BUS_PRODUCER_H
#define BUS_PRODUCER_H

#include <stddef.h>
#include <stdint.h>

#include "bus/bus.h"

struct err;
struct producer;

/** Code of a REJECT: the message is larger than is taken, here or there. */
enum { PRODUCER_TOO_LARGE = 1 };
/** OFFSET of the written message, or -1 with ERR (RETRY or REJECT). */
typedef void producer_done(void *ctx, int64_t offset, const struct err *err);

/** NULL with ERR = FATAL.  Does not wait for a broker. */
struct producer *producer_new(const struct bus_conf *conf, struct err *err);
/** Drop what is not delivered (its `done` is called with RETRY) and free. */
void producer_free(struct producer *p);
/** Readable when producer_poll() has reports to serve; borrowed. */
int producer_fd(const struct producer *p);
/**
 * Send M (copied; partition, offset and time are ignored, partition 0 is
 * used).  DONE is called exactly once, from producer_poll() or
 * producer_free().  -1 with ERR: RETRY when the queue is full, REJECT when the
 * message is too large (PRODUCER_TOO_LARGE); DONE is not called then.
 */
int producer_send(struct producer *p, const struct bus_message *m,
    producer_done *done, void *ctx, struct err *err);
/**
 * Serve delivery reports, waiting at most WAIT_MS for the first.  -1 with ERR
 * = FATAL after a fatal client error: free it, make a new one, send again.
 */
int producer_poll(struct producer *p, int wait_ms, struct err *err);
/** Wait until nothing is in flight: 0, or -1 (RETRY) after TIMEOUT_MS. */
int producer_flush(struct producer *p, int timeout_ms, struct err *err);
/** Errors of brokers and deliveries since the start, for metrics. */
uint64_t producer_errors(const struct producer *p);
/** Messages sent and not yet reported. */
size_t producer_pending(const struct producer *p);

#endif
