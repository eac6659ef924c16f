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
	SQL_ROW_ANY,
	SQL_ROW_GET,
	SQL_ROW_PUT,
	SQL_ROW_DELETE,
	SQL_ROW_LOCAL,
	SQL_ROW_LOCAL_PUBLISHED,
	SQL_ROW_RECEIPT_DONE,
	SQL_POSITION_GET,
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
	UT_hash_handle hh;
};

struct state {
	sqlite3 *db;
	sqlite3_stmt *cached[SQL_COUNT];
	int lock_fd;
	int is_new;
	int checkpoint_code; /* SQLite's, of one that failed */
	char instance[33];
	struct state_connection *connections; /* seen since the start */
	char *held;			      /* what the last call lent out */
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
/**
 * Number of CONNECTION in the file: 1 and *OUT, 0 if it has none (made when
 * MAY_ADD), -1 with ERR.
 */
int state_connection_id(struct state *s, const char *connection, int may_add,
    int64_t *out, struct err *err);
/** What is known of CONNECTION, whose number was asked for; never NULL. */
struct state_connection *state_connection(
    struct state *s, const char *connection);
/** Room for SIZE bytes, lent out until the next call. */
void *state_hold(struct state *s, size_t size);
/** Text of column I, "" for NULL; borrowed from STATEMENT. */
const char *state_text(sqlite3_stmt *statement, int i);

#endif
