/**
 * Records out of a file of a person's making: JSON (one record or an array),
 * JSON Lines, or a table (CSV), told apart by looking.  In each a record may
 * have `id`, its local id, from which the caller makes the key.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stddef.h>

#include "base/json.h"
#include "event/keys.h"

struct err;
struct input;

enum { INPUT_MAX_BYTES = 256 * 1024 * 1024 };

/**
 * Over SIZE bytes of TEXT in any encoding of text.h (copied), records of T.
 * NULL with ERR = REJECT: no text, not JSON, a column that is not known.
 */
struct input *input_new(
    enum record_type t, const char *text, size_t size, struct err *err);
/** Does nothing on NULL. */
void input_free(struct input *in);
/**
 * The next record: 1 with *OUT (an object, the caller's), 0 at the end, -1
 * with ERR = REJECT naming the column if this one is no good; ask on for the
 * next.
 */
int input_next(struct input *in, jv *out, struct err *err);
/** "row 3", "line 3", "item 3": where the last one stands; borrowed. */
const char *input_where(const struct input *in);
/**
 * Write to OUT what the file calls FIELD of a record: "column start" of a
 * table, else "places[0].city.id".
 */
void input_field(
    const struct input *in, const char *field, char *out, size_t size);

#endif
