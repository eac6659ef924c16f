/** The code lists of the wire (domain.md sections 4 and 6): strings, so that
 * lists grow without a new schema. */
#ifndef EVENT_CODES_H
#define EVENT_CODES_H

struct buf;

enum codes_list {
	CODES_KIND, /* of a partnership's agreement */
	CODES_AREA,
	CODES_SIDE_STATUS, /* what a claim may say */
	CODES_DATE_BASIS,
	CODES_RENEWAL,
	CODES_EVENT_KIND,
	CODES_EVENT_STATUS,
	CODES_ATTENDANCE,
	CODES_ROLE, /* of an organizer */
	CODES_ORGANIZATION_KIND,
	CODES_COUNTRY, /* ISO 3166-1 alpha-2 */
	CODES_LISTS
};

/** Place of CODE in LIST (from 0; kinds: the strongest first), or -1. */
int codes_rank(enum codes_list list, const char *code);
/** Append LIST to OUT, "a, b, c". */
void codes_print(enum codes_list list, struct buf *out);

#endif
