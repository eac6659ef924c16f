/**
 * Paths into a record: "agreements[].names{}" stands for every value of the
 * map `names` of every item of `agreements`.
 */
#ifndef EVENT_FIELDS_H
#define EVENT_FIELDS_H

#include "base/json.h"

/**
 * VALUE (borrowed) stands at WHERE ("agreements[0].names.ru"); jv_invalid()
 * where the last member of the path is missing.
 */
typedef void fields_seen(void *ctx, const char *where, jv value);
/** Call SEEN for every place in RECORD (borrowed) that PATH names. */
void fields_each(jv record, const char *path, fields_seen *seen, void *ctx);

/** VALUE (consumed) as it shall be; the caller's. */
typedef jv fields_edit(void *ctx, jv value);
/** RECORD (consumed) with EDIT applied to every value that PATH names. */
jv fields_apply(jv record, const char *path, fields_edit *edit, void *ctx);

#endif
