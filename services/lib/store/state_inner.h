/** What the files of state share; nobody else includes it. */
#ifndef STORE_STATE_INNER_H
#define STORE_STATE_INNER_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>
#include <uthash.h>

#include "store/state.h"

struct err;

/** Statements that are prepared once; the rest is prepared for each use. */
enum state_sql {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_CONNECTION_GET,
	SQL_CONNECTION_ADD,
	SQL_CONNECTION_SAVE,
	SQL_ROW_ANY,
	SQL_ROW_GET,
	SQL_ROW_PUT,
	SQL_ROW_DELETE,
	SQL_ROW_LOCAL,
	SQL_ROW_LOCAL_PUBLISHED,
	SQL_ROW_MOVED,
	SQL_ROW_MOVED_ANY,
	SQL_POSITION_GET,
	SQL_POSITIONS,
	SQL_POSITION_PUT,
	SQL_COUNT_GET,
	SQL_COUNT_ADD,
	SQL_VALUE_GET,
	SQL_VALUE_SET,
	SQL_COUNT
};

/** Whether a side has rows: many reads ask for what cannot be there. */
enum state_fill { STATE_FILL_UNKNOWN, STATE_FILL_NONE, STATE_FILL_SOME };

struct state_connection {
	char *name;
	int64_t id;
	enum state_fill fill[STATE_SIDES];
	int64_t n_rows[STATE_SIDES]; /* -1: not counted yet */
	int64_t written, told;	     /* numbers of receipts */
	int is_changed;		     /* these are to be saved */
	UT_hash_handle hh;
};

enum { STATE_ABSENT = 256 }; /* of the places found empty, those kept in mind */

struct state {
	sqlite3 *db;
	sqlite3_stmt *cached[SQL_COUNT];
	int lock_fd;
	int checkpoint_code; /* SQLite's, of one that failed */
	char instance[33];
	struct state_connection *connections; /* seen since the start */
	enum state_fill moved;	      /* rows whose place was another's */
	int64_t absent[STATE_ABSENT]; /* ids that no row has; 0: none known */
	char *held;		      /* what the last call lent out */
	size_t held_size;
};

/** Fill ERR from SQLite's answer CODE: what the caller does next. */
int state_fail(struct state *s, int code, const char *what, struct err *err);
/** The cached statement, reset and without bindings; NULL with ERR. */
sqlite3_stmt *state_sql(struct state *s, enum state_sql which, struct err *err);
/**
 * Run STATEMENT to its end and reset it: 0, or -1 with ERR.  WHAT is for the
 * message: "write a row".
 */
int state_run(struct state *s, sqlite3_stmt *statement, const char *what,
    struct err *err);
/* What a row's id is made of, from the lowest bit up: a hash of its key,
 * whether it was moved, its side, its connection's number.  So a row is found
 * without an index, and those of a side stand together.  A key whose place is
 * taken by another is moved: it stands at any free place with that bit, and an
 * index of these few says where. */
#define STATE_HASH_BITS 44
#define STATE_MOVED "(id & 17592186044416) <> 0" /* bit 44 */
enum {
	STATE_SIDE_BITS = 2,
	STATE_CONNECTION_MAX = 0xffff /* so that an id is positive */
};

/** The first id of rows of SIDE of connection ID; the next side's ends them. */
int64_t state_row_first(int64_t id, enum state_side side);
/** The columns of a row in formats 1 and 2. */
#define STATE_ROW_COLUMNS_2                                                    \
	"key, local_id, url, version, topic, offset, state, reason,"           \
	" body_hash, fingerprint, receipt_due, verify_at_ms, since_ms, bytes," \
	" created"
/** The columns of a row as state_row_fill() reads them. */
#define STATE_ROW_COLUMNS STATE_ROW_COLUMNS_2 ", good_ms"
enum { STATE_ROW_WIDTH = 16 }; /* their number */
/** OUT, borrowed from Q: a row of C. */
void state_row_fill(
    const struct state_connection *c, sqlite3_stmt *q, struct state_row *out);
/** state_put() for C. */
int state_row_put(struct state *s, struct state_connection *c,
    enum state_side side, const struct state_row *row, struct err *err);
/** The file has FORMAT, an older one: make it today's.  -1 with ERR. */
int state_migrate(struct state *s, long format, struct err *err);
/** Make tables and indices; in a transaction.  -1 with ERR. */
int state_make_tables(struct state *s, struct err *err);
/** Run SQL without parameters.  -1 with ERR. */
int state_exec(
    struct state *s, const char *sql, const char *what, struct err *err);
/** CONNECTION, known from here on: 1 and *OUT, 0 if the file has none (made
 * when MAY_ADD), -1 with ERR. */
int state_connection_find(struct state *s, const char *connection, int may_add,
    struct state_connection **out, struct err *err);
/** Write what changed of them, once for all rows of a transaction.  -1 with
 * ERR. */
int state_connections_save(struct state *s, struct err *err);
/** Nothing is known of them any more: after a rollback a number that was made
 * in it is gone. */
void state_connections_forget(struct state *s);
/**
 * Number of CONNECTION in the file: 1 and *OUT, 0 if it has none (made when
 * MAY_ADD), -1 with ERR.
 */
int state_connection_id(struct state *s, const char *connection, int may_add,
    int64_t *out, struct err *err);
/** Room for SIZE bytes, lent out until the next call. */
void *state_hold(struct state *s, size_t size);
/** Text of column I, "" for NULL; borrowed from STATEMENT. */
const char *state_text(sqlite3_stmt *statement, int i);

#endif
