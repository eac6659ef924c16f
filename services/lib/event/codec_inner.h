/** Inside event/: what codec_text.c borrows from codec.c. */
#ifndef EVENT_CODEC_INNER_H
#define EVENT_CODEC_INNER_H

#include "base/json.h"

struct cursor;
struct err;
struct path;
struct schema_node;

/** The value of TYPE at C, which has passed the guard, into *OUT. */
int codec_read(const struct cursor *c, const struct schema_node *type,
    const struct path *up, jv *out, struct err *err);

#endif
