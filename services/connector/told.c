/* Receipts that stand in for rows: see told.h. */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "connector/core.h"
#include "connector/env.h"
#include "connector/receipt.h"
#include "connector/told.h"
#include "connector/txn.h"
#include "map/connection.h"

/* RECORD (consumed) without its times, so that it can be compared. */
static void
words_of(jv record, struct buf *out)
{
	static const char *const times[] = {"since", "at"};
	jv url = json_get(record, "url");

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		record = jv_object_delete(record, jv_string(times[i]));
	if (jv_get_kind(url) != JV_KIND_STRING)
		record = jv_object_delete(record, jv_string("url"));
	jv_free(url);
	json_canonical(record, out);
	jv_free(record);
}

static enum state_row_state
state_of(const char *state, const char *reason)
{
	if (strcmp(state, "delivered") == 0)
		return STATE_DELIVERED;
	if (strcmp(state, "refused") == 0)
		return STATE_REFUSED;
	if (strcmp(state, "pending") == 0)
		return STATE_PARKED;
	if (strcmp(reason, "gone_there") == 0)
		return STATE_GONE;
	return strcmp(reason, "same_event_shown") == 0 ? STATE_HIDDEN
						       : STATE_REMOVED;
}

int
told_keep(const struct env *env, const char *key, jv record, struct err *err)
{
	struct state_row row = {.key = key};
	struct buf words = {0};
	int rc;

	if (txn_need(env->txn, err) != 0)
		return -1;
	if (jv_get_kind(record) != JV_KIND_OBJECT)
		return state_delete(
		    env->state, env->conf->id, STATE_TOLD, key, err);
	row.topic = json_str(record, "topic", "");
	row.offset = json_int(record, "offset", -1);
	row.reason = json_str(record, "reason", "");
	row.url = json_str(record, "url", "");
	row.state = state_of(json_str(record, "state", ""), row.reason);
	row.since_ms = json_int(record, "since", 0);
	words_of(jv_copy(record), &words);
	row.record = words.data;
	row.record_size = words.size;
	rc = state_put(env->state, env->conf->id, STATE_TOLD, &row, err);
	buf_free(&words);
	return rc;
}

int
told_get(const struct env *env, const char *key, struct state_row *out,
    struct err *err)
{
	return state_get(env->state, env->conf->id, STATE_TOLD, key, out, err);
}

void
told_for_core(
    const struct state_row *told, const char *topic, struct core_row *out)
{
	static const enum core_row_state states[] = {
	    [STATE_DELIVERED] = CORE_ROW_DELIVERED,
	    [STATE_REFUSED] = CORE_ROW_REFUSED,
	    [STATE_GONE] = CORE_ROW_GONE,
	    [STATE_HIDDEN] = CORE_ROW_HIDDEN,
	    [STATE_REMOVED] = CORE_ROW_NONE,
	};

	/* "Pending" proves nothing: it may have been sent, or not. */
	if (told->state == STATE_PARKED || strcmp(told->topic, topic) != 0)
		return;
	out->state = states[told->state];
	out->offset = told->offset;
	out->is_told = 1;
}

static const char *
text(const char *s)
{
	return s == NULL ? "" : s;
}

int
told_settle(const struct env *env, enum state_side side, struct state_row *row,
    struct err *err)
{
	struct state_row told, said = *row;
	struct buf words = {0};
	int found;

	if (side == STATE_PUBLISHED && !row->receipt_due)
		return 0; /* what was told is the last word still */
	found = told_get(env, row->key, &told, err);
	if (found != 1)
		return found;
	said.topic = text(said.topic);
	said.reason = text(said.reason);
	said.url = text(said.url);
	if (row->receipt_due) {
		words_of(receipt_record(env, side, &said), &words);
		if (words.size == told.record_size &&
		    memcmp(words.data, told.record, words.size) == 0) {
			row->receipt_due = 0;
			row->since_ms = told.since_ms;
		}
		buf_free(&words);
	}
	return state_delete(
	    env->state, env->conf->id, STATE_TOLD, row->key, err);
}
