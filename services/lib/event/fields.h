/**
 * Paths into a record: "agreements[].names{}" stands for every value of the
 * map `names` of every item of `agreements`.
 */
#ifndef EVENT_FIELDS_H
#define EVENT_FIELDS_H

#include <stddef.h>

#include "base/json.h"

struct path;

/** Paths without {} as one tree, so that a record is walked once for all. */
struct fields_tree;
/** Empty; for the life of the process.  One thread at a time may use it. */
struct fields_tree *fields_tree_new(void);
/** Add PATH (borrowed for as long) as the NTH; none may be added twice. */
void fields_tree_add(struct fields_tree *t, const char *path, size_t nth);

/**
 * VALUE (borrowed) stands at WHERE, where the NTH path leads; jv_invalid()
 * where the last member of the path is missing.
 */
typedef void fields_seen(
    void *ctx, size_t nth, const struct path *where, jv value);
/** Call SEEN for every place in RECORD (borrowed) that T's paths name. */
void fields_each(
    const struct fields_tree *t, jv record, fields_seen *seen, void *ctx);

/** VALUE (consumed) as it shall be; the caller's. */
typedef jv fields_edit(void *ctx, jv value);
/** RECORD (consumed) with EDIT applied to every value that PATH names. */
jv fields_apply(jv record, const char *path, fields_edit *edit, void *ctx);

#endif
