/**
 * The wire -> system direction of one connection: the shell around core.h
 * (DESIGN section 5).  Judges records, carries the core's actions out, keeps
 * rows, positions and the counters of the law in the state file.
 */
#ifndef CONNECTOR_SUBSCRIBE_H
#define CONNECTOR_SUBSCRIBE_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "connector/core.h"
#include "connector/resync.h"

struct bus_message;
struct connection;
struct connection_subscribe;
struct env;
struct buf;
struct err;
struct histogram;
struct subscribe;

/** Reason of a row that waits for approval. */
#define SUBSCRIBE_WAITS "awaits_approval"

/** New; ENV borrowed for its life.  It holds about OUTSTANDING_MAX records. */
struct subscribe *subscribe_new(
    const struct env *env, int outstanding_max, int64_t now_ms);
/** Does nothing on NULL. */
void subscribe_free(struct subscribe *s);

/** Before the first topic: read them all whole, as KIND says. */
void subscribe_resync(struct subscribe *s, enum resync kind);
/** 1 until that is done. */
int subscribe_is_resyncing(const struct subscribe *s);
/** When (wall) that began or stood at the ends of all logs last; -1: neither.
 */
int64_t subscribe_resync_read_ms(const struct subscribe *s);

/** 1 if the connection subscribes to topic NAME. */
int subscribe_wants(const struct subscribe *s, const char *name);
/** New array (free it) of the *OUT_N entries of C that topic NAME matches;
 * they are borrowed from C. */
const struct connection_subscribe **subscribe_entries(
    const struct connection *c, const char *name, size_t *out_n);
/** 1 if NAME has been made known. */
int subscribe_has(const struct subscribe *s, const char *name);
/**
 * Make topic NAME known, with its position from the state file if there is
 * one; else reading starts at START.  FLOOR: below it nothing is created.
 * Below DOUBT_END an earlier process may have written already.  IS_BACKLOG:
 * the log is read to its end twice, so that only each record's newest version
 * goes out.  *OUT_START is where the consumer begins.  -1 with ERR.
 */
struct subscribe_topic {
	const char *name;
	int64_t start, floor, doubt_end;
	int is_backlog;
	int64_t low; /* where its log begins */
};
int subscribe_topic(struct subscribe *s, const struct subscribe_topic *t,
    int64_t *out_start, struct err *err);
/** NEXT, to be read of topic NAME; LOW, where its log begins now, and a warning
 * if what is in between is lost. */
int64_t subscribe_skip_lost(
    struct subscribe *s, const char *name, int64_t next, int64_t low);
/**
 * After all topics: take up parked rows, look-ups that are due, and who names
 * whom, from the state file.  -1 with ERR.
 */
int subscribe_restore(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err);
/**
 * Topics may have been made known since: take up what is parked or hidden of
 * them.  Before anything is read of them.  -1 with ERR.
 */
int subscribe_restore_late(struct subscribe *s, struct err *err);

/**
 * Take M: 1; 0 if its schema is still being fetched (offer the same again,
 * after subscribe_wait_no_more(), and until then none of its topic); -1 with
 * ERR = FATAL.
 */
int subscribe_message(struct subscribe *s, const struct bus_message *m,
    int64_t now_ms, struct err *err);
/**
 * Topic NAME has been read to NEXT, its end.  1: read it once more from
 * *OUT_AGAIN, 0 go on.
 */
int subscribe_end(
    struct subscribe *s, const char *name, int64_t next, int64_t *out_again);
/** NAME cannot be read; nothing waits for it meanwhile. */
void subscribe_unread(struct subscribe *s, const char *name);
/**
 * This connection published RECORD (borrowed; null: withdrew it) under event
 * UID: other announcements of it may be hidden or shown now.
 */
void subscribe_own(struct subscribe *s, const char *uid, jv record);

/** 1 if a stop now leaves nothing in doubt for the next start. */
int subscribe_is_settled(const struct subscribe *s, int64_t now_ms);
/** Nothing more is at hand now. */
void subscribe_drained(struct subscribe *s);
/** Changes that wait for approval, as plan_json() gives them, or null; the
 * caller's. */
jv subscribe_plan(const struct subscribe *s);
/** Append those changes to OUT, as plan_list(). */
void subscribe_list(const struct subscribe *s, struct buf *out);
/** Let them go: 1, or 0 if ID is not the plan that waits. */
int subscribe_approve(struct subscribe *s, const char *id, int64_t now_ms);

/** An operator's order about a dead letter. */
struct subscribe_order {
	int is_rowless;	  /* the letter stands by its place */
	struct buf *text; /* gets a sentence on what became of the order */
	int64_t wall_ms;
};
/**
 * Try M, that a dead letter once was, again at its place, unless its record has
 * moved on: 1 with the sentence; 0 if its schema is being fetched (ask again
 * with the same M); -1 with ERR = FATAL.
 */
int subscribe_replay(struct subscribe *s, const struct bus_message *m,
    const struct subscribe_order *o, struct err *err);
/** M will not be delivered, whoever decided it: its receipt says so.  As
 * subscribe_replay(). */
int subscribe_drop(struct subscribe *s, const struct bus_message *m,
    const struct subscribe_order *o, struct err *err);

/** Carry out what the core wants; write rows.  -1 with ERR = FATAL. */
int subscribe_step(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err);
/** 1 if something happened since subscribe_save(). */
int subscribe_is_unsaved(const struct subscribe *s);
/** Write positions and counters, in the transaction of the rows.  -1. */
int subscribe_save(struct subscribe *s, struct err *err);
/** Monotonic ms at which subscribe_step() has something by time; -1. */
int64_t subscribe_deadline(struct subscribe *s, int64_t now_ms);
/** 1 if a message of topic NAME may be offered now: it has not filled its share
 * of what is held, and none waits for its schema. */
int subscribe_takes(const struct subscribe *s, const char *name);
/** What waited for its schema may be offered again: it may have come. */
void subscribe_wait_no_more(struct subscribe *s);
/** 1 while the consumer shall be paused. */
int subscribe_is_paused(const struct subscribe *s);
/** Begin nothing new. */
void subscribe_hold(struct subscribe *s, int64_t now_ms, int is_held);
/** Requests and dead letters under way. */
int subscribe_in_flight(const struct subscribe *s);

/** What the core stands at. */
enum core_state subscribe_state(const struct subscribe *s);
/** From the append of each record that was delivered since the start until
 * its system had it; borrowed for its life. */
const struct histogram *subscribe_delays(const struct subscribe *s);
/** How fast the site is asked. */
void subscribe_pace(const struct subscribe *s, struct core_pace *out);
/** Why it does not run, for people; "" if it does.  Borrowed. */
const char *subscribe_reason(const struct subscribe *s);
/** Records consumed and not final yet. */
int64_t subscribe_pending(const struct subscribe *s);
/** Records that failed at least once and wait. */
int64_t subscribe_waiting(const struct subscribe *s);
/** Call EACH for every topic: its name, lowest offset not final, floor. */
void subscribe_each_topic(struct subscribe *s,
    void (*each)(void *ctx, const char *name, int64_t position, int64_t floor),
    void *ctx);

#endif
