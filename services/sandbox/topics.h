/** The topics of the sandbox's wire. */
#ifndef SANDBOX_TOPICS_H
#define SANDBOX_TOPICS_H

struct err;
struct mock;
struct town;

/** Make the topics of all members of T and the shared ones.  -1 with ERR. */
int topics_make(struct mock *m, const struct town *t, struct err *err);

#endif
