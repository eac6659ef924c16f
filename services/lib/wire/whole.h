/** Logs read whole, a message at a time, without waiting for long. */
#ifndef WIRE_WHOLE_H
#define WIRE_WHOLE_H

#include <stddef.h>
#include <stdint.h>

struct bus_conf;
struct bus_message;
struct err;
struct whole;

/** A topic (borrowed for the scan's life) and which part of its log. */
struct whole_part {
	const char *topic;
	int64_t low, end; /* offsets; end is behind the last */
};

/**
 * Begin to read the N PARTS (copied); empty ones are done.  A fault is one only
 * once TIMEOUT_MS passed without progress.  NULL with ERR.
 */
struct whole *whole_new(const struct bus_conf *conf,
    const struct whole_part *parts, size_t n, int timeout_ms, struct err *err);
/** Does nothing on NULL. */
void whole_free(struct whole *s);
/** Readable when there may be more, -1 if there is nothing; borrowed. */
int whole_fd(const struct whole *s);

enum whole_outcome {
	WHOLE_DONE,    /* all parts are read to their ends */
	WHOLE_MESSAGE, /* *OUT borrowed until the next call; in a log's order */
	WHOLE_NOTHING  /* none came, or none that counts; there is more */
};
/**
 * The next message, without waiting longer than WAIT_MS.  A topic that is
 * deleted meanwhile is done.  -1 with ERR: RETRY when TIMEOUT_MS passed without
 * progress or a log was cut off meanwhile, REJECT when this user may not read a
 * topic, FATAL.
 */
int whole_next(
    struct whole *s, int wait_ms, struct bus_message *out, struct err *err);

#endif
