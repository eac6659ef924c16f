/**
 * The topics that the reconciler reads: which there are, and how far each has
 * been read.  Nothing is written before all of them were read to their end.
 */
#ifndef RECONCILER_INPUTS_H
#define RECONCILER_INPUTS_H

#include "base/json.h"

struct buf;
struct bus_message;
struct catalog;
struct consumer;
struct err;
struct inputs;
struct members;

/** New; C, and the CATALOG that lists, are borrowed for its life. */
struct inputs *inputs_new(struct consumer *c, struct catalog *catalog);
/** Does nothing on NULL. */
void inputs_free(struct inputs *in);
/**
 * Want the claims of all MEMBERS and tw.partnerships, and that tw.notices is
 * there.  What was wanted before and is no more is still read.
 */
void inputs_want(struct inputs *in, const struct members *members);
/**
 * Begin to read every wanted topic that the listing of the catalog (borrowed)
 * shows and that is not read yet; go on with those of inputs_failed() whose
 * log is the same.  -1 with ERR: FATAL if one is not.
 */
int inputs_listed(struct inputs *in, jv listing, struct err *err);
/** M has been taken in. */
void inputs_seen(struct inputs *in, const struct bus_message *m);
/** TOPIC has been read to NEXT, its end: says the broker. */
void inputs_at_end(struct inputs *in, const char *topic, int64_t next);
/** The consumer failed with ERR, at TOPIC or at nothing (NULL).  0 if it goes
 * on by itself or when the next listings have told whether the log is the same;
 * -1: only a start reads it right. */
int inputs_failed(struct inputs *in, const char *topic, struct err *err);
/** 1 if every wanted topic is there and has once been read to its end. */
int inputs_are_read(const struct inputs *in);
/** Append a line for every topic that is missing or still being read. */
void inputs_print(const struct inputs *in, struct buf *out);

#endif
