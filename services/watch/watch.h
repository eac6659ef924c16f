/** The process: what it reads, whom it tells, and the one loop. */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

struct err;
struct settings;
struct watch;

/** S is borrowed for its life.  NULL with ERR. */
struct watch *watch_new(const struct settings *s, struct err *err);
/** Does nothing on NULL. */
void watch_free(struct watch *w);
/** Run until a stop signal on SIGNAL_FD.  0, or -1 with ERR = FATAL. */
int watch_run(struct watch *w, int signal_fd, struct err *err);

#endif
