/* What the wire -> system direction takes up from the state file at start: see
 * subscribe.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/hidden.h"
#include "connector/item.h"
#include "connector/parcel.h"
#include "connector/rows.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "map/connection.h"
#include "store/state.h"
#include "wire/reader.h"

int
subscribe_offer_row(struct subscribe *s, const struct state_row *row,
    struct core_record *r, int64_t now_ms, struct err *err)
{
	struct parcel p;
	struct reader_record record;
	struct err why = { 0 };
	const char *reason;
	struct topic *t;
	struct item *i;
	int rc;

	if (parcel_unpack(&p, row->record, row->record_size, &why) != 0) {
		log_warn("row without its message", "connection",
		    s->env->conf->id, "key", row->key, "reason", why.msg);
		return 1;
	}
	t = subscribe_find(s, p.m.topic);
	rc = t == NULL
	    ? -1
	    : reader_read(s->env->schemas, &p.m, &record, &reason, &why);
	if (rc == 1) {
		i = item_new(s->env->conf, record.topic.type, record.key,
		    &p.m);
		i->record = jv_copy(record.value);
		i->is_again = 1;
		r->offset = p.m.offset;
		r->may_create = 1;
		r->is_doubtful = r->origin == CORE_PARKED_ROW ||
		    p.m.offset < t->doubt_end;
		reader_fini(&record);
		rc = subscribe_offer(s, t, i, r, now_ms, err);
	} else if (rc < 0) {
		log_warn("kept message cannot be read", "connection",
		    s->env->conf->id, "key", row->key, "reason", why.msg);
		rc = 1;
	}
	parcel_fini(&p);
	return rc;
}

struct key_list {
	char **keys;
	size_t n;
};

static int
collect_key(void *ctx, const struct state_row *row)
{
	struct key_list *l = ctx;

	l->keys = mem_grow(l->keys, l->n + 1, sizeof(*l->keys));
	l->keys[l->n++] = mem_dup(row->key);
	return 0;
}

static void
key_list_fini(struct key_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->keys[i]);
	free(l->keys);
}

/* Who names whom, from a packed message or a published record. */
static int
note_names(void *ctx, const struct state_row *row)
{
	struct subscribe *s = ctx;
	struct parcel p;
	struct reader_record record;
	const char *reason;
	jv names;

	if (row->record == NULL ||
	    parcel_unpack(&p, row->record, row->record_size, NULL) != 0)
		return 0;
	if (reader_read(s->env->schemas, &p.m, &record, &reason, NULL) == 1) {
		names = json_get(record.value, "sameAs");
		if (record.topic.type == RECORD_EVENT)
			hidden_set(s->hidden, record.key, 0, names);
		jv_free(names);
		reader_fini(&record);
	}
	parcel_fini(&p);
	return 0;
}

static int
note_own_names(void *ctx, const struct state_row *row)
{
	struct subscribe *s = ctx;
	jv record, names;

	if (row->record == NULL || row->state != STATE_DELIVERED)
		return 0;
	record = json_parse(row->record, row->record_size, NULL);
	names = json_get(record, "sameAs");
	if (json_str(record, "uid", NULL) != NULL)
		hidden_set(s->hidden, json_str(record, "uid", ""), 1, names);
	jv_free(names);
	jv_free(record);
	return 0;
}

static int
restore_parked(struct subscribe *s, int64_t now_ms, struct err *err)
{
	struct key_list parked = { 0 };
	struct state_row row;
	size_t i;
	int rc = state_scan(s->env->state, s->env->conf->id, STATE_SUBSCRIBED,
	    STATE_PARKED, collect_key, &parked, err);

	for (i = 0; rc == 0 && i < parked.n; i++) {
		struct core_record r = { .origin = CORE_PARKED_ROW };

		if (state_get(s->env->state, s->env->conf->id,
			STATE_SUBSCRIBED, parked.keys[i], &row, err) != 1 ||
		    subscribe_offer_row(s, &row, &r, now_ms, err) < 0)
			rc = -1;
	}
	key_list_fini(&parked);
	return rc;
}

static int
restore_verify(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	struct key_list due = { 0 };
	struct state_row row;
	struct core_row core_row;
	size_t i;
	int rc = state_scan_verify(
	    s->env->state, s->env->conf->id, collect_key, &due, err);

	for (i = 0; rc == 0 && i < due.n; i++) {
		if (state_get(s->env->state, s->env->conf->id,
			STATE_SUBSCRIBED, due.keys[i], &row, err) != 1) {
			rc = -1;
			break;
		}
		rows_for_core(&row, row.topic, wall_ms, &core_row);
		core_verify(s->core, now_ms, due.keys[i], &core_row,
		    item_new(s->env->conf, RECORD_EVENT, due.keys[i], NULL));
	}
	key_list_fini(&due);
	return rc;
}

int
subscribe_restore(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	const char *id = s->env->conf->id;

	if (state_scan(s->env->state, id, STATE_SUBSCRIBED, -1, note_names, s,
		err) != 0 ||
	    state_scan(s->env->state, id, STATE_PUBLISHED, -1, note_own_names,
		s, err) != 0 ||
	    restore_parked(s, now_ms, err) != 0 ||
	    restore_verify(s, now_ms, wall_ms, err) != 0)
		return -1;
	return 0;
}

