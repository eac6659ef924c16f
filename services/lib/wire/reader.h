/** A message off the wire, judged: framing, schema, guard, origin, shape. */
#ifndef WIRE_READER_H
#define WIRE_READER_H

#include "base/buf.h"
#include "base/json.h"
#include "event/keys.h"

struct bus_message;
struct err;
struct schema;
struct schemas;

struct reader_record {
	struct topic_name topic;
	char *key;	 /* new, zero-terminated */
	jv value;	 /* jv_null() = tombstone */
	struct buf text; /* the whole record as JSON, if it was wanted */
};

/** What of a record its reader needs, to spare the rest. */
struct reader_want {
	const struct schema *part; /* schema_part() of its schema, with what
				    * rules_origin() looks at; NULL: whole */
	int is_text;		   /* text, too, as codec_text() writes it */
};

/**
 * Judge and decode M as WANT says (NULL: the whole value): 1 and *OUT (the
 * caller's; reader_fini()), 0 if its schema is being fetched (ask again with
 * the same M), -1 with ERR = REJECT and *OUT_REASON a static code: "bad_topic",
 * "no_key", "bad_framing", "unknown_schema", "wrong_schema", "bad_avro",
 * "origin_mismatch", "too_large", "unreadable".
 */
int reader_read(struct schemas *s, const struct bus_message *m,
    const struct reader_want *want, struct reader_record *out,
    const char **out_reason, struct err *err);
/** Free what R owns. */
void reader_fini(struct reader_record *r);

/**
 * Read TOPICS (NULL-ended) whole, from the beginning to the end as of now, and
 * call EACH for every message in order; blocking, for start-up and tools.  A
 * topic that does not exist is skipped.  EACH returns 0 to go on, -1 (ERR
 * set) to stop.  -1 with ERR: RETRY when TIMEOUT_MS passed without progress,
 * REJECT when this user may not read a topic.
 */
struct bus_conf;
typedef int reader_each(
    void *ctx, const struct bus_message *m, struct err *err);
int reader_scan(const struct bus_conf *conf, const char *const *topics,
    int timeout_ms, reader_each *each, void *ctx, struct err *err);

#endif
