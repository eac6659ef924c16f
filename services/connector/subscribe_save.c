/* What the state file keeps of a connection's core: see subscribe.h. */
#include <stdio.h>
#include <stdlib.h>

#include "connector/env.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "store/state.h"

enum {
	/* The give-up clock is kept that exactly, and to a part of what it
	 * counts. */
	GOOD_STEP_MS = 1000,
	GOOD_PART = 1000,
};

void
subscribe_load(struct subscribe *s, struct core_conf *conf)
{
	const char *id = s->env->conf->id, *late, *good;

	if (state_value(s->env->state, id, "good_ms", &good, NULL) == 1)
		s->good_ms = conf->good_ms = strtoll(good, NULL, 10);
	if (state_value(s->env->state, id, "leaves_late", &late, NULL) == 1)
		s->leaves_late = conf->leaves_late = late[0] != '\0';
}

static int
write_positions(struct subscribe *s, struct err *err)
{
	struct state_position p;
	size_t i;

	for (i = 0; i < s->n_topics; i++) {
		if (!core_position_changed(s->core, (unsigned)i))
			continue;
		p = (struct state_position){.topic = s->topics[i].name,
		    .floor = s->topics[i].floor,
		    .last_ms = s->topics[i].last_ms};
		core_position(
		    s->core, (unsigned)i, &p.read_end, &p.open, &p.n_open);
		if (txn_need(s->env->txn, err) != 0 ||
		    state_put_position(
			s->env->state, s->env->conf->id, &p, err) != 0)
			return -1;
	}
	return 0;
}

/* With the positions: they no longer name what was passed over. */
static int
write_late(struct subscribe *s, struct err *err)
{
	int now = core_leaves_late(s->core, s->now_ms);

	if (now == s->leaves_late)
		return 0;
	s->leaves_late = now;
	if (txn_need(s->env->txn, err) != 0)
		return -1;
	return state_set_value(s->env->state, s->env->conf->id, "leaves_late",
	    now ? "1" : "", err);
}

/* A crash takes up to a step of it, and the rows that began in that gain as
 * much. */
static int
write_good(struct subscribe *s, struct err *err)
{
	int64_t step_ms = s->env->conf->give_up_after_ms / GOOD_PART;
	char text[24];

	if (step_ms > GOOD_STEP_MS)
		step_ms = GOOD_STEP_MS;
	if (core_good_ms(s->core) <= s->good_ms + step_ms)
		return 0;
	s->good_ms = core_good_ms(s->core);
	snprintf(text, sizeof(text), "%lld", (long long)s->good_ms);
	if (txn_need(s->env->txn, err) != 0)
		return -1;
	return state_set_value(
	    s->env->state, s->env->conf->id, "good_ms", text, err);
}

static int
count(struct subscribe *s, const char *name, int64_t now, int64_t before,
    struct err *err)
{
	if (now == before)
		return 0;
	if (txn_need(s->env->txn, err) != 0)
		return -1;
	return state_count_add(
	    s->env->state, s->env->conf->id, name, now - before, err);
}

static int
write_counts(struct subscribe *s, struct err *err)
{
	struct core_counts now;
	int i;

	core_counts(s->core, &now);
	if (count(s, "consumed", now.consumed, s->counted.consumed, err) != 0)
		return -1;
	for (i = 0; i < CORE_FATES; i++)
		if (count(s, core_fate_word((enum core_fate)i), now.fates[i],
			s->counted.fates[i], err) != 0)
			return -1;
	s->counted = now;
	return 0;
}

int
subscribe_is_unsaved(const struct subscribe *s)
{
	return s->is_unsaved;
}

int
subscribe_save(struct subscribe *s, struct err *err)
{
	if (write_positions(s, err) != 0 || write_late(s, err) != 0 ||
	    write_good(s, err) != 0 || write_counts(s, err) != 0)
		return -1;
	s->is_unsaved = 0;
	return 0;
}
