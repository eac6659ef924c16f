/* Which resync is under way: see resync.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "connector/env.h"
#include "connector/receipts.h"
#include "connector/resync.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "store/state.h"

enum { ABSENT_DAYS = 150 }; /* tombstones are kept for 180 */

static const int64_t ABSENT_MS = INT64_C(86400000) * ABSENT_DAYS;

static const char *const words[] = {
    "", "planned", "approved", "absent", "other_log"};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

int
resync_load(const struct env *env, enum resync *out, struct err *err)
{
	const char *word;
	int found =
	    state_value(env->state, env->conf->id, "resync", &word, err);

	if (found < 0)
		return -1;
	*out = RESYNC_NONE;
	for (int i = 0; found == 1 && i < WORDS; i++)
		if (strcmp(words[i], word) == 0)
			*out = (enum resync)i;
	return 0;
}

int
resync_save(const struct env *env, enum resync r, struct err *err)
{
	if (txn_need(env->txn, err) != 0)
		return -1;
	return state_set_value(
	    env->state, env->conf->id, "resync", words[r], err);
}

int
resync_forget(const struct env *env, const char *topic, struct err *err)
{
	const char *id = env->conf->id;
	int64_t n_open;

	log_warn("made anew: read whole once more", "connection", id, "what",
	    topic == NULL ? "the cluster" : topic);
	if (txn_need(env->txn, err) != 0 ||
	    state_forget_log(env->state, id, topic, &n_open, err) != 0 ||
	    state_count_add(env->state, id, "superseded", n_open, err) != 0 ||
	    state_set_value(env->state, id, "leaves_late", "1", err) != 0)
		return -1;
	receipts_search(env->receipts); /* they named the old places */
	return resync_save(env, RESYNC_OTHER_LOG, err);
}

int
resync_note_left(const struct env *env, int is_left, struct err *err)
{
	if (txn_need(env->txn, err) != 0)
		return -1;
	return state_set_value(
	    env->state, env->conf->id, "resync_left", is_left ? "1" : "", err);
}

int
resync_is_left(const struct env *env)
{
	const char *word;

	return state_value(env->state, env->conf->id, "resync_left", &word,
		   NULL) == 1 &&
	       word[0] != '\0';
}

int
resync_note_read(const struct env *env, int64_t wall_ms, struct err *err)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, wall_ms);
	if (txn_need(env->txn, err) != 0)
		return -1;
	return state_set_value(env->state, env->conf->id, "read_ms", text, err);
}

int
resync_is_long_ago(int64_t wall_ms, int64_t read_ms)
{
	return read_ms >= 0 && wall_ms - read_ms > ABSENT_MS;
}

int
resync_is_due(const struct env *env, int64_t wall_ms, int64_t last_ms)
{
	const char *text;

	if (state_value(env->state, env->conf->id, "read_ms", &text, NULL) == 1)
		last_ms = strtoll(text, NULL, 10);
	return resync_is_long_ago(wall_ms, last_ms);
}
