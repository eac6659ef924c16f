/* What is done with each item of a page: see publisher.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/label.h"
#include "connector/plan.h"
#include "connector/publisher_inner.h"
#include "connector/receipts.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "map/preset.h"

/* Note in the plan what C would do, by a name that a person knows. */
static void
plan_change(struct publisher *p, const struct change *c,
    enum plan_action action, const unsigned char *hash)
{
	char *label = label_of(c->record);

	plan_set(p->plan, c->key, action, hash,
	    *label == '\0' && c->url != NULL ? c->url : label);
	free(label);
}

void
publisher_add_change(struct publisher *p, struct change *c)
{
	const struct connection *conf = p->env->conf;
	int is_gone = jv_get_kind(c->record) == JV_KIND_NULL;
	enum plan_action action = is_gone	 ? PLAN_WITHDRAW
				  : c->is_update ? PLAN_UPDATE
						 : PLAN_PUBLISH;

	if (p->is_rehearsal) {
		plan_change(p, c, action, c->hash);
		publisher_change_free(c);
		return;
	}
	if (conf->max_change_share < 0 || (!is_gone && !c->is_update)) {
		publisher_change_add(&p->changes, c);
		return;
	}
	plan_change(p, c, action, is_gone ? NULL : c->hash);
	publisher_change_add(&p->kept, c);
	if (p->approved == NULL &&
	    plan_is_beyond(plan_changes(p->plan), conf->max_change_share,
		conf->max_change_at_least, p->live))
		publisher_changes_clear(&p->kept);
}

static char *
member_text(jv item, const char *name)
{
	const char *text = json_str(item, name, NULL);

	return text == NULL ? NULL : mem_dup(text);
}

/* 1 if the item was seen like this by the last run, too: a write of ours that
 * is under way shows in the listing before its answer is here. */
static int
is_seen_again(struct publisher *p, const char *key)
{
	struct publisher_doubts *d = &p->doubts;
	uint64_t hash = publisher_seen_hash(key);

	d->now = mem_grow(d->now, d->n_now + 1, sizeof(*d->now));
	d->now[d->n_now++] = hash;
	p->pages.is_quiet = 0; /* to be looked at again */
	for (size_t i = 0; i < d->n_before; i++)
		if (d->before[i] == hash)
			return 1;
	return 0;
}

static int
mark(struct publisher *p, struct state_row *row, const char *reason,
    int64_t wall_ms, struct err *err)
{
	row->reason = reason;
	row->receipt_due = 1;
	row->since_ms = wall_ms;
	if (txn_need(p->env->txn, err) != 0)
		return -1;
	return receipts_put(p->env, STATE_SUBSCRIBED, row, err);
}

/* An item that carries our marker: edited since we wrote it?  It is kept, and
 * its receipt says so until the edit is undone or a newer version comes. */
static int
look_at_echo(struct publisher *p, jv item, const char *local_id,
    int64_t wall_ms, struct err *err)
{
	static const unsigned char none[STATE_HASH_SIZE];
	const char *key =
	    poll_own_marker(p->poll.connection, poll_marker(item));
	unsigned char hash[JSON_HASH_SIZE];
	struct state_row row;
	jv owned;
	int found, is_marked;

	p->counts.echo++;
	if (key == NULL)
		return 0;
	if (p->is_rehearsal) {
		if (p->hooks.marked != NULL)
			p->hooks.marked(p->hooks.ctx, key);
		return 0;
	}
	found = state_get(p->env->state, p->poll.connection, STATE_SUBSCRIBED,
	    key, &row, err);
	if (found <= 0 || row.state != STATE_DELIVERED ||
	    (*row.local_id != '\0' && strcmp(row.local_id, local_id) != 0) ||
	    memcmp(row.fingerprint, none, sizeof(none)) == 0)
		return found < 0 ? -1 : 0;
	owned = preset_owned(p->env->conf->preset, json_get(item, "record"));
	json_hash(owned, hash);
	jv_free(owned);
	is_marked = strcmp(row.reason, "differs") == 0;
	if (memcmp(hash, row.fingerprint, sizeof(hash)) == 0)
		return is_marked ? mark(p, &row, "", wall_ms, err) : 0;
	if (is_marked || !is_seen_again(p, key))
		return 0;
	return mark(p, &row, "differs", wall_ms, err);
}

/* A rehearsal says what D would do to the record of C (consumed). */
static int
rehearse(struct publisher *p, struct change *c, const struct poll_decision *d)
{
	switch (d->want) {
	case POLL_UNCHANGED:
	case POLL_BELOW:
	case POLL_KEEP:
	case POLL_FORGET:
		plan_set(p->plan, c->key, PLAN_KEEP, NULL, "");
		break;
	case POLL_REFUSE:
		plan_set(p->plan, c->key, PLAN_REFUSE, d->hash, d->text);
		break;
	case POLL_ECHO:
		break;
	case POLL_PUBLISH:
	case POLL_WITHDRAW:
		c->record = jv_copy(d->record);
		c->is_update = d->is_update;
		memcpy(c->hash, d->hash, sizeof(c->hash));
		publisher_add_change(p, c);
		return 0;
	}
	publisher_change_free(c);
	return 0;
}

/* Carry out D for the record of C (consumed), whose row is ROW (or NULL). */
static int
carry_out(struct publisher *p, struct change *c, struct poll_decision *d,
    const struct state_row *row, int64_t wall_ms, struct err *err)
{
	int rc = 0;

	if (p->is_rehearsal)
		return rehearse(p, c, d);
	if (d->want != POLL_UNCHANGED && d->want != POLL_BELOW)
		publisher_pages_forget(p);
	switch (d->want) {
	case POLL_UNCHANGED:
		p->counts.unchanged++;
		break;
	case POLL_ECHO:
		break;
	case POLL_BELOW:
		p->counts.below_from++;
		break;
	case POLL_KEEP:
		p->counts.below_from++;
		rc = publisher_change_keep(p, c, d, row, wall_ms, err);
		break;
	case POLL_REFUSE:
		rc = publisher_change_refuse(p, c, d, wall_ms, err);
		break;
	case POLL_FORGET:
		rc = publisher_change_forget(
		    p, c->key, c->has_receipt, wall_ms, err);
		break;
	case POLL_PUBLISH:
		c->record = jv_copy(d->record);
		c->is_update = d->is_update;
		memcpy(c->hash, d->hash, sizeof(c->hash));
		publisher_add_change(p, c);
		return 0;
	case POLL_WITHDRAW:
		publisher_add_change(p, c);
		return 0;
	}
	publisher_change_free(c);
	return rc;
}

/* Record key of ITEM into *OUT; what makes none stands under its own id, to be
 * refused: 0 with D filled.  1, or -1 with ERR. */
static int
key_of(struct publisher *p, jv item, const char *local_id, char **out,
    struct poll_decision *d, struct err *err)
{
	struct state_row row;
	struct err why;
	jv record;
	int is_gone, found;

	record = json_get(item, "record");
	is_gone = jv_get_kind(record) == JV_KIND_NULL;
	jv_free(record);
	if (is_gone && p->poll.type == RECORD_ORGANIZATION) {
		/* Its id went with it. */
		found = state_find_local(p->env->state, p->poll.connection,
		    STATE_PUBLISHED, local_id, &row, err);
		if (found < 0)
			return -1;
		if (found == 1) {
			*out = mem_dup(row.key);
			return 1;
		}
	}
	*out = poll_key(&p->poll, item, local_id, &why);
	if (*out != NULL)
		return 1;
	*out = mem_dup(local_id);
	d->want = POLL_REFUSE;
	json_hash_bytes(local_id, strlen(local_id), d->hash);
	snprintf(d->code, sizeof(d->code), "bad_id");
	snprintf(d->text, sizeof(d->text),
	    "The entry's number or name in its own system cannot be used: "
	    "%.200s.",
	    why.msg);
	return 0;
}

static int
take_item(struct publisher *p, jv item, int64_t wall_ms, struct err *err)
{
	struct poll_decision d = {.record = jv_null()};
	struct state_row row;
	struct poll_row known;
	struct change *c;
	char *local_id = poll_local_id(item), *key = NULL;
	int found, has_key, rc = -1;

	if (local_id == NULL) {
		log_warn("listed item without an id", "connection",
		    p->poll.connection);
		return 0;
	}
	has_key = key_of(p, item, local_id, &key, &d, err);
	if (has_key < 0)
		goto out;
	publisher_see(p, publisher_seen_hash(key));
	if (*poll_marker(item) != '\0') {
		rc = look_at_echo(p, item, local_id, wall_ms, err);
		goto out;
	}
	found = state_get(
	    p->env->state, p->poll.connection, STATE_PUBLISHED, key, &row, err);
	if (found < 0)
		goto out;
	publisher_known(found == 1 ? &row : NULL, &known);
	if (has_key == 1)
		poll_decide(&p->poll, item, key, &known, wall_ms, &d);
	else if (memcmp(known.hash, d.hash, sizeof(d.hash)) == 0)
		d.want = POLL_UNCHANGED;
	c = publisher_change_new(p, key);
	c->local_id = mem_dup(local_id);
	c->url = member_text(item, "url");
	c->version = member_text(item, "version");
	/* Also one that is not told yet: the log has the one before. */
	c->has_receipt = known.known == POLL_BAD ||
			 known.known == POLL_BAD_LIVE ||
			 (found == 1 && row.receipt_due != 0);
	rc = carry_out(p, c, &d, found == 1 ? &row : NULL, wall_ms, err);
out:
	poll_decision_fini(&d);
	free(local_id);
	free(key);
	return rc;
}

int
publisher_judge_page(
    struct publisher *p, jv page, int64_t wall_ms, struct err *err)
{
	jv items = json_get(page, "items"), gone = json_get(page, "gone");
	int rc = 0;

	if (jv_get_kind(items) == JV_KIND_ARRAY) {
		jv_array_foreach (items, i, item) {
			if (rc == 0)
				rc = take_item(p, item, wall_ms, err);
			jv_free(item);
		}
	}
	if (jv_get_kind(gone) == JV_KIND_ARRAY) {
		jv_array_foreach (gone, i, id) {
			jv item = jv_object();

			json_set(&item, "local_id", id);
			json_set(&item, "record", jv_null());
			if (rc == 0)
				rc = take_item(p, item, wall_ms, err);
			jv_free(item);
		}
	}
	jv_free(items);
	jv_free(gone);
	return rc;
}
