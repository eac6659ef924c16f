/* When a connection reads its topics whole once more, and how: see
 * link_inner.h.  The wire -> system direction begins anew in the running
 * process: it settles what is under way, as before a stop, and starts again
 * from the state file. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/consumer.h"
#include "connector/link_inner.h"
#include "connector/own.h"
#include "connector/publisher.h"
#include "connector/rehearsal.h"
#include "connector/status.h"
#include "connector/subscribe.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "store/state.h"

enum { LOOK_EVERY_MS = 60 * 60 * 1000 }; /* for an absence of this process */

/* --- whether ---------------------------------------------------------------
 */

/* The cluster that positions, rows and what is published belong to. */
static int
look_at_cluster(struct link *l, struct err *err)
{
	const char *id = l->env.conf->id, *known;
	int rc = state_value(l->env.state, id, "cluster", &known, err);

	if (rc < 0 || (rc == 1 && strcmp(known, l->cluster) == 0))
		return rc < 0 ? -1 : 0;
	/* A copy of the log may name the clean stop, too; but of what stands
	 * there nothing is known yet. */
	l->is_clean &= rc == 0;
	if (rc == 1 &&
	    (resync_forget(&l->env, NULL, err) != 0 ||
		own_forget(l->own, err) != 0 || link_forget_stop(l, err) != 0))
		return -1;
	for (size_t i = 0; rc == 1 && i < l->n_publishers; i++)
		if (publisher_republish(l->publishers[i], err) < 0)
			return -1;
	if (txn_need(l->env.txn, err) != 0)
		return -1;
	return state_set_value(l->env.state, id, "cluster", l->cluster, err);
}

/* TOPIC came after a resync: what its log does not name has to go, too. */
static int
take_up_left(struct link *l, const char *topic, struct err *err)
{
	log_info("a topic came after the resync: once more", "connection",
	    l->env.conf->id, "topic", topic);
	return resync_note_left(&l->env, 0, err) != 0
		   ? -1
		   : resync_save(&l->env, RESYNC_OTHER_LOG, err);
}

int
link_look_at_log(struct link *l, const char *topic, jv bounds, struct err *err)
{
	int64_t low = json_int(bounds, "low", 0);
	struct state_position p;
	enum doubt is;
	int rc, is_cut;

	if (!subscribe_wants(l->subscribe, topic))
		return 0;
	rc = state_get_position(l->env.state, l->env.conf->id, topic, &p, err);
	if (rc == 0 && resync_is_left(&l->env))
		return take_up_left(l, topic, err);
	if (rc != 1)
		return rc;
	if (p.last_ms > l->last_ms)
		l->last_ms = p.last_ms;
	is_cut = (p.n_open > 0 ? p.open[0] : p.read_end) < low &&
		 link_is_state_topic(topic);
	if ((p.read_end > json_int(bounds, "high", 0) &&
		link_doubt(l, topic, err) != 0) ||
	    link_judge_log(l, topic, &is, err) != 0)
		return -1;
	switch (is) {
	case DOUBT_OPEN:
		err_set(err, ERR_RETRY, 0,
		    "%s ends before what was read of it; asking again", topic);
		return 1;
	case DOUBT_OTHER:
		l->known_floors =
		    jv_object_delete(l->known_floors, jv_string(topic));
		return resync_forget(&l->env, topic, err) == 0 ? 2 : -1;
	case DOUBT_SAME:
	case DOUBT_NONE:
		break;
	}
	if (!is_cut)
		return 0;
	return resync_save(&l->env, RESYNC_OTHER_LOG, err) == 0 ? 2 : -1;
}

static int
look_at_one(struct link *l, const char *topic, jv bounds, struct err *err)
{
	int rc = link_look_at_log(l, topic, bounds, err);

	return rc == 2 ? 0 : rc;
}

int
link_look(struct link *l, jv catalog, struct err *err)
{
	enum resync now;
	int rc;

	l->last_ms = -1;
	if (look_at_cluster(l, err) != 0)
		return -1;
	rc = link_each_topic(l, catalog, look_at_one, err);
	if (rc != 0)
		return rc;
	if (resync_load(&l->env, &now, err) != 0)
		return -1;
	if (now <= RESYNC_PLANNED &&
	    resync_is_due(&l->env, clock_wall_ms(), l->last_ms))
		return resync_save(&l->env, RESYNC_ABSENT, err);
	return 0;
}

/* --- beginning anew --------------------------------------------------------
 */

void
link_begin_anew(struct link *l)
{
	l->is_restarting = l->is_dirty = 1;
	subscribe_hold(l->subscribe, clock_mono_ms(), 1);
}

int
link_left_topic(struct link *l, const char *topic, struct err *err)
{
	struct state_position p;
	int rc;

	if (!l->is_begun || !resync_is_left(&l->env))
		return 0;
	rc = state_get_position(l->env.state, l->env.conf->id, topic, &p, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (take_up_left(l, topic, err) != 0)
		return -1;
	link_begin_anew(l);
	return 1;
}

void
link_other_log(struct link *l, const char *topic)
{
	json_set(&l->anew, topic, jv_true());
	link_begin_anew(l);
}

/* Forget the places of logs that turned out to be others. */
static int
forget_logs(struct link *l, struct err *err)
{
	int rc = 0;

	jv_object_foreach (l->anew, name, is) {
		jv_free(is);
		l->known_floors =
		    jv_object_delete(l->known_floors, jv_copy(name));
		if (rc == 0)
			rc = resync_forget(&l->env, jv_string_value(name), err);
		jv_free(name);
	}
	jv_free(l->anew);
	l->anew = jv_object();
	return rc;
}

void
link_renew(struct link *l, int64_t now_ms)
{
	subscribe_free(l->subscribe);
	l->subscribe = subscribe_new(&l->env, l->outstanding_max, now_ms);
	subscribe_hold(l->subscribe, now_ms, l->is_paused);
}

static int
restart(struct link *l, int64_t now_ms, struct err *err)
{
	/* What was counted goes with the rows that are written already. */
	if (subscribe_save(l->subscribe, err) != 0 || forget_logs(l, err) != 0)
		return -1;
	consumer_free(l->consumer);
	l->consumer = NULL;
	l->held = (struct bus_message){0};
	l->is_begun = l->is_restarting = 0;
	l->trouble.class = ERR_NONE;
	link_renew(l, now_ms);
	return link_begin(l, err);
}

/* --- the plan of an order --------------------------------------------------
 */

static int
plan_topic(struct link *l, const char *topic, jv bounds, struct err *err)
{
	int64_t low = json_int(bounds, "low", 0);
	struct state_position p = {.floor = low};

	if (!subscribe_has(l->subscribe, topic))
		return 0;
	if (state_get_position(l->env.state, l->env.conf->id, topic, &p, err) <
	    0)
		return -1;
	return rehearsal_topic(l->rehearsal, topic, low, p.floor,
	    json_int(bounds, "high", 0), err);
}

static int
plan(struct link *l, struct err *err)
{
	l->rehearsal = rehearsal_new(&l->env, l->bus, err);
	if (l->rehearsal == NULL)
		return -1;
	rehearsal_of_resync(l->rehearsal, l->is_plan_purge);
	return link_each_topic(l, l->catalog, plan_topic, err);
}

static int
has_changes(jv plan)
{
	static const char *const words[] = {
	    "create", "update", "adopt", "remove"};
	jv counts = json_get(plan, "counts");
	int has = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		has |= json_int(counts, words[i], 0) > 0;
	jv_free(counts);
	return has;
}

static void
forget_plan(struct link *l)
{
	jv_free(l->resync_plan);
	l->resync_plan = jv_null();
	buf_free(&l->resync_listed);
}

/* The plan is whole: it waits, or there is nothing in it. */
static int
close_plan(struct link *l, struct err *err)
{
	jv made;

	if (rehearsal_missing(l->rehearsal, err) != 0)
		return -1;
	made = rehearsal_plan(l->rehearsal);
	l->is_dirty = 1;
	if (has_changes(made)) {
		forget_plan(l);
		l->resync_plan = made;
		rehearsal_list(l->rehearsal, &l->resync_listed);
		return 0;
	}
	jv_free(made);
	return resync_save(&l->env, RESYNC_NONE, err);
}

/* Of a purge: whether it is planned, and whether it holds. */
static const char purge_planned[] = "purge_planned", purged[] = "purged";

static int
load_flag(struct link *l, const char *name, int *out, struct err *err)
{
	const char *text;
	int rc = state_value(l->env.state, l->env.conf->id, name, &text, err);

	*out = rc == 1 && text[0] != '\0';
	return rc < 0 ? -1 : 0;
}

static int
save_flag(struct link *l, const char *name, int is, struct err *err)
{
	if (txn_need(l->env.txn, err) != 0)
		return -1;
	return state_set_value(
	    l->env.state, l->env.conf->id, name, is ? "1" : "", err);
}

int
link_resync_begun(struct link *l, struct err *err)
{
	enum resync kind;

	if (resync_load(&l->env, &kind, err) != 0 ||
	    load_flag(l, purge_planned, &l->is_plan_purge, err) != 0 ||
	    load_flag(l, purged, &l->env.is_purged, err) != 0)
		return -1;
	/* A plan that was being made is overtaken, and so is who waited for it.
	 * One that waits was made of what stood then: approved, it would answer
	 * for removals that it never showed. */
	if (jv_get_kind(l->resync_plan) == JV_KIND_OBJECT) {
		log_warn("the plan that waited is overtaken: order it again",
		    "connection", l->env.conf->id);
		l->is_dirty = 1;
	}
	forget_plan(l);
	rehearsal_free(l->rehearsal);
	l->rehearsal = NULL;
	free(l->plan_order);
	l->plan_order = NULL;
	subscribe_resync(l->subscribe, kind);
	l->is_plan_due = kind == RESYNC_PLANNED;
	l->is_purging =
	    l->env.is_purged && subscribe_is_resyncing(l->subscribe);
	return 0;
}

/* All that stood there is gone: the connection rests. */
static void
end_purge(struct link *l)
{
	l->is_purging = 0;
	l->is_dirty = 1;
	link_pause(l, 1);
	status_force(l->status);
	log_info("purged", "connection", l->env.conf->id);
}

int
link_resync_step(
    struct link *l, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	if (l->is_restarting)
		return subscribe_in_flight(l->subscribe) > 0
			   ? 0
			   : restart(l, now_ms, err);
	if (!l->is_begun)
		return 0;
	if (l->is_purging && !subscribe_is_resyncing(l->subscribe))
		end_purge(l);
	if (l->is_plan_due && !l->is_listing_due && l->rehearsal == NULL &&
	    plan(l, err) != 0)
		return -1;
	if (l->rehearsal != NULL && rehearsal_is_outdated(l->rehearsal)) {
		rehearsal_free(l->rehearsal);
		l->rehearsal = NULL;
		l->is_listing_due = 1;
	}
	if (l->is_plan_due && l->rehearsal != NULL &&
	    rehearsal_is_whole(l->rehearsal)) {
		l->is_plan_due = 0;
		if (close_plan(l, err) != 0)
			return -1;
		rehearsal_free(l->rehearsal);
		l->rehearsal = NULL;
	}
	if (now_ms < l->look_ms)
		return 0;
	l->look_ms = now_ms + LOOK_EVERY_MS;
	if (subscribe_is_resyncing(l->subscribe)) {
		/* It begins anew, of its kind: the file says so. */
		if (resync_is_long_ago(
			wall_ms, subscribe_resync_read_ms(l->subscribe)))
			link_begin_anew(l);
		return 0;
	}
	if (!resync_is_due(&l->env, wall_ms, -1))
		return 0;
	link_begin_anew(l);
	return resync_save(&l->env, RESYNC_ABSENT, err);
}

int
link_resync_approve(struct link *l, struct err *err)
{
	forget_plan(l);
	/* It rests since the purge, until this. */
	if (l->env.is_purged && !l->is_plan_purge)
		link_pause(l, 0);
	link_begin_anew(l);
	if (save_flag(l, purged, l->is_plan_purge, err) != 0)
		return -1;
	l->env.is_purged = l->is_plan_purge;
	return resync_save(&l->env, RESYNC_APPROVED, err);
}

/* --- orders ----------------------------------------------------------------
 */

static void
say_plan(jv plan, const char *connection, struct buf *text)
{
	jv counts = json_get(plan, "counts");

	buf_puts(text, "the plan waits:");
	jv_object_foreach (counts, action, n) {
		buf_printf(text, " %s %.0f,", jv_string_value(action),
		    jv_number_value(n));
		jv_free(action);
		jv_free(n);
	}
	jv_free(counts);
	buf_printf(text, " see `twinwire approve %s`", connection);
}

/* Plan anew, for order ID.  0 under way, -1: l->failed. */
static int
order_plan(struct link *l, const char *id, int is_purge)
{
	forget_plan(l);
	rehearsal_free(l->rehearsal);
	l->rehearsal = NULL;
	free(l->plan_order);
	l->plan_order = mem_dup(id);
	l->is_plan_due = l->is_listing_due = 1;
	l->is_plan_purge = is_purge;
	return save_flag(l, purge_planned, is_purge, &l->failed) != 0 ||
		       resync_save(&l->env, RESYNC_PLANNED, &l->failed) != 0
		   ? -1
		   : 0;
}

static const char *
make_plan(struct link *l, jv command, int is_purge, struct buf *text)
{
	const char *id = json_str(command, "id", "");

	if (!l->is_begun || l->env.conf->n_subscribe == 0) {
		buf_puts(text,
		    l->is_begun ? "the connection subscribes to nothing"
				: "the connection has not begun its work yet");
		return "refused";
	}
	if (l->is_restarting || subscribe_is_resyncing(l->subscribe)) {
		buf_puts(text, l->env.is_purged ? "a purge is being carried out"
			       : is_purge
				   ? "its topics are being read whole"
				   : "its topics are being read whole already");
		if (!l->env.is_purged && !is_purge)
			return "done";
		buf_puts(text, ": order it again once that is done");
		return "refused";
	}
	/* That of an order that expired meanwhile is no answer to this one. */
	if (l->plan_order == NULL || strcmp(l->plan_order, id) != 0)
		return order_plan(l, id, is_purge) != 0 ? "failed" : NULL;
	if (l->is_plan_due)
		return NULL;
	if (jv_get_kind(l->resync_plan) == JV_KIND_OBJECT)
		say_plan(l->resync_plan, l->env.conf->id, text);
	else
		buf_puts(text, "everything is as it shall be");
	return "done";
}

const char *
link_on_resync(struct link *l, jv command, struct buf *text)
{
	return make_plan(l, command, 0, text);
}

const char *
link_on_purge(struct link *l, jv command, struct buf *text)
{
	return make_plan(l, command, 1, text);
}
