/* The state file: positions, counters, small values.  See state.h. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/state.h"
#include "store/state_inner.h"

enum { POS_TOPIC, POS_READ_END, POS_FLOOR, POS_LAST_MS, POS_OPEN };

/* What OUT borrows goes into memory of S: the offsets, then the name. */
static void
hold_position(struct state *s, sqlite3_stmt *q, struct state_position *out)
{
	const char *topic = state_text(q, POS_TOPIC);
	const void *open = sqlite3_column_blob(q, POS_OPEN);
	size_t open_size = (size_t)sqlite3_column_bytes(q, POS_OPEN);
	size_t n = open_size / sizeof(int64_t), topic_size = strlen(topic) + 1;
	int64_t *to = state_hold(s, n * sizeof(*to) + topic_size);

	for (size_t i = 0; i < n; i++) {
		uint64_t little;

		memcpy(&little, (const char *)open + i * sizeof(little),
		    sizeof(little));
		to[i] = (int64_t)le64toh(little);
	}
	memcpy(to + n, topic, topic_size);
	out->topic = (const char *)(to + n);
	out->open = to;
	out->n_open = n;
	out->read_end = sqlite3_column_int64(q, POS_READ_END);
	out->floor = sqlite3_column_int64(q, POS_FLOOR);
	out->last_ms = sqlite3_column_int64(q, POS_LAST_MS);
}

int
state_get_position(struct state *s, const char *connection, const char *topic,
    struct state_position *out, struct err *err)
{
	sqlite3_stmt *q;
	int64_t id;
	int code, found = state_connection_id(s, connection, 0, &id, err);

	if (found != 1)
		return found;
	q = state_sql(s, SQL_POSITION_GET, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_text(q, 2, topic, -1, SQLITE_STATIC);
	code = sqlite3_step(q);
	if (code == SQLITE_ROW)
		hold_position(s, q, out);
	found = code == SQLITE_ROW ? 1
		: code == SQLITE_DONE
		    ? 0
		    : state_fail(s, code, "read a position", err);
	sqlite3_reset(q);
	return found;
}

int
state_scan_positions(struct state *s, const char *connection,
    state_each_position *each, void *ctx, struct err *err)
{
	struct state_position p;
	sqlite3_stmt *q;
	int64_t id;
	int code, found = state_connection_id(s, connection, 0, &id, err);

	if (found != 1)
		return found;
	q = state_sql(s, SQL_POSITIONS, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	while ((code = sqlite3_step(q)) == SQLITE_ROW) {
		hold_position(s, q, &p);
		each(ctx, &p);
	}
	sqlite3_reset(q);
	return code == SQLITE_DONE ? 0
				   : state_fail(s, code, "read positions", err);
}

int
state_put_position(struct state *s, const char *connection,
    const struct state_position *p, struct err *err)
{
	sqlite3_stmt *q;
	uint64_t *open;
	int64_t id;

	if (state_connection_id(s, connection, 1, &id, err) != 1)
		return -1;
	q = state_sql(s, SQL_POSITION_PUT, err);
	if (q == NULL)
		return -1;
	/* P may be borrowed from S itself, so not into what S holds. */
	open = mem_new(p->n_open + 1, sizeof(*open));
	for (size_t i = 0; i < p->n_open; i++)
		open[i] = htole64((uint64_t)p->open[i]);
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_text(q, 2, p->topic, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, p->read_end);
	sqlite3_bind_int64(q, 4, p->floor);
	sqlite3_bind_int64(q, 5, p->last_ms);
	sqlite3_bind_blob64(
	    q, 6, open, p->n_open * sizeof(*open), SQLITE_TRANSIENT);
	free(open);
	return state_run(s, q, "write a position", err);
}

int
state_count_add(struct state *s, const char *connection, const char *name,
    int64_t delta, struct err *err)
{
	sqlite3_stmt *q;
	int64_t id;

	if (state_connection_id(s, connection, 1, &id, err) != 1)
		return -1;
	q = state_sql(s, SQL_COUNT_ADD, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_text(q, 2, name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 3, delta);
	return state_run(s, q, "count", err);
}

int64_t
state_count_get(
    struct state *s, const char *connection, const char *name, struct err *err)
{
	sqlite3_stmt *q;
	int64_t id, value;
	int code, found = state_connection_id(s, connection, 0, &id, err);

	if (found != 1)
		return found;
	q = state_sql(s, SQL_COUNT_GET, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_text(q, 2, name, -1, SQLITE_STATIC);
	code = sqlite3_step(q);
	value = code == SQLITE_ROW ? sqlite3_column_int64(q, 0)
		: code == SQLITE_DONE
		    ? 0
		    : state_fail(s, code, "read a counter", err);
	sqlite3_reset(q);
	return value;
}

int
state_value(struct state *s, const char *scope, const char *name,
    const char **out, struct err *err)
{
	sqlite3_stmt *q = state_sql(s, SQL_VALUE_GET, err);
	int code, found;

	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, scope, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, name, -1, SQLITE_STATIC);
	code = sqlite3_step(q);
	if (code == SQLITE_ROW) {
		const char *text = state_text(q, 0);
		size_t size = strlen(text) + 1;

		*out = memcpy(state_hold(s, size), text, size);
	}
	found = code == SQLITE_ROW ? 1
		: code == SQLITE_DONE
		    ? 0
		    : state_fail(s, code, "read a value", err);
	sqlite3_reset(q);
	return found;
}

int
state_set_value(struct state *s, const char *scope, const char *name,
    const char *value, struct err *err)
{
	sqlite3_stmt *q = state_sql(s, SQL_VALUE_SET, err);

	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, scope, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 2, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(q, 3, value, -1, SQLITE_STATIC);
	return state_run(s, q, "write a value", err);
}
