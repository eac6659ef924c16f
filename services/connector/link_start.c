/* How a connection begins: see link.h. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/consumer.h"
#include "connector/boot.h"
#include "connector/control.h"
#include "connector/link.h"
#include "connector/link_inner.h"
#include "connector/own.h"
#include "connector/publisher.h"
#include "connector/subscribe.h"
#include "map/connection.h"
#include "store/state.h"

static void
take_floors(struct link *l, jv known)
{
	jv floors = json_get(known, "floors");

	/* Places in the logs of another cluster are none here. */
	if (jv_get_kind(floors) == JV_KIND_ARRAY &&
	    strcmp(json_str(known, "clusterId", ""), l->cluster) == 0) {
		jv_array_foreach (floors, i, floor) {
			json_set(&l->known_floors, json_str(floor, "of", ""),
			    json_get(floor, "offset"));
			jv_free(floor);
		}
	}
	for (size_t i = 0; i < l->n_publishers; i++)
		publisher_know_floors(l->publishers[i], floors);
	jv_free(floors);
}

/* 1 if nobody has let it begin yet, neither in the state file nor, should that
 * be lost, in its last status. */
static int
is_first_run(struct link *l, jv known)
{
	const char *started;

	if (json_str(known, "approved", "")[0] != '\0') {
		free(l->approved);
		l->approved = mem_dup(json_str(known, "approved", ""));
		return 0;
	}
	return state_value(l->env.state, l->env.conf->id, "started", &started,
		   NULL) != 1;
}

static int
count_one(struct link *l, const char *topic, jv bounds, struct err *err)
{
	(void)bounds;
	(void)err;
	l->n_wanted += subscribe_wants(l->subscribe, topic) != 0;
	return 0;
}

/* Topics that come later have as much each as those of today. */
static int
new_consumer(struct link *l, struct err *err)
{
	l->n_wanted = 0;
	if (link_each_topic(l, l->catalog, count_one, err) != 0)
		return -1;
	l->consumer = consumer_new(l->bus,
	    l->queue_max_bytes / (l->n_wanted > 0 ? l->n_wanted : 1), err);
	if (l->consumer == NULL)
		return -1;
	consumer_keep_apart(l->consumer, link_takes, l);
	return 0;
}

int
link_begin(struct link *l, struct err *err)
{
	const char *id = l->env.conf->id;

	if (l->consumer == NULL && new_consumer(l, err) != 0)
		return -1;
	if (link_resync_begun(l, err) != 0 ||
	    link_add_topics(l, l->catalog, err) != 0 ||
	    subscribe_restore(
		l->subscribe, clock_mono_ms(), clock_wall_ms(), err) != 0 ||
	    link_forget_stop(l, err) != 0 ||
	    state_set_value(l->env.state, id, "started", "1", err) != 0)
		return -1;
	l->is_first_run = 0;
	l->is_begun = l->is_dirty = 1;
	return 0;
}

int
link_start(struct link *l, jv known, jv catalog, const struct boot_conf *boot,
    struct err *err)
{
	char *unled;
	int rc;

	if (link_is_elsewhere(l, known, err))
		return 1;
	free(l->cluster);
	l->cluster = mem_dup(json_str(catalog, "cluster", ""));
	jv_free(l->catalog);
	l->catalog = jv_copy(catalog);
	l->is_first_run = is_first_run(l, known);
	l->is_clean = link_was_clean(l, known);
	take_floors(l, known);
	rc = link_look(l, catalog, err);
	if (rc != 0)
		return rc;
	link_renew(l, clock_mono_ms()); /* the state file may have changed */
	if (l->is_first_run && link_lacks_ends(l, &unled) == 1) {
		err_set(err, ERR_RETRY, 0, "%s: no broker leads it", unled);
		free(unled);
		return 1;
	}
	if (l->is_first_run && link_find_from(l, boot, err) != 0)
		return -1;
	if (json_bool(known, "paused", 0))
		link_pause(l, 1);
	if (own_listed(l->own, catalog, err) != 0 ||
	    control_start(l->control, catalog, boot, err) != 0 ||
	    link_rebuild(l, known, boot, err) != 0)
		return -1;
	if (l->is_first_run && !l->env.conf->first_run_go)
		return link_plan_start(l, catalog, err);
	if (l->approved[0] == '\0') {
		free(l->approved);
		l->approved = mem_dup("first_run: go");
	}
	return link_begin(l, err);
}
