/* Dead letters: see deadletter.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "connector/core.h"
#include "connector/deadletter.h"
#include "connector/env.h"
#include "connector/item.h"
#include "connector/letter.h"
#include "map/connection.h"
#include "wire/writer.h"

struct letter {
	uint64_t id;
	deadletter_done *done;
	void *ctx;
};

static void
on_written(void *ctx, int64_t offset, const struct err *err)
{
	struct letter *l = ctx;

	if (offset < 0)
		log_warn("dead letter not written", "reason", err->msg);
	CRASH_POINT("dead_letter_acked");
	l->done(l->ctx, l->id, offset >= 0);
	free(l);
}

static const char *
cause_word(enum core_cause cause)
{
	switch (cause) {
	case CORE_CAUSE_BAD:
		return "unfit";
	case CORE_CAUSE_REJECTED:
		return "refused";
	case CORE_CAUSE_GAVE_UP:
		break;
	}
	return "given_up";
}

static jv
why(const struct env *env, const struct core_action *a, const struct item *i,
    int64_t wall_ms)
{
	char at[CLOCK_TEXT_SIZE], number[24];
	jv w = jv_object();

	json_set_str(&w, "connection", env->conf->id);
	json_set_str(&w, "cause", cause_word(a->cause));
	json_set_str(&w, "reason", i->reason);
	json_set_str(&w, "text", i->why.msg);
	json_set_str(&w, "excerpt", i->excerpt != NULL ? i->excerpt : "");
	snprintf(number, sizeof(number), "%d", i->status);
	json_set_str(&w, "status", number);
	snprintf(number, sizeof(number), "%u", a->attempts);
	json_set_str(&w, "attempts", number);
	json_set_str(&w, "topic", i->parcel.m.topic);
	snprintf(number, sizeof(number), "%d", (int)i->parcel.m.partition);
	json_set_str(&w, "partition", number);
	snprintf(number, sizeof(number), "%lld", (long long)i->parcel.m.offset);
	json_set_str(&w, "offset", number);
	/* With the place, what its ids are made of: a replay has the same. */
	snprintf(number, sizeof(number), "%lld",
	    (long long)i->parcel.m.timestamp_ms);
	json_set_str(&w, "time", number);
	snprintf(number, sizeof(number), "%d", letter_replays(&i->parcel.m));
	json_set_str(&w, "replays", number);
	json_set_str(&w, "at", clock_text(wall_ms, at));
	return w;
}

void
deadletter_send(const struct env *env, const struct core_action *a,
    int64_t wall_ms, deadletter_done *done, void *ctx)
{
	const struct item *i = a->payload;
	struct letter *l = mem_new(1, sizeof(*l));
	char *topic = mem_printf("tw.dead.%s", env->conf->member);
	char *key = mem_printf("%s|%s", env->conf->id, i->key);
	struct err err = {0};
	jv w = why(env, a, i, wall_ms);
	int rc;

	*l = (struct letter){a->id, done, ctx};
	rc = writer_dead(
	    env->writer, topic, key, &i->parcel.m, w, on_written, l, &err);
	if (rc != 1) {
		if (rc < 0)
			log_warn("dead letter not written", "reason", err.msg);
		done(ctx, a->id, 0);
		free(l);
	}
	jv_free(w);
	free(key);
	free(topic);
}
