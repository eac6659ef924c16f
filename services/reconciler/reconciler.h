/** The process: topics in, topics out, one loop. */
#ifndef RECONCILER_RECONCILER_H
#define RECONCILER_RECONCILER_H

struct aliases;
struct err;
struct members;
struct reconciler;
struct settings;

/**
 * New; S is borrowed for its life, MEMBERS and ALIASES are taken, also on
 * failure.  NULL with ERR: REJECT for what the configuration is to blame for.
 */
struct reconciler *reconciler_new(const struct settings *s,
    struct members *members, struct aliases *aliases, struct err *err);
/** Does nothing on NULL. */
void reconciler_free(struct reconciler *r);
/**
 * Run until SIGTERM or SIGINT comes on SIGNAL_FD; SIGHUP reads members.yaml
 * and the alias file again, and keeps the old ones if they are not fit.  0
 * when asked to stop, -1 with ERR = FATAL.
 */
int reconciler_run(struct reconciler *r, int signal_fd, struct err *err);

#endif
