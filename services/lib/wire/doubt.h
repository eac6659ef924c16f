/**
 * Whether a log is still the one that its reader knows.
 *
 * A broker that was frozen or cut off takes itself for the leader until it
 * hears otherwise, and answers as if the log ended where it left: a place
 * behind that is outside it, says the broker, as if the topic had been made
 * anew (librdkafka 2.0.2 asks whoever claims to lead, KIP-320 came later).
 * Reading everything whole for that would be wrong, and so would be to go on
 * in a log that is another one and has grown past our place.  The append times
 * tell: whatever is new in another log, or in one that was cut off, was
 * appended later than the newest record that we read, and stands below it.
 * Where nothing is new, time tells: a stale leader learns of it in seconds.
 */
#ifndef WIRE_DOUBT_H
#define WIRE_DOUBT_H

#include <stdint.h>

#include "base/json.h"

struct catalog;
struct doubts;

/** New; C, whose listings answer, is borrowed for its life. */
struct doubts *doubts_new(struct catalog *c);
/** Does nothing on NULL. */
void doubts_free(struct doubts *d);

/** What a reader knows of a log. */
struct doubt_known {
	int64_t end;   /* it reached to there at least */
	int64_t next;  /* all below was read */
	int64_t at_ms; /* append time of the last of that, -1 if not known */
};
/** The log of TOPIC may be another than the KNOWN one: the next listings shall
 * tell.  Nothing new if it is in doubt already. */
void doubts_add(
    struct doubts *d, const char *topic, const struct doubt_known *known);
/** 1 if the log of TOPIC is in doubt. */
int doubts_has(const struct doubts *d, const char *topic);

enum doubt {
	DOUBT_NONE, /* there was none */
	DOUBT_SAME,
	DOUBT_OTHER, /* or cut off and written on */
	DOUBT_OPEN   /* a later listing says it */
};
/** What LISTING (catalog_take(); borrowed) says of TOPIC's log.  SAME and OTHER
 * end the doubt. */
enum doubt doubts_judge(struct doubts *d, const char *topic, jv listing);

#endif
