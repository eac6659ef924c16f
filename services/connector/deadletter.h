/** Dead letters of the wire -> system direction (DESIGN section 5, step 6). */
#ifndef CONNECTOR_DEADLETTER_H
#define CONNECTOR_DEADLETTER_H

#include <stdint.h>

struct core_action;
struct env;

/** OK 1: acknowledged; 0: not written, ask again. */
typedef void deadletter_done(void *ctx, uint64_t id, int ok);

/**
 * Write the original bytes of action A's item (CORE_DEAD) to the member's
 * dead-letter topic with the reason, status, answer excerpt, attempts and the
 * place it came from.  What is too large for a letter stands there cut, with
 * LETTER_CUT saying how large it was.  A's item is borrowed until DONE, which
 * is called once: from producer_poll(), or from here when it cannot be sent
 * now.
 */
void deadletter_send(const struct env *env, const struct core_action *a,
    int64_t wall_ms, deadletter_done *done, void *ctx);

#endif
