/* A state file of an older format becomes today's: see state_inner.h. */
#include "base/err.h"
#include "store/state.h"
#include "store/state_inner.h"

/* What format 1 had in another form: rows found by an index over their keys,
 * and the word in each row that its receipt is due. */
static const char put_aside[] =
    "BEGIN IMMEDIATE;"
    "ALTER TABLE record RENAME TO record_1;"
    "DROP INDEX record_local; DROP INDEX record_state;"
    "DROP INDEX record_due; DROP INDEX record_verify;"
    "ALTER TABLE connection ADD COLUMN written INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE connection ADD COLUMN told INTEGER NOT NULL DEFAULT 0;";
static const char end[] = "DROP TABLE record_1; PRAGMA user_version = 3;";
/* Format 2 did not know when a parked row began to fail: the give-up clock
 * stands at 0 then, and so does the row. */
static const char widen[] =
    "BEGIN IMMEDIATE;"
    "ALTER TABLE record ADD COLUMN good_ms INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 3;";

enum { COL_SIDE = STATE_ROW_WIDTH, COL_CONNECTION };

/* Q stands on a row of format 1. */
static int
take_over(struct state *s, sqlite3_stmt *q, struct err *err)
{
	struct state_connection *c;
	struct state_row row;

	if (state_connection_find(
		s, state_text(q, COL_CONNECTION), 1, &c, err) != 1)
		return -1;
	state_row_fill(c, q, &row);
	return state_row_put(
	    s, c, (enum state_side)sqlite3_column_int(q, COL_SIDE), &row, err);
}

static int
take_over_all(struct state *s, struct err *err)
{
	static const char sql[] =
	    "SELECT " STATE_ROW_COLUMNS_2 ", 0, side, name FROM record_1"
	    " JOIN connection"
	    " ON connection.id = record_1.connection";
	sqlite3_stmt *q;
	int code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL), rc = 0;

	if (code != SQLITE_OK)
		return state_fail(s, code, "be taken over", err);
	while (rc == 0 && (code = sqlite3_step(q)) == SQLITE_ROW)
		rc = take_over(s, q, err);
	if (rc == 0 && code != SQLITE_DONE)
		rc = state_fail(s, code, "be taken over", err);
	sqlite3_finalize(q);
	return rc;
}

static int
make_anew(struct state *s, struct err *err)
{
	if (state_exec(s, put_aside, "be taken over", err) != 0 ||
	    state_make_tables(s, err) != 0 || take_over_all(s, err) != 0)
		return -1;
	return state_exec(s, end, "be taken over", err);
}

int
state_migrate(struct state *s, long format, struct err *err)
{
	if ((format == 1 ? make_anew(s, err)
			 : state_exec(s, widen, "be taken over", err)) == 0 &&
	    state_commit(s, err) == 0)
		return 0;
	state_rollback(s);
	return -1;
}
