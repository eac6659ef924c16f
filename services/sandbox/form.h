/** What a clerk fills in, as records of the wire. */
#ifndef SANDBOX_FORM_H
#define SANDBOX_FORM_H

#include "base/json.h"

struct err;
struct site;

/**
 * OLD (consumed; an Event as the site keeps it, or {} for a new one) with what
 * FORM (borrowed, object of strings) says laid over it.  jv_invalid() with ERR
 * = REJECT: a sentence for the clerk.
 */
jv form_event(const struct site *s, jv form, jv old, struct err *err);
/** The same for a PartnershipClaim. */
jv form_claim(const struct site *s, jv form, jv old, struct err *err);
/**
 * OLD (consumed) after ACTION: cancel, confirm (events); suspend, resume,
 * terminate (claims), as of the day of WALL_MS.  jv_invalid() with ERR for
 * another word.
 */
jv form_action(const char *action, jv old, int64_t wall_ms, struct err *err);
/** "2022-11-01" DAYS later (or earlier), into OUT; -1 if TEXT is no day. */
int form_day(const char *text, int days, char out[11]);

#endif
