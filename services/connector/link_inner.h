/** Inside link*.c: one module in several files. */
#ifndef CONNECTOR_LINK_INNER_H
#define CONNECTOR_LINK_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "bus/bus.h"
#include "connector/env.h"
#include "connector/leaving.h"
#include "wire/doubt.h"
#include "wire/system.h"

struct boot_conf;
struct buf;
struct catalog;
struct bus_conf;
struct control;
struct letters;
struct own;
struct publisher;
struct receipts;
struct status;
struct subscribe;
struct rehearsal;

enum { LINK_STOP_SIZE = 33 }; /* 128 random bits in hex */

struct link {
	struct env env;
	struct system system;
	const struct bus_conf *bus;
	size_t queue_max_bytes;
	size_t n_wanted; /* topics it read when its consumer was made */
	int outstanding_max;
	struct subscribe *subscribe;
	struct publisher **publishers;
	size_t n_publishers;
	struct own *own; /* what others withdrew of theirs */
	struct receipts *receipts;
	struct status *status;
	struct control *control;
	struct letters *letters;     /* read back for orders about them */
	struct leaving leaving;	     /* those that nobody has dealt with */
	struct rehearsal *rehearsal; /* of a first run or a resync; NULL */
	struct consumer *consumer;
	struct bus_message held; /* came last; the consumer's */
	int is_stopping, is_first_run;
	int is_clean; /* the process before left nothing in doubt, and the log
		       * still says so: nothing is read until it does not, as
		       * this process may be killed at work */
	int is_stop_noted;	   /* this one has said how it leaves */
	char stop[LINK_STOP_SIZE]; /* the name of a clean stop; "" if none */
	int is_planning;    /* the first run: nothing is done before approval */
	int is_begun;	    /* the wire -> system direction is at work */
	int is_restarting;  /* it settles what is under way, to begin anew */
	int is_plan_due;    /* of a resync: being made, */
	char *plan_order;   /* id of the last order for one, or NULL */
	int is_plan_purge;  /* it is that of a purge */
	int is_listing_due; /* it waits for where logs end now */
	int is_purging;	    /* a purge is being carried out */
	int is_paused;	    /* by an order; stands in the Status */
	jv catalog;	    /* topics as last listed */
	struct doubts *doubts;	   /* about logs that may be others */
	struct catalog *questions; /* about the dates of `from:` go there, */
	int is_from_due;	   /* and an answer is waited for */
	jv anew; /* object of topics whose log turned out to be another */
	jv resync_plan;		  /* waits for approval, or null */
	struct buf resync_listed; /* its changes */
	int64_t last_ms; /* append time of the newest record read, or -1 */
	int64_t look_ms; /* for a long absence, next */
	char *approved;	 /* plan approved last, "" if none */
	jv known_floors; /* from tw.status, object of topic to offset */
	jv ends;	 /* object of topic to end of its log, as last listed */
	char *cluster;
	/* One at a time (link_other.c). */
	char *other; /* who told of it before this process, "" nobody */
	int64_t other_offset;  /* of his last status, */
	int64_t other_ms;      /* seen by this process since; 0: never */
	int64_t heard_from;    /* statuses below were known at the start */
	int is_heard;	       /* one of this process stands on the log */
	struct err failed;     /* an order did not work out: FATAL, else NONE */
	int is_order_open;     /* what one changed is not committed yet */
	struct err trouble;    /* of the consumer */
	int64_t again_ms;      /* consume again without a signal; -1: no need */
	int64_t waiting_since; /* wall ms: the oldest record that failed and
				* is still tried, as last looked up; -1 none */
	int64_t not_delivered, not_published; /* records, as last counted */
	int64_t rows_look_ms;
	int64_t status_ms;
	int is_dirty; /* since the status was last looked at */
};

/** 1 if nothing on its way to the wire is without its row. */
int link_is_published(const struct link *l);

/* link_topics.c */

/** 1 and *OUT, which is free()d, if there is a topic of l->catalog that the
 * connection subscribes to and nobody says where its log ends. */
int link_lacks_ends(const struct link *l, char **out);

/** 1 if there is one of which nothing was read: nobody led it since the start,
 * and what an earlier process sent of it is in doubt still. */
int link_lacks_topic(const struct link *l);

/** TOPIC, whose log is BOUNDS (borrowed).  0; 1 or -1 with ERR. */
typedef int link_topic(
    struct link *l, const char *topic, jv bounds, struct err *err);
/** Call EACH for every topic of CATALOG whose log's ends are known, up to the
 * first that does not return 0, which is returned. */
int link_each_topic(
    struct link *l, jv catalog, link_topic *each, struct err *err);

/** Make every topic of CATALOG known that the connection subscribes to; see
 * that those it knows are still the same.  -1 with ERR. */
int link_add_topics(struct link *l, jv catalog, struct err *err);
/** 1 and where `from:` lies in TOPIC, whose log is BOUNDS (borrowed); kept in
 * l->known_floors.  0: l->is_from_due, a later listing says it. */
int link_from(struct link *l, const char *topic, jv bounds, int64_t *out);
/** Find out where `from:` lies in all topics of l->catalog.  -1 with ERR. */
int link_find_from(
    struct link *l, const struct boot_conf *boot, struct err *err);

/* link_other.c */

/** 1 with ERR if another process told of the connection lately in its last
 * status, KNOWN (borrowed); 0: this one begins. */
int link_is_elsewhere(struct link *l, jv known, struct err *err);

/* link_rebuild.c */

/** At start: what is on the wire of the connection has its row.  KNOWN: its
 * last status (borrowed).  -1 with ERR. */
int link_rebuild(
    struct link *l, jv known, const struct boot_conf *boot, struct err *err);

/* link_clean.c */

/** 1 if the process before said in its last status, KNOWN (borrowed), that it
 * left nothing in doubt, and the state file is the one it left behind. */
int link_was_clean(struct link *l, jv known);
/** This process is at work: how the one before left holds no more.  -1. */
int link_forget_stop(struct link *l, struct err *err);
/** Stopping: once nothing is under way any more, note how this process leaves,
 * in the state file and in the status.  -1 with ERR = FATAL. */
int link_note_stop(struct link *l, int64_t now_ms, struct err *err);

/* link_plan.c */

/** Begin to plan the first run.  -1 with ERR. */
int link_plan_start(struct link *l, jv catalog, struct err *err);
/** Rehearse topics of CATALOG that appeared.  -1 with ERR. */
int link_plan_topics(struct link *l, jv catalog, struct err *err);
/** All that waits for approval as one plan, or null; the caller's. */
jv link_plan(const struct link *l);
/** Append the changes of that to OUT, as plan_list(). */
void link_plan_list(const struct link *l, struct buf *out);
/** Approve all of plan ID: 1, or 0 if it is not the one that waits.  What goes
 * wrong then stands in l->failed. */
int link_approve(struct link *l, const char *id);

/* link_logs.c */

/** TOPIC's log may not be the one that we know: find out, with the next
 * listings.  -1 with ERR. */
int link_doubt(struct link *l, const char *topic, struct err *err);
/** What l->catalog says of TOPIC's log, if that is in doubt; once it is the
 * same, it is read on, or all topics whole if it lost its start meanwhile.  -1
 * with ERR. */
int link_judge_log(
    struct link *l, const char *topic, enum doubt *out, struct err *err);

/** 1 if the newest records of TOPIC are what is, 0 if it tells news. */
int link_is_state_topic(const char *topic);

/* link_resync.c */

/** Our place in TOPIC, as the state file has it, against the ends of its log,
 * BOUNDS (borrowed): 0 it is there, or there is none; 1 with ERR: that is not
 * known yet; 2: it is not, and the state file says what has to follow; -1 with
 * ERR. */
int link_look_at_log(
    struct link *l, const char *topic, jv bounds, struct err *err);
/** Make the wire -> system direction anew from the state file. */
void link_renew(struct link *l, int64_t now_ms);
/** At start: are cluster and logs those that the state file speaks of, and was
 * it written lately?  What has to follow stands there then.  1 with ERR: that
 * is not known yet, ask again with a newer listing; -1 with ERR. */
int link_look(struct link *l, jv catalog, struct err *err);
/** Settle what is under way, then start again from the state file. */
void link_begin_anew(struct link *l);
/** The log of TOPIC was made anew meanwhile: begin anew. */
void link_other_log(struct link *l, const char *topic);
/** TOPIC is new: 1 if a resync waited for it, which begins anew and makes it
 * known; 0; -1 with ERR. */
int link_left_topic(struct link *l, const char *topic, struct err *err);
/** The wire -> system direction is about to begin, as the state file says.  -1
 * with ERR. */
int link_resync_begun(struct link *l, struct err *err);
/** Do what is due of a resync.  -1 with ERR = FATAL. */
int link_resync_step(
    struct link *l, int64_t now_ms, int64_t wall_ms, struct err *err);
/** Carry out the plan that waits.  -1 with ERR. */
int link_resync_approve(struct link *l, struct err *err);
/** As the orders of link_orders.c. */
const char *link_on_resync(struct link *l, jv command, struct buf *text);
const char *link_on_purge(struct link *l, jv command, struct buf *text);

/* link_orders.c */

/** Carry *COMMAND out: run() of struct control_hooks. */
const char *link_order(struct link *l, jv *command, struct buf *text);
/** Pause (1) both directions: nothing new begins; 0 lets them go on. */
void link_pause(struct link *l, int is_paused);

/* link_start.c */

/** Begin with what the wire has for the system.  -1 with ERR. */
int link_begin(struct link *l, struct err *err);

/* link_consume.c */

/** Take what has come, up to a step's worth.  -1 with ERR = FATAL. */
int link_consume(struct link *l, int64_t now_ms, struct err *err);
/** consumer_takes() of link CTX. */
int link_takes(void *ctx, const char *topic);

/* link_status.c */

/** The connection's Status as it is now, without `at`; the caller's. */
jv link_status(struct link *l);
/** Counter NAME of the law, as the state file has it. */
int64_t link_counted(const struct link *l, const char *name);

#endif
