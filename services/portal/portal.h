/** The process: what it is made of, and its loop. */
#ifndef PORTAL_PORTAL_H
#define PORTAL_PORTAL_H

struct cities;
struct err;
struct members;
struct portal;
struct settings;

/**
 * New; S and C (may be NULL) borrowed for its life, MEMBERS taken.  NULL with
 * ERR: REJECT for what the configuration must mend, FATAL otherwise.
 */
struct portal *portal_new(const struct settings *s, struct members *members,
    const struct cities *c, struct err *err);
/** Does nothing on NULL. */
void portal_free(struct portal *p);
/** Run until a signal on SIGNAL_FD asks to stop: 0; -1 with ERR = FATAL. */
int portal_run(struct portal *p, int signal_fd, struct err *err);

#endif
