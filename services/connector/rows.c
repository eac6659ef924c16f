/* Rows: see rows.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/item.h"
#include "connector/receipts.h"
#include "connector/rows.h"
#include "connector/told.h"
#include "map/connection.h"
#include "map/preset.h"
#include "store/state.h"

/* A row being made: its strings point into the item or into KEPT. */
struct draft {
	struct state_row row;
	char *local_id, *url, *version, *topic, *reason; /* owned */
	struct buf bytes;
	int was_told;	   /* "delivered", and the broker has it */
	int is_told;	   /* a receipt stands in for the row */
	int is_told_place; /* at this place */
};

static void
draft_fini(struct draft *d)
{
	buf_free(&d->bytes);
	free(d->local_id);
	free(d->url);
	free(d->version);
	free(d->topic);
	free(d->reason);
}

static void
take_place(struct draft *d, jv item)
{
	const char *id = json_str(item, "local_id", "");

	if (id[0] == '\0')
		return;
	free(d->local_id);
	free(d->url);
	free(d->version);
	d->local_id = mem_dup(id);
	d->url = mem_dup(json_str(item, "url", ""));
	d->version = mem_dup(json_str(item, "version", ""));
}

static void
fingerprint(const struct item *i, unsigned char out[STATE_HASH_SIZE])
{
	jv content;

	if (!jv_is_valid(i->stored))
		return;
	content = json_get(i->stored, "record");
	if (jv_is_valid(content)) {
		content = preset_owned(i->conf->preset, content);
		json_hash(content, out);
	}
	jv_free(content);
}

/* Events that name others, and all where own events may come to stand for
 * them, keep their bytes: they may have to appear again. */
static int
keeps_bytes(const struct item *i)
{
	jv names;
	size_t n;
	int keeps = 0;

	if (i->type != RECORD_EVENT || i->parcel.block == NULL)
		return 0;
	for (n = 0; n < i->conf->n_publish; n++)
		if (i->conf->publish[n].into == RECORD_EVENT)
			return 1;
	names = json_get(i->record, "sameAs");
	if (jv_get_kind(names) == JV_KIND_ARRAY)
		keeps = jv_array_length(jv_copy(names)) > 0;
	jv_free(names);
	return keeps;
}

/* The row as it stands, so that what an action leaves alone stays. */
static int
load(const struct env *env, const struct item *i, struct draft *d,
    struct err *err)
{
	struct state_row old;
	int rc = state_get(
	    env->state, env->conf->id, STATE_SUBSCRIBED, i->key, &old, err);

	if (rc == 0) {
		rc = told_get(env, i->key, &old, err);
		if (rc == 1) {
			old.record = NULL;
			d->is_told = 1;
			d->is_told_place =
			    i->parcel.block != NULL &&
			    strcmp(old.topic, i->parcel.m.topic) == 0 &&
			    old.offset == i->parcel.m.offset;
			if (old.state == STATE_REMOVED)
				rc = 0; /* there was nothing any more */
		}
	}
	if (rc == 1) {
		d->row = old;
		d->was_told = old.state == STATE_DELIVERED &&
			      !old.receipt_due && old.offset >= 0;
		d->local_id = mem_dup(old.local_id);
		d->url = mem_dup(old.url);
		d->version = mem_dup(old.version);
		d->row.topic = d->topic = mem_dup(old.topic);
		d->row.reason = d->reason = mem_dup(old.reason);
		if (old.record != NULL)
			buf_add(&d->bytes, old.record, old.record_size);
	} else {
		d->row.offset = -1;
		d->row.topic = d->row.reason = "";
	}
	return rc < 0 ? -1 : rc;
}

static void
set_place(struct draft *d, const struct item *i)
{
	if (i->parcel.block != NULL) {
		d->row.topic = i->parcel.m.topic;
		d->row.offset = i->parcel.m.offset;
	}
}

static void
draft_delivered(
    struct draft *d, const struct core_action *a, const struct item *i)
{
	enum preset_tier tier = preset_tier(i->conf->preset);

	set_place(d, i);
	d->row.state = STATE_DELIVERED;
	if (jv_is_valid(i->found))
		take_place(d, i->found);
	if (jv_is_valid(i->stored))
		take_place(d, i->stored);
	if (i->is_columns && i->own_local_id != NULL) {
		free(d->local_id);
		d->local_id = mem_dup(i->own_local_id);
	} else if (d->local_id == NULL || d->local_id[0] == '\0') {
		/* Our id is its id, or the system never says one. */
		free(d->local_id);
		d->local_id = tier == PRESET_FIND ? NULL : item_marker(i);
	}
	if (item_has_content(i))
		memcpy(d->row.body_hash, i->hash, sizeof(i->hash));
	fingerprint(i, d->row.fingerprint);
	buf_clear(&d->bytes);
	if (keeps_bytes(i))
		parcel_pack(&i->parcel, &d->bytes);
	/* Nothing new to tell only if "delivered" was told, or is about to be
	 * at this place. */
	d->row.receipt_due = a->fate != CORE_UNCHANGED || !d->was_told;
	if (d->is_told_place && d->was_told && a->fate == CORE_UNCHANGED)
		d->row.reason = d->reason; /* "differs", perhaps */
}

static void
draft_bytes(struct draft *d, const struct item *i)
{
	buf_clear(&d->bytes);
	if (i->parcel.block != NULL)
		parcel_pack(&i->parcel, &d->bytes);
}

static void
forget_item(struct draft *d)
{
	free(d->local_id);
	free(d->url);
	free(d->version);
	d->local_id = d->url = d->version = NULL;
	memset(d->row.body_hash, 0, sizeof(d->row.body_hash));
	memset(d->row.fingerprint, 0, sizeof(d->row.fingerprint));
}

static void
draft_done(struct draft *d, const struct core_action *a, const struct item *i,
    int had_item)
{
	if (a->write != CORE_WRITE_NONE) {
		d->row.reason = "";
		d->row.receipt_due = 0;
		d->row.good_ms = 0;
	}
	switch (a->write) {
	case CORE_WRITE_NONE:
		if (jv_is_valid(i->found))
			take_place(d, i->found);
		break;
	case CORE_WRITE_DELIVERED:
		draft_delivered(d, a, i);
		break;
	case CORE_WRITE_DELETE:
		set_place(d, i);
		d->row.state = STATE_REMOVED;
		d->row.reason = "withdrawn";
		forget_item(d);
		buf_clear(&d->bytes);
		d->row.receipt_due = 1;
		break;
	case CORE_WRITE_REFUSED:
		set_place(d, i);
		d->row.state = STATE_REFUSED;
		if (jv_is_valid(i->found))
			take_place(d, i->found);
		d->row.reason = d->is_told_place && d->reason != NULL
				    ? d->reason
				    : i->reason;
		d->row.receipt_due = 1;
		break;
	case CORE_WRITE_GONE:
		set_place(d, i);
		d->row.state = STATE_GONE;
		d->row.reason = "gone_there";
		forget_item(d);
		d->row.receipt_due = 1;
		break;
	case CORE_WRITE_HIDDEN:
		set_place(d, i);
		d->row.state = STATE_HIDDEN;
		d->row.reason = "same_event_shown";
		forget_item(d);
		draft_bytes(d, i);
		d->row.receipt_due = had_item;
		break;
	}
}

/* Look again then: a create of unknown outcome may land late, and the twin is
 * known by what was created, also after an update of the first. */
static void
set_verify(struct draft *d, const struct core_action *a, const struct item *i,
    int64_t wall_ms)
{
	jv owned;

	d->row.verify_at_ms =
	    a->verify_in_ms == 0 ? 0 : wall_ms + a->verify_in_ms;
	memset(d->row.created, 0, sizeof(d->row.created));
	if (a->verify_in_ms == 0 || !jv_is_valid(i->body))
		return;
	owned = preset_owned(i->conf->preset, jv_copy(i->body));
	json_hash(owned, d->row.created);
	jv_free(owned);
}

static int
put(const struct env *env, struct draft *d, const struct core_action *a,
    const struct item *i, int64_t wall_ms, struct err *err)
{
	static const unsigned char none[STATE_HASH_SIZE];

	d->row.key = i->key;
	d->row.local_id = d->local_id != NULL ? d->local_id : "";
	d->row.url = d->url != NULL ? d->url : "";
	d->row.version = d->version != NULL ? d->version : "";
	d->row.record = d->bytes.size > 0 ? d->bytes.data : NULL;
	d->row.record_size = d->bytes.size;
	d->row.since_ms = wall_ms;
	if (a->is_hash_void)
		memcpy(d->row.body_hash, none, sizeof(none));
	if (a->act == CORE_DONE && a->verify_in_ms >= 0)
		set_verify(d, a, i, wall_ms);
	if (told_settle(env, STATE_SUBSCRIBED, &d->row, err) != 0)
		return -1;
	return receipts_put(env, STATE_SUBSCRIBED, &d->row, err);
}

int
rows_write(const struct env *env, const struct core_action *a,
    const struct item *i, int64_t wall_ms, struct err *err)
{
	struct draft d = {0};
	int rc, had_item;

	if (a->act == CORE_DONE && a->write == CORE_WRITE_NONE &&
	    a->fate != CORE_VERIFIED && !a->is_hash_void)
		return 0;
	rc = load(env, i, &d, err);
	if (rc < 0)
		return -1;
	had_item = d.local_id != NULL && d.local_id[0] != '\0';
	if (a->act == CORE_PARK) {
		set_place(&d, i);
		d.row.state = STATE_PARKED;
		d.row.reason = i->reason;
		draft_bytes(&d, i);
		d.row.receipt_due = 1;
		d.row.good_ms = a->good_ms;
	} else {
		draft_done(&d, a, i, had_item);
	}
	/* Nothing was there and nothing is: no row, no receipt. */
	if (a->act == CORE_DONE &&
	    ((rc == 0 && a->write == CORE_WRITE_DELETE) ||
		((rc == 0 || d.is_told) && a->write == CORE_WRITE_NONE)))
		rc = 0;
	else
		rc = put(env, &d, a, i, wall_ms, err);
	draft_fini(&d);
	return rc;
}

int
rows_drop(const struct env *env, const struct item *i, int64_t wall_ms,
    struct err *err)
{
	const struct core_action nothing = {.act = CORE_PARK};
	struct draft d = {0};
	int rc = load(env, i, &d, err);

	if (rc == 1) {
		d.row.state = STATE_REFUSED;
		d.row.reason = "dropped";
		d.row.receipt_due = 1;
		rc = put(env, &d, &nothing, i, wall_ms, err);
	}
	draft_fini(&d);
	return rc;
}

void
rows_for_core(const struct state_row *row, const char *topic, int64_t wall_ms,
    struct core_row *out)
{
	static const enum core_row_state states[] = {
	    [STATE_DELIVERED] = CORE_ROW_DELIVERED,
	    [STATE_REFUSED] = CORE_ROW_REFUSED,
	    [STATE_GONE] = CORE_ROW_GONE,
	    [STATE_HIDDEN] = CORE_ROW_HIDDEN,
	    [STATE_PARKED] = CORE_ROW_PARKED,
	    [STATE_REMOVED] = CORE_ROW_NONE,
	};

	*out = (struct core_row){.offset = -1, .verify_in_ms = -1};
	if (row == NULL)
		return;
	out->state = states[row->state];
	out->has_local_id = row->local_id[0] != '\0';
	if (strcmp(row->topic, topic) == 0)
		out->offset = row->offset;
	if (row->verify_at_ms > 0)
		out->verify_in_ms = row->verify_at_ms > wall_ms
					? row->verify_at_ms - wall_ms
					: 0;
	memcpy(out->hash, row->body_hash, sizeof(out->hash));
}
