/**
 * The deciding part of one connection's way from the wire into a system
 * (DESIGN section 5): lanes, superseding, settling of unknown outcomes,
 * retries, parking, dead letters, stop and probe, circuit breaker, rate,
 * back-pressure, position and the law.  Pure: no I/O, no clock, no randomness
 * but a generator seeded by its configuration.  Events in, actions out.
 *
 * The shell's turn:
 *   1. core_offer() what came off the wire, core_answer() what HTTP answered,
 *      core_dead_done(), core_probe_done();
 *   2. while (core_next()) carry the action out, *in order*: a CALL reads the
 *      row from the state file as the DONEs and PARKs before it left it;
 *   3. write core_position() of each changed topic and the change of
 *      core_counts() in the same transaction as the rows, then commit;
 *   4. wait, until core_deadline() at the latest.
 * A write of the state file that fails ends the process: the core has moved
 * on, and the restart reads again from the last commit.
 *
 * NOW_MS is monotonic and never decreases from call to call.
 */
#ifndef CONNECTOR_CORE_H
#define CONNECTOR_CORE_H

#include <stddef.h>
#include <stdint.h>

enum { CORE_HASH_SIZE = 16 };

struct core;

/** How an unknown outcome is settled; same order as enum preset_tier. */
enum core_tier {
	CORE_TIER_PUT,	 /* PUT by our id: repeat */
	CORE_TIER_FIND,	 /* look up by marker */
	CORE_TIER_KEYED, /* idempotency key: repeat */
	CORE_TIER_POST	 /* repeat with the same id: at least once */
};

struct core_conf {
	enum core_tier tier;
	int in_flight;		  /* requests at once at most, >= 1 */
	int rate_per_s;		  /* requests a second, 0: no limit */
	int64_t timeout_ms;	  /* of a request; a create whose outcome is
				   * unknown may land until this long after */
	int64_t give_up_after_ms; /* 0: never */
	int64_t park_after_ms;	  /* failing this long: into the state file */
	int parked_max;		  /* beyond it consuming pauses */
	int64_t parked_bytes_max; /* likewise */
	int outstanding_max;	  /* records held; half of it resumes */
	int64_t bytes_max;	  /* bytes held, likewise */
	int64_t backoff_first_ms;
	int64_t backoff_max_ms;
	int breaker_failures;	  /* in a row that open it, 0: no breaker */
	int64_t dead_bytes_per_s; /* dead letters of one topic; 0: no limit,
				   * and none in a first burst */
	int on_gone_recreate;
	int leaves_late; /* core_leaves_late() of the process before */
	int64_t good_ms; /* core_good_ms() of the process before, or 0 */
	uint64_t seed;	 /* of the jitter */
};
/** Defaults of DESIGN: tier FIND, 16 in flight, 20/s, 30 s, 30 d, 60 s, ... */
void core_conf_init(struct core_conf *conf);

/** New, running; CONF is copied.  NOW_MS is the start: requests of an earlier
 * process may land until timeout_ms after it. */
struct core *core_new(const struct core_conf *conf, int64_t now_ms);
/** Free C; DROP (may be NULL) gets each payload still held.  NULL: no-op. */
void core_free(struct core *c, void (*drop)(void *payload));

/* --- topics and positions ------------------------------------------------ */

/**
 * Make TOPIC (a small index of the shell's choice, 0 first) known, once,
 * before its first record.  READ_END and OPEN as in struct state_position (0
 * and none if there is no position).  The shell then reads from
 * core_topic_start(): what was open is expected to come again; what is missing
 * from the log by then was compacted away and counts as superseded.
 */
void core_topic(struct core *c, unsigned topic, int64_t read_end,
    const int64_t *open, size_t n_open);
/** Lowest offset not final: where reading starts. */
int64_t core_topic_start(const struct core *c, unsigned topic);
/** Everything below NEXT that exists has been offered (end of the log, gaps).
 * READ_END rises to NEXT if it was lower. */
void core_read_to(struct core *c, unsigned topic, int64_t next);
/** Offsets not final: *OUT_OPEN ascending, borrowed until the next call. */
void core_position(struct core *c, unsigned topic, int64_t *out_read_end,
    const int64_t **out_open, size_t *out_n);
/** 1 if the position differs from the last core_position() of TOPIC. */
int core_position_changed(const struct core *c, unsigned topic);

/* --- records ------------------------------------------------------------- */

enum core_origin {
	CORE_FRESH,	 /* off the wire; the position says if it is counted */
	CORE_RESYNC,	 /* off the wire, from the log's beginning on, in its
			  * order: judged anew also where it was final, and
			  * counted only where it was not */
	CORE_PARKED_ROW, /* from the state file at start: counted as consumed,
			  * its fate is not yet */
	CORE_AGAIN	 /* counted long ago: replay, no longer hidden */
	/* The last three are not stale at the offset of their own row. */
};

enum core_want {
	CORE_KEEP,	/* the system shall have it, with this content */
	CORE_WITHDRAWN, /* tombstone: the system shall not have it */
	CORE_LEFT, /* left the filter (on_leave: remove), or never passed */
	CORE_HIDE, /* another event stands for it; its row keeps bytes */
	CORE_SKIP, /* nothing to do with it: filtered, at once; a parked one's
		    * row says refused */
	CORE_BAD   /* cannot be read, mapped or trusted: dead letter, in
		    * its lane's order */
};

enum core_row_state {
	CORE_ROW_NONE,
	CORE_ROW_DELIVERED,
	CORE_ROW_REFUSED,
	CORE_ROW_GONE,
	CORE_ROW_HIDDEN,
	CORE_ROW_PARKED
};

/** The row as the state file has it when the record is offered. */
struct core_row {
	enum core_row_state state;
	int has_local_id;
	int64_t offset;	      /* in the record's own topic and cluster, or -1 */
	int64_t verify_in_ms; /* until the row's verify_at; 0 if due, -1 none */
	unsigned char hash[CORE_HASH_SIZE]; /* body last written; zero: none */
	/**
	 * The state file was lost, and this is what the record's receipt on the
	 * log says, or, with state NONE, that it was removed at that place.  A
	 * receipt is sent once all writes up to its place are settled, and it
	 * names no later place than was written.  So older versions are stale,
	 * and the version at that very place stands there already: it needs no
	 * write; hash and item are not known.  A system that was put back to
	 * an earlier day as well is outside this.
	 */
	int is_told;
};

struct core_record {
	const char *key; /* copied; names the lane */
	unsigned topic;
	int64_t offset;
	enum core_origin origin;
	enum core_want want;
	unsigned char hash[CORE_HASH_SIZE]; /* of the body; KEEP only */
	size_t bytes;			    /* what holding it costs */
	int is_state;	 /* newer replaces older; notices: 0 */
	int may_create;	 /* offset >= floor */
	int is_doubtful; /* read before the end of the log was reached for
			  * the first time in this process, but for a
			  * connection's first run; or in a resync: an
			  * earlier process may have written it */
	int is_outdated; /* a newer version that can be read is in the log and
			  * will be offered: this one is passed over, also
			  * where it was written before: the system is never
			  * put back on the way to the newest version.  A
			  * parked one waits for the newer one's end */
	int is_rowless;	 /* BAD with a missing or forged key: touches no row;
			  * KEY is then any unique text */
	int is_barred;	 /* sends nothing until core_release(); ends without
			  * it if there is nothing to send */
	int64_t good_ms; /* PARKED_ROW: that of its PARK; give-up time runs
			  * from there */
	struct core_row row;
	void *payload; /* the core's until a DONE hands it back, exactly once */
};

/**
 * Take a record.  Always accepted; when core_is_paused() the shell had better
 * not (up to what is already fetched is fine).  Offsets of a topic ascend.
 */
void core_offer(struct core *c, int64_t now_ms, const struct core_record *r);
/**
 * A row whose verify_at has come (at start and when due): look it up again and
 * remove a late twin.  Ends in a DONE with fate CORE_VERIFIED and PAYLOAD; the
 * row's local id and url are then those of the item found, if one was. Harmless
 * when repeated.
 */
void core_verify(struct core *c, int64_t now_ms, const char *key,
    const struct core_row *row, void *payload);

/** What was offered with is_barred may go now. */
void core_release(struct core *c, int64_t now_ms);

/**
 * 1 if a record of TOPIC may be offered now: it has not filled its share of
 * what is held.  Below the limits of all, each topic finds some room, whatever
 * the others send.  Changes with core_offer() and core_next().
 */
int core_takes(const struct core *c, unsigned topic);

/* --- actions ------------------------------------------------------------- */

enum core_act {
	CORE_CALL,  /* send OP; core_answer() under ID */
	CORE_DONE,  /* a record is final: write ROW, take PAYLOAD back */
	CORE_PARK,  /* write the row as PARKED with the record's bytes;
		     * PAYLOAD stays with the core.  At start offer it again */
	CORE_DEAD,  /* produce a dead letter; core_dead_done() under ID */
	CORE_PROBE, /* run probe; core_probe_done() */
	CORE_PAUSE, /* pause the consumer, keep polling */
	CORE_RESUME,
	CORE_STATE /* core_state() changed */
};

/**
 * What to ask of the system.  FIND looks up by marker.  UPDATE and REMOVE are
 * about the item that the last FOUND for this payload named (the shell keeps
 * it with the payload), else about the row's local id; with tier PUT, PUT and
 * REMOVE are about our own id.  REMOVE_TWIN removes the twin that the last
 * FOUND reported as equal: of two items the one that the row does not name,
 * without a row the younger.  A preset of tier KEYED or POST that cannot
 * remove is answered for by the shell: CORE_OK at once.
 */
enum core_op {
	CORE_FIND,
	CORE_CREATE,
	CORE_UPDATE,
	CORE_PUT,
	CORE_REMOVE,
	CORE_REMOVE_TWIN
};
const char *core_op_word(enum core_op op);

/** The terms of the law, and two that count nothing. */
enum core_fate {
	CORE_APPLIED,
	CORE_SUPERSEDED,
	CORE_UNCHANGED,
	CORE_STALE,
	CORE_FILTERED,
	CORE_DEADLETTERED,
	CORE_FATES,   /* number of those */
	CORE_SEEN,    /* offered before; nothing was done */
	CORE_VERIFIED /* the end of a core_verify(); verify_in_ms -1: later */
};
const char *core_fate_word(enum core_fate fate);

/** What a DONE does to the row. */
enum core_write {
	CORE_WRITE_NONE,
	CORE_WRITE_DELIVERED, /* this place and hash; item as last answered,
			       * or as the row has it if nothing was called */
	CORE_WRITE_DELETE,    /* withdrawn: once its receipt is acknowledged */
	CORE_WRITE_REFUSED,   /* this place; hash stays; local id and url too,
			       * unless an item was found */
	CORE_WRITE_GONE,      /* this place; removed there by somebody */
	CORE_WRITE_HIDDEN     /* this place, no local id, the record's bytes */
};

enum core_cause {
	CORE_CAUSE_BAD,	     /* offered as BAD */
	CORE_CAUSE_REJECTED, /* the system's last answer */
	CORE_CAUSE_GAVE_UP   /* give_up_after */
};

enum core_state {
	CORE_RUNNING,
	CORE_PROBING, /* a STOP answer; nothing is sent until probe answers */
	CORE_STOPPED, /* the probe failed: the site asks us to stop */
	CORE_BROKEN,  /* breaker open: one request at a time */
	CORE_HELD     /* core_hold() */
};

struct core_action {
	enum core_act act;
	uint64_t id;	 /* CALL, DEAD */
	enum core_op op; /* CALL */
	const char *key; /* CALL, DONE, PARK, DEAD; borrowed until the next
			  * call on the core */
	unsigned topic;
	int64_t offset;	       /* -1 for the DONE of a core_verify() */
	void *payload;	       /* borrowed; DONE: the shell's again */
	unsigned attempts;     /* requests that failed for this record so far */
	enum core_cause cause; /* DEAD */
	enum core_fate fate;   /* DONE */
	enum core_write write; /* DONE */
	int is_hash_void;      /* DONE, PARK: the system may hold something else
				* than the row's hash says: write it as zeros,
				* for a VERIFIED also with WRITE_NONE */
	int64_t verify_in_ms;  /* DONE: verify_at from now; 0: clear it; -1:
				* leave it as it is.  While it is set the row
				* also keeps the body created, so that a late
				* twin of it is recognised after an update */
	int is_twin_left; /* DONE: two items with our marker stay: report */
	int64_t good_ms;  /* PARK: core_good_ms() as it began to fail */
};

/** Next thing to do into *OUT: 1, or 0 if there is none now. */
int core_next(struct core *c, int64_t now_ms, struct core_action *out);
/** When core_next() may have something by time alone; -1 never. */
int64_t core_deadline(struct core *c, int64_t now_ms);

/* --- answers ------------------------------------------------------------- */

enum core_result {
	CORE_OK,      /* done (REMOVE: also when there was nothing) */
	CORE_FOUND,   /* FIND: n_items >= 1 */
	CORE_NONE,    /* FIND: not there */
	CORE_RETRY,   /* surely not done: not connected, 408, 425, 429, 503 */
	CORE_UNKNOWN, /* perhaps done: timeout, reset, 500, 502, 504 */
	CORE_REJECT,  /* about this record: other 4xx, mapping error */
	CORE_STOP,    /* 401, 403, 404, 410, 3xx, TLS: probe decides */
	CORE_GONE     /* UPDATE: the item is not there any more */
};

struct core_answer {
	enum core_result result;
	int64_t latency_ms;	/* from sending on; 0: not measured */
	int64_t retry_after_ms; /* 0: none */
	int is_overload;	/* 429, 503: send less */
	int has_local_id;	/* OK of CREATE, PUT: the system named one */
	int n_items;		/* FOUND */
	int is_equal;	   /* FOUND: owned fields equal the record's body */
	int is_twin_equal; /* FOUND, n_items > 1: the twin's owned fields
			    * equal the record's body, the body that was
			    * created (verify_in_ms), or the other item's */
	int is_as_created; /* FOUND, one item: it holds the body that was
			    * created (verify_in_ms) */
	enum core_result becomes; /* STOP, once probe says all is well: OK,
				   * NONE, RETRY, UNKNOWN, REJECT or GONE */
	int is_doubted;		  /* STOP: most likely about this record alone
				   * (404): the others go on, and one probe, a
				   * second after the last at the earliest,
				   * decides on all that came until then */
};

/** The answer to CALL ID; an id that is not in flight is ignored. */
void core_answer(
    struct core *c, int64_t now_ms, uint64_t id, const struct core_answer *a);
/** Dead letter ID is acknowledged (OK) or could not be written. */
void core_dead_done(struct core *c, int64_t now_ms, uint64_t id, int ok);
/** The answer to PROBE: the authenticated check passes, or does not. */
void core_probe_done(
    struct core *c, int64_t now_ms, int ok, int64_t retry_after_ms);
/** Command pause (IS_HELD 1) and resume (0): nothing is sent or consumed. */
void core_hold(struct core *c, int64_t now_ms, int is_held);

/* --- what it stands at --------------------------------------------------- */

/**
 * Since core_new(), counted once per (topic, offset).  At every moment:
 * carried + consumed = fates[all] + pending.  The shell adds the changes of
 * consumed and fates[] to the state file's counters; there
 * consumed = fates + open offsets + parked rows.
 */
struct core_counts {
	int64_t carried; /* open or parked when the process started */
	int64_t consumed;
	int64_t fates[CORE_FATES];
	int64_t pending; /* counted on its own: expected, held, parked */
	int64_t parked;	 /* part of pending */
	int64_t waiting; /* part of pending: failed at least once */
};
void core_counts(const struct core *c, struct core_counts *out);
enum core_state core_state(const struct core *c);
/** 1 while nothing shall be read: also before the PAUSE is handed out. */
int core_is_paused(const struct core *c);
/**
 * 1 while versions that were passed over as outdated may have been sent by an
 * earlier process and may still land: the shell keeps it with the position,
 * which does not name them any more, for the conf of the next process.
 */
int core_leaves_late(const struct core *c, int64_t now_ms);
/**
 * The give-up clock: runs from success to success, also from process to
 * process (conf), at most a share of give_up_after at once.
 */
int64_t core_good_ms(const struct core *c);
/** Requests and dead letters under way: 0 when a drain is complete. */
int core_in_flight(const struct core *c);
/**
 * 1 if every request that this process or one before it sent has been answered
 * and written down, as far as the core knows: should it stop now, nothing is in
 * doubt for the next one.  What has not been offered yet is the shell's to
 * judge.
 */
int core_is_settled(const struct core *c, int64_t now_ms);

/** How fast the site is asked now. */
struct core_pace {
	int in_flight;	    /* requests under way */
	int window;	    /* that may be under way: 1 to conf.in_flight */
	int64_t latency_ms; /* lately, >= 100; 0: not known */
};
void core_pace(const struct core *c, struct core_pace *out);

#endif
