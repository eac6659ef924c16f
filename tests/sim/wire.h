/** The wire as the simulation has it: logs of records, compacted at times. */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "rnd.h"

enum { WIRE_TOPICS = 2, WIRE_KEYS = 8, WIRE_RECORDS_MAX = 200 };

enum wire_what {
	WIRE_KEEP,
	WIRE_TOMBSTONE,
	WIRE_LEFT,   /* no longer passes the connection's filter */
	WIRE_HIDE,   /* another event stands for it */
	WIRE_BAD,    /* cannot be read */
	WIRE_REFUSED /* the site will say 422 */
};

/** Key K lives in topic K % WIRE_TOPICS. */
struct wire_record {
	int key;
	enum wire_what what;
	int content; /* > 0; few, so that versions come back */
	int64_t at_ms;
	int64_t clock_ms; /* as its writer's clock has it: not in order */
	int is_compacted;
};

struct wire {
	struct wire_record log[WIRE_TOPICS][WIRE_RECORDS_MAX];
	int64_t end[WIRE_TOPICS];
};

/** A record of a random key, unless its log is full. */
void wire_append(struct wire *w, struct rnd *r, int64_t now_ms);
/** Drop what has had a newer version for MIN_AGE_MS. */
void wire_compact(struct wire *w, int64_t now_ms, int64_t min_age_ms);
/** The newest record of KEY, or NULL. */
const struct wire_record *wire_newest(const struct wire *w, int key);

#endif
