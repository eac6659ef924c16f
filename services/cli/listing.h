/** Commands that list the newest records of a type, one a row. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "base/json.h"
#include "event/keys.h"

struct cli;
struct table;

/** What a listing is of.  ONE = {topic, member, offset, at, key, value}, VALUE
 * its value; both borrowed. */
struct listing {
	enum record_type type;
	const char *const *titles; /* NULL-ended */
	const char *empty;	   /* said when nothing is listed */
	/* Add ONE's cells. */
	void (*add)(struct table *t, jv one, jv value);
	/* 1 if ONE is listed; NULL: all are. */
	int (*is_wanted)(void *ctx, jv one, jv value);
	void *ctx;
	/* Of the record, by which the list is sorted; NULL: by topic, key. */
	const char *time_field;
};

/**
 * Print ALL (consumed, as scan_latest() gives it) as L says, with --json as an
 * array of what is listed.  CLI_OK.
 */
int listing_print(struct cli *c, const struct listing *l, jv all);
/**
 * listing_print() of all that is on the wire; of MEMBER's topics if it is not
 * NULL.  Exit code.
 */
int listing_run(struct cli *c, const struct listing *l, const char *member);
/** CLI_OK if MEMBER (NULL: anybody) has topics on the wire; else the exit code,
 * the reason said. */
int listing_find_member(struct cli *c, const char *member);
/** Say that NAME is no connection, and which there are by ALL (borrowed, as
 * scan_latest() gives Statuses).  CLI_FAILED. */
int listing_no_connection(const struct cli *c, const char *name, jv all);
/** The same with all that have a status on the wire. */
int listing_unknown_connection(struct cli *c, const char *name);

#endif
