/** Statuses and receipts off the wire into a view, from the beginning of their
 * topics on. */
#ifndef WATCH_INTAKE_H
#define WATCH_INTAKE_H

#include "base/json.h"

struct buf;
struct catalog;
struct consumer;
struct err;
struct intake;
struct schemas;
struct view;

/** New; all borrowed for its life.  C has read nothing so far. */
struct intake *intake_new(struct consumer *c, struct catalog *catalog,
    struct schemas *s, struct view *v);
/** Does nothing on NULL. */
void intake_free(struct intake *in);
/** Begin to read the topics of the catalog's LISTING (borrowed) that are not
 * read yet; go on with those whose log is still the same after a broker said
 * that our place is outside it.  -1 with ERR: FATAL if one is not. */
int intake_listed(struct intake *in, jv listing, struct err *err);
/** Take what has come; a message whose schema is being asked for holds up its
 * own topic alone.  -1 with ERR = FATAL. */
int intake_step(struct intake *in, struct err *err);
/** 1 if the last step ended with more to be taken. */
int intake_has_more(const struct intake *in);
/** 1 once every topic listed was read to its end, and one was listed. */
int intake_is_read(const struct intake *in);
/** Append a line for what is still being read. */
void intake_print(const struct intake *in, struct buf *out);

#endif
