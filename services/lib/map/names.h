/**
 * A preset's `names`: texts that its forms use, each said by a jq program over
 * $type and $config alone, so that it runs once per kind of record.
 */
#ifndef MAP_NAMES_H
#define MAP_NAMES_H

#include "base/json.h"

struct err;
struct names;
struct program;

/** New and empty; the caller's. */
struct names *names_new(void);
/** Does nothing on NULL. */
void names_free(struct names *n);
/** Let NAME be what PROGRAM (taken over) says, instead of one before. */
void names_set(struct names *n, const char *name, struct program *program);
/** 1 if there is NAME. */
int names_has(const struct names *n, const char *name);
/**
 * The text NAME stands for with TYPE and CONFIG (borrowed; asked
 * again only when it is another object).  Borrowed from N; NULL with ERR =
 * REJECT: no such name, or its program failed or gave no text.
 */
const char *names_text(struct names *n, const char *name, const char *type,
    jv config, struct err *err);

#endif
