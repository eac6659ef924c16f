/**
 * What the portal knows, as its pages and interfaces ask for it.  Everything
 * is read from the store at the moment of the call.
 *
 * Answers are new jv values, the caller's: jv_invalid() with ERR on failure
 * (REJECT with code SQL_TOO_COSTLY: the question takes too much work; FATAL
 * otherwise), null where a single thing is asked for and there is none.
 *
 * An *item* is one record as it stands on the wire:
 *   {type: "event", key, topic, member, offset, at, record}
 * `type` is record_type_word(), `member` who wrote it ("" for the reconciler),
 * `at` its append time in milliseconds, `record` the record as in schemas/
 * (null: withdrawn).  A *list* is
 *   {items: [...], next: text or null, total: number or null}
 * where `next` goes into filter.after for the following page.
 */
#ifndef PORTAL_QUERY_H
#define PORTAL_QUERY_H

#include <stdint.h>

#include "base/json.h"

struct cities;
struct err;
struct ingest;
struct members;
struct query;
struct store;

enum { QUERY_LIMIT_MAX = 200 };

enum query_sort {
	QUERY_SORT_DEFAULT, /* partnerships, notices: changed; events: start */
	QUERY_SORT_CHANGED, /* the latest first */
	QUERY_SORT_NAME,
	QUERY_SORT_DATE /* since of a partnership, start of an event */
};

/**
 * What to find: everything that meets all that is set; within a list, one is
 * enough.  Zeroed = everything.  All borrowed for the call.
 */
struct query_filter {
	/* Arrays of strings, or {0}/null/empty: any. */
	jv cities;    /* ids wd:..., gn:... */
	jv countries; /* ISO 3166-1 alpha-2 */
	jv members;   /* ids: who wrote it, or a side of the partnership */
	jv without;   /* ids: of events, not who wrote it */
	jv kinds;
	jv statuses;
	jv languages;		/* of events: in which text or work is done */
	const char *text;	/* words in any language; NULL, "": any */
	int year_from, year_to; /* of a partnership's start; 0: open */
	int64_t from_ms, to_ms; /* of events that touch this time; 0: open */
	int with_duplicates;	/* events that stand for another's, too */
	int is_descending;	/* against the usual order of SORT */
	enum query_sort sort;
	const char *after; /* `next` of the page before; NULL: first page */
	int limit;	   /* items a page, at most QUERY_LIMIT_MAX; 0: 50;
			    * fewer where they are very long */
	int with_total;	   /* count all that is found, too */
};

/** New; all borrowed for its life; C may be NULL. */
struct query *query_new(struct store *s, const struct ingest *in,
    const struct members *m, const struct cities *c);
/** Does nothing on NULL. */
void query_free(struct query *q);
/** M is read from now on instead (a reload). */
void query_members_changed(struct query *q, const struct members *m);

/**
 * How far the portal has read: {is_ready, read, total (messages), cluster,
 * topics: {NAME: {next, end}}}.  While it is not ready,
 * answers may lack things: say so.
 */
jv query_state(struct query *q);
/** Grows whenever a record of TYPES (bits 1 << enum record_type) was read. */
uint64_t query_generation(const struct query *q, unsigned types);

/** List of partnerships: items, each with `a` and `b` as city ids in record. */
jv query_partnerships(
    struct query *q, const struct query_filter *f, struct err *err);
/**
 * The item of the partnership with pair key KEY and: claims (items, both
 * sides' and reports), events (items that touch both cities or name it),
 * notices (items, the latest first).
 */
jv query_partnership(struct query *q, const char *key, struct err *err);
/** List of events, in order of start; duplicates left out unless wanted. */
jv query_events(struct query *q, const struct query_filter *f, struct err *err);
/**
 * The item of the event with UID (a withdrawn one with record null) and:
 * receipts (items: where it stands and where not yet), partnerships (items it
 * touches), parts (items whose superEvent it is), same (items of the same
 * event by others), shown_as (uid that stands for it in lists, or null), past
 * (changes that were seen, in order: [{at, what: {status, start, city: [was,
 * became]}}]).
 */
jv query_event(struct query *q, const char *uid, struct err *err);

/** List of organizations. */
jv query_organizations(
    struct query *q, const struct query_filter *f, struct err *err);
/** The item of the organization with ID ("org:volgograd"); the member's own
 * word first. */
jv query_organization(struct query *q, const char *id, struct err *err);
/** List of notices, the latest first. */
jv query_notices(
    struct query *q, const struct query_filter *f, struct err *err);
/** List of claims. */
jv query_claims(struct query *q, const struct query_filter *f, struct err *err);
/** The item of the claim with KEY. */
jv query_claim(struct query *q, const char *key, struct err *err);
/**
 * List of receipts: members = whose connections wrote them, statuses =
 * delivered, pending, refused, removed.  ABOUT: of this record key alone, or
 * NULL.
 */
jv query_receipts(struct query *q, const struct query_filter *f,
    const char *about, struct err *err);

/**
 * What has changed since CURSOR (text of an earlier answer; NULL: from the
 * beginning) in records of TYPES (bits 1 << enum record_type):
 *   {items: [...], cursor: text, more: 0|1}
 * Items are in an order that lasts, also when the store is made anew: by topic
 * in the log's order, topics merged by append time.  Each has `change`: put;
 * withdrawn (record null); outside (does not pass F, record null: whoever has
 * an earlier version drops it).  At most F->limit; `more`: ask again at once.
 * Without changes the cursor is the one given, unless it is a day old.
 * -- REJECT with code QUERY_CURSOR_GONE: the cursor is of another cluster,
 * lies beyond a log's end, or is so old that withdrawals may have been
 * forgotten: begin anew.  RETRY: the portal is not ready.
 */
enum { QUERY_CURSOR_GONE = 2, QUERY_CURSOR_MAX_DAYS = 150 };
jv query_changes(struct query *q, const char *cursor, unsigned types,
    const struct query_filter *f, int64_t now_ms, struct err *err);

/**
 * Members in order of precedence: array of {id, names, website, country,
 * new_url, speaks_for, counts: {claims, events, refused}, connections:
 * [{connection, at, record: Status}]}.
 */
jv query_members(struct query *q, struct err *err);
/** One of them with its organization's item (or null), or null. */
jv query_member(struct query *q, const char *id, struct err *err);

/**
 * Everything that has TEXT in a name, in any script, or a former name, or in
 * its own text: {cities: [{id, country, names, lat, lon, partnerships,
 * events}], partnerships: [items], events: [items], organizations: [items]},
 * at most LIMIT of each.
 */
jv query_search(struct query *q, const char *text, int limit, struct err *err);
/** {id, country, names, other_names, lat, lon, partnerships, events}. */
jv query_city(struct query *q, const char *id, struct err *err);
/** Every city with a partnership or an event, in the same form but without
 * other_names, by id; ids asked for (array) or all (null). */
jv query_cities(struct query *q, jv ids, struct err *err);

/** What there is to choose from: {countries: [codes], members: [ids]}. */
jv query_choices(struct query *q, struct err *err);
/** The day on which member ID left, "" if it did not; borrowed until members
 * change. */
const char *query_member_left(const struct query *q, const char *id);
/** {id: names} of all members; needs no store. */
jv query_member_names(struct query *q);
/**
 * Figures: {partnerships, confirmed, one_sided, differing, cities, countries,
 * members, events_ahead, months: [{month: "2026-11", kind, n}]}: notices by
 * kind of the last twelve months.  NOW_MS: wall time.
 */
jv query_figures(struct query *q, int64_t now_ms, struct err *err);

/**
 * What MEMBER's clerks may do: {unresolved: [claim items that stand in no
 * partnership and name a city by no id that is known everywhere, with
 * `candidates`: {a: [cities], b: [cities]}], unconfirmed: [partnership items: where it has
 * spoken, and where it may speak for the city that has not], differing:
 * [partnership items], unverified: [claim items], duplicates: [[item, item]],
 * anniversaries: [partnership items with `years` and `on`], refused: [receipt
 * items]}, at most LIMIT of each.
 */
jv query_tasks(struct query *q, const char *member, int64_t now_ms, int limit,
    struct err *err);

#endif
