/** A message to one receiver: by mail or webhook; waits for it. */
#ifndef WATCH_POST_H
#define WATCH_POST_H

#include "base/json.h"

struct err;
struct settings;
struct target;

struct post {
	const char *id; /* the same however often it is sent */
	const char *subject, *text;
	jv data; /* what a webhook carries besides; borrowed */
};

/** Send P to T.  STOP_FD: give up once it is readable.  0, or -1 with ERR. */
int post_send(const struct settings *s, const struct target *t,
    const struct post *p, int stop_fd, struct err *err);

#endif
