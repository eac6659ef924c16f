/**
 * How far a log is followed by who reads it to its end and beyond.  A broker
 * that leads it no more ends it too early (doubt.h): it is whole only where who
 * leads it and the listing agree.
 */
#ifndef WIRE_FOLLOW_H
#define WIRE_FOLLOW_H

#include <stdint.h>

#include "base/json.h"

struct bus_message;
struct consumer;
struct doubts;
struct err;

struct follow {
	int64_t next;  /* to be read */
	int64_t at_ms; /* append time of what was read last, or -1 */
	int64_t eof;   /* where the log ended, says who leads it, or -1 */
	int64_t end;   /* the same, as listed last, or -1 */
};

/** M was read. */
void follow_seen(struct follow *f, const struct bus_message *m);
/** The log ends, for now, with NEXT. */
void follow_at_end(struct follow *f, int64_t next);
/** 1 if all was read up to its end. */
int follow_is_whole(const struct follow *f);
/** Our place in TOPIC is outside its log, says the broker: D's next listings
 * tell whether that is another one. */
void follow_doubt(const struct follow *f, const char *topic, struct doubts *d);
/**
 * Take what LISTING says of TOPIC, whose bounds there are BOUNDS (both
 * borrowed), and have C go on where a doubt is settled.  1, 0 while the log is
 * in doubt, -1 with ERR: FATAL if it is another one or lost what was to come.
 */
int follow_listed(struct follow *f, const char *topic, struct doubts *d,
    struct consumer *c, jv listing, jv bounds, struct err *err);

#endif
