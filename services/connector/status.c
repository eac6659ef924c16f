/* Status: see status.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/status.h"
#include "event/keys.h"
#include "map/connection.h"
#include "wire/writer.h"

enum { EVERY_MS = 60 * 1000, LEAST_MS = 1000, SCHEMA_AGAIN_MS = 50 };

struct status {
	const struct env *env;
	char *topic;
	unsigned char told[JSON_HASH_SIZE]; /* of what matters in the last */
	int64_t next_ms;		    /* not before */
	int64_t due_ms;			    /* at the latest */
	int is_in_flight, is_forced, is_behind;
	int is_forced_sent; /* the one in flight was asked for */
	char state[16], reason[32], detail[200]; /* as last given */
};

struct status *
status_new(const struct env *env)
{
	struct status *s = mem_new(1, sizeof(*s));

	s->env = env;
	s->topic = topic_new(RECORD_STATUS, env->conf->member);
	s->is_forced = 1;
	return s;
}

void
status_free(struct status *s)
{
	if (s == NULL)
		return;
	free(s->topic);
	free(s);
}

/* What a change of is told at once; the rest waits for the minute. */
static void
essence(jv record, unsigned char out[JSON_HASH_SIZE])
{
	static const char *const names[] = {"state", "reason", "detail", "plan",
	    "paused", "floors", "clusterId", "instanceId"};
	static const char *const counted[] = {
	    "pending", "notDelivered", "notPublished"};
	jv short_one = jv_object(), counters = json_get(record, "counters");
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_set(&short_one, names[i], json_get(record, names[i]));
	for (i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
		json_set_int(
		    &short_one, counted[i], json_int(counters, counted[i], 0));
	json_hash(short_one, out);
	jv_free(counters);
	jv_free(short_one);
}

/* For whoever reads the log alone; what rests also when it rests for another
 * cause. */
static void
say_change(struct status *s, jv record)
{
	const char *state = json_str(record, "state", "");
	const char *reason = json_str(record, "reason", "");
	const char *detail = json_str(record, "detail", "");
	int is_resting =
	    strcmp(state, "paused") == 0 || strcmp(state, "waiting") == 0;

	if (strcmp(state, s->state) == 0 && strcmp(reason, s->reason) == 0 &&
	    (!is_resting ||
		strncmp(detail, s->detail, sizeof(s->detail) - 1) == 0))
		return;
	log_write(is_resting ? LOG_WARN : LOG_INFO, state, "connection",
	    s->env->conf->id, "reason", reason[0] != '\0' ? reason : NULL,
	    "text", reason[0] != '\0' ? detail : NULL, NULL);
	snprintf(s->state, sizeof(s->state), "%s", state);
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
	snprintf(s->detail, sizeof(s->detail), "%s", detail);
}

const char *
status_state(const struct status *s)
{
	return s->state;
}

const char *
status_reason(const struct status *s)
{
	return s->reason;
}

static void
on_written(void *ctx, int64_t offset, const struct err *err)
{
	struct status *s = ctx;

	(void)err;
	s->is_in_flight = s->is_forced_sent = 0;
	if (offset < 0)
		s->is_forced = 1;
}

void
status_step(struct status *s, jv record, int64_t now_ms, int64_t wall_ms)
{
	unsigned char now[JSON_HASH_SIZE];
	int rc;

	essence(record, now);
	say_change(s, record);
	s->is_behind = s->is_forced || now_ms >= s->due_ms ||
		       memcmp(now, s->told, sizeof(now)) != 0;
	if (s->is_behind && !s->is_in_flight && now_ms >= s->next_ms) {
		json_set_int(&record, "at", wall_ms);
		rc = writer_send(s->env->writer, RECORD_STATUS, s->topic,
		    s->env->conf->id, record, on_written, s, NULL);
		s->next_ms = now_ms + (rc == 0 ? SCHEMA_AGAIN_MS : LEAST_MS);
		if (rc == 1) {
			memcpy(s->told, now, sizeof(now));
			s->due_ms = now_ms + EVERY_MS;
			s->is_in_flight = 1;
			s->is_forced_sent = s->is_forced;
			s->is_forced = s->is_behind = 0;
		}
	}
	jv_free(record);
}

int
status_is_drained(const struct status *s)
{
	return !s->is_behind && !s->is_forced && !s->is_in_flight;
}

void
status_force(struct status *s)
{
	s->is_forced = 1;
	s->next_ms = 0;
}

int
status_is_told(const struct status *s)
{
	return !s->is_forced && !s->is_forced_sent;
}

int64_t
status_deadline(const struct status *s)
{
	return s->is_behind || s->is_forced ? s->next_ms : s->due_ms;
}
