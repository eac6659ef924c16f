/**
 * Records of files, made whole and checked, before any of them is written.
 * They wait as Avro in a temporary file: of each only key and places are in
 * memory.
 */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <uthash.h>

#include "base/json.h"
#include "cli/spool.h"
#include "event/keys.h"

struct buf;
struct err;
struct rules_conf;

struct batch_entry {
	char *key;
	const char *file, *unit; /* "events.csv", static "row" */
	size_t n;		 /* of the row, line or item */
	struct spool_place record;
	struct spool_place previous; /* message under KEY; size 0: none */
	int is_sent, is_written;     /* the caller's */
	UT_hash_handle hh;	     /* hh.next: in the order of the files */
};

struct batch {
	enum record_type type;
	const char *member;		/* borrowed */
	const char *ns;			/* of local ids; borrowed */
	const struct rules_conf *rules; /* borrowed */
	int64_t now_ms;			/* what all of them are modified at */
	struct batch_entry *entries;
	size_t n;
	struct spool *spool;
};

/** Told of everything that is wrong: WHERE "events.csv, row 3", FIELD "" or its
 * name. */
typedef void batch_problem(
    void *ctx, const char *where, const char *field, const char *text);

/** Ready for batch_add(); TYPE is one that members write. */
struct batch batch_new(enum record_type type, const char *member,
    const char *ns, const struct rules_conf *rules);
/** Free what B owns. */
void batch_fini(struct batch *b);
/**
 * Add the records of F, called NAME (borrowed for B's life): fill in key,
 * writer, defaults and what is derived, check against schema and rules.
 * Records with a problem are left out; their number is returned.  -1 with ERR
 * if the file is none, or there is no room for what it holds.
 */
int batch_add(struct batch *b, const char *name, FILE *f,
    batch_problem *problem, void *ctx, struct err *err);
/** The entry under KEY, or NULL; borrowed. */
struct batch_entry *batch_find(const struct batch *b, const char *key);
/** New text "events.csv, row 3". */
char *batch_where(const struct batch_entry *e);
/** E's record as Avro, derived as if nothing stood under its key, in place of
 * what OUT holds.  -1 with ERR. */
int batch_bytes(struct batch *b, const struct batch_entry *e, struct buf *out,
    struct err *err);
/** The same as JSON, the caller's; jv_invalid() with ERR. */
jv batch_record(struct batch *b, const struct batch_entry *e, struct err *err);
/** 1 if RECORD (borrowed) says something else than PREVIOUS (borrowed), which
 * stands under its key on the wire, else 0. */
int batch_is_news(const struct batch *b, jv record, jv previous);

#endif
