/**
 * The operator's alias file: what an id of a city stands for.  One line an
 * alias, "<id> TAB <wd: or gn: id>"; "#" begins a comment line.
 */
#ifndef RECONCILER_ALIASES_H
#define RECONCILER_ALIASES_H

#include <stddef.h>

struct aliases;
struct buf;
struct err;

enum { ALIASES_MAX = 1000000, ALIASES_STEPS_MAX = 8 };

/** New, empty. */
struct aliases *aliases_new(void);
/**
 * Load FILE.  NULL with ERR = REJECT holding the first fault ("FILE:LINE:
 * ...": no tab, target not resolved, an id twice, a circle) and, if OUT is not
 * NULL, all of them appended to it, one a line.
 */
struct aliases *aliases_load(
    const char *file, struct buf *out, struct err *err);
/** The same from memory; NAME stands for the file in messages. */
struct aliases *aliases_parse(
    const char *name, const char *text, struct buf *out, struct err *err);
/** Does nothing on NULL. */
void aliases_free(struct aliases *a);
/**
 * What ID stands for, followed over at most ALIASES_STEPS_MAX lines: a pointer
 * into A, or ID itself if there is no line for it.
 */
const char *aliases_resolve(const struct aliases *a, const char *id);

#endif
