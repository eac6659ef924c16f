/*
 * What is on the wire of a connection has its row: see link_inner.h.
 *
 * A new state file knows nothing of what was published: the member's own topics
 * do, and of what was delivered: its receipts do.
 *
 * A file that was kept may lack the last of it: a kill comes between the
 * acknowledgement of a version and its row.  Most of that is published again
 * by itself, in the same words; an item that its clerk deletes meanwhile is not
 * listed any more, and without a row nobody would miss it.
 *
 * A file that was kept while the cluster was not may speak of records that
 * stand here all the same, copied: their rows learn where, so that what another
 * hand withdrew before does not count, and what it withdraws behind does.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "connector/boot.h"
#include "connector/link_inner.h"
#include "connector/publisher.h"
#include "connector/receipts.h"
#include "connector/resync.h"
#include "connector/told.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "store/state.h"
#include "wire/writer.h"

struct rebuilding {
	struct link *link;
	/* Objects of keys to the offset of their newest version; a key is in
	 * one at most: */
	jv lost;  /* it has no row, nor has a newer one */
	jv found; /* it is its row's, which does not know the place yet */
};

static int
each_own(struct link *l, const struct boot_conf *boot, boot_each *each,
    void *ctx, struct err *err)
{
	const struct connection *c = l->env.conf;
	char *topic;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n_publish; i++) {
		topic = topic_new(c->publish[i].into, c->member);
		rc = boot_records(boot, topic, NULL, each, ctx, err);
		free(topic);
	}
	return rc;
}

static int
rebuild_one(void *ctx, const struct boot_record *r, struct err *err)
{
	struct link *l = ctx;
	size_t i;

	for (i = 0; i < l->n_publishers; i++)
		if (publisher_rebuild(l->publishers[i], r, err) != 0)
			return -1;
	return 0;
}

static void
note(jv *in, jv *not_in, const struct boot_record *r)
{
	json_set_int(in, r->key, r->offset);
	*not_in = jv_object_delete(*not_in, jv_string(r->key));
}

/* Whatever became of a record whose last message withdraws it, there is nothing
 * to be missed; but what another hand withdrew is held. */
static int
note_one(void *ctx, const struct boot_record *r, struct err *err)
{
	struct rebuilding *re = ctx;
	struct link *l = re->link;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < l->n_publishers; i++)
		rc = publisher_lacks(l->publishers[i], r, err);
	if (rc < 0)
		return -1;
	if (rc == 1 &&
	    (jv_get_kind(r->value) != JV_KIND_NULL ||
		strcmp(r->source, writer_source(l->env.writer)) != 0))
		note(&re->lost, &re->found, r);
	else if (rc == 2)
		note(&re->found, &re->lost, r);
	else if (jv_get_kind(r->value) == JV_KIND_NULL)
		re->lost = jv_object_delete(re->lost, jv_string(r->key));
	return 0;
}

static int
rebuild_lost(void *ctx, const struct boot_record *r, struct err *err)
{
	struct rebuilding *re = ctx;

	return json_int(re->lost, r->key, -1) != r->offset
		   ? 0
		   : rebuild_one(re->link, r, err);
}

/* The row of KEY stands at OFFSET here. */
static int
place(struct link *l, const char *key, int64_t offset, struct err *err)
{
	struct state_row row;
	int rc = txn_need(l->env.txn, err) != 0
		     ? -1
		     : state_get(l->env.state, l->env.conf->id, STATE_PUBLISHED,
			   key, &row, err);

	if (rc != 1)
		return rc;
	row.offset = offset;
	return receipts_put(&l->env, STATE_PUBLISHED, &row, err);
}

static int
place_found(struct link *l, jv found, struct err *err)
{
	int rc = 0;

	jv_object_foreach (found, key, offset) {
		if (rc == 0)
			rc = place(l, jv_string_value(key),
			    (int64_t)jv_number_value(offset), err);
		jv_free(key);
		jv_free(offset);
	}
	return rc;
}

static int
find_lost(struct link *l, const struct boot_conf *boot, struct err *err)
{
	struct rebuilding r = {l, jv_object(), jv_object()};
	int n, rc = each_own(l, boot, note_one, &r, err);

	if (rc == 0)
		rc = place_found(l, r.found, err);
	n = jv_object_length(jv_copy(r.lost));
	if (rc == 0 && n > 0) {
		log_info("rows of published records found again", "connection",
		    l->env.conf->id);
		rc = each_own(l, boot, rebuild_lost, &r, err);
	}
	jv_free(r.lost);
	jv_free(r.found);
	return rc;
}

/* What receipts say of records that no topic names any more has to go: it was
 * withdrawn so long ago that the log has forgotten even that. */
static int
look_for_forgotten(struct link *l, struct err *err)
{
	int64_t n = state_count(
	    l->env.state, l->env.conf->id, STATE_TOLD, STATE_DELIVERED, err);

	if (n <= 0)
		return n < 0 ? -1 : 0;
	return resync_save(&l->env, RESYNC_ABSENT, err);
}

int
link_rebuild(
    struct link *l, jv known, const struct boot_conf *boot, struct err *err)
{
	const struct connection *c = l->env.conf;
	const char *done;
	int rc = state_value(l->env.state, c->id, "rebuilt", &done, err);

	if (rc < 0)
		return -1;
	if (rc == 1)
		return l->is_clean ? 0 : find_lost(l, boot, err);
	/* Noted once all are read; repeating it changes nothing. */
	if (told_load(&l->env, boot, known, l->catalog, err) != 0 ||
	    look_for_forgotten(l, err) != 0 ||
	    each_own(l, boot, rebuild_one, l, err) != 0 ||
	    txn_need(l->env.txn, err) != 0)
		return -1;
	return state_set_value(l->env.state, c->id, "rebuilt", "1", err);
}
