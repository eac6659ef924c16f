/** Dead letters, and what became of each since. */
#ifndef CLI_LETTERS_H
#define CLI_LETTERS_H

#include <stdint.h>

#include "base/json.h"

struct cli;
struct err;

/** Which letters; NULL and 0: all. */
struct letters_filter {
	const char *member, *connection, *reason, *key;
	int64_t since_ms;
	int64_t whole; /* offset of what is had with `letter`, its
			* message_json(); LETTERS_NONE, LETTERS_ALL */
};
enum { LETTERS_NONE = -2, LETTERS_ALL = -1 };

/**
 * The letters that pass F, as the log has them: new array of {member, offset,
 * at, leaves (when the log drops it), connection, reason, status, attempts,
 * key, topic, from (its offset there), cut (how many bytes came if the letter
 * does not hold them all, else ""), replays, state, letter?}.  State:
 *
 *	open       nobody has dealt with it
 *	pending    it is being tried again
 *	delivered  it arrived since
 *	removed    its record stands there no more
 *	newer      another version of its record has come since
 *	again      it was tried again and died again, in a later letter
 *	dropped    it was decided that it is not delivered
 *
 * as receipts, later letters and orders say it; jv_invalid() with ERR.
 */
jv letters_list(struct cli *c, const struct letters_filter *f, struct err *err);
/** 1 if LETTER (borrowed) still waits for somebody or something. */
int letters_is_open(jv letter);
/** 1 if LETTER (borrowed) is open and leaves the log before long. */
int letters_is_leaving(jv letter, int64_t wall_ms);

#endif
