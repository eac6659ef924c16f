/** Events as an iCalendar file (RFC 5545, RFC 7986), by libical. */
#ifndef EVENT_ICAL_H
#define EVENT_ICAL_H

#include <stdint.h>

#include "base/json.h"

struct buf;
struct ical;

/** New, empty; NAME is what a calendar calls it, ADDRESS where it comes from
 * (both copied). */
struct ical *ical_new(const char *name, const char *address);
/** Does nothing on NULL. */
void ical_free(struct ical *c);

/** An event and the words for it in one language; all borrowed. */
struct ical_event {
	jv record; /* as in schemas/Event.avsc */
	const char *title;
	const char *language; /* of TITLE, BCP 47; "": not known, as one that
			       * is too long */
	const char *summary;  /* "": none */
	const char *place;    /* in one line; "": none */
	const char *address;  /* of its page */
	int64_t at_ms;	      /* when this version came */
};
/**
 * Add E, in wall time with its zone, which becomes part of the file once; a
 * zone that libical does not know makes it UTC.  An event without a start that
 * can be read is left out.
 */
void ical_add(struct ical *c, const struct ical_event *e);
/** Append the file to OUT. */
void ical_print(const struct ical *c, struct buf *out);

#endif
