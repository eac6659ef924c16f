/* Which orders run: see commands.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "connector/commands.h"

struct commands {
	char *connection;
	jv open;     /* array of records, oldest first */
	jv answered; /* object of ids; as long as the log keeps them: a year */
};

struct commands *
commands_new(const char *connection)
{
	struct commands *c = mem_new(1, sizeof(*c));

	c->connection = mem_dup(connection);
	c->open = jv_array();
	c->answered = jv_object();
	return c;
}

void
commands_free(struct commands *c)
{
	if (c == NULL)
		return;
	free(c->connection);
	jv_free(c->open);
	jv_free(c->answered);
	free(c);
}

static int
is_open(const struct commands *c, const char *id)
{
	int is = 0;

	jv_array_foreach (c->open, i, one) {
		is |= strcmp(json_str(one, "id", ""), id) == 0;
		jv_free(one);
	}
	return is;
}

static int
is_too_long(jv record)
{
	struct buf text = {0};
	int is;

	json_canonical(record, &text);
	is = text.size > COMMAND_MAX_BYTES;
	buf_free(&text);
	return is;
}

int
commands_take(struct commands *c, const char *id, jv record)
{
	if (jv_get_kind(record) != JV_KIND_OBJECT ||
	    strcmp(json_str(record, "connection", ""), c->connection) != 0)
		return 1;
	if (json_str(record, "outcome", "")[0] != '\0') {
		commands_close(c, id);
		return 1;
	}
	if (jv_object_has(jv_copy(c->answered), jv_string(id)) ||
	    is_open(c, id))
		return 1;
	if (jv_array_length(jv_copy(c->open)) >= COMMANDS_OPEN_MAX ||
	    is_too_long(record))
		return 0;
	record = jv_copy(record);
	json_set_str(&record, "id", id);
	c->open = jv_array_append(c->open, record);
	return 1;
}

jv
commands_next(const struct commands *c, int64_t wall_ms, int *out_is_expired)
{
	jv next;

	if (jv_array_length(jv_copy(c->open)) == 0)
		return jv_invalid();
	next = jv_array_get(jv_copy(c->open), 0);
	*out_is_expired = json_int(next, "expires", 0) <= wall_ms;
	return next;
}

void
commands_close(struct commands *c, const char *id)
{
	jv left = jv_array();

	jv_array_foreach (c->open, i, one) {
		if (strcmp(json_str(one, "id", ""), id) == 0)
			jv_free(one);
		else
			left = jv_array_append(left, one);
	}
	jv_free(c->open);
	c->open = left;
	json_set(&c->answered, id, jv_true());
}
