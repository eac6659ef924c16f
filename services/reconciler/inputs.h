/**
 * The topics that the reconciler reads: which there are, and how far each has
 * been read.  Nothing is written before all of them were read to their end.
 */
#ifndef RECONCILER_INPUTS_H
#define RECONCILER_INPUTS_H

#include "base/json.h"

struct buf;
struct consumer;
struct err;
struct inputs;
struct members;

/** New; C is borrowed for its life. */
struct inputs *inputs_new(struct consumer *c);
/** Does nothing on NULL. */
void inputs_free(struct inputs *in);
/**
 * Want the claims of all MEMBERS and tw.partnerships, and that tw.notices is
 * there.  What was wanted before and is no more is still read.
 */
void inputs_want(struct inputs *in, const struct members *members);
/**
 * Begin to read every wanted topic that the listing of a catalog (borrowed)
 * shows and that is not read yet.  -1 with ERR.
 */
int inputs_listed(struct inputs *in, jv listing, struct err *err);
/** TOPIC has been read to its end. */
void inputs_at_end(struct inputs *in, const char *topic);
/** 1 if every wanted topic is there and has once been read to its end. */
int inputs_are_read(const struct inputs *in);
/** Append a line for every topic that is missing or still being read. */
void inputs_print(const struct inputs *in, struct buf *out);

#endif
