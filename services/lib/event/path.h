/**
 * Where in a record a walk is, as a chain of frames on the walkers' stack:
 * nothing is built until an error names the place.
 */
#ifndef EVENT_PATH_H
#define EVENT_PATH_H

#include <stddef.h>

struct err;

enum { PATH_MAX_BYTES = 256 };

struct path {
	const struct path *up; /* NULL at the record itself */
	const char *name;      /* field or map key; NULL: INDEX counts */
	size_t name_size;
	size_t index;
};

/** The frame of field or key NAME (borrowed, SIZE bytes) below UP. */
struct path path_name(const struct path *up, const char *name, size_t size);
/** The frame of item INDEX below UP. */
struct path path_index(const struct path *up, size_t index);
/**
 * Write "places[1].city.id" to OUT, cut to SIZE; "record" for NULL.  A key
 * that is not a plain word is written as "[?]": keys come from outside.
 */
void path_print(const struct path *p, char *out, size_t size);
/** Set ERR = REJECT to "<path>: <text>"; returns -1. */
int path_err(struct err *err, const struct path *p, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
