/** What the files of the read model share; nobody else includes it. */
#ifndef PORTAL_QUERY_INNER_H
#define PORTAL_QUERY_INNER_H

#include "base/json.h"
#include "event/keys.h"
#include "portal/query.h"
#include "portal/question.h"

/* Instructions of SQLite's machine that one question may take. */
enum { QUERY_STEPS_MAX = 20 * 1000 * 1000 };
/* Of records in one list, after the first: some thousand as they are written,
 * and no more of one that has none but the largest. */
enum { QUERY_BYTES_MAX = 4 * 1024 * 1024 };

struct query {
	struct store *store;
	const struct ingest *ingest;
	const struct members *members;
	const struct cities *cities;
	jv figures; /* as last counted; null: not yet */
	uint64_t figures_of;
	int64_t figures_ms;
};

/** Columns of an item, for a record `r` and its topic `t`. */
#define QUERY_ITEM                                           \
	"r.key AS key, t.name AS topic, r.offset AS offset," \
	" r.at_ms AS at, r.value AS record_json"
#define QUERY_RECORD(id) \
	" JOIN record r ON r.id = " id " JOIN topic t ON t.id = r.topic "

/** The same for the `id`s of the subquery Y, in its order: records, which may
 * be long, are not carried through its sorting. */
#define QUERY_RECORDS_OF(y)                       \
	" CROSS JOIN record r ON r.id = " y ".id" \
	" CROSS JOIN topic t ON t.id = r.topic "

/** Rows of SQL as items, all that QUERY_BYTES_MAX leaves room for;
 * jv_invalid() with ERR. */
jv query_items(
    struct query *q, const char *sql, jv parameters, struct err *err);
/** The first as an item, or null. */
jv query_first(
    struct query *q, const char *sql, jv parameters, struct err *err);

/** Set NAME of *OUT to V (consumed): 0, or -1 if V is an error. */
int query_set(jv *out, const char *name, jv v);

/** A kind of list: its table, and what it is sorted by. */
struct query_list {
	const char *table; /* "partnership x": has a column id */
	const char *changed, *name, *date; /* columns; NULL: as CHANGED */
	enum query_sort usual;
};
/** The page of LIST that F asks for, of what WHERE (kept) lets through. */
jv query_page(struct query *q, const struct query_list *list,
    const struct query_filter *f, struct question *where, struct err *err);

/** Conditions for partnerships `x`, events `x` that F asks for. */
void query_where_partnerships(
    const struct query_filter *f, struct question *out);
void query_where_events(const struct query_filter *f, struct question *out);
/** The same for records of type T; with nothing but the filter's conditions a
 * question has none. */
void query_where(
    enum record_type t, const struct query_filter *f, struct question *out);

#endif
