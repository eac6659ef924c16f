/**
 * A connection's record on tw.status.<member> (DESIGN section 2): on every
 * change, at most one a second, and each minute.
 */
#ifndef CONNECTOR_STATUS_H
#define CONNECTOR_STATUS_H

#include <stdint.h>

#include "base/json.h"

struct env;
struct status;

/** New; ENV borrowed for its life. */
struct status *status_new(const struct env *env);
/** Does nothing on NULL. */
void status_free(struct status *s);
/**
 * RECORD (consumed): the Status as it is now, without `at`.  Sent when it
 * differs from the last one in state, reason, detail, plan, paused, floors,
 * cluster, instance, or how many are pending, not delivered, not published; or
 * when a minute has passed.  A change of state or reason is logged, of what
 * rests also one of detail.
 */
void status_step(struct status *s, jv record, int64_t now_ms, int64_t wall_ms);
/** State and reason as last given, "" before; borrowed until the next one. */
const char *status_state(const struct status *s);
const char *status_reason(const struct status *s);
/** 1 if the last one given has been sent and acknowledged. */
int status_is_drained(const struct status *s);
/** Send the next one even if nothing changed. */
void status_force(struct status *s);
/** 1 once what status_force() asked for last is acknowledged. */
int status_is_told(const struct status *s);
/** Monotonic ms at which status_step() wants the record again. */
int64_t status_deadline(const struct status *s);

#endif
