/* The state file: what is known of its connections, and how far each has told
 * its receipts.  See state.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/state.h"
#include "store/state_inner.h"

static struct state_connection *
connection_remember(struct state *s, const char *name, int64_t id)
{
	struct state_connection *c = mem_new(1, sizeof(*c));

	c->name = mem_dup(name);
	c->id = id;
	for (int side = 0; side < STATE_SIDES; side++)
		c->n_rows[side] = -1;
	HASH_ADD_KEYPTR(hh, s->connections, c->name, strlen(c->name), c);
	return c;
}

void
state_connections_forget(struct state *s)
{
	struct state_connection *c, *next;

	HASH_ITER (hh, s->connections, c, next) {
		HASH_DEL(s->connections, c);
		free(c->name);
		free(c);
	}
	s->moved = STATE_FILL_UNKNOWN;
	memset(s->absent, 0, sizeof(s->absent));
}

static int
connection_look_up(struct state *s, const char *name,
    struct state_connection **out, struct err *err)
{
	sqlite3_stmt *q = state_sql(s, SQL_CONNECTION_GET, err);
	int code, found = -1;

	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
	code = sqlite3_step(q);
	if (code == SQLITE_ROW) {
		*out = connection_remember(s, name, sqlite3_column_int64(q, 0));
		(*out)->written = sqlite3_column_int64(q, 1);
		(*out)->told = sqlite3_column_int64(q, 2);
		found = 1;
	} else if (code == SQLITE_DONE) {
		found = 0;
	} else {
		state_fail(s, code, "read a connection's number", err);
	}
	sqlite3_reset(q);
	return found;
}

int
state_connection_find(struct state *s, const char *connection, int may_add,
    struct state_connection **out, struct err *err)
{
	sqlite3_stmt *q;
	int64_t id;
	int found;

	HASH_FIND_STR(s->connections, connection, *out);
	if (*out != NULL)
		return 1;
	found = connection_look_up(s, connection, out, err);
	if (found != 0 || !may_add)
		return found;
	q = state_sql(s, SQL_CONNECTION_ADD, err);
	if (q == NULL)
		return -1;
	sqlite3_bind_text(q, 1, connection, -1, SQLITE_STATIC);
	if (state_run(s, q, "add a connection", err) != 0)
		return -1;
	id = sqlite3_last_insert_rowid(s->db);
	if (id > STATE_CONNECTION_MAX)
		return err_set(err, ERR_FATAL, 0,
		    "the state file has room for %d connections",
		    STATE_CONNECTION_MAX);
	*out = connection_remember(s, connection, id);
	return 1;
}

int
state_connection_id(struct state *s, const char *connection, int may_add,
    int64_t *out, struct err *err)
{
	struct state_connection *c;
	int found = state_connection_find(s, connection, may_add, &c, err);

	if (found == 1)
		*out = c->id;
	return found;
}

int
state_connections_save(struct state *s, struct err *err)
{
	struct state_connection *c, *next;
	sqlite3_stmt *q;

	HASH_ITER (hh, s->connections, c, next) {
		if (!c->is_changed)
			continue;
		q = state_sql(s, SQL_CONNECTION_SAVE, err);
		if (q == NULL)
			return -1;
		sqlite3_bind_int64(q, 1, c->id);
		sqlite3_bind_int64(q, 2, c->written);
		sqlite3_bind_int64(q, 3, c->told);
		if (state_run(s, q, "note receipts", err) != 0)
			return -1;
		c->is_changed = 0;
	}
	return 0;
}

int64_t
state_written(struct state *s, const char *connection, struct err *err)
{
	struct state_connection *c;
	int found = state_connection_find(s, connection, 0, &c, err);

	return found == 1 ? c->written : found;
}

int64_t
state_told(struct state *s, const char *connection, struct err *err)
{
	struct state_connection *c;
	int found = state_connection_find(s, connection, 0, &c, err);

	return found == 1 ? c->told : found;
}

int
state_set_told(
    struct state *s, const char *connection, int64_t number, struct err *err)
{
	struct state_connection *c;
	int found = state_connection_find(s, connection, 0, &c, err);

	if (found != 1 || number <= c->told)
		return found < 0 ? -1 : 0;
	c->told = number;
	c->is_changed = 1;
	return 0;
}
