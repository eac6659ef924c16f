/**
 * The map, read a few rows at a time, so that other questions come between:
 * which partnerships and events it has is settled at its beginning, what they
 * say is read when their turn comes.
 */
#ifndef PORTAL_QUERY_MAP_H
#define PORTAL_QUERY_MAP_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct query;
struct query_filter;
struct query_map;

/** What is shown, at most. */
enum { QUERY_MAP_ARCS_MAX = 100000, QUERY_MAP_EVENTS_MAX = 5000 };
/** Rows a step. */
enum { QUERY_MAP_STEP_ROWS = 500 };

/** A city that has coordinates. */
struct query_spot {
	size_t index; /* in the order of their first partnership: 0, 1... */
	const char *id;
	const char *names; /* JSON: language -> text */
	double lat, lon;
};
struct query_arc {
	const char *key, *status, *kind;
	int is_unilateral;
	const struct query_spot *a, *b;
};
struct query_point { /* an event in a city */
	const char *uid, *status;
	const char *title; /* JSON: language -> text, or "" */
	int64_t start_ms;
	double lat, lon;
};
/** Who is told: first all arcs, then all points; all borrowed for the call.
 * Cities without coordinates are left out, with what touches them. */
struct query_map_reader {
	void (*arc)(void *ctx, const struct query_arc *arc);
	void (*point)(void *ctx, const struct query_point *point);
};

/** Begin: new; Q borrowed for its life, F for the call.  NULL with ERR as
 * query.h says. */
struct query_map *query_map_new(
    struct query *q, const struct query_filter *f, struct err *err);
/** Read on: 1 if there is more, 0 at the end, -1 with ERR. */
int query_map_step(struct query_map *m, const struct query_map_reader *reader,
    void *ctx, struct err *err);
/** Rows of the store that are shown. */
size_t query_map_rows(const struct query_map *m);
/** Does nothing on NULL. */
void query_map_free(struct query_map *m);

#endif
