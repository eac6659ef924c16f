/* The state file: rows counted and gone through.  See state.h. */
#include "base/err.h"
#include "store/state.h"
#include "store/state_inner.h"

#define SELECT "SELECT " STATE_ROW_COLUMNS ", id FROM record"
#define OF_SIDE " WHERE id >= ?1 AND id < ?2"
/* `state <> 0` names the index that holds these few rows alone. */
#define IN_STATE \
	" WHERE connection = ?3 AND side = ?4 AND state = ?5 AND state <> 0"

enum { COL_ID = STATE_ROW_WIDTH };

/* SQL with ?1 and ?2, between which the ids of SIDE are, ?3 the connection, ?4
 * SIDE, ?5 NUMBER, bound as far as it has them.  1 and *OUT to be finalized, 0
 * if the connection has nothing, -1. */
static int
query(struct state *s, const char *sql, const struct state_connection *c,
    enum state_side side, int64_t number, sqlite3_stmt **out, struct err *err)
{
	sqlite3_stmt *q;
	int code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);

	if (code != SQLITE_OK)
		return state_fail(s, code, "prepare a statement", err);
	/* Numbers that SQL does not have are out of range, and ignored. */
	sqlite3_bind_int64(q, 1, state_row_first(c->id, side));
	sqlite3_bind_int64(q, 2, state_row_first(c->id, side + 1));
	sqlite3_bind_int64(q, 3, c->id);
	sqlite3_bind_int64(q, 4, (int64_t)side);
	sqlite3_bind_int64(q, 5, number);
	*out = q;
	return 1;
}

static int64_t
number_of(struct state *s, const char *sql, const struct state_connection *c,
    enum state_side side, int64_t number, struct err *err)
{
	sqlite3_stmt *q;
	int64_t n;
	int code;

	if (query(s, sql, c, side, number, &q, err) != 1)
		return -1;
	code = sqlite3_step(q);
	n = code == SQLITE_ROW ? sqlite3_column_int64(q, 0)
			       : state_fail(s, code, "count rows", err);
	sqlite3_finalize(q);
	return n;
}

int64_t
state_count(struct state *s, const char *connection, enum state_side side,
    int state, struct err *err)
{
	struct state_connection *c;
	int64_t others;
	int found = state_connection_find(s, connection, 0, &c, err);

	if (found != 1)
		return found;
	if (state > 0)
		return number_of(s, "SELECT count(*) FROM record" IN_STATE, c,
		    side, state, err);
	if (c->n_rows[side] < 0) /* counted once, then kept */
		c->n_rows[side] = number_of(
		    s, "SELECT count(*) FROM record" OF_SIDE, c, side, 0, err);
	if (c->n_rows[side] < 0 || state < 0)
		return c->n_rows[side];
	others = number_of(s,
	    "SELECT count(*) FROM record WHERE connection = ?3 AND side = ?4"
	    " AND state <> 0",
	    c, side, 0, err);
	return others < 0 ? -1 : c->n_rows[side] - others;
}

int64_t
state_count_span(struct state *s, const char *connection, enum state_side side,
    const struct state_span *span, int64_t *out_first_ms, struct err *err)
{
	struct state_connection *c;
	sqlite3_stmt *q;
	int64_t n;
	int code, found = state_connection_find(s, connection, 0, &c, err);

	if (found == 1)
		found = query(s,
		    "SELECT count(*), min(since_ms) FROM record" IN_STATE
		    " AND reason <> ?6 AND since_ms >= ?7 AND since_ms < ?8",
		    c, side, (int64_t)span->state, &q, err);
	if (found != 1)
		return found;
	sqlite3_bind_text(q, 6, span->but_reason, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 7, span->from_ms);
	sqlite3_bind_int64(q, 8, span->until_ms);
	code = sqlite3_step(q);
	n = code == SQLITE_ROW ? sqlite3_column_int64(q, 0)
			       : state_fail(s, code, "count rows", err);
	if (n > 0)
		*out_first_ms = sqlite3_column_int64(q, 1);
	sqlite3_finalize(q);
	return n;
}

int
state_delete_all(struct state *s, const char *connection, enum state_side side,
    struct err *err)
{
	struct state_connection *c;
	sqlite3_stmt *q;
	int rc = state_connection_find(s, connection, 0, &c, err);

	if (rc == 1)
		rc =
		    query(s, "DELETE FROM record" OF_SIDE, c, side, 0, &q, err);
	if (rc != 1)
		return rc;
	c->n_rows[side] = -1;
	rc = state_run(s, q, "delete rows", err);
	sqlite3_finalize(q);
	return rc;
}

/* EACH sees the rows of Q, which is finalized; *OUT_ID (may be NULL) is the
 * last one's. */
static int
go_through(struct state *s, const struct state_connection *c, sqlite3_stmt *q,
    int64_t *out_id, state_each *each, void *ctx, struct err *err)
{
	struct state_row row;
	int code, rc;

	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		state_row_fill(c, q, &row);
		if (out_id != NULL)
			*out_id = sqlite3_column_int64(q, COL_ID);
		if (each(ctx, &row) != 0)
			break;
	}
	rc = code == SQLITE_DONE || code == SQLITE_ROW
		 ? 0
		 : state_fail(s, code, "read rows", err);
	sqlite3_finalize(q);
	return rc;
}

static int
scan(struct state *s, const char *sql, const char *connection,
    enum state_side side, int64_t number, state_each *each, void *ctx,
    struct err *err)
{
	struct state_connection *c;
	sqlite3_stmt *q;
	int found = state_connection_find(s, connection, 0, &c, err);

	if (found == 1)
		found = query(s, sql, c, side, number, &q, err);
	return found == 1 ? go_through(s, c, q, NULL, each, ctx, err) : found;
}

int
state_scan(struct state *s, const char *connection, enum state_side side,
    int state, state_each *each, void *ctx, struct err *err)
{
	return scan(s,
	    state < 0	 ? SELECT OF_SIDE
	    : state == 0 ? SELECT OF_SIDE " AND state = ?5"
			 : SELECT IN_STATE,
	    connection, side, state, each, ctx, err);
}

int
state_scan_verify(struct state *s, const char *connection, state_each *each,
    void *ctx, struct err *err)
{
	return scan(s,
	    SELECT " WHERE connection = ?3 AND side = ?4 AND"
		   " verify_at_ms <> 0",
	    connection, STATE_SUBSCRIBED, 0, each, ctx, err);
}

int
state_scan_due(struct state *s, const char *connection, struct state_due *due,
    state_each *each, void *ctx, struct err *err)
{
	struct state_connection *c;
	sqlite3_stmt *q;
	int found = state_connection_find(s, connection, 0, &c, err);

	if (found == 1)
		found = query(s,
		    SELECT OF_SIDE " AND id > ?6 AND receipt_due > ?7 AND"
				   " receipt_due <= ?8 ORDER BY id LIMIT ?5",
		    c, due->side, (int64_t)due->max, &q, err);
	if (found != 1)
		return found;
	sqlite3_bind_int64(q, 6, due->cursor);
	sqlite3_bind_int64(q, 7, c->told);
	sqlite3_bind_int64(q, 8, due->last);
	return go_through(s, c, q, &due->cursor, each, ctx, err);
}
