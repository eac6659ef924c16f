/* Dead letters that leave the log: see leaving.h. */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "connector/env.h"
#include "connector/leaving.h"
#include "event/keys.h"
#include "map/connection.h"
#include "store/state.h"

enum { LOOK_EVERY_MS = 10 * 60 * 1000, SAY_EVERY_MS = 24 * 60 * 60 * 1000 };

static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;

static void
say(struct leaving *l, const struct env *env, int64_t now_ms)
{
	char number[24], at[CLOCK_TEXT_SIZE];

	if (l->n == 0 ||
	    (l->said_ms != 0 && now_ms - l->said_ms < SAY_EVERY_MS))
		return;
	l->said_ms = now_ms;
	snprintf(number, sizeof(number), "%lld", (long long)l->n);
	log_warn("dead letters leave the log", "connection", env->conf->id,
	    "letters", number, "from", clock_text(l->first_ms, at));
}

int
leaving_step(struct leaving *l, const struct env *env, int64_t now_ms,
    int64_t wall_ms, struct err *err)
{
	const struct state_span span = {.state = STATE_REFUSED,
	    .but_reason = "dropped",
	    .from_ms = wall_ms - DEAD_KEPT_DAYS * DAY_MS,
	    .until_ms = wall_ms - (DEAD_KEPT_DAYS - DEAD_WARN_DAYS) * DAY_MS};
	int64_t first_ms = 0, n, before = l->n;

	if (now_ms < l->look_ms)
		return 0;
	l->look_ms = now_ms + LOOK_EVERY_MS;
	n = state_count_span(
	    env->state, env->conf->id, STATE_SUBSCRIBED, &span, &first_ms, err);
	if (n < 0)
		return -1;
	l->n = n;
	l->first_ms = first_ms + DEAD_KEPT_DAYS * DAY_MS;
	say(l, env, now_ms);
	return n != before;
}
