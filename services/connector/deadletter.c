/* Dead letters: see deadletter.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/producer.h"
#include "connector/core.h"
#include "connector/deadletter.h"
#include "connector/env.h"
#include "connector/item.h"
#include "connector/letter.h"
#include "event/keys.h"
#include "map/connection.h"
#include "wire/writer.h"

/* Of a value that does not fit into a letter, so much stays to be looked at. */
enum { KEPT_OF_VALUE_BYTES = 64 * 1024 };

struct letter {
	const struct env *env;
	const struct item *item; /* the core's, until DONE is called */
	uint64_t id;
	enum core_cause cause;
	unsigned attempts;
	int64_t wall_ms;
	int is_cut;
	deadletter_done *done;
	void *ctx;
};

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
why(const struct letter *l)
{
	char at[CLOCK_TEXT_SIZE], number[24];
	const struct item *i = l->item;
	jv w = jv_object();

	json_set_str(&w, "connection", l->env->conf->id);
	json_set_str(&w, "cause", cause_word(l->cause));
	json_set_str(&w, "reason", i->reason);
	json_set_str(&w, "text", i->why.msg);
	json_set_str(&w, "excerpt", i->excerpt != NULL ? i->excerpt : "");
	snprintf(number, sizeof(number), "%d", i->status);
	json_set_str(&w, "status", number);
	snprintf(number, sizeof(number), "%u", l->attempts);
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
	json_set_str(&w, "at", clock_text(l->wall_ms, at));
	if (strcmp(i->reason, "unreadable") == 0)
		json_set_str(&w, "cut", "unknown");
	return w;
}

/* What came, whole. */
static size_t
size_of(const struct bus_message *m)
{
	size_t size = m->key_size + m->value_size, i;

	for (i = 0; i < m->n_headers; i++)
		size += strlen(m->headers[i].name) + m->headers[i].size;
	return size;
}

/*
 * Nothing of M is longer than a letter may be: headers and keys of any length
 * can come, too.
 */
static void
cut(struct bus_message *m, jv *w)
{
	char size[24];

	snprintf(size, sizeof(size), "%zu", size_of(m));
	json_set_str(w, "cut", size);
	if (m->value_size > KEPT_OF_VALUE_BYTES)
		m->value_size = KEPT_OF_VALUE_BYTES;
	if (m->key_size > KEY_MAX_BYTES)
		m->key = NULL;
	m->n_headers = 0;
}

static void on_written(void *ctx, int64_t offset, const struct err *err);

/* 0, or -1 with ERR. */
static int
write_it(struct letter *l, struct err *err)
{
	const struct connection *conf = l->env->conf;
	struct bus_message m = l->item->parcel.m;
	char *topic = mem_printf("tw.dead.%s", conf->member);
	char *key = mem_printf("%s|%s", conf->id, l->item->key);
	jv w = why(l);
	int rc;

	if (l->is_cut)
		cut(&m, &w);
	rc = writer_dead(l->env->writer, topic, key, &m, w, on_written, l, err);
	jv_free(w);
	free(key);
	free(topic);
	return rc == 1 ? 0 : -1;
}

/* ERR says that L is too large: once more without what is too long in it.
 * Whole it would never be written, and never be done with. */
static int
write_cut(struct letter *l, struct err *err)
{
	if (err->class != ERR_REJECT || err->code != PRODUCER_TOO_LARGE ||
	    l->is_cut)
		return -1;
	l->is_cut = 1;
	return write_it(l, err);
}

static void
finish(struct letter *l, int ok, const struct err *err)
{
	if (!ok)
		log_warn("dead letter not written", "reason", err->msg);
	l->done(l->ctx, l->id, ok);
	free(l);
}

static void
on_written(void *ctx, int64_t offset, const struct err *err)
{
	struct letter *l = ctx;
	struct err why = *err;

	if (offset < 0 && write_cut(l, &why) == 0)
		return;
	CRASH_POINT("dead_letter_acked");
	finish(l, offset >= 0, &why);
}

void
deadletter_send(const struct env *env, const struct core_action *a,
    int64_t wall_ms, deadletter_done *done, void *ctx)
{
	struct letter *l = mem_new(1, sizeof(*l));
	struct err err = {0};

	*l = (struct letter){.env = env,
	    .item = a->payload,
	    .id = a->id,
	    .cause = a->cause,
	    .attempts = a->attempts,
	    .wall_ms = wall_ms,
	    .done = done,
	    .ctx = ctx};
	if (write_it(l, &err) != 0 && write_cut(l, &err) != 0)
		finish(l, 0, &err);
}
