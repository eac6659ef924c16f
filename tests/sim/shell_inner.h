/** Inside shell*.c: one module in several files. */
#ifndef SIM_SHELL_INNER_H
#define SIM_SHELL_INNER_H

#include "shell.h"

/** Between any two steps: 0, or -1 if there it crashed. */
int shell_step(struct shell *s, int64_t now_ms);
/** Give the core version W, which stands at OFFSET. */
void shell_offer(struct shell *s, int64_t now_ms, const struct wire_record *w,
    int64_t offset, enum core_origin origin);
/** Make what happened permanent: 0, or -1 if it crashed before. */
int shell_commit(struct shell *s, int64_t now_ms);

/** Give the core what the site, the broker of dead letters and the probe
 * answered by now: 0, or -1 if it crashed. */
int shell_take_answers(struct shell *s, int64_t now_ms);
/** Do what the core wants: 0, or -1 if it crashed. */
int shell_act(struct shell *s, int64_t now_ms);

/** 1 if all of a resync was read; where the log may be another one, only once a
 * person has approved. */
int shell_may_end_resync(const struct shell *s);
/** Then rows of what the log does not name go. */
void shell_end_resync(struct shell *s, int64_t now_ms);

#endif
