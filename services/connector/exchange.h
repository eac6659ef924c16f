/**
 * The requests of the wire -> system direction: an operation of the core
 * becomes a request by the preset's programs, the answer what the core needs
 * to know; what the system said stays with the item.
 */
#ifndef CONNECTOR_EXCHANGE_H
#define CONNECTOR_EXCHANGE_H

#include <stdint.h>

#include "connector/core.h"

struct env;
struct exchange;
struct item;

/** The answer to call ID. */
typedef void exchange_answered(
    void *ctx, uint64_t id, const struct core_answer *answer);
/** The answer to a probe; TEXT says why not. */
typedef void exchange_probed(
    void *ctx, int ok, int64_t retry_after_ms, const char *text);

/** New; ENV borrowed for its life. */
struct exchange *exchange_new(const struct env *env,
    exchange_answered *answered, exchange_probed *probed, void *ctx);
/** Calls under way are dropped.  Does nothing on NULL. */
void exchange_free(struct exchange *x);
/**
 * Carry OP for I out as call ID; the answer comes later from http_wait(), or
 * from exchange_step() when no request was needed or could be made.
 */
void exchange_start(
    struct exchange *x, uint64_t id, enum core_op op, struct item *i);
/** Ask whether the system lets us in. */
void exchange_probe(struct exchange *x);
/** Give the answers that needed no request. */
void exchange_step(struct exchange *x);
/** 1 if exchange_step() has something. */
int exchange_has_due(const struct exchange *x);

#endif
