/**
 * A preset: how to talk to one kind of system, as data (YAML + jq).  A file
 * under deploy/connectors/NAME/NAME.yaml or NAME.yaml.  See
 * deploy/connectors/README.md for the format.
 *
 * Shapes that programs take and give:
 *   answer   {status, headers: {lower-case name: text}, body}: body is JSON as
 *            parsed, a text if it is none, null if it is empty.
 *   request  {method, path, headers, body?} as preset_run() returns it: path
 *            begins with "/", is relative to the connection's base_url and
 *            already holds the percent-encoded query; headers is an object of
 *            texts.  body absent: none.  A text is sent as it is; all else as
 *            JSON, with content-type application/json unless headers has one.
 *   item     {local_id, url?, version?, marker?, record}: ids are texts.  Of an
 *            item with a marker, record is what stands in the owned fields, in
 *            the form of the body that was written: untouched by the clerk it
 *            equals preset_owned(body).  Of one without, record is a record of
 *            the wire; null: not for the wire (a draft).
 */
#ifndef MAP_PRESET_H
#define MAP_PRESET_H

#include <stddef.h>
#include <stdint.h>
#include "base/json.h"

struct buf;
struct conf;
struct conf_key;
struct err;
struct preset;

/** How an unknown outcome is settled (DESIGN section 5.4). */
enum preset_tier {
	PRESET_PUT,   /* PUT by our id: repeat */
	PRESET_FIND,  /* look up by marker */
	PRESET_KEYED, /* idempotency key: repeat within its window */
	PRESET_POST   /* repeat with the same id: at least once */
};

enum preset_op {
	PRESET_BODY,	/* record -> content, $body of the others; what the
			 * hash is over; absent: the record itself */
	PRESET_FIND_BY, /* record -> request: look up by $marker */
	PRESET_CREATE,	/* record -> request; tier put: create and update */
	PRESET_UPDATE,	/* record -> request, $row bound; absent with another
			 * tier than find: CREATE's */
	PRESET_REMOVE,	/* null -> request, $row bound */
	PRESET_STORED,	/* answer to FIND_BY, CREATE, UPDATE, READ (which: $op)
			 * -> [item]: empty = not there (after an UPDATE: gone,
			 * the clerk has put it into the trash), two = twins */
	PRESET_LIST,	/* null -> request: a page of the listing from $cursor
			 * (null: all from the start) */
	PRESET_LISTED,	/* answer -> {items: [item], gone: [local ids], next,
			 * complete}, with the $cursor that was asked for.
			 * complete true: this was the last page, and next is
			 * the cursor of the next poll (overlap taken off);
			 * false: ask on at once with next */
	PRESET_READ,	/* null -> request: one item by $row.local_id */
	PRESET_PROBE,	/* null -> request that only an authenticated user gets
			 * an answer to */
	PRESET_PROBED,	/* answer -> true, or a sentence why not; absent: true
			 * if the status is 2xx */
	PRESET_ERRORS,	/* answer that is not 2xx, $op bound -> "retry" "reject"
			 * "stop" "done" "gone" "absent", or null for the rule
			 * of DESIGN 5.6 */
	PRESET_COLUMNS, /* record, or null to empty them -> request: the
			 * read-only columns beside the member's own row
			 * $row.local_id (subscribe `as: columns`) */
	PRESET_OPS
};

/**
 * Load preset NAME from directory DIR (NULL: none) and lay the preset's keys
 * in OVERRIDES (a connection's file, borrowed, or NULL) over it.  Every error
 * is appended to OUT, one a line; NULL then.
 */
struct preset *preset_load(const char *dir, const char *name,
    const struct conf *overrides, struct buf *out);
/**
 * The rows of keys a preset consists of, for conf_check(); they may also stand
 * in a connection's file.  Static; *OUT_N of them.
 */
const struct conf_key *preset_keys(size_t *out_n);
/** Does nothing on NULL. */
void preset_free(struct preset *p);
const char *preset_name(const struct preset *p);
enum preset_tier preset_tier(const struct preset *p);
int preset_has(const struct preset *p, enum preset_op op);
/** How long a record that fails is tried again, ms, unless limits of the
 * connection say; -1 if the preset says nothing. */
int64_t preset_give_up_after_ms(const struct preset *p);
/** Defaults of $config; the caller's. */
jv preset_config(const struct preset *p);
/** What a form's path may name (map/form.h); all borrowed, NULL: none. */
struct preset_words {
	const char *type, *marker, *key, *id, *local_id;
};
/** 1 if OP is a form: preset_fill() makes its request, and preset_run() too. */
int preset_is_form(const struct preset *p, enum preset_op op);
/** 1 if form OP names NAME (a member of struct preset_words). */
int preset_form_uses(
    const struct preset *p, enum preset_op op, const char *name);
/**
 * The request of form OP: the path is appended to OUT, *OUT_METHOD borrowed,
 * *OUT_HAS_BODY 1 if the record's content goes along.  CONFIG (borrowed):
 * $config for `names`.  -1 with ERR = REJECT.
 */
int preset_fill(struct preset *p, enum preset_op op,
    const struct preset_words *words, jv config, struct buf *out,
    const char **out_method, int *out_has_body, struct err *err);
/** "json", "csv" or "ical": what answers are turned into JSON from. */
const char *preset_format(const struct preset *p);
/**
 * The part of CONTENT (consumed: a body, or a marked item's record) that
 * Twinwire owns, the caller's: the members `owns` names, all without `owns`.
 * What is compared and fingerprinted.
 */
jv preset_owned(const struct preset *p, jv content);
/**
 * Run OP on INPUT (consumed) with VARS (consumed): *OUT is the caller's,
 * checked for OP's shape and brought into the form above.  $op is OP's word
 * unless VARS has one; $status the answer's.
 * -1 with ERR = REJECT.
 */
int preset_run(struct preset *p, enum preset_op op, jv input, jv vars, jv *out,
    struct err *err);
/** Check the preset FILE: errors are appended to OUT, one a line; their
 * number. */
int preset_check(const char *file, struct buf *out);
/**
 * Run the test cases inside the preset file: appends a line per failed case
 * to OUT, counts the cases in *OUT_RUN; returns the number that failed, or -1
 * with ERR when the file does not load.
 */
int preset_test(
    const char *file, int *out_run, struct buf *out, struct err *err);

#endif
