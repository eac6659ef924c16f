/* The state file after a log was made anew: see state.h. */
#include <stddef.h>

#include "base/err.h"
#include "store/state.h"
#include "store/state_inner.h"

enum { POSITION_BYTES = 8 };

/* Run SQL about connection ID and TOPIC (NULL: all); *OUT (may be NULL) is the
 * number in its first row. */
static int
about(struct state *s, const char *sql, int64_t id, const char *topic,
    int64_t *out, struct err *err)
{
	sqlite3_stmt *q = NULL;
	int code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);

	if (code == SQLITE_OK) {
		sqlite3_bind_int64(q, 1, id);
		sqlite3_bind_text(q, 2, topic, -1, SQLITE_STATIC);
		code = sqlite3_step(q);
		if (code == SQLITE_ROW && out != NULL)
			*out = sqlite3_column_int64(q, 0);
	}
	sqlite3_finalize(q);
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		return 0;
	return state_fail(s, code, "forget a log", err);
}

int
state_forget_log(struct state *s, const char *connection, const char *topic,
    int64_t *out_open, struct err *err)
{
	struct state_connection *c;
	int64_t id, bytes = 0;
	int found = state_connection_find(s, connection, 0, &c, err);

	id = found == 1 ? c->id : -1;
	if (found == 1)
		c->n_rows[STATE_TOLD] = -1;
	if (found == 1 &&
	    (about(s,
		 "SELECT total(length(open)) FROM position"
		 " WHERE connection = ?1 AND topic = coalesce(?2, topic)",
		 id, topic, &bytes, err) != 0 ||
		about(s,
		    "DELETE FROM position"
		    " WHERE connection = ?1 AND topic = coalesce(?2, topic)",
		    id, topic, NULL, err) != 0 ||
		about(s,
		    "DELETE FROM record WHERE connection = ?1 AND side = 2"
		    " AND topic = coalesce(?2, topic)",
		    id, topic, NULL, err) != 0 ||
		about(s,
		    "UPDATE record SET offset = -1"
		    " WHERE connection = ?1 AND topic = coalesce(?2, topic)"
		    " AND (side = 0 OR (side = 1 AND ?2 IS NULL"
		    " AND state <> 5))",
		    id, topic, NULL, err) != 0))
		return -1;
	*out_open = bytes / POSITION_BYTES;
	return found < 0 ? -1 : 0;
}
