/* A connection at work: see link.h. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "bus/consumer.h"
#include "connector/control.h"
#include "connector/env.h"
#include "connector/letter.h"
#include "connector/link.h"
#include "connector/link_inner.h"
#include "connector/own.h"
#include "connector/publisher.h"
#include "connector/receipts.h"
#include "connector/status.h"
#include "connector/subscribe.h"
#include "connector/txn.h"
#include "connector/rehearsal.h"
#include "map/connection.h"
#include "rest/http.h"
#include "wire/writer.h"

enum { STATUS_CHECK_MS = 100 };

/* --- making and freeing --------------------------------------------------- */

static void
on_published(void *ctx, enum record_type t, const char *key, jv record)
{
	struct link *l = ctx;

	l->is_dirty = 1;
	if (t == RECORD_EVENT)
		subscribe_own(l->subscribe, key, record);
}

static void
on_marked(void *ctx, const char *key)
{
	struct link *l = ctx;

	if (l->rehearsal != NULL)
		rehearsal_marked(l->rehearsal, key);
}

static void
on_acked(void *ctx, const char *topic, int64_t offset)
{
	struct link *l = ctx;

	own_acked(l->own, topic, offset);
}

static void
on_ask(void *ctx, const char *topic)
{
	struct link *l = ctx;

	own_ask(l->own, topic);
}

static int64_t
known(void *ctx, const char *topic)
{
	const struct link *l = ctx;

	return own_known(l->own, topic);
}

static int
open_publishers(struct link *l, struct err *err)
{
	struct publisher_hooks hooks = {.published = on_published,
	    .marked = on_marked,
	    .acked = on_acked,
	    .ask = on_ask,
	    .known = known,
	    .ctx = l};
	size_t i, n = l->env.conf->n_publish;

	l->publishers = mem_new(n, sizeof(*l->publishers));
	for (i = 0; i < n; i++) {
		l->publishers[i] = publisher_new(&l->env, i, &hooks, err);
		if (l->publishers[i] == NULL)
			return -1;
		l->n_publishers++;
	}
	return 0;
}

static const char *
on_order(void *ctx, jv *command, struct buf *text)
{
	struct link *l = ctx;
	const char *outcome = link_order(l, command, text);

	/* Whoever began the transaction, it has the order's rows in it. */
	l->is_order_open |= l->env.txn->is_open;
	if (outcome != NULL) {
		l->is_dirty = 1;
		l->status_ms = l->leaving.look_ms = 0;
	}
	return outcome;
}

static int
is_order_kept(void *ctx)
{
	struct link *l = ctx;

	return !l->is_order_open && status_is_told(l->status);
}

/* Orders, and those that they are about. */
static void
open_control(struct link *l)
{
	struct control_hooks hooks = {on_order, is_order_kept, l};

	l->control = control_new(&l->env, l->bus, &hooks);
	l->letters = letters_new(l->bus, l->env.conf->member);
}

struct link *
link_new(const struct link_parts *parts, struct err *err)
{
	struct link *l = mem_new(1, sizeof(*l));
	const struct connection *c = parts->conf;
	char *source = mem_printf("/%s/%s", c->member, c->id);

	l->bus = parts->bus;
	l->doubts = doubts_new(parts->catalog);
	l->questions = parts->catalog;
	l->queue_max_bytes = parts->queue_max_bytes;
	l->outstanding_max = parts->outstanding_max;
	l->again_ms = l->waiting_since = -1;
	l->known_floors = jv_object();
	l->ends = jv_object();
	l->anew = jv_object();
	l->resync_plan = jv_null();
	l->catalog = jv_null();
	l->approved = mem_dup("");
	l->other = mem_dup("");
	l->env = (struct env){.conf = c,
	    .state = parts->state,
	    .txn = parts->txn,
	    .schemas = parts->schemas,
	    .vitals = parts->vitals};
	l->env.writer = writer_new(parts->producer, parts->schemas, source);
	free(source);
	if (system_open(&l->system, c, parts->http, err) != 0)
		goto fail;
	l->env.system = l->system.to;
	l->subscribe =
	    subscribe_new(&l->env, l->outstanding_max, clock_mono_ms());
	l->own = own_new(&l->env, l->bus, l->questions);
	if (open_publishers(l, err) != 0)
		goto fail;
	l->receipts = l->env.receipts = receipts_new(&l->env);
	l->status = status_new(&l->env);
	open_control(l);
	return l;
fail:
	err_wrap(err, "connection %s", c->id);
	link_free(l);
	return NULL;
}

void
link_free(struct link *l)
{
	size_t i;

	if (l == NULL)
		return;
	consumer_free(l->consumer);
	control_free(l->control);
	letters_free(l->letters);
	for (i = 0; i < l->n_publishers; i++)
		publisher_free(l->publishers[i]);
	free(l->publishers);
	own_free(l->own);
	subscribe_free(l->subscribe);
	receipts_free(l->receipts);
	status_free(l->status);
	writer_free(l->env.writer);
	system_close(&l->system);
	jv_free(l->known_floors);
	jv_free(l->ends);
	doubts_free(l->doubts);
	jv_free(l->anew);
	jv_free(l->resync_plan);
	buf_free(&l->resync_listed);
	jv_free(l->catalog);
	free(l->approved);
	free(l->plan_order);
	rehearsal_free(l->rehearsal);
	free(l->cluster);
	free(l->other);
	free(l);
}

const char *
link_id(const struct link *l)
{
	return l->env.conf->id;
}

/* --- the turn ----------------------------------------------------------------
 */

static void
tell_status(struct link *l, int64_t now_ms, int64_t wall_ms)
{
	if (now_ms < l->status_ms ||
	    (!l->is_dirty && now_ms < status_deadline(l->status)))
		return;
	l->is_dirty = 0;
	l->status_ms = now_ms + STATUS_CHECK_MS;
	status_step(l->status, link_status(l), now_ms, wall_ms);
}

int
link_fd(const struct link *l)
{
	/* While records wait here, more stay where they are: in librdkafka's
	 * queue, then in the log.  Pausing partitions would throw away what is
	 * fetched already. */
	if (l->is_planning)
		return l->rehearsal == NULL ? -1 : rehearsal_fd(l->rehearsal);
	return l->consumer == NULL || l->is_restarting || l->is_clean ||
		       subscribe_is_paused(l->subscribe)
		   ? -1
		   : consumer_fd(l->consumer);
}

int
link_control_fd(const struct link *l)
{
	return control_fd(l->control);
}

static int
step_publishers(
    struct link *l, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	int64_t due;
	size_t i;

	for (i = 0; i < l->n_publishers; i++) {
		due = publisher_deadline(l->publishers[i]);
		if (publisher_step(l->publishers[i], now_ms, wall_ms, err) != 0)
			return -1;
		/* A run began or ended: a plan or a fault may be news. */
		if (publisher_deadline(l->publishers[i]) != due)
			l->is_dirty = 1;
	}
	return 0;
}

static int
on_withdrawn(void *ctx, const struct boot_record *r, struct err *err)
{
	struct link *l = ctx;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < l->n_publishers; i++)
		rc = publisher_withdrawn(l->publishers[i], r, err);
	return rc;
}

/* What is sent may be newer, and its row does not say so yet. */
static int
is_own_due(const struct link *l)
{
	return !l->is_stopping && link_is_published(l);
}

int
link_step(struct link *l, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	enum core_state before = subscribe_state(l->subscribe);
	int rc;

	if (l->failed.class != ERR_NONE) {
		*err = l->failed;
		return -1;
	}
	if (control_step(l->control, l->is_stopping, now_ms, wall_ms, err) != 0)
		return -1;
	if (status_is_told(l->status))
		l->is_clean = 0;
	if (l->is_stopping && link_note_stop(l, now_ms, err) != 0)
		return -1;
	letters_rest(l->letters, now_ms);
	if (!l->is_stopping && l->rehearsal != NULL) {
		rc = rehearsal_step(l->rehearsal, now_ms, err);
		if (rc < 0)
			return -1;
		l->is_dirty |= rc;
	}
	if (!l->is_stopping && link_resync_step(l, now_ms, wall_ms, err) != 0)
		return -1;
	if (!l->is_stopping && l->is_begun && !l->is_restarting &&
	    !l->is_clean && now_ms >= l->again_ms &&
	    link_consume(l, now_ms, err) != 0)
		return -1;
	if (subscribe_step(l->subscribe, now_ms, wall_ms, err) != 0)
		return -1;
	if (is_own_due(l) && own_step(l->own, on_withdrawn, l, err) != 0)
		return -1;
	if (step_publishers(l, now_ms, wall_ms, err) != 0)
		return -1;
	if (receipts_step(l->receipts, now_ms, wall_ms, err) != 0)
		return -1;
	if (subscribe_state(l->subscribe) != before)
		l->is_dirty = 1;
	rc = leaving_step(&l->leaving, &l->env, now_ms, wall_ms, err);
	if (rc < 0)
		return -1;
	l->is_dirty |= rc;
	tell_status(l, now_ms, wall_ms);
	return 0;
}

int
link_is_unsaved(const struct link *l)
{
	return subscribe_is_unsaved(l->subscribe);
}

int
link_save(struct link *l, struct err *err)
{
	return subscribe_save(l->subscribe, err);
}

int
link_committed(struct link *l, int64_t now_ms, struct err *err)
{
	l->is_dirty = 1;
	l->is_order_open = 0;
	return receipts_committed(l->receipts, now_ms, err);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

int64_t
link_deadline(const struct link *l)
{
	int64_t now_ms = clock_mono_ms();
	int64_t due = subscribe_deadline(l->subscribe, now_ms), status;
	size_t i;

	for (i = 0; i < l->n_publishers; i++)
		due = sooner(due, publisher_deadline(l->publishers[i]));
	if (is_own_due(l))
		due = sooner(due, own_deadline(l->own, now_ms));
	due = sooner(due, receipts_deadline(l->receipts));
	due = sooner(due, control_deadline(l->control));
	status = l->is_dirty ? l->status_ms : status_deadline(l->status);
	due = sooner(due, status > l->status_ms ? status : l->status_ms);
	if (l->rehearsal != NULL)
		due = sooner(due, rehearsal_deadline(l->rehearsal));
	/* What was left in its queue gives no signal a second time. */
	if (!l->is_planning && !l->is_stopping && link_fd(l) >= 0 &&
	    now_ms >= l->again_ms && consumer_has_back(l->consumer))
		due = sooner(due, now_ms);
	if (l->again_ms >= 0 && !l->is_stopping)
		due = sooner(due, l->again_ms);
	return due;
}

void
link_stop(struct link *l)
{
	size_t i;

	l->is_stopping = 1;
	l->is_dirty = 1;
	l->status_ms = 0;
	status_force(l->status);
	subscribe_hold(l->subscribe, clock_mono_ms(), 1);
	for (i = 0; i < l->n_publishers; i++)
		publisher_stop(l->publishers[i]);
}

int
link_is_published(const struct link *l)
{
	size_t i;

	for (i = 0; i < l->n_publishers; i++)
		if (!publisher_is_drained(l->publishers[i]))
			return 0;
	return 1;
}

int
link_is_drained(const struct link *l)
{
	return link_is_published(l) && l->is_stop_noted &&
	       receipts_is_drained(l->receipts) &&
	       control_is_drained(l->control) && status_is_drained(l->status);
}
