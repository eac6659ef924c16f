/** Forms of what a preset's programs give back: see preset.h. */
#ifndef MAP_SHAPE_H
#define MAP_SHAPE_H

#include "base/json.h"

struct err;

/** 1 if S is a method: a few capital letters. */
int shape_is_method(const char *s);
/** 1 if S is an RFC 3986 path, absolute, without dot segments. */
int shape_is_path(const char *s);
/**
 * Check a request and bring it into preset.h's form, the query folded into
 * the path.  V is consumed; 0 with *OUT the caller's; -1 with ERR = REJECT.
 */
int shape_request(jv v, jv *out, struct err *err);
/** The same for [item]; ids that are numbers become texts. */
int shape_items(jv v, jv *out, struct err *err);
/** The same for {items, gone, next, complete}. */
int shape_listed(jv v, jv *out, struct err *err);

#endif
