/** Conditions of a question to the store and their parameters. */
#ifndef PORTAL_QUESTION_H
#define PORTAL_QUESTION_H

#include "base/buf.h"
#include "base/json.h"

/** A question while it is put together: conditions and their parameters. */
struct question {
	struct buf where; /* "" or "WHERE ... AND ..." */
	jv parameters;	  /* ?1, ?2, ... */
	int n;
};

/** An empty question. */
void question_begin(struct question *q);
/** Free what Q owns. */
void question_fini(struct question *q);
/**
 * Add a condition; every "?" in TEXT stands for V (consumed), the same
 * parameter.
 */
void question_and(struct question *q, const char *text, jv v);
/** The same if V is an array with anything in it, as json_each(?) reads it; V
 * is borrowed. */
void question_any(struct question *q, const char *text, jv v);

#endif
