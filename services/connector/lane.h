/**
 * Lanes: one per record key that has something to do, holding its versions in
 * order and what is known of the record in the system.  Here are the tables
 * and queues; what happens in a lane next is decide.h's, when is core.c's.
 */
#ifndef CONNECTOR_LANE_H
#define CONNECTOR_LANE_H

#include <uthash.h>

#include "connector/core.h"

struct lane;

/** One version of a record, a look again (is_verify), or what waits for it. */
struct lane_item {
	struct lane *lane;
	struct lane_item *next;			       /* in the lane */
	struct lane_item *failing_next, *failing_prev; /* in struct lanes */
	void *payload;
	size_t bytes;
	int64_t offset;
	unsigned topic;
	enum core_want want;
	unsigned char hash[CORE_HASH_SIZE];
	int is_verify;
	int is_counted; /* its fate counts */
	int is_shared;	/* in its topic's share, too */
	int is_parked;	/* waits in the state file, its offset is closed */
	int is_state;
	int may_create;
	int is_doubtful;
	int is_rowless;
	int is_outdated; /* a newer version was known to be in the log */
	int is_held;	 /* and this one, in the shadows, waits for it */
	int is_again;	 /* not stale at its own row's offset */
	int is_sent;	 /* a write of it went out */
	int is_failing;	 /* in the list of struct lanes */
	int is_barred;	 /* sends nothing until core_release() */
	unsigned attempts;
	int64_t failing_ms;    /* since when, if attempts > 0 */
	int64_t good_ms;       /* the core's give-up clock at that time */
	int64_t spent_ms;      /* of give_up_after, in earlier processes */
	enum core_cause cause; /* of its dead letter */
};

enum lane_at {
	LANE_IDLE,
	LANE_QUEUED, /* wants to send `op`, or to look again, at due_ms */
	LANE_CALLING,
	LANE_STOPPED,  /* its call was answered STOP; the probe decides */
	LANE_DEAD,     /* a dead letter is under way */
	LANE_DEAD_WAIT /* it failed; another one at due_ms */
};

enum lane_look { LANE_LOOK_NOT, LANE_LOOK_NONE, LANE_LOOK_FOUND };

/** What is known of the record in the system.  0 as a time: none. */
struct lane_known {
	/* For the version at the head. */
	enum lane_look look;
	int64_t look_ms; /* the look-up was sent */
	int n_items;
	int is_equal;
	int is_twin_equal;
	int is_twin_left; /* two items stay */
	int is_as_created;
	int is_written; /* its content stands there */
	enum core_op written_op;
	int64_t written_ms; /* that request was sent */
	int n_removed;	    /* our removes that were answered */
	int64_t removed_ms; /* the last one was sent */
	/* For the record, from version to version. */
	int is_doubtful;      /* an earlier process may have written it */
	int is_gone_in_doubt; /* gone by our own doing, perhaps */
	int is_dirty;	      /* the row's hash proves nothing */
	int n_unknown;	      /* creates of this process without an answer */

	int64_t create_until_ms; /* a create may still land before */
	int64_t late_until_ms;	 /* any write may still land before, ... */
	unsigned char late_hash[CORE_HASH_SIZE]; /* ... with this content */
	int is_late_mixed;			 /* ... or with others */
};

/** The row as it will stand once all actions so far are carried out. */
struct lane_row {
	enum core_row_state state;
	int has_local_id;
	int is_told;
	unsigned topic;
	int64_t offset;	   /* or -1 */
	int64_t verify_ms; /* or -1 */
	unsigned char hash[CORE_HASH_SIZE];
};

struct lane {
	UT_hash_handle hh;
	struct lane_item *head, *tail;
	/* Versions that a newer one will replace, but not yet: they are parked,
	 * or may have reached the system.  After a crash they must come again,
	 * so they are pending until the newer one has a fate. */
	struct lane_item *shadows;
	size_t n_items; /* those, and the finished ones not handed over yet */
	int is_late;	/* in the list of struct lanes */
	enum lane_at at;
	enum core_op op;
	uint64_t id; /* of the call or dead letter */
	int64_t sent_ms;
	enum core_result becomes; /* LANE_STOPPED */
	int64_t doubted_ms; /* LANE_STOPPED: since when, if doubted, or 0 */
	int64_t due_ms;
	int64_t not_before_ms;	/* Retry-After */
	uint64_t turn;		/* first come, first served at equal times */
	size_t heap_index;	/* from 1; 0: not in the heap */
	struct lane_flow *flow; /* whose line it stands in, or NULL */
	struct lane *line_next, *line_prev;
	UT_hash_handle dead_hh; /* LANE_DEAD: by id */
	struct lane *dead_next, *dead_prev;
	struct lane *late_next, *late_prev;
	struct lane_known known;
	struct lane_row row;
	char key[];
};

/** Lanes of one topic whose time has come, first come, first served. */
struct lane_flow {
	struct lane *line;
	struct lane_flow *next, *prev; /* flows that have a line */
};

struct lanes {
	struct lane *by_key;
	struct lane **heap; /* 1-based, least due_ms first: not due yet */
	size_t heap_n, heap_room;
	uint64_t turns;
	struct lane_flow **flows; /* by topic */
	unsigned n_flows;
	struct lane_flow *round;   /* those with a line, the next to be served
				    * first: who says much hinders nobody */
	struct lane_item *failing; /* not parked, by failing_ms */
	struct lane *dead_by_id;
	struct lane *dead_waiting; /* by due_ms */
	struct lane *late;	   /* empty, but not forgotten yet */
};

/** The lane of KEY, or NULL. */
struct lane *lanes_find(struct lanes *l, const char *key);
/** A new one, idle and empty, with nothing known and no row. */
struct lane *lanes_add(struct lanes *l, const char *key);
/**
 * Forget LANE if it holds nothing any more; while a write of its record may
 * still land, that is put off.
 */
void lanes_release(struct lanes *l, struct lane *lane, int64_t now_ms);
/** Forget those whose time has come. */
void lanes_release_late(struct lanes *l, int64_t now_ms);
/** Free all lanes and what is in them; DROP (may be NULL) gets payloads. */
void lanes_fini(struct lanes *l, void (*drop)(void *payload));

/** Have LANE's turn come at DUE_MS (it may be queued already; in line it keeps
 * its place). */
void lanes_queue(
    struct lanes *l, struct lane *lane, int64_t now_ms, int64_t due_ms);
/** Take it out of the queue; it is idle then. */
void lanes_unqueue(struct lanes *l, struct lane *lane);
/** The same as it is served: the next topic's turn. */
void lanes_served(struct lanes *l, struct lane *lane);
/** The lane whose turn it is, of those that are due, or NULL. */
struct lane *lanes_first(struct lanes *l, int64_t now_ms);
/** When that is not NULL: at once (0), or later; -1: no lane is queued. */
int64_t lanes_due(const struct lanes *l);

/** Note that I fails, or no longer does (as often as you like). */
void lanes_failing(struct lanes *l, struct lane_item *i);
void lanes_not_failing(struct lanes *l, struct lane_item *i);
/** LANE's dead letter is under way under ID. */
void lanes_dead(struct lanes *l, struct lane *lane, uint64_t id);
/** The lane it is of, idle now; or NULL. */
struct lane *lanes_dead_done(struct lanes *l, uint64_t id);
/** Have LANE's dead letter tried, or again, at DUE_MS, or not. */
void lanes_dead_wait(struct lanes *l, struct lane *lane, int64_t due_ms);
void lanes_dead_go(struct lanes *l, struct lane *lane);

/** Append I. */
void lane_push(struct lane *lane, struct lane_item *i);
/** Put what is in the shadows back in line; nothing may be there. */
void lane_unshadow(struct lane *lane);
/** Unlink I, which is in LANE's line. */
void lane_take(struct lane *lane, struct lane_item *i);
/** 1 if NEWER makes OLDER, before it in line, pointless. */
int lane_supersedes(
    const struct lane_item *newer, const struct lane_item *older);
/** Something in line that makes the head pointless, or NULL. */
struct lane_item *lane_successor(const struct lane *lane);
/** 1 if the row says that what I wants was passed already. */
int lane_is_stale(const struct lane *lane, const struct lane_item *i);
/** 1 if LANE's row is a receipt that speaks of I. */
int lane_is_told(const struct lane *lane, const struct lane_item *i);
/** A write with content HASH may land until UNTIL_MS. */
void lane_late(struct lane *lane, int64_t now_ms, int64_t until_ms,
    const unsigned char hash[CORE_HASH_SIZE]);
/** 1 if nothing is known of the content in the system. */
int lane_is_hash_void(const struct lane *lane);
/** What was unknown is settled; writes of other content may still be late. */
void lane_settled(struct lane *lane);

#endif
