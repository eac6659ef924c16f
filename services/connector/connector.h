/** The process: what all links share, and the one loop. */
#ifndef CONNECTOR_CONNECTOR_H
#define CONNECTOR_CONNECTOR_H

struct connector;
struct err;
struct settings;

/** S is borrowed for its life.  NULL with ERR. */
struct connector *connector_new(const struct settings *s, struct err *err);
/** Does nothing on NULL. */
void connector_free(struct connector *c);
/**
 * Run until a stop signal on SIGNAL_FD, then drain for at most 10 s.  0 asked
 * to stop, -1 with ERR = FATAL.
 */
int connector_run(struct connector *c, int signal_fd, struct err *err);

#endif
