/* The state file: one row a record.  See state.h. */
#include <string.h>

#include "base/err.h"
#include "store/state.h"
#include "store/state_inner.h"

enum {
	COL_KEY,
	COL_LOCAL_ID,
	COL_URL,
	COL_VERSION,
	COL_TOPIC,
	COL_OFFSET,
	COL_STATE,
	COL_REASON,
	COL_BODY_HASH,
	COL_FINGERPRINT,
	COL_RECEIPT_DUE,
	COL_VERIFY_AT_MS,
	COL_SINCE_MS,
	COL_BYTES,
	COL_CREATED
};

#define SELECT                                                                 \
	"SELECT key, local_id, url, version, topic, offset, state, reason,"    \
	" body_hash, fingerprint, receipt_due, verify_at_ms, since_ms, bytes," \
	" created FROM record"

static void
take_hash(sqlite3_stmt *q, int i, unsigned char out[STATE_HASH_SIZE])
{
	const void *hash = sqlite3_column_blob(q, i);

	memset(out, 0, STATE_HASH_SIZE);
	if (hash != NULL && sqlite3_column_bytes(q, i) == STATE_HASH_SIZE)
		memcpy(out, hash, STATE_HASH_SIZE);
}

static void
fill(sqlite3_stmt *q, struct state_row *out)
{
	out->key = state_text(q, COL_KEY);
	out->local_id = state_text(q, COL_LOCAL_ID);
	out->url = state_text(q, COL_URL);
	out->version = state_text(q, COL_VERSION);
	out->topic = state_text(q, COL_TOPIC);
	out->offset = sqlite3_column_int64(q, COL_OFFSET);
	out->state = (enum state_row_state)sqlite3_column_int(q, COL_STATE);
	out->reason = state_text(q, COL_REASON);
	take_hash(q, COL_BODY_HASH, out->body_hash);
	take_hash(q, COL_FINGERPRINT, out->fingerprint);
	take_hash(q, COL_CREATED, out->created);
	out->receipt_due = sqlite3_column_int(q, COL_RECEIPT_DUE);
	out->verify_at_ms = sqlite3_column_int64(q, COL_VERIFY_AT_MS);
	out->since_ms = sqlite3_column_int64(q, COL_SINCE_MS);
	out->record = sqlite3_column_blob(q, COL_BYTES);
	out->record_size = (size_t)sqlite3_column_bytes(q, COL_BYTES);
}

/* Move what ROW borrows from a statement into memory of S, so that the
 * statement can be reset: one that stands open keeps the log from shrinking. */
static void
hold_row(struct state *s, struct state_row *row)
{
	const char **texts[] = {&row->key, &row->local_id, &row->url,
	    &row->version, &row->topic, &row->reason};
	size_t sizes[sizeof(texts) / sizeof(*texts)];
	size_t total = row->record_size + 1;
	char *to;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		sizes[i] = strlen(*texts[i]) + 1;
		total += sizes[i];
	}
	to = state_hold(s, total);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		memcpy(to, *texts[i], sizes[i]);
		*texts[i] = to;
		to += sizes[i];
	}
	if (row->record == NULL)
		return;
	memcpy(to, row->record, row->record_size);
	to[row->record_size] = '\0';
	row->record = to;
}

/* 1 if SIDE of connection C is known to have no rows, 0 not, -1. */
static int
is_empty(struct state *s, struct state_connection *c, enum state_side side,
    struct err *err)
{
	sqlite3_stmt *q;
	int code;

	if (c->fill[side] != STATE_FILL_UNKNOWN)
		return c->fill[side] == STATE_FILL_NONE;
	q = state_sql(s, SQL_ROW_ANY, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, c->id);
	sqlite3_bind_int(q, 2, (int)side);
	code = sqlite3_step(q);
	sqlite3_reset(q);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return state_fail(s, code, "look for rows", err);
	c->fill[side] = code == SQLITE_ROW ? STATE_FILL_SOME : STATE_FILL_NONE;
	return code == SQLITE_DONE;
}

static int
get_by(struct state *s, enum state_sql which, const char *connection,
    enum state_side side, const char *text, struct state_row *out,
    struct err *err)
{
	struct state_row row;
	sqlite3_stmt *q;
	int64_t id;
	int code, found;

	found = state_connection_id(s, connection, 0, &id, err);
	if (found != 1)
		return found;
	found = is_empty(s, state_connection(s, connection), side, err);
	if (found != 0)
		return found < 0 ? -1 : 0;
	q = state_sql(s, which, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_int(q, 2, (int)side);
	sqlite3_bind_text(q, 3, text, -1, SQLITE_STATIC);
	code = sqlite3_step(q);
	if (code == SQLITE_ROW) {
		fill(q, &row);
		hold_row(s, &row);
		*out = row;
		found = 1;
	} else {
		found = code == SQLITE_DONE
			    ? 0
			    : state_fail(s, code, "read a row", err);
	}
	sqlite3_reset(q);
	return found;
}

int
state_get(struct state *s, const char *connection, enum state_side side,
    const char *key, struct state_row *out, struct err *err)
{
	return get_by(s, SQL_ROW_GET, connection, side, key, out, err);
}

int
state_find_local(struct state *s, const char *connection, enum state_side side,
    const char *local_id, struct state_row *out, struct err *err)
{
	return get_by(s,
	    side == STATE_PUBLISHED ? SQL_ROW_LOCAL_PUBLISHED : SQL_ROW_LOCAL,
	    connection, side, local_id, out, err);
}

static void
bind_text(sqlite3_stmt *q, int i, const char *text)
{
	sqlite3_bind_text(q, i, text == NULL ? "" : text, -1, SQLITE_STATIC);
}

int
state_put(struct state *s, const char *connection, enum state_side side,
    const struct state_row *row, struct err *err)
{
	sqlite3_stmt *q;
	int64_t id;

	if (state_connection_id(s, connection, 1, &id, err) != 1)
		return -1;
	q = state_sql(s, SQL_ROW_PUT, err);
	if (q == NULL)
		return -1;
	state_connection(s, connection)->fill[side] = STATE_FILL_SOME;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_int(q, 2, (int)side);
	bind_text(q, 3 + COL_KEY, row->key);
	bind_text(q, 3 + COL_LOCAL_ID, row->local_id);
	bind_text(q, 3 + COL_URL, row->url);
	bind_text(q, 3 + COL_VERSION, row->version);
	bind_text(q, 3 + COL_TOPIC, row->topic);
	sqlite3_bind_int64(q, 3 + COL_OFFSET, row->offset);
	sqlite3_bind_int(q, 3 + COL_STATE, (int)row->state);
	bind_text(q, 3 + COL_REASON, row->reason);
	sqlite3_bind_blob(q, 3 + COL_BODY_HASH, row->body_hash, STATE_HASH_SIZE,
	    SQLITE_STATIC);
	sqlite3_bind_blob(q, 3 + COL_FINGERPRINT, row->fingerprint,
	    STATE_HASH_SIZE, SQLITE_STATIC);
	sqlite3_bind_int(q, 3 + COL_RECEIPT_DUE, row->receipt_due != 0);
	sqlite3_bind_int64(q, 3 + COL_VERIFY_AT_MS, row->verify_at_ms);
	sqlite3_bind_int64(q, 3 + COL_SINCE_MS, row->since_ms);
	/* A NULL pointer binds NULL. */
	sqlite3_bind_blob64(
	    q, 3 + COL_BYTES, row->record, row->record_size, SQLITE_STATIC);
	sqlite3_bind_blob(
	    q, 3 + COL_CREATED, row->created, STATE_HASH_SIZE, SQLITE_STATIC);
	return state_run(s, q, "write a row", err);
}

int
state_delete(struct state *s, const char *connection, enum state_side side,
    const char *key, struct err *err)
{
	sqlite3_stmt *q;
	int64_t id;
	int found = state_connection_id(s, connection, 0, &id, err);

	if (found != 1)
		return found;
	q = state_sql(s, SQL_ROW_DELETE, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_int(q, 2, (int)side);
	sqlite3_bind_text(q, 3, key, -1, SQLITE_STATIC);
	return state_run(s, q, "delete a row", err);
}

int
state_receipt_done(struct state *s, const char *connection,
    enum state_side side, const char *key, int64_t offset, struct err *err)
{
	sqlite3_stmt *q;
	int64_t id;
	int found = state_connection_id(s, connection, 0, &id, err);

	if (found != 1)
		return found;
	q = state_sql(s, SQL_ROW_RECEIPT_DONE, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_int(q, 2, (int)side);
	sqlite3_bind_text(q, 3, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 4, offset);
	return state_run(s, q, "clear a receipt", err);
}

/* SQL with ?1 = connection, bound as far as it has them: ?2 side, ?3 NUMBER.
 * 1 and *OUT to be finalized, 0 if the connection has nothing, -1. */
static int
query(struct state *s, const char *sql, const char *connection,
    const int64_t args[2], sqlite3_stmt **out, struct err *err)
{
	sqlite3_stmt *q;
	int64_t id;
	int code, found = state_connection_id(s, connection, 0, &id, err);

	if (found != 1)
		return found;
	code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
	if (code != SQLITE_OK)
		return state_fail(s, code, "prepare a statement", err);
	sqlite3_bind_int64(q, 1, id);
	/* Numbers that SQL does not have are out of range, and ignored. */
	sqlite3_bind_int64(q, 2, args[0]);
	sqlite3_bind_int64(q, 3, args[1]);
	*out = q;
	return 1;
}

int64_t
state_count(struct state *s, const char *connection, enum state_side side,
    int state, struct err *err)
{
	const int64_t args[2] = {(int64_t)side, state};
	const char *sql =
	    "SELECT count(*) FROM record WHERE connection = ?1 AND side = ?2";
	sqlite3_stmt *q;
	int64_t n;
	int code, found;

	/* `state <> 0` names the index that holds these few rows alone. */
	if (state > 0)
		sql = "SELECT count(*) FROM record WHERE connection = ?1"
		      " AND side = ?2 AND state = ?3 AND state <> 0";
	else if (state == 0)
		sql = "SELECT (SELECT count(*) FROM record WHERE"
		      " connection = ?1 AND side = ?2) - (SELECT count(*) FROM"
		      " record WHERE connection = ?1 AND side = ?2 AND"
		      " state <> 0)";
	found = query(s, sql, connection, args, &q, err);
	if (found != 1)
		return found;
	code = sqlite3_step(q);
	n = code == SQLITE_ROW ? sqlite3_column_int64(q, 0)
			       : state_fail(s, code, "count rows", err);
	sqlite3_finalize(q);
	return n;
}

int64_t
state_count_span(struct state *s, const char *connection, enum state_side side,
    const struct state_span *span, int64_t *out_first_ms, struct err *err)
{
	const int64_t args[2] = {(int64_t)side, (int64_t)span->state};
	sqlite3_stmt *q;
	int64_t n;
	int code,
	    found = query(s,
		"SELECT count(*), min(since_ms) FROM record WHERE"
		" connection = ?1 AND side = ?2 AND state = ?3 AND state <> 0"
		" AND reason <> ?4 AND since_ms >= ?5 AND since_ms < ?6",
		connection, args, &q, err);

	if (found != 1)
		return found;
	sqlite3_bind_text(q, 4, span->but_reason, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 5, span->from_ms);
	sqlite3_bind_int64(q, 6, span->until_ms);
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
	const int64_t args[2] = {(int64_t)side, 0};
	sqlite3_stmt *q;
	int rc =
	    query(s, "DELETE FROM record WHERE connection = ?1 AND side = ?2",
		connection, args, &q, err);

	if (rc != 1)
		return rc;
	rc = state_run(s, q, "delete rows", err);
	sqlite3_finalize(q);
	return rc;
}

static int
scan(struct state *s, const char *sql, const char *connection,
    const int64_t args[2], state_each *each, void *ctx, struct err *err)
{
	struct state_row row;
	sqlite3_stmt *q;
	int code, found = query(s, sql, connection, args, &q, err);

	if (found != 1)
		return found;
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		fill(q, &row);
		if (each(ctx, &row) != 0)
			break;
	}
	found = code == SQLITE_DONE || code == SQLITE_ROW
		    ? 0
		    : state_fail(s, code, "read rows", err);
	sqlite3_finalize(q);
	return found;
}

int
state_scan(struct state *s, const char *connection, enum state_side side,
    int state, state_each *each, void *ctx, struct err *err)
{
	const int64_t args[2] = {(int64_t)side, state};

	return scan(s,
	    state < 0	 ? SELECT " WHERE connection = ?1 AND side = ?2"
				  " ORDER BY key"
	    : state == 0 ? SELECT " WHERE connection = ?1 AND side = ?2 AND"
				  " state = ?3 ORDER BY key"
			 : SELECT " WHERE connection = ?1 AND side = ?2 AND"
				  " state = ?3 AND state <> 0 ORDER BY key",
	    connection, args, each, ctx, err);
}

int
state_scan_due(struct state *s, const char *connection, size_t max,
    enum state_side side, state_each *each, void *ctx, struct err *err)
{
	const int64_t args[2] = {(int64_t)side, (int64_t)max};

	return scan(s,
	    SELECT " WHERE connection = ?1 AND side = ?2 AND"
		   " receipt_due = 1 ORDER BY id LIMIT ?3",
	    connection, args, each, ctx, err);
}

int
state_scan_verify(struct state *s, const char *connection, state_each *each,
    void *ctx, struct err *err)
{
	const int64_t args[2] = {0, 0};

	return scan(s,
	    SELECT " WHERE connection = ?1 AND side = 0 AND"
		   " verify_at_ms <> 0 ORDER BY id",
	    connection, args, each, ctx, err);
}
