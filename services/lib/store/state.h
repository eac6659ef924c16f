/**
 * The state file of one process (DESIGN sections 4 and 5): SQLite in WAL mode,
 * synchronous=NORMAL.  Rows, positions, counters and cursors of all its
 * connections change in one transaction.  Every error is FATAL, a full disk
 * too: what was to be written is lost, and with it, perhaps, its transaction.
 * Not thread-safe.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct state;

enum { STATE_FORMAT = 3, STATE_HASH_SIZE = 16 };

/**
 * Open or make FILE, lock it (a second process is refused: ERR = FATAL, "in
 * use"), check format and integrity.  An older format becomes today's; a newer
 * one is refused with a sentence.
 */
struct state *state_open(const char *file, struct err *err);
/** Checkpoint, unlock, free; does nothing on NULL. */
void state_close(struct state *s);
/** Nothing is under way: pages kept in memory are given back. */
void state_rest(struct state *s);
/** The id made with the file, for life; borrowed. */
const char *state_instance(const struct state *s);

/** Transactions do not nest.  -1 with ERR; after a failure inside one roll it
 * back, then repeat it whole or leave. */
int state_begin(struct state *s, struct err *err);
int state_commit(struct state *s, struct err *err);
/** 1 while one is open; a failed write may have ended it, and all that was
 * written in it is undone then. */
int state_is_begun(const struct state *s);
/** Undo what was written since state_begin(); nothing without one. */
void state_rollback(struct state *s);
/** Make all commits so far durable (fsync). */
int state_sync(struct state *s, struct err *err);

/** One record at one connection.  Borrowed unless said otherwise. */
enum state_side {
	STATE_SUBSCRIBED,
	STATE_PUBLISHED,
	STATE_TOLD, /* no row yet: what the log's receipts say (told.h) */
	STATE_SIDES
};
enum state_row_state {
	STATE_DELIVERED,
	STATE_REFUSED, /* dead-lettered, or refused before publishing */
	STATE_GONE,    /* removed there by somebody: not recreated */
	STATE_HIDDEN,  /* another event stands for it */
	STATE_PARKED,  /* waits in the state file, still tried */
	STATE_REMOVED  /* we removed it; the row goes once its receipt is
			* acknowledged */
};
struct state_row {
	const char *key;      /* record key, on both sides (it has the local id
			       * and the namespace in it) */
	const char *local_id; /* "" if none */
	const char *url;
	const char *version; /* the system's own, "" if none */
	const char *topic;   /* "" on the published side until acked */
	int64_t offset;	     /* -1 if none */
	enum state_row_state state;
	const char *reason;			    /* code, "" if none */
	unsigned char body_hash[STATE_HASH_SIZE];   /* what we last wrote, or
						     * last published */
	unsigned char fingerprint[STATE_HASH_SIZE]; /* the system's answer
						     * mapped back */
	unsigned char created[STATE_HASH_SIZE]; /* while verify_at_ms is set:
						 * the owned fields that
						 * were created */
	int64_t receipt_due;  /* put: other than 0 for yes; got: its number as
			       * in state_written(), 0 once that was told */
	int64_t verify_at_ms; /* wall: look up again then, a create whose
			       * outcome was unknown may have landed late; 0 */
	int64_t since_ms;     /* wall: since when in this state */
	int64_t good_ms;      /* parked: the connection's give-up clock as it
			       * began to fail */
	const void *record;   /* bytes kept: last published record (canonical
			       * JSON), parked or hidden message; NULL if none */
	size_t record_size;
};

/**
 * 1 and *OUT filled (borrowed until the next call on S), 0 if there is none,
 * -1 with ERR.
 */
int state_get(struct state *s, const char *connection, enum state_side side,
    const char *key, struct state_row *out, struct err *err);
/** Insert or replace (all strings copied; NULL strings are ""). */
int state_put(struct state *s, const char *connection, enum state_side side,
    const struct state_row *row, struct err *err);
int state_delete(struct state *s, const char *connection, enum state_side side,
    const char *key, struct err *err);
/** Delete all rows of SIDE.  -1 with ERR. */
int state_delete_all(struct state *s, const char *connection,
    enum state_side side, struct err *err);
/** Row whose local_id is LOCAL_ID, as state_get(); subscribed rows are read one
 * by one for it (their index would cost each delivery a quarter). */
int state_find_local(struct state *s, const char *connection,
    enum state_side side, const char *local_id, struct state_row *out,
    struct err *err);
/** Number of rows in that state, or of all if STATE < 0; -1 with ERR. */
int64_t state_count(struct state *s, const char *connection,
    enum state_side side, int state, struct err *err);
/** Rows in STATE (not STATE_DELIVERED) that came into it at FROM_MS or later
 * and before UNTIL_MS, but for those with the reason BUT_REASON. */
struct state_span {
	enum state_row_state state;
	const char *but_reason;
	int64_t from_ms, until_ms;
};
/** Their number, and in *OUT_FIRST_MS since when the first is; -1 with ERR. */
int64_t state_count_span(struct state *s, const char *connection,
    enum state_side side, const struct state_span *span, int64_t *out_first_ms,
    struct err *err);
/** Call EACH for every row (of STATE, or all if < 0) in no order; it may not
 * write.  EACH returns non-zero to stop.  -1 with ERR. */
typedef int state_each(void *ctx, const struct state_row *row);
int state_scan(struct state *s, const char *connection, enum state_side side,
    int state, state_each *each, void *ctx, struct err *err);
/** The same for subscribed rows with verify_at_ms other than 0. */
int state_scan_verify(struct state *s, const char *connection, state_each *each,
    void *ctx, struct err *err);

/**
 * Receipts.  Each row that is put with receipt_due gets the next number of its
 * connection.  What has been told is one mark for all of them, so that no row
 * is written twice.
 */
/** The last number given; -1 with ERR. */
int64_t state_written(struct state *s, const char *connection, struct err *err);
/** The mark: rows up to this number were told; -1 with ERR. */
int64_t state_told(struct state *s, const char *connection, struct err *err);
/** Move the mark up to NUMBER; a lower one changes nothing.  -1 with ERR. */
int state_set_told(
    struct state *s, const char *connection, int64_t number, struct err *err);
/** Rows of SIDE that are due with a number up to LAST, MAX at a time. */
struct state_due {
	enum state_side side;
	int64_t last;
	size_t max;
	int64_t cursor; /* 0 to begin; then as it was left */
};
/** As state_scan() for the next of DUE; their search reads rows of all kinds.
 */
int state_scan_due(struct state *s, const char *connection,
    struct state_due *due, state_each *each, void *ctx, struct err *err);

/**
 * Position in a topic: everything below read_end has been read, and of that
 * all is final but the offsets in `open`.
 */
struct state_position {
	const char *topic;
	int64_t read_end;    /* next offset never read */
	int64_t floor;	     /* creates nothing below; fixed at first sight */
	int64_t last_ms;     /* append time of the newest record read, or -1 */
	const int64_t *open; /* read and not yet final, ascending */
	size_t n_open;
};
/** 1 and *OUT (borrowed until the next call on S), 0 none, -1 with ERR. */
int state_get_position(struct state *s, const char *connection,
    const char *topic, struct state_position *out, struct err *err);
int state_put_position(struct state *s, const char *connection,
    const struct state_position *p, struct err *err);
/** Call EACH for the position in every topic; it may not call S.  -1: ERR. */
typedef void state_each_position(void *ctx, const struct state_position *p);
int state_scan_positions(struct state *s, const char *connection,
    state_each_position *each, void *ctx, struct err *err);
/**
 * The log of TOPIC (NULL: of every topic) was made anew: its position and what
 * receipts say of it are deleted, and rows stand at place -1, older than any.
 * Published ones only with all logs, and not those that are REMOVED.
 * *OUT_OPEN: offsets that were not final.  -1 with ERR.
 */
int state_forget_log(struct state *s, const char *connection, const char *topic,
    int64_t *out_open, struct err *err);

/** Counters of the law; NAME as in DESIGN section 5.  Adds DELTA. */
int state_count_add(struct state *s, const char *connection, const char *name,
    int64_t delta, struct err *err);
/** Value, 0 if never counted; -1 with ERR set on failure. */
int64_t state_count_get(
    struct state *s, const char *connection, const char *name, struct err *err);

/**
 * Small values by name: cursors, approval, pause, cached schemas.  SCOPE is a
 * connection's id or "" for the process.  state_value(): 1 with *OUT (borrowed
 * until the next call), 0 none, -1.
 */
int state_value(struct state *s, const char *scope, const char *name,
    const char **out, struct err *err);
int state_set_value(struct state *s, const char *scope, const char *name,
    const char *value, struct err *err);

#endif
