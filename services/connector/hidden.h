/**
 * Which events another one stands for at this connection (DESIGN section 4,
 * last paragraph).  A graph of who names whom in `sameAs`; pure: whether an
 * event is live is asked of its owner.
 */
#ifndef CONNECTOR_HIDDEN_H
#define CONNECTOR_HIDDEN_H

#include <stddef.h>

#include "base/json.h"

struct hidden;

enum { HIDDEN_NAMES_MAX = 32, HIDDEN_REACH_MAX = 256 };

/**
 * 1 if event UID is live here: published by this connection itself, or off the
 * wire and passing its filter (delivered or not).
 */
typedef int hidden_is_live(void *ctx, const char *uid);

/** New, empty. */
struct hidden *hidden_new(hidden_is_live *is_live, void *ctx);
/** Does nothing on NULL. */
void hidden_free(struct hidden *h);
/**
 * Event UID now names SAME_AS (array of UIDs, borrowed; anything else: none;
 * over HIDDEN_NAMES_MAX are ignored).  IS_OWN: this connection publishes it.
 */
void hidden_set(struct hidden *h, const char *uid, int is_own, jv same_as);
/**
 * 1 if UID is hidden: (a) an event that it names is live, or (b) a live event
 * of this connection's own names it.  In a ring of events that name each other
 * the bytewise lowest UID is shown.  An own event is never hidden.  Asks once
 * about each event that UID leads to, about HIDDEN_REACH_MAX at most; what lies
 * beyond hides nothing.
 */
int hidden_is(struct hidden *h, const char *uid);
/**
 * UID's liveness or names changed: call EACH once for every other event whose
 * answer may have changed with it (at most HIDDEN_REACH_MAX).  EACH may not
 * change H.
 */
void hidden_touch(struct hidden *h, const char *uid,
    void (*each)(void *ctx, const char *uid), void *ctx);

#endif
