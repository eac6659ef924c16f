/**
 * Records out of a file of a person's making: JSON (one record or an array),
 * JSON Lines, or a table (CSV), told apart by looking.  In each a record may
 * have `id`, its local id, from which the caller makes the key.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stddef.h>
#include <stdio.h>

#include "base/json.h"
#include "event/keys.h"

struct err;
struct input;

enum { INPUT_MAX_BYTES = 256 * 1024 * 1024 };

/**
 * Over what is left of F (borrowed for its life) in any encoding of text.h,
 * records of T.  JSON Lines in UTF-8 are read a line at a time; all else whole,
 * at most INPUT_MAX_BYTES of it.  NULL with ERR = REJECT: no text, not JSON, a
 * column that is not known.
 */
struct input *input_new(enum record_type t, FILE *f, struct err *err);
/** Does nothing on NULL. */
void input_free(struct input *in);
/**
 * The next record: 1 with *OUT (an object, the caller's), 0 at the end, -1
 * with ERR = REJECT naming the column if this one is no good; ask on for the
 * next.
 */
int input_next(struct input *in, jv *out, struct err *err);
/** Where the last one stands: number *OUT_N of the "row", "line" or "item"
 * (static) that is returned. */
const char *input_where(const struct input *in, size_t *out_n);
/**
 * Write to OUT what the file calls FIELD of a record: "column start" of a
 * table, else "places[0].city.id".
 */
void input_field(
    const struct input *in, const char *field, char *out, size_t size);

#endif
