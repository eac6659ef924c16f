/* What waits for approval at a connection: the plan of its first run, changes
 * beyond `max_change` in either direction.  See link_inner.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "connector/link_inner.h"
#include "connector/plan.h"
#include "connector/publisher.h"
#include "connector/subscribe.h"
#include "connector/rehearsal.h"
#include "map/connection.h"

static int
plan_topic(struct link *l, const char *topic, jv bounds, struct err *err)
{
	int64_t low = json_int(bounds, "low", 0), floor, start;
	int64_t high = json_int(bounds, "high", 0);

	if (!subscribe_wants(l->subscribe, topic) ||
	    rehearsal_has(l->rehearsal, topic))
		return 0;
	if (!link_from(l, topic, bounds, &floor))
		return 0;
	/* Made anew since `from:` was resolved: all of it counts as new. */
	if (floor > high)
		floor = low;
	start = floor < low ? low : floor;
	return rehearsal_topic(l->rehearsal, topic, start, floor, high, err);
}

int
link_plan_topics(struct link *l, jv catalog, struct err *err)
{
	l->is_from_due = 0;
	if (rehearsal_is_outdated(l->rehearsal)) {
		l->is_dirty = 1;
		if (rehearsal_anew(l->rehearsal, err) != 0)
			return -1;
	}
	return link_each_topic(l, catalog, plan_topic, err);
}

int
link_plan_start(struct link *l, jv catalog, struct err *err)
{
	size_t i;

	rehearsal_free(l->rehearsal);
	l->rehearsal = rehearsal_new(&l->env, l->bus, err);
	if (l->rehearsal == NULL)
		return -1;
	for (i = 0; i < l->n_publishers; i++)
		publisher_rehearse(l->publishers[i], 1);
	l->is_planning = l->is_dirty = 1;
	return link_plan_topics(l, catalog, err);
}

/* Both directions, once both are known. */
static jv
first_plan(const struct link *l)
{
	jv plan = rehearsal_plan(l->rehearsal);
	size_t i;

	if (l->is_from_due || !rehearsal_is_whole(l->rehearsal))
		goto not_yet;
	for (i = 0; i < l->n_publishers; i++) {
		jv part = publisher_plan(l->publishers[i]);
		int is = jv_get_kind(part) == JV_KIND_OBJECT;

		plan = plan_join(plan, part);
		jv_free(part);
		if (!is)
			goto not_yet;
	}
	return plan;
not_yet:
	jv_free(plan);
	return jv_null();
}

jv
link_plan(const struct link *l)
{
	jv plan, part;
	size_t i;

	if (l->is_planning)
		return first_plan(l);
	plan = subscribe_plan(l->subscribe);
	for (i = 0; i < l->n_publishers; i++) {
		part = publisher_plan(l->publishers[i]);
		plan = plan_join(plan, part);
		jv_free(part);
	}
	/* One after the other: what a resync would do changes with those. */
	if (jv_get_kind(plan) == JV_KIND_OBJECT)
		return plan;
	jv_free(plan);
	return jv_copy(l->resync_plan);
}

void
link_plan_list(const struct link *l, struct buf *out)
{
	size_t i;

	if (l->is_planning)
		rehearsal_list(l->rehearsal, out);
	else
		subscribe_list(l->subscribe, out);
	for (i = 0; i < l->n_publishers; i++)
		publisher_list(l->publishers[i], out);
	if (out->size == 0)
		buf_add(out, l->resync_listed.data, l->resync_listed.size);
}

static void
approve_parts(struct link *l)
{
	jv part = subscribe_plan(l->subscribe);
	size_t i;

	subscribe_approve(
	    l->subscribe, json_str(part, "id", ""), clock_mono_ms());
	jv_free(part);
	for (i = 0; i < l->n_publishers; i++) {
		part = publisher_plan(l->publishers[i]);
		publisher_approve(l->publishers[i], json_str(part, "id", ""));
		jv_free(part);
	}
}

static void
begin_first_run(struct link *l)
{
	size_t i;

	rehearsal_free(l->rehearsal);
	l->rehearsal = NULL;
	l->is_planning = 0;
	for (i = 0; i < l->n_publishers; i++)
		publisher_rehearse(l->publishers[i], 0);
	if (link_begin(l, &l->failed) != 0)
		l->failed.class = ERR_FATAL; /* a restart begins anew */
}

int
link_approve(struct link *l, const char *id)
{
	jv plan = link_plan(l);
	int is = id[0] != '\0' && strcmp(json_str(plan, "id", ""), id) == 0;

	jv_free(plan);
	if (!is)
		return 0;
	free(l->approved);
	l->approved = mem_dup(id);
	if (!l->is_planning) {
		approve_parts(l);
		if (strcmp(json_str(l->resync_plan, "id", ""), id) == 0 &&
		    link_resync_approve(l, &l->failed) != 0)
			l->failed.class = ERR_FATAL;
		return 1;
	}
	begin_first_run(l);
	return 1;
}
