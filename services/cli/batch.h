/** Records of files, made whole and checked, before any of them is written. */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include <stddef.h>

#include "base/json.h"
#include "event/keys.h"

struct err;
struct rules_conf;

struct batch_entry {
	char *key;
	char *where; /* "events.csv, row 3" */
	jv record;   /* with all its fields, without derived ones */
	jv previous; /* what stands under KEY on the wire; null = nothing */
};

struct batch {
	enum record_type type;
	const char *member;		/* borrowed */
	const char *ns;			/* of local ids; borrowed */
	const struct rules_conf *rules; /* borrowed */
	struct batch_entry *entries;
	size_t n;
	jv index; /* object: key -> place among the entries */
};

/** Told of everything that is wrong: WHERE as above, FIELD "" or its name. */
typedef void batch_problem(
    void *ctx, const char *where, const char *field, const char *text);

/** Ready for batch_add(); TYPE is one that members write. */
struct batch batch_new(enum record_type type, const char *member,
    const char *ns, const struct rules_conf *rules);
/** Free what B owns. */
void batch_fini(struct batch *b);
/**
 * Add the records of a file NAME, SIZE bytes of TEXT: fill in key, writer and
 * defaults, check against schema and rules.  Records with a problem are left
 * out; their number is returned.  -1 with ERR if the file is none.
 */
int batch_add(struct batch *b, const char *name, const char *text, size_t size,
    batch_problem *problem, void *ctx, struct err *err);
/** The entry under KEY, or NULL; borrowed. */
struct batch_entry *batch_find(const struct batch *b, const char *key);
/** 1 if E says something else than what stands on the wire, else 0. */
int batch_is_news(const struct batch *b, const struct batch_entry *e);

#endif
