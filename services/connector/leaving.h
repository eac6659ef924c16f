/**
 * Dead letters that nobody has dealt with and that leave the log before long:
 * said before it is too late.  Goes by the rows of refused records; letters
 * that stand by their place have none, `twinwire dead list` warns of those.
 */
#ifndef CONNECTOR_LEAVING_H
#define CONNECTOR_LEAVING_H

#include <stdint.h>

struct env;
struct err;

struct leaving {
	int64_t n;	  /* letters */
	int64_t first_ms; /* when the first one leaves */
	int64_t look_ms;  /* monotonic: looked for again */
	int64_t said_ms;  /* monotonic: in the log, last; 0: never */
};

/** Look if it is time to (all zero: at once), and say what is found, in the log
 * once a day.  1 if it differs from before, 0; -1 with ERR. */
int leaving_step(struct leaving *l, const struct env *env, int64_t now_ms,
    int64_t wall_ms, struct err *err);

#endif
