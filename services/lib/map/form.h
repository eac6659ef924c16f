/**
 * A preset's request said as a form instead of a jq program, where there is
 * nothing to compute:
 *
 *   create: { method: PUT, path: "/{collection}/{marker}", body: record }
 *
 * {name} in the path is replaced by that text, percent-encoded (RFC 6570,
 * simple expansion).  Costs a hundredth of a program.
 */
#ifndef MAP_FORM_H
#define MAP_FORM_H

#include "base/json.h"

struct buf;
struct err;
struct form;

/** What {name} stands for; NULL: there is none.  Borrowed until the next call.
 */
typedef const char *form_lookup(void *ctx, const char *name);

/**
 * Read GIVEN (borrowed: an object {method, path, body?}).  KNOWN says whether
 * a name may stand in the path (any text but NULL).  NULL with ERR = REJECT.
 */
struct form *form_new(jv given, form_lookup *known, void *ctx, struct err *err);
/** Does nothing on NULL. */
void form_free(struct form *f);
/** Borrowed. */
const char *form_method(const struct form *f);
/** 1 if the record's content goes along, 0 if there is no body. */
int form_has_body(const struct form *f);
/** 1 if NAME stands in the path. */
int form_uses(const struct form *f, const char *name);
/**
 * Append the path to OUT.  -1 with ERR = REJECT: a name has no value, or an
 * empty one; OUT is then the caller's to forget.
 */
int form_path(const struct form *f, form_lookup *lookup, void *ctx,
    struct buf *out, struct err *err);

#endif
