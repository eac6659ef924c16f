/* What the wire -> system direction takes up from the state file at start: see
 * subscribe.h. */
#include <stdio.h>
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
	enum core_origin origin = r->origin;
	struct parcel p;
	struct err why = {0};
	struct topic *t;
	struct item *i;
	int waits = strcmp(row->reason, SUBSCRIBE_WAITS) == 0, rc;

	if (parcel_unpack(&p, row->record, row->record_size, &why) != 0) {
		log_warn("row without its message", "connection",
		    s->env->conf->id, "key", row->key, "reason", why.msg);
		return 1;
	}
	t = subscribe_find(s, p.m.topic);
	if (t == NULL) {
		log_warn("kept message of a topic that is not read",
		    "connection", s->env->conf->id, "key", row->key, "topic",
		    p.m.topic);
		rc = 1;
		parcel_fini(&p);
		return rc;
	}
	/* Its log was made anew: older than any place there, not below `from:`.
	 */
	if (row->offset < 0)
		p.m.offset = -1;
	rc = subscribe_read(s, t, &p.m, &i, r);
	if (rc == 1) {
		r->may_create |= row->offset < 0;
		if (waits && r->want != CORE_BAD)
			item_fail(i, SUBSCRIBE_WAITS, "");
		r->origin = origin;
		/* What waited for approval has failed at nothing. */
		r->good_ms = waits ? core_good_ms(s->core) : row->good_ms;
		r->is_doubtful |= origin == CORE_PARKED_ROW;
		if (r->want != CORE_BAD)
			subscribe_judge(s, t, i, r);
		if (r->want == CORE_SKIP) /* as whoever changed the filter */
			item_fail(i, "dropped", "");
		rc = subscribe_give(s, t, i, r, now_ms, err);
	}
	parcel_fini(&p);
	return rc;
}

/* Parked ones go on; a kill may have come between a change and what it hides
 * or shows. */
static void
take_up(struct subscribe *s, const struct state_row *row)
{
	if (row->state == STATE_PARKED && subscribe_find(s, row->topic) != NULL)
		subscribe_take_parked(s, row->key);
	else if (row->state == STATE_HIDDEN ||
		 (row->state == STATE_DELIVERED && row->record != NULL))
		subscribe_look_again(s, row->key);
}

/* Who names whom, from a packed message or a published record. */
static int
note_names(void *ctx, const struct state_row *row)
{
	struct subscribe *s = ctx;
	struct parcel p;
	struct reader_record record;
	const char *reason;
	struct err why;
	jv names;

	take_up(s, row);
	if (row->record == NULL ||
	    parcel_unpack(&p, row->record, row->record_size, NULL) != 0)
		return 0;
	if (reader_read(s->env->schemas, &p.m, NULL, &record, &reason, &why) ==
	    1) {
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

	if (row->record == NULL)
		return 0;
	record = json_parse(row->record, row->record_size, NULL);
	if (row->state == STATE_REFUSED) {
		/* What is on the wire is the version before. */
		jv previous = json_get(record, "previous");

		jv_free(record);
		record = previous;
	}
	names = json_get(record, "sameAs");
	if (json_str(record, "uid", NULL) != NULL &&
	    subscribe_is_live(s, json_str(record, "uid", "")))
		hidden_set(s->hidden, json_str(record, "uid", ""), 1, names);
	jv_free(names);
	jv_free(record);
	return 0;
}

struct due {
	struct subscribe *s;
	int64_t now_ms, wall_ms;
	char **keys;
	size_t n;
};

static int
collect_due(void *ctx, const struct state_row *row)
{
	struct due *d = ctx;

	if (row->verify_at_ms > d->wall_ms) {
		subscribe_verify_in(
		    d->s, d->now_ms, row->verify_at_ms - d->wall_ms);
		return 0;
	}
	d->keys = mem_grow(d->keys, d->n + 1, sizeof(*d->keys));
	d->keys[d->n++] = mem_dup(row->key);
	return 0;
}

static int
verify_one(
    struct subscribe *s, const char *key, const struct due *d, struct err *err)
{
	struct topic_name name;
	struct state_row row;
	struct core_row core_row;
	enum record_type t = RECORD_EVENT;

	if (state_get(s->env->state, s->env->conf->id, STATE_SUBSCRIBED, key,
		&row, err) != 1)
		return -1;
	if (topic_parse(row.topic, &name) == 0)
		t = name.type;
	rows_for_core(&row, row.topic, d->wall_ms, &core_row);
	core_verify(s->core, d->now_ms, key, &core_row,
	    item_new(s->env->conf, t, key, NULL));
	return 0;
}

void
subscribe_verify_in(struct subscribe *s, int64_t now_ms, int64_t in_ms)
{
	if (s->verify_ms < 0 || now_ms + in_ms < s->verify_ms)
		s->verify_ms = now_ms + in_ms;
}

int
subscribe_verify(
    struct subscribe *s, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	struct due due = {s, now_ms, wall_ms, NULL, 0};
	size_t i;
	int rc;

	s->verify_ms = -1;
	rc = state_scan_verify(
	    s->env->state, s->env->conf->id, collect_due, &due, err);
	for (i = 0; i < due.n; i++) {
		if (rc == 0)
			rc = verify_one(s, due.keys[i], &due, err);
		free(due.keys[i]);
	}
	free(due.keys);
	return rc;
}

static int
count_left(void *ctx, const struct state_row *row)
{
	struct subscribe *s = ctx;

	s->n_left += subscribe_find(s, row->topic) == NULL;
	return 0;
}

static void
count_left_open(void *ctx, const struct state_position *p)
{
	struct subscribe *s = ctx;

	if (subscribe_find(s, p->topic) == NULL)
		s->n_left += (int64_t)p->n_open;
}

/* The topics that are known have changed. */
static int
count_all_left(struct subscribe *s, struct err *err)
{
	const char *id = s->env->conf->id;
	char n[24];

	s->n_left = 0;
	if (state_scan(s->env->state, id, STATE_SUBSCRIBED, STATE_PARKED,
		count_left, s, err) != 0 ||
	    state_scan_positions(s->env->state, id, count_left_open, s, err) !=
		0)
		return -1;
	snprintf(n, sizeof(n), "%lld", (long long)s->n_left);
	if (s->n_left > 0)
		log_warn("records wait whose topics are not read", "connection",
		    id, "records", n);
	return 0;
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
	    subscribe_verify(s, now_ms, wall_ms, err) != 0)
		return -1;
	s->is_restored = 1;
	return count_all_left(s, err);
}

static int
take_up_late(void *ctx, const struct state_row *row)
{
	struct subscribe *s = ctx;
	const struct topic *t = subscribe_find(s, row->topic);

	if (t != NULL && t->is_late)
		take_up(s, row);
	return 0;
}

int
subscribe_restore_late(struct subscribe *s, struct err *err)
{
	size_t i, n = 0;

	for (i = 0; i < s->n_topics; i++)
		n += (size_t)s->topics[i].is_late;
	if (n > 0 && (state_scan(s->env->state, s->env->conf->id,
			  STATE_SUBSCRIBED, -1, take_up_late, s, err) != 0 ||
			 count_all_left(s, err) != 0))
		return -1;
	for (i = 0; i < s->n_topics; i++)
		s->topics[i].is_late = 0;
	return 0;
}
