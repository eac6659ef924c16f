/** Topics: what there is, where logs begin and end; and making them. */
#ifndef BUS_ADMIN_H
#define BUS_ADMIN_H

#include <stddef.h>
#include <stdint.h>

#include "bus/bus.h"

struct admin;
struct err;

/** NULL with ERR = FATAL.  Does not wait for a broker. */
struct admin *admin_new(const struct bus_conf *conf, struct err *err);
/** Does nothing on NULL. */
void admin_free(struct admin *a);
/**
 * New description of the cluster, waiting at most TIMEOUT_MS:
 * {cluster: "id", topics: {"tw.events.x": {partitions: 1, led: true}}}; led:
 * a broker leads it now.
 * jv_invalid() with ERR = RETRY.
 */
jv admin_list(struct admin *a, int timeout_ms, struct err *err);
/**
 * 0 if the cluster has a broker that takes orders about topics, waiting at most
 * TIMEOUT_MS for one.  -1 with ERR = RETRY: it has none.
 */
int admin_controller(struct admin *a, int timeout_ms, struct err *err);
/** First and next-to-write offset of TOPIC, partition 0.  -1: ERR = RETRY. */
int admin_bounds(struct admin *a, const char *topic, int timeout_ms,
    int64_t *out_low, int64_t *out_high, struct err *err);
/**
 * Add `low` and `high` to every topic of *TOPICS (as in admin_list()), at
 * once; one that fails alone or is not led gets none.  -1: ERR = RETRY.
 */
int admin_bounds_all(
    struct admin *a, jv *topics, int timeout_ms, struct err *err);
/**
 * First offset of TOPIC appended at or after WALL_MS (its end if none).
 * -1: ERR = RETRY.
 */
int admin_offset_at(struct admin *a, const char *topic, int64_t wall_ms,
    int timeout_ms, int64_t *out_offset, struct err *err);
/**
 * Create TOPIC with one partition and CONFIG (object of strings, borrowed), or
 * with REPLICAS <= 0 the broker's default.  1 created, 0 there already, -1.
 */
int admin_create(struct admin *a, const char *topic, int replicas, jv config,
    int timeout_ms, struct err *err);
/** Delete TOPIC and all that is in it.  1 deleted, 0 there was none, -1. */
int admin_delete(
    struct admin *a, const char *topic, int timeout_ms, struct err *err);
/**
 * What is set on TOPIC itself, not inherited: new object of strings;
 * jv_invalid() with ERR = RETRY.
 */
jv admin_config(
    struct admin *a, const char *topic, int timeout_ms, struct err *err);
/**
 * Set CONFIG (object of strings, borrowed) on an existing topic; what else is
 * set there stays.  0, or -1 with ERR.
 */
int admin_configure(struct admin *a, const char *topic, jv config,
    int timeout_ms, struct err *err);

/**
 * A thread that lists topics and bounds every INTERVAL_MS, so that the loop
 * never waits for them (librdkafka 2.0 has no asynchronous call for it).
 */
struct catalog;
/** NULL with ERR = FATAL. */
struct catalog *catalog_start(
    const struct bus_conf *conf, int64_t interval_ms, struct err *err);
/** Stop the thread and free; does nothing on NULL. */
void catalog_stop(struct catalog *c);
/** Readable when catalog_take() has news; borrowed. */
int catalog_fd(const struct catalog *c);
/**
 * The newest listing, or jv_invalid() if none came since the last call:
 * {cluster, begun, at, topics: {NAME: {partitions, low, high}}} with topics
 * "tw.*" only; it was made from `begun` to `at`.  A topic that no broker leads,
 * or that did not answer, has neither low nor high.  A failed round gives
 * nothing; *ERR then says why (class NONE if well).
 */
jv catalog_take(struct catalog *c, struct err *err);
/**
 * The next listing, in a second at most, shall say where in TOPIC the first
 * record stands that was appended at WALL_MS or later.
 */
void catalog_ask(struct catalog *c, const char *topic, int64_t wall_ms);
/** What LISTING (borrowed) says to that: an offset, the log's end if there is
 * no such record; -1: it was not asked, or nobody answered. */
int64_t catalog_answer(jv listing, const char *topic, int64_t wall_ms);

#endif
