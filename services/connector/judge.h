/**
 * What a record off the wire means for this connection: own, bad, filtered,
 * withdrawn, hidden, or to be kept with which content (DESIGN section 5, steps
 * 1 and 2, and section 4's rules on own keys, columns and hidden events).
 */
#ifndef CONNECTOR_JUDGE_H
#define CONNECTOR_JUDGE_H

#include "base/json.h"
#include "connector/core.h"
#include "event/keys.h"

struct connection;
struct connection_subscribe;
struct hidden;
struct item;
struct reader_want;

/** A topic as far as judging goes. */
struct judge_topic {
	const char *name;
	const struct connection_subscribe *const *entries; /* that match it */
	size_t n_entries;
	int is_purged; /* none of its records is wanted, whatever they say */
};

/**
 * What of T's records (of TYPE) has to be read for judging and writing them by
 * connection C; OUT->part is the caller's to schema_free().
 */
void judge_want(const struct connection *c, const struct judge_topic *t,
    enum record_type type, struct reader_want *out);
/**
 * Judge I, whose record is set (jv_null() for a tombstone): fills I->body and
 * why it is bad, R->want and R->hash.
 */
void judge_record(const struct connection *c, const struct judge_topic *t,
    struct hidden *hidden, struct item *i, struct core_record *r);
/** 1 if KEY of type T is one that connection C itself publishes. */
int judge_is_own(
    const struct connection *c, enum record_type t, const char *key);

#endif
