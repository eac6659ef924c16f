/**
 * A connection's shell as the simulation has it: consumer, state file with
 * commits, dead letters, around the real core.
 */
#ifndef SIM_SHELL_H
#define SIM_SHELL_H

#include "connector/core.h"

#include "poller.h"
#include "rnd.h"
#include "row.h"
#include "site.h"
#include "wire.h"

/** Mistakes to plant, one at a time: the simulation must find each. */
enum shell_bug {
	SHELL_SOUND,
	SHELL_SKIP_FIND,      /* create without looking */
	SHELL_OFFSET_FIRST,   /* the position is committed before the rows */
	SHELL_SKIP_SETTLE,    /* a lost answer is taken for a failure */
	SHELL_COMPARE_CLOCKS, /* newer is what its writer's clock says */
	SHELL_IGNORE_MARKER,  /* look up by content */
	SHELL_EVERY_VERSION,  /* old ones in the log are written on the way */
	SHELL_TRUST_PENDING,  /* a receipt is sent before its record is final */
	SHELL_TRUST_ID,	      /* whatever id the answer names is ours */
	SHELL_PURGE_EARLY,    /* resync removes before all is read */
	SHELL_ECHO,	      /* items with our marker are published */
	SHELL_HALF_LISTING,   /* what half a listing lacks is withdrawn */
	SHELL_ROW_BEFORE_ACK, /* published before the broker has said so */
	SHELL_FORGET_PARKED,  /* parked records are not taken up at start */
	SHELL_NO_VERIFY,      /* an item is not looked for once more */
	SHELL_REPLAY_OLD,     /* a replay does not ask what came since */
	SHELL_NO_BAR,	      /* what waits for approval is not held */
	SHELL_TRUST_STOP,     /* a clean stop holds without the log's word */
	SHELL_EASY_STOP,      /* any stop is a clean one */
	SHELL_TRUST_404,      /* that it is not there is believed at once */
	SHELL_BUGS
};
const char *shell_bug_word(enum shell_bug bug);

/** All that a commit makes permanent. */
struct shell_state {
	struct shell_row rows[WIRE_KEYS];
	int64_t read_end[WIRE_TOPICS];
	int64_t open[WIRE_TOPICS][WIRE_RECORDS_MAX];
	size_t n_open[WIRE_TOPICS];
	int64_t consumed;
	int64_t fates[CORE_FATES];
	int64_t replayed; /* dead letters taken up again */
	int is_resyncing; /* begins again at the next start */
	int is_purging;	  /* the log may be another one: ask before removing */
	int leaves_late;  /* core_leaves_late() */
	int64_t good_ms;  /* core_good_ms() */
	int stop;	  /* number of the clean stop it was left by, or 0 */
	int cluster;
	int64_t read_ms; /* when it stood at the log's end last */
	struct poller_row own[WIRE_LOCALS];
	int64_t listed; /* site->changes that are on the wire, all of them */
};

/** Away for longer than tombstones are kept for sure: resync. */
static const int64_t SHELL_ABSENT_MS = INT64_C(8) * 24 * 3600 * 1000;

struct shell {
	struct core_conf conf;
	enum shell_bug bug;
	struct rnd *rnd;
	struct wire *wire;
	struct site *site;
	int is_traced;

	int member;
	uint32_t filter;	/* bit of a key: does not pass */
	int keeps_on_leave;	/* what no longer passes stays */
	int is_approved;	/* removals after a resync */
	int64_t again_ms;	/* one began last in this process */
	int is_barred;		/* changes wait for approval */
	int n_barriers;		/* so far */
	int is_seen[WIRE_KEYS]; /* since the resync began */
	struct poller poller;

	struct shell_state kept;	  /* committed */
	struct shell_state now;		  /* with the open transaction */
	struct core *core;		  /* NULL: down */
	struct core_counts counted;	  /* at the last commit */
	struct shell_row told[WIRE_KEYS]; /* receipts: on the log, for good */
	int told_stop;			  /* the same of the last status */
	int n_stops;
	int64_t newest[WIRE_KEYS];	/* of what can be read, at start */
	int64_t offered[WIRE_KEYS];	/* to this process's core */
	int64_t next[WIRE_TOPICS];	/* to read */
	int is_caught_up[WIRE_TOPICS];	/* the end was reached: no doubt */
	int is_read[WIRE_TOPICS];	/* what the survey found was read */
	int64_t floor[WIRE_TOPICS];	/* nothing below is created */
	int64_t again_end[WIRE_TOPICS]; /* resync: read before, below */
	int n_again;			/* read again and not final */
	int is_first_run;
	int is_paused;
	int is_verifying[WIRE_KEYS];
	int is_unnamed[WIRE_KEYS]; /* of an item of it nothing spoke any more */
	int is_dead[WIRE_TOPICS][WIRE_RECORDS_MAX]; /* has a dead letter */
	struct {
		uint64_t id;
		int64_t at_ms;
		int topic;
		int64_t offset;
	} dead[64];
	int n_dead;
	struct {
		uint64_t id;
		struct payload *payload;
		enum core_op op;
	} calls[SITE_REQUESTS_MAX];
	int64_t probe_ms;   /* answer of the probe, -1: none asked */
	int64_t steps_left; /* to the next crash, -1: none */
	char wrong[160];    /* what must not be, "" if all is well */
};

/** 1 if KEY passes the filter. */
int shell_passes(const struct shell *s, int key);
/** Start (again) from what is kept. */
void shell_start(struct shell *s, int64_t now_ms);
/** 1 if rows that the log does not name are to go. */
int shell_is_purge_due(const struct shell *s, int64_t now_ms);
/** The state file is gone; what receipts say is known again. */
void shell_lose(struct shell *s);
/** Die: what is not committed is lost. */
void shell_crash(struct shell *s, int64_t now_ms);
/** SIGTERM while nothing is under way: leave, and say how. */
void shell_stop(struct shell *s, int64_t now_ms);
/** Take up again what has a dead letter, one record of it. */
void shell_replay(struct shell *s, int64_t now_ms);
/** From now on changes wait for approval (IS_BARRED), or may go. */
void shell_bar(struct shell *s, int64_t now_ms, int is_barred);
/** Rewind and read everything again, as `resync` does. */
void shell_resync(struct shell *s);
/** One turn of the loop; may end in a crash (core is NULL then). */
void shell_turn(struct shell *s, int64_t now_ms);
/** When the next turn is due; -1: never by itself. */
int64_t shell_deadline(struct shell *s, int64_t now_ms);
/** 1 if there is nothing left to do. */
int shell_is_idle(const struct shell *s);

#endif
