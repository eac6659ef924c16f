/**
 * A preset: how to talk to one kind of system, as data (YAML + jq).  A file
 * under deploy/connectors/NAME/NAME.yaml or NAME.yaml.  See
 * deploy/connectors/README.md for the format.
 */
#ifndef MAP_PRESET_H
#define MAP_PRESET_H

#include "base/json.h"

struct buf;
struct conf;
struct err;
struct preset;

/** How an unknown outcome is settled (DESIGN section 5.4). */
enum preset_tier {
	PRESET_PUT,  /* PUT by our id: repeat */
	PRESET_FIND, /* look up by marker */
	PRESET_KEYED, /* idempotency key: repeat within its window */
	PRESET_POST  /* repeat with the same id: at least once */
};

enum preset_op {
	PRESET_BODY,    /* record -> content, $body of the others; what the
			 * hash is over; absent: the record itself */
	PRESET_FIND_BY, /* record -> request: look up by $marker */
	PRESET_CREATE,  /* record -> request */
	PRESET_UPDATE,  /* record -> request, $row bound */
	PRESET_REMOVE,  /* null -> request, $row bound */
	PRESET_STORED,  /* answer -> [{local_id, url, version, marker, record}] */
	PRESET_LIST,    /* $cursor -> request */
	PRESET_LISTED,  /* answer -> {items, gone, next, complete} */
	PRESET_READ,    /* null -> request: one item by $row.local_id */
	PRESET_PROBE,   /* null -> request */
	PRESET_PROBED,  /* answer -> true, or a sentence why not */
	PRESET_ERRORS,  /* answer -> "retry" "reject" "stop" "done" "gone"
			 * "absent", or null for the rule of DESIGN 5.6 */
	PRESET_OPS
};

/** "body", "find", "create", ...: the key in YAML and $op. */
const char *preset_op_word(enum preset_op op);

/**
 * Load preset NAME from directory DIR and lay OVERRIDES (object of the same
 * keys, borrowed; from a connection's file) over it.  Every error is appended
 * to OUT, one a line; NULL then, with ERR = REJECT.
 */
struct preset *preset_load(const char *dir, const char *name, jv overrides,
    struct buf *out, struct err *err);
/** Does nothing on NULL. */
void preset_free(struct preset *p);
const char *preset_name(const struct preset *p);
enum preset_tier preset_tier(const struct preset *p);
int preset_has(const struct preset *p, enum preset_op op);
/** Overlap between two polls of a listing, ms; defaults of $config. */
int64_t preset_overlap_ms(const struct preset *p);
jv preset_config(const struct preset *p);
/** "json", "csv" or "ical": what answers are turned into JSON from. */
const char *preset_format(const struct preset *p);
/**
 * Run OP on INPUT (consumed) with VARS (consumed): *OUT is the caller's.  A
 * request is checked for shape: {method, path, query?, headers?, body?}.
 * -1 with ERR = REJECT.
 */
int preset_run(struct preset *p, enum preset_op op, jv input, jv vars, jv *out,
    struct err *err);
/**
 * Run the test cases inside the preset file: appends a line per case to OUT;
 * returns the number that failed, or -1 with ERR.
 */
int preset_test(const char *file, int *out_run, struct buf *out,
    struct err *err);

#endif
