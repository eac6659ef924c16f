/**
 * The wire as the simulation has it: brokers with logs of records, compacted
 * at times.  Topics: events, whose writers are outside the simulation; the
 * claims of each member; partnerships, the reconciler's.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include <stdint.h>

#include "rnd.h"

enum {
	WIRE_EVENT_TOPICS = 2,
	WIRE_MEMBERS = 3,
	WIRE_TOPICS = WIRE_EVENT_TOPICS + WIRE_MEMBERS + 1,
	WIRE_PARTNERSHIPS = WIRE_TOPICS - 1,
	WIRE_EVENT_KEYS = 8,
	WIRE_LOCALS = 2, /* claims of a member */
	WIRE_CLAIM_KEYS = WIRE_MEMBERS * WIRE_LOCALS,
	WIRE_PAIRS = 3,
	WIRE_KEYS = WIRE_EVENT_KEYS + WIRE_CLAIM_KEYS + WIRE_PAIRS,
	WIRE_RECORDS_MAX = 300
};

enum wire_what {
	WIRE_KEEP,
	WIRE_TOMBSTONE,
	WIRE_LEFT,   /* no longer passes the connection's filter */
	WIRE_HIDE,   /* another event stands for it */
	WIRE_BAD,    /* cannot be read */
	WIRE_REFUSED /* the site will say 422 */
};

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
	int is_there[WIRE_TOPICS]; /* some topics appear later */
	int cluster;		   /* another one after wire_rebuild() */
	int is_down;		   /* the brokers answer nobody */
};

/** The topic that KEY lives in. */
int wire_topic(int key);
/** The key of claim LOCAL of MEMBER, of partnership PAIR. */
int wire_claim_key(int member, int local);
int wire_pair_key(int pair);
/** The member whose claim KEY is, or -1. */
int wire_member_of(int key);
/** Append a version of KEY; its offset, or -1 if its log is full. */
int64_t wire_put(struct wire *w, struct rnd *r, int64_t now_ms, int key,
    enum wire_what what, int content);
/** Append a record of a random event. */
void wire_append(struct wire *w, struct rnd *r, int64_t now_ms);
/** Drop what has had a newer version for MIN_AGE_MS, and tombstones older than
 * TOMBSTONE_MS. */
void wire_compact(
    struct wire *w, int64_t now_ms, int64_t min_age_ms, int64_t tombstone_ms);
/** A new cluster: empty logs; events are written again at their newest. */
void wire_rebuild(struct wire *w, int64_t now_ms);
/** The newest record of KEY that the log holds, or NULL. */
const struct wire_record *wire_newest(const struct wire *w, int key);

#endif
