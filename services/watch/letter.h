/** What is said about an alarm or a week, in words. */
#ifndef WATCH_LETTER_H
#define WATCH_LETTER_H

#include "base/json.h"

struct buf;

/** Append subject and text for people of MESSAGE (borrowed; alarm_next()).
 * PORTAL: its address, or NULL. */
void letter_alarm(
    jv message, const char *portal, struct buf *subject, struct buf *text);
/**
 * The same of a week: CONNECTIONS as view_connections() gives them, LAST what
 * they were a week ago (object of connection to counters; or null), WRONG as
 * view_wrong(); all borrowed.
 */
void letter_week(
    jv connections, jv last, jv wrong, struct buf *subject, struct buf *text);

#endif
