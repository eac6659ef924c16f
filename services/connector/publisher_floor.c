/* Where publishing begins, and what of it the state file keeps: see
 * publisher.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/publisher_inner.h"
#include "connector/txn.h"
#include "map/connection.h"

static int
load_value(
    struct publisher *p, const char *what, const char **out, struct err *err)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%s", what, p->name);
	return state_value(p->env->state, p->env->conf->id, name, out, err);
}

int
publisher_save_value(
    struct publisher *p, const char *what, const char *value, struct err *err)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%s", what, p->name);
	if (txn_need(p->env->txn, err) != 0)
		return -1;
	return state_set_value(
	    p->env->state, p->env->conf->id, name, value, err);
}

/* `from:` is resolved once and for good. */
static int
load_from(struct publisher *p, int64_t wall_ms, struct err *err)
{
	const char *value, *from = p->entry->from;
	char text[CLOCK_TEXT_SIZE];
	int found;

	if (from == NULL || strcmp(from, "beginning") == 0)
		return 0;
	found = load_value(p, "from", &value, err);
	if (found < 0)
		return -1;
	if (found == 1)
		return clock_parse(value, &p->poll.from_ms) == 0
			   ? 0
			   : err_set(err, ERR_FATAL, 0,
				 "state file: from.%s is no instant", p->name);
	if (p->poll.from_ms != INT64_MIN)
		; /* known from the last status */
	else if (strcmp(from, "now") == 0)
		p->poll.from_ms = wall_ms;
	else if (clock_parse(from, &p->poll.from_ms) != 0)
		return err_set(
		    err, ERR_FATAL, 0, "from: %.40s is no instant", from);
	return publisher_save_value(
	    p, "from", clock_text(p->poll.from_ms, text), err);
}

void
publisher_know_floors(struct publisher *p, jv floors)
{
	const char *from = p->entry->from, *of;

	if (jv_get_kind(floors) != JV_KIND_ARRAY || from == NULL ||
	    strcmp(from, "beginning") == 0)
		return;
	jv_array_foreach (floors, i, floor) {
		of = json_str(floor, "of", "");
		if (strncmp(of, "publish:", 8) == 0 &&
		    strcmp(of + 8, p->name) == 0)
			p->poll.from_ms = json_int(floor, "at", INT64_MIN);
		jv_free(floor);
	}
}

jv
publisher_floor(const struct publisher *p)
{
	jv floor;
	char *of;

	if (p->poll.from_ms == INT64_MIN)
		return jv_null();
	floor = jv_object();
	of = mem_printf("publish:%s", p->name);
	json_set_str(&floor, "of", of);
	json_set_int(&floor, "offset", -1);
	json_set_int(&floor, "at", p->poll.from_ms);
	free(of);
	return floor;
}

int
publisher_begin(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	const char *value;
	int found;

	if (load_from(p, wall_ms, err) != 0)
		return -1;
	found = load_value(p, "listed", &value, err);
	if (found < 0)
		return -1;
	p->poll.is_first_listing = found == 0;
	found = load_value(p, "cursor", &value, err);
	if (found < 0)
		return -1;
	if (found == 1) {
		jv stored = json_parse(value, strlen(value), NULL);

		if (jv_is_valid(stored))
			p->stored = stored;
		else
			jv_free(stored);
	}
	found = load_value(p, "republish", &value, err);
	if (found < 0)
		return -1;
	if (found == 1 && value[0] != '\0' && !p->again.is_on) {
		char *how = mem_dup(value);

		found = publisher_again_resume(p, how, err);
		free(how);
		if (found < 0)
			return -1;
	}
	p->due_ms = p->whole_due_ms = now_ms;
	p->is_begun = 1;
	return 0;
}
