/** Inside subscribe*.c: one module in several files. */
#ifndef CONNECTOR_SUBSCRIBE_INNER_H
#define CONNECTOR_SUBSCRIBE_INNER_H

#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#include "base/histogram.h"
#include "connector/core.h"
#include "connector/resync.h"
#include "wire/reader.h"

struct bus_message;
struct connection_subscribe;
struct env;
struct err;
struct exchange;
struct hidden;
struct item;
struct plan;
struct state_row;
struct survey;

struct topic {
	char *name;
	const struct connection_subscribe **entries; /* that match */
	size_t n_entries;
	struct reader_want want; /* of its records; part owned */
	int64_t floor, doubt_end, last_ms;
	/* Between start and the end of the log: read twice, first for where
	 * the newest versions stand.  NULL: caught up. */
	struct survey *survey;
	int has_backlog;   /* the first found messages, whatever they are */
	int is_surveyed;   /* the second reading */
	int64_t start;	   /* where both begin */
	int64_t next;	   /* behind the last message taken */
	int64_t run_start; /* what is below was there when the run began */
	int is_waiting;	   /* its next message, for its schema */
	int is_at_end;	   /* nothing more was there */
	int is_read;	   /* nor is it read for the first time */
	int is_unread;	   /* it cannot be read now */
	int is_state;	   /* its newest records are what is */
	/* In a resync: keys that its log names, how far it was read before, and
	 * whether rows that it does not name are known. */
	struct survey *seen;
	int64_t again_end;
	int is_listed;
	int is_late; /* made known after subscribe_restore() */
};

/* A resync under way (subscribe_resync.c). */
struct resync_run {
	enum resync kind;
	size_t n_open;	   /* records read again and not final yet */
	char **missing;	   /* keys of rows that no log names, */
	size_t n, next;	   /* how many, and which is removed next */
	int has_absent;	   /* rows of topics that are not there, */
	int has_unread;	   /* or cannot be read now */
	int is_asking;	   /* for approval of removals, */
	int is_let_go;	   /* which is there, to be kept */
	int is_removing;   /* right now: max_change was asked about them */
	struct plan *plan; /* of removals */
	int64_t noted_ms;  /* wall: resync_note_read() */
	int64_t read_ms;   /* wall: it began, or stood at the logs' ends */
};

/* Changes of what stands in the system, held back until it is known that they
 * are no more than `max_change` allows (subscribe_hold.c). */
struct hold {
	struct plan *plan;
	size_t live, passed; /* rows when the run began; changes let go since */
	int64_t run_ms;	     /* the run began; -1: none has */
	int is_asking;	     /* for approval */
	int is_barring;	     /* something was offered barred, and not let go */
	int is_approved;     /* whatever comes, until the end of the logs */
	int is_drained;	     /* nothing more is at hand, ... */
	int64_t drained_ms;  /* ... since */
};

/* Events that are on their way: live before their row says so. */
struct flying {
	char *key;
	unsigned count;
	int is_due; /* look at it again once it has landed */
	UT_hash_handle hh;
};

/* A row to look at again: an event whose hiding may have changed, or one that
 * was parked when it was taken up from the state file. */
struct again {
	char *key;
	int is_parked; /* the core does not have it yet */
	UT_hash_handle hh;
};

struct subscribe {
	const struct env *env;
	struct core *core;
	struct exchange *exchange;
	struct hidden *hidden;
	struct topic *topics;
	size_t n_topics;
	size_t n_surveying; /* topics in their first reading that can be read */
	int is_restored;    /* subscribe_restore() was called */
	int leaves_late;    /* as the state file has it */
	int64_t good_ms;    /* the give-up clock, likewise */
	struct flying *flying;
	struct again *again;
	int has_more_again; /* than a step looks at */
	int64_t n_left;	    /* counted, but of topics that are not known: nobody
			     * leads them, or they are gone */
	struct core_counts counted; /* as the state file has them */
	int64_t verify_ms; /* look-ups are due then (monotonic); -1: none */
	struct hold hold;
	struct resync_run resync;
	struct histogram delays;
	char reason[256];
	int64_t now_ms; /* of the running step, for answers that come in it */
	int is_unsaved; /* something happened since subscribe_save() */
};

/** What the state file has of the core of S, whose env is set, into S and
 * CONF. */
void subscribe_load(struct subscribe *s, struct core_conf *conf);
/** Topic NAME, or NULL. */
struct topic *subscribe_find(const struct subscribe *s, const char *name);
/**
 * Read M of T: 1, *OUT (the caller's) and R, unjudged, or BAD if it cannot be
 * read; 0 if its schema is being fetched (ask again with the same M).
 */
int subscribe_read(struct subscribe *s, struct topic *t,
    const struct bus_message *m, struct item **out, struct core_record *r);
/** What I (its record set) of T means here: fills I and R. */
void subscribe_judge(struct subscribe *s, struct topic *t, struct item *i,
    struct core_record *r);
/** Give I (taken), judged as R, to the core.  1, or -1 with ERR. */
int subscribe_give(struct subscribe *s, struct topic *t, struct item *i,
    struct core_record *r, int64_t now_ms, struct err *err);
/**
 * Judge I (its record set; taken) of T, unless it is BAD already, and give it
 * to the core as R.  1, or -1 with ERR.
 */
int subscribe_offer(struct subscribe *s, struct topic *t, struct item *i,
    struct core_record *r, int64_t now_ms, struct err *err);
/**
 * Offer the message packed in ROW once more: 1, 0 if its schema is being
 * fetched (ask again), -1 with ERR.
 */
int subscribe_offer_row(struct subscribe *s, const struct state_row *row,
    struct core_record *r, int64_t now_ms, struct err *err);
/**
 * M of T's first reading: 1 noted, or passed over because it cannot be read
 * and so stands for no version; 0 if its schema is being fetched.
 */
int subscribe_survey(
    struct subscribe *s, struct topic *t, const struct bus_message *m);
/** T can be read, whatever subscribe_unread() said of it. */
void subscribe_read_on(struct subscribe *s, struct topic *t);
/** hidden_is_live() of this connection; CTX is the subscribe. */
int subscribe_is_live(void *ctx, const char *uid);
/**
 * I, judged as R, is about to be offered: hold it back (R->is_barred) if
 * `max_change` may have to ask about it first.
 */
void subscribe_hold_back(struct subscribe *s, struct topic *t, struct item *i,
    struct core_record *r, int64_t now_ms);
/** 1 while subscribe_settle_hold() has to be asked. */
int subscribe_is_gathering(const struct subscribe *s);
/** Let go what is held, or ask, if enough is known. */
void subscribe_settle_hold(struct subscribe *s, int64_t now_ms);
/** T, just made known, begins at LOW; below READ_END it was read before. */
void subscribe_resync_topic(
    struct subscribe *s, struct topic *t, int64_t low, int64_t read_end);
/** M of T was read: its key is named there. */
void subscribe_resync_saw(
    struct subscribe *s, struct topic *t, const struct bus_message *m);
/** 1 if I, off T's log, is to be judged once more. */
int subscribe_resync_claim(
    struct subscribe *s, const struct topic *t, struct item *i);
/** I, perhaps one of those, is final or parked. */
void subscribe_resync_ended(struct subscribe *s, struct item *i);
/** Remove what no log names, once that is known and may be.  -1 with ERR. */
int subscribe_resync_step(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err);
/** 1 if that has something to do at once. */
int subscribe_resync_has_due(const struct subscribe *s);
/** Free what a resync holds. */
void subscribe_resync_fini(struct subscribe *s);
/** Event I, judged as R, is about to be offered: it is live before its row says
 * so, and others may be hidden or shown now. */
void subscribe_set_off(
    struct subscribe *s, struct item *i, const struct core_record *r);
/** It has come to its end, A, which is written. */
void subscribe_arrived(
    struct subscribe *s, struct item *i, const struct core_action *a);
/** Look at row KEY again before long: CTX is the subscribe. */
void subscribe_look_again(void *ctx, const char *key);
/** Row KEY is parked, and the core does not have it yet: offer it before long.
 */
void subscribe_take_parked(struct subscribe *s, const char *key);
/** How many of those there are. */
int64_t subscribe_not_offered(const struct subscribe *s);
/** Look at some of them now.  -1 with ERR. */
int subscribe_recheck(struct subscribe *s, int64_t now_ms, struct err *err);
/** A look-up is due in IN_MS. */
void subscribe_verify_in(struct subscribe *s, int64_t now_ms, int64_t in_ms);
/** Give the look-ups that are due to the core.  -1 with ERR. */
int subscribe_verify(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err);
/** Free what the looks hold. */
void subscribe_shown_fini(struct subscribe *s);

#endif
