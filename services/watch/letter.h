/** What is said about an alarm or a week, in words. */
#ifndef WATCH_LETTER_H
#define WATCH_LETTER_H

#include "base/json.h"

struct buf;

/** Append subject and text for people of MESSAGE (borrowed; alarm_next()).
 * PORTAL: its address, or NULL. */
void letter_alarm(
    jv message, const char *portal, struct buf *subject, struct buf *text);
/** What letter_week() takes as LAST a week later: of CONNECTIONS (borrowed;
 * view_connections()) an object of "<member> <connection>" to counters; new. */
jv letter_counters(jv connections);
/**
 * The same of a week: CONNECTIONS as view_connections() gives them, LAST what
 * letter_counters() was a week ago (or null; an earlier build's ids are the
 * connection's alone), WRONG as view_wrong(); all borrowed.
 */
void letter_week(
    jv connections, jv last, jv wrong, struct buf *subject, struct buf *text);

#endif
