/* A connection's status: see link_inner.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/err.h"
#include "base/json.h"
#include "base/version.h"
#include "connector/core.h"
#include "connector/link_inner.h"
#include "connector/publisher.h"
#include "connector/subscribe.h"
#include "map/connection.h"
#include "rest/http.h"
#include "rest/http_stats.h"
#include "store/state.h"
#include "wire/vitals.h"

enum { ROWS_LOOK_EVERY_MS = 1000 };

struct places {
	jv positions, floors, ends;
	int64_t lag;
};

static void
add_place(void *ctx, const char *name, int64_t position, int64_t floor)
{
	struct places *p = ctx;
	int64_t end = json_int(p->ends, name, position);
	jv one = jv_object();

	if (end < position)
		end = position;
	json_set_str(&one, "topic", name);
	json_set_int(&one, "offset", position);
	json_set_int(&one, "end", end);
	json_set_int(&one, "lag", end - position);
	p->positions = jv_array_append(p->positions, one);
	one = jv_object();
	json_set_str(&one, "of", name);
	json_set_int(&one, "offset", floor);
	p->floors = jv_array_append(p->floors, one);
	p->lag += end - position;
}

/* 1 if the site is asked for much less at once than it might be. */
static int
is_slowed(const struct link *l)
{
	struct core_pace pace;

	subscribe_pace(l->subscribe, &pace);
	return 2 * (size_t)pace.window < l->env.conf->in_flight;
}

/* What `from:` was resolved to holds also for what begins later. */
static void
add_known_floors(const struct link *l, struct places *p)
{
	jv_object_foreach (l->known_floors, name, offset) {
		jv one = jv_object();

		if (strncmp(jv_string_value(name), "publish:", 8) != 0) {
			json_set_str(&one, "of", jv_string_value(name));
			json_set(&one, "offset", jv_copy(offset));
			p->floors = jv_array_append(p->floors, jv_copy(one));
		}
		jv_free(one);
		jv_free(name);
		jv_free(offset);
	}
}

/* Somebody has to look, though all goes on. */
static void
say_leaving(const struct link *l, jv *record)
{
	char at[CLOCK_TEXT_SIZE], text[160];

	if (l->leaving.n == 0)
		return;
	snprintf(text, sizeof(text), "%lld %s the log, %s%s",
	    (long long)l->leaving.n,
	    count_word(
		l->leaving.n, "dead letter leaves", "dead letters leave"),
	    count_word(l->leaving.n, "at ", "the first at "),
	    clock_text(l->leaving.first_ms, at));
	json_set_str(record, "reason", "dead_letters_leave");
	json_set_str(record, "detail", text);
}

static void
say_resync(jv *record, const char *detail)
{
	json_set_str(record, "reason", "resync");
	if (*json_str(*record, "detail", "") == '\0')
		json_set_str(record, "detail", detail);
}

/* A first run waits for somebody, or for what its plan lacks: what *RECORD says
 * so far.  IS_HELD: no publisher asks the system for its part. */
static void
say_first_run(jv plan, int is_held, jv *record)
{
	const char *why = json_str(*record, "detail", "");
	char text[400];

	snprintf(text, sizeof(text), "%s%s",
	    jv_get_kind(plan) == JV_KIND_OBJECT
		? "the first run waits for `twinwire approve`"
	    : *why == '\0' ? (is_held ? "it is paused: its plan is made once "
					"it is resumed"
				      : "its plan is being made")
			   : "its plan cannot be made yet: ",
	    jv_get_kind(plan) == JV_KIND_OBJECT ? "" : why);
	json_set_str(record, "reason", "first_run");
	json_set_str(record, "detail", text);
}

/* PLAN (borrowed) waits, or null. */
static const char *
state_now(struct link *l, jv plan, jv *record)
{
	const char *reason = subscribe_reason(l->subscribe);

	if (l->is_stopping)
		return "stopped";
	if (l->is_planning) {
		say_first_run(
		    plan, l->is_paused && l->n_publishers > 0, record);
		return "waiting";
	}
	if (l->trouble.class != ERR_NONE) {
		json_set_str(record, "reason", "kafka");
		json_set_str(record, "detail", l->trouble.msg);
	}
	if (l->is_restarting && !l->is_paused) {
		say_resync(record, "all topics are read whole");
		return "running";
	}
	switch (subscribe_state(l->subscribe)) {
	case CORE_RUNNING:
		if (l->trouble.class == ERR_NONE)
			say_leaving(l, record);
		if (jv_get_kind(plan) == JV_KIND_OBJECT) {
			json_set_str(record, "reason", "awaits_approval");
			json_set_str(record, "detail",
			    "changes wait for `twinwire approve`");
		} else if (subscribe_is_resyncing(l->subscribe)) {
			say_resync(record, "all topics are read whole");
		} else if (l->is_plan_due &&
			   *json_str(*record, "reason", "") == '\0') {
			say_resync(record, "its plan is being made");
		} else if (is_slowed(l)) {
			json_set_str(record, "reason", "site_slow");
		}
		return "running";
	case CORE_BROKEN:
		json_set_str(record, "reason", "site_failing");
		return "running";
	case CORE_PROBING:
	case CORE_STOPPED:
		json_set_str(record, "reason", "stopped_by_site");
		json_set_str(record, "detail", reason);
		return "paused";
	case CORE_HELD:
		break;
	}
	json_set_str(record, "reason", "paused_by_command");
	return "paused";
}

int64_t
link_counted(const struct link *l, const char *name)
{
	return state_count_get(l->env.state, l->env.conf->id, name, NULL);
}

/* How many rows of SIDE stand in STATE, and since when the first does. */
static int64_t
rows_in(const struct link *l, enum state_side side, enum state_row_state state,
    int64_t *out_first_ms)
{
	const struct state_span all = {state, SUBSCRIBE_WAITS, 0, INT64_MAX};
	int64_t n = state_count_span(
	    l->env.state, l->env.conf->id, side, &all, out_first_ms, NULL);

	return n > 0 ? n : 0;
}

/* As long as rows that somebody has to look at are few, so are the steps. */
static void
look_at_rows(struct link *l)
{
	int64_t now_ms = clock_mono_ms(), first_ms = -1;

	if (l->rows_look_ms != 0 && now_ms < l->rows_look_ms)
		return;
	l->rows_look_ms = now_ms + ROWS_LOOK_EVERY_MS;
	l->not_delivered =
	    rows_in(l, STATE_SUBSCRIBED, STATE_REFUSED, &first_ms);
	l->not_published =
	    rows_in(l, STATE_PUBLISHED, STATE_REFUSED, &first_ms);
	l->waiting_since =
	    rows_in(l, STATE_SUBSCRIBED, STATE_PARKED, &first_ms) > 0 ? first_ms
								      : -1;
}

/* What somebody has to see to before it stops us; absent while not known. */
static void
add_vitals(const struct link *l, jv *v)
{
	int64_t end = vitals_certificate_ms(l->env.vitals);
	int64_t own = http_site_stats(l->env.system.site)->certificate_ms;
	int disk = vitals_disk_percent(l->env.vitals);

	if (own > 0 && (end < 0 || own < end))
		end = own;
	if (end >= 0)
		json_set_int(v, "certificateDays",
		    vitals_days_left(end, clock_wall_ms()));
	if (disk >= 0)
		json_set_int(v, "diskPercent", disk);
	json_set_int(v, "notDelivered", l->not_delivered);
	json_set_int(v, "notPublished", l->not_published);
	if (l->waiting_since >= 0)
		json_set_int(v, "waitingSince", l->waiting_since);
}

static jv
counters(struct link *l)
{
	static const char *const names[CORE_FATES] = {"applied", "superseded",
	    "unchanged", "stale", "filtered", "deadLettered"};
	struct publisher_counts c, sum = {0};
	jv v = jv_object();
	size_t i;

	json_set_int(&v, "consumed", link_counted(l, "consumed"));
	for (i = 0; i < CORE_FATES; i++)
		json_set_int(&v, names[i],
		    link_counted(l, core_fate_word((enum core_fate)i)));
	json_set_int(&v, "replayed", link_counted(l, "replayed"));
	json_set_int(&v, "pending", subscribe_pending(l->subscribe));
	json_set_int(&v, "deadLeaving", l->leaving.n);
	json_set_int(&v, "waiting", subscribe_waiting(l->subscribe));
	for (i = 0; i < l->n_publishers; i++) {
		publisher_counts(l->publishers[i], &c);
		sum.published += c.published;
		sum.withdrawn += c.withdrawn;
		sum.refused += c.refused;
	}
	look_at_rows(l);
	add_vitals(l, &v);
	json_set_int(&v, "published", sum.published);
	json_set_int(&v, "withdrawn", sum.withdrawn);
	json_set_int(&v, "refused", sum.refused);
	return v;
}

static void
say_publisher(const struct publisher *p, jv *record)
{
	const char *why = publisher_trouble(p);

	if (*why == '\0')
		return;
	json_set_str(record, "detail", why);
	if (publisher_cannot_list(p))
		json_set_str(record, "reason", "listing");
	else
		json_set_str(record, "reason", "kafka");
}

jv
link_status(struct link *l)
{
	struct places p = {jv_array(), jv_array(), l->ends, 0};
	jv r = jv_object(), plan = link_plan(l);
	size_t i;

	json_set_str(&r, "connection", l->env.conf->id);
	for (i = 0; i < l->n_publishers; i++)
		say_publisher(l->publishers[i], &r);
	json_set_str(&r, "state", state_now(l, plan, &r));
	json_set(&r, "counters", counters(l));
	if (l->is_planning)
		add_known_floors(l, &p);
	else
		subscribe_each_topic(l->subscribe, add_place, &p);
	for (i = 0; i < l->n_publishers; i++) {
		jv floor = publisher_floor(l->publishers[i]);

		if (jv_get_kind(floor) == JV_KIND_OBJECT)
			p.floors = jv_array_append(p.floors, jv_copy(floor));
		jv_free(floor);
	}
	json_set(&r, "positions", p.positions);
	json_set(&r, "floors", p.floors);
	json_set(&r, "plan", plan);
	json_set_str(&r, "approved", l->approved);
	json_set(&r, "paused", jv_bool(l->is_paused));
	json_set_str(&r, "clusterId", l->cluster);
	json_set_str(&r, "instanceId", state_instance(l->env.state));
	json_set_str(&r, "version", TWINWIRE_VERSION);
	json_set_str(&r, "stop", l->stop);
	return r;
}
