/**
 * Changes that wait for somebody's approval, or are counted before they are
 * made: at most one a record, with an id that is a hash of them all, whatever
 * their order (DESIGN sections 2 and 4).  Pure.
 */
#ifndef CONNECTOR_PLAN_H
#define CONNECTOR_PLAN_H

#include <stddef.h>

#include "base/json.h"

struct buf;

enum {
	PLAN_FIRST = 10,
	PLAN_LISTED = 10000 /* changes in a list: 2 MB or so */
};

enum plan_action {
	PLAN_CREATE,   /* in the system */
	PLAN_UPDATE,   /* in the system, or on the wire */
	PLAN_ADOPT,    /* it stands in the system, with our marker */
	PLAN_REMOVE,   /* from the system */
	PLAN_PUBLISH,  /* onto the wire */
	PLAN_WITHDRAW, /* from the wire */
	PLAN_REFUSE,   /* unfit: dead letter, or not published */
	PLAN_KEEP,     /* left alone */
	PLAN_ACTIONS
};

struct plan;

/** New, empty. */
struct plan *plan_new(void);
/** Does nothing on NULL. */
void plan_free(struct plan *p);
/** Forget all. */
void plan_clear(struct plan *p);
/** ACTION is what KEY has coming, instead of what was said before; HASH of the
 * new content (NULL: none); LABEL: what a person knows it by. */
void plan_set(struct plan *p, const char *key, enum plan_action action,
    const unsigned char *hash, const char *label);
/** KEY has nothing coming. */
void plan_drop(struct plan *p, const char *key);
/** What KEY has coming; PLAN_ACTIONS if nothing was said. */
enum plan_action plan_of(const struct plan *p, const char *key);
/** Updates, removals and withdrawals: what `max_change` is about. */
size_t plan_changes(const struct plan *p);
/** 1 if N changes go beyond SHARE (< 0: off) of LIVE rows and beyond
 * AT_LEAST. */
int plan_is_beyond(size_t n, double share, size_t at_least, size_t live);
/** {id, counts: {update: 3, ...}, first: [{action, key, label}]}; the
 * caller's. */
jv plan_json(const struct plan *p);
/** Append the changes, by key, to OUT: a line of JSON, {action, key, label},
 * each; at most PLAN_LISTED. */
void plan_list(const struct plan *p, struct buf *out);
/** A (consumed; null: none) and B (borrowed) as one plan, approved together;
 * the caller's. */
jv plan_join(jv a, jv b);

#endif
