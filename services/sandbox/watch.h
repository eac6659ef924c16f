/**
 * What the sandbox itself reads off the wire: tw.status and tw.receipts of
 * every member for the lamps and the entries, and where logs begin.
 */
#ifndef SANDBOX_WATCH_H
#define SANDBOX_WATCH_H

struct err;
struct subjects;
struct town;
struct watch;

/**
 * Watch the cluster at BROKERS for T's sites (both borrowed for its life).
 * NULL with ERR = FATAL.
 */
struct watch *watch_new(const char *brokers, const struct subjects *subjects,
    struct town *t, struct err *err);
/** Does nothing on NULL. */
void watch_free(struct watch *w);
/** Readable when watch_step() has work; borrowed. */
int watch_status_fd(const struct watch *w);
int watch_catalog_fd(const struct watch *w);
/** Take what came.  -1 with ERR = FATAL. */
int watch_step(struct watch *w, struct err *err);

#endif
