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
	COL_CREATED,
	COL_GOOD_MS
};

static void
take_hash(sqlite3_stmt *q, int i, unsigned char out[STATE_HASH_SIZE])
{
	const void *hash = sqlite3_column_blob(q, i);

	memset(out, 0, STATE_HASH_SIZE);
	if (hash != NULL && sqlite3_column_bytes(q, i) == STATE_HASH_SIZE)
		memcpy(out, hash, STATE_HASH_SIZE);
}

void
state_row_fill(
    const struct state_connection *c, sqlite3_stmt *q, struct state_row *out)
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
	out->receipt_due = sqlite3_column_int64(q, COL_RECEIPT_DUE);
	if (out->receipt_due <= c->told)
		out->receipt_due = 0;
	out->verify_at_ms = sqlite3_column_int64(q, COL_VERIFY_AT_MS);
	out->since_ms = sqlite3_column_int64(q, COL_SINCE_MS);
	out->good_ms = sqlite3_column_int64(q, COL_GOOD_MS);
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
	sqlite3_bind_int64(q, 1, state_row_first(c->id, side));
	sqlite3_bind_int64(q, 2, state_row_first(c->id, side + 1));
	code = sqlite3_step(q);
	sqlite3_reset(q);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return state_fail(s, code, "look for rows", err);
	c->fill[side] = code == SQLITE_ROW ? STATE_FILL_SOME : STATE_FILL_NONE;
	return code == SQLITE_DONE;
}

int64_t
state_row_first(int64_t id, enum state_side side)
{
	return ((id << STATE_SIDE_BITS) + (int64_t)side)
	       << (STATE_HASH_BITS + 1);
}

/* Where KEY's row stands unless it was moved. */
static int64_t
home_of(const struct state_connection *c, enum state_side side, const char *key)
{
	uint64_t h = 14695981039346656037u; /* FNV-1a */

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 1099511628211u;
	h ^= h >> STATE_HASH_BITS;
	return state_row_first(c->id, side) |
	       (int64_t)(h & ((1ull << STATE_HASH_BITS) - 1));
}

/* First column of Q's first row: 1 and *OUT, 0 if it has none, -1; reset. */
static int
first_number(struct state *s, sqlite3_stmt *q, int64_t *out, struct err *err)
{
	int code = sqlite3_step(q);

	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		return code == SQLITE_ROW;
	return state_fail(s, code, "look for a row", err);
}

/* 1 and *OUT where KEY was moved to, 0 if it was not, -1. */
static int
moved_to(struct state *s, const struct state_connection *c,
    enum state_side side, const char *key, int64_t *out, struct err *err)
{
	sqlite3_stmt *q;
	int64_t one;
	int found;

	if (s->moved == STATE_FILL_UNKNOWN) {
		q = state_sql(s, SQL_ROW_MOVED_ANY, err);
		found = q == NULL ? -1 : first_number(s, q, &one, err);
		if (found < 0)
			return -1;
		s->moved = found ? STATE_FILL_SOME : STATE_FILL_NONE;
	}
	if (s->moved == STATE_FILL_NONE)
		return 0;
	q = state_sql(s, SQL_ROW_MOVED, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, c->id);
	sqlite3_bind_int(q, 2, (int)side);
	sqlite3_bind_text(q, 3, key, -1, SQLITE_STATIC);
	return first_number(s, q, out, err);
}

/* The row at ID: 1 and *OUT_Q standing on it, 0 none, -1. */
static int
row_at(struct state *s, int64_t id, sqlite3_stmt **out_q, struct err *err)
{
	sqlite3_stmt *q = state_sql(s, SQL_ROW_GET, err);
	int code;

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	code = sqlite3_step(q);
	*out_q = q;
	if (code == SQLITE_ROW)
		return 1;
	sqlite3_reset(q);
	return code == SQLITE_DONE ? 0 : state_fail(s, code, "read a row", err);
}

/* Where the state keeps in mind that ID is nobody's. */
static int64_t *
absent(struct state *s, int64_t id)
{
	return &s->absent[id & (STATE_ABSENT - 1)];
}

/* KEY's row: 1, its *ID and *OUT_Q standing on it, 0 none, -1. */
static int
find(struct state *s, const struct state_connection *c, enum state_side side,
    const char *key, int64_t *id, sqlite3_stmt **out_q, struct err *err)
{
	int found;

	*id = home_of(c, side, key);
	/* A new record is asked for when it is read and when it is written. */
	if (*absent(s, *id) == *id)
		return 0;
	found = row_at(s, *id, out_q, err);
	if (found < 0)
		return -1;
	if (found == 0 && s->moved == STATE_FILL_NONE)
		*absent(s, *id) = *id;
	if (found == 1) {
		if (strcmp(state_text(*out_q, COL_KEY), key) == 0)
			return 1;
		sqlite3_reset(*out_q);
	}
	found = moved_to(s, c, side, key, id, err);
	return found == 1 ? row_at(s, *id, out_q, err) : found;
}

/* 1 if SIDE of CONNECTION may have rows, and *OUT; 0 not, -1. */
static int
may_have(struct state *s, const char *connection, enum state_side side,
    struct state_connection **out, struct err *err)
{
	int found = state_connection_find(s, connection, 0, out, err);

	if (found != 1)
		return found;
	found = is_empty(s, *out, side, err);
	return found < 0 ? -1 : !found;
}

/* *OUT is the row that Q stands on, which is reset. */
static void
take_row(struct state *s, const struct state_connection *c, sqlite3_stmt *q,
    struct state_row *out)
{
	struct state_row row; /* OUT may be what the caller's text is in */

	state_row_fill(c, q, &row);
	hold_row(s, &row);
	*out = row;
	sqlite3_reset(q);
}

int
state_get(struct state *s, const char *connection, enum state_side side,
    const char *key, struct state_row *out, struct err *err)
{
	struct state_connection *c;
	sqlite3_stmt *q;
	int64_t id;
	int found = may_have(s, connection, side, &c, err);

	if (found == 1)
		found = find(s, c, side, key, &id, &q, err);
	if (found == 1)
		take_row(s, c, q, out);
	return found;
}

int
state_find_local(struct state *s, const char *connection, enum state_side side,
    const char *local_id, struct state_row *out, struct err *err)
{
	int is_published = side == STATE_PUBLISHED;
	struct state_connection *c;
	sqlite3_stmt *q;
	int code, found = may_have(s, connection, side, &c, err);

	if (found != 1)
		return found;
	q = state_sql(
	    s, is_published ? SQL_ROW_LOCAL_PUBLISHED : SQL_ROW_LOCAL, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(
	    q, 1, is_published ? c->id : state_row_first(c->id, side));
	if (!is_published)
		sqlite3_bind_int64(q, 2, state_row_first(c->id, side + 1));
	sqlite3_bind_text(q, 3, local_id, -1, SQLITE_STATIC);
	code = sqlite3_step(q);
	if (code == SQLITE_ROW) {
		take_row(s, c, q, out);
		return 1;
	}
	sqlite3_reset(q);
	return code == SQLITE_DONE ? 0 : state_fail(s, code, "read a row", err);
}

static void
bind_text(sqlite3_stmt *q, int i, const char *text)
{
	sqlite3_bind_text(q, i, text == NULL ? "" : text, -1, SQLITE_STATIC);
}

/* Most rows have one hash of three: the others take no room. */
static void
bind_hash(sqlite3_stmt *q, int i, const unsigned char hash[STATE_HASH_SIZE])
{
	static const unsigned char none[STATE_HASH_SIZE];
	int is_none = memcmp(hash, none, STATE_HASH_SIZE) == 0;

	sqlite3_bind_blob(
	    q, i, hash, is_none ? 0 : STATE_HASH_SIZE, SQLITE_STATIC);
}

/* Put ROW at ID: 1, 0 if another key stands there, -1. */
static int
put_at(struct state *s, struct state_connection *c, int64_t id,
    enum state_side side, const struct state_row *row, struct err *err)
{
	enum { AT = 4 };
	sqlite3_stmt *q = state_sql(s, SQL_ROW_PUT, err);

	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_int64(q, 2, c->id);
	sqlite3_bind_int(q, 3, (int)side);
	bind_text(q, AT + COL_KEY, row->key);
	bind_text(q, AT + COL_LOCAL_ID, row->local_id);
	bind_text(q, AT + COL_URL, row->url);
	bind_text(q, AT + COL_VERSION, row->version);
	bind_text(q, AT + COL_TOPIC, row->topic);
	sqlite3_bind_int64(q, AT + COL_OFFSET, row->offset);
	sqlite3_bind_int(q, AT + COL_STATE, (int)row->state);
	bind_text(q, AT + COL_REASON, row->reason);
	bind_hash(q, AT + COL_BODY_HASH, row->body_hash);
	bind_hash(q, AT + COL_FINGERPRINT, row->fingerprint);
	sqlite3_bind_int64(
	    q, AT + COL_RECEIPT_DUE, row->receipt_due ? c->written : 0);
	sqlite3_bind_int64(q, AT + COL_VERIFY_AT_MS, row->verify_at_ms);
	sqlite3_bind_int64(q, AT + COL_SINCE_MS, row->since_ms);
	/* A NULL pointer binds NULL. */
	sqlite3_bind_blob64(
	    q, AT + COL_BYTES, row->record, row->record_size, SQLITE_STATIC);
	bind_hash(q, AT + COL_CREATED, row->created);
	sqlite3_bind_int64(q, AT + COL_GOOD_MS, row->good_ms);
	/* Stays 0 unless the row is a new one. */
	sqlite3_set_last_insert_rowid(s->db, 0);
	if (state_run(s, q, "write a row", err) != 0)
		return -1;
	if (c->n_rows[side] >= 0 && sqlite3_last_insert_rowid(s->db) == id)
		c->n_rows[side]++;
	return sqlite3_changes(s->db) > 0;
}

/* ROW's place is another's: put it at the first free one of those that are
 * moved. */
static int
put_moved(struct state *s, struct state_connection *c, enum state_side side,
    const struct state_row *row, struct err *err)
{
	int64_t id = home_of(c, side, row->key) | (1ll << STATE_HASH_BITS);
	int rc;

	s->moved = STATE_FILL_SOME;
	while ((rc = put_at(s, c, id, side, row, err)) == 0)
		id = (id + 1) | (1ll << STATE_HASH_BITS);
	return rc;
}

int
state_row_put(struct state *s, struct state_connection *c, enum state_side side,
    const struct state_row *row, struct err *err)
{
	int64_t id;
	int rc = moved_to(s, c, side, row->key, &id, err);

	if (rc < 0)
		return -1;
	if (rc == 0)
		id = home_of(c, side, row->key);
	*absent(s, id) = 0;
	c->fill[side] = STATE_FILL_SOME;
	if (row->receipt_due) {
		c->written++;
		c->is_changed = 1;
	}
	rc = put_at(s, c, id, side, row, err);
	if (rc == 0)
		rc = put_moved(s, c, side, row, err);
	return rc < 0 ? -1 : 0;
}

int
state_put(struct state *s, const char *connection, enum state_side side,
    const struct state_row *row, struct err *err)
{
	struct state_connection *c;

	if (state_connection_find(s, connection, 1, &c, err) != 1)
		return -1;
	return state_row_put(s, c, side, row, err);
}

int
state_delete(struct state *s, const char *connection, enum state_side side,
    const char *key, struct err *err)
{
	struct state_connection *c;
	sqlite3_stmt *q;
	int64_t id;
	int found = may_have(s, connection, side, &c, err);

	if (found == 1)
		found = find(s, c, side, key, &id, &q, err);
	if (found != 1)
		return found;
	sqlite3_reset(q);
	q = state_sql(s, SQL_ROW_DELETE, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	if (c->n_rows[side] > 0)
		c->n_rows[side]--;
	return state_run(s, q, "delete a row", err);
}
