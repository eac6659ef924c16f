/*
 * One at a time: see link_inner.h.  Two processes with a state file each would
 * both write into the system, and each would undo what the other did.  Who
 * began later is the log's to say: whose first status stands behind.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "connector/link.h"
#include "connector/link_inner.h"
#include "map/connection.h"
#include "store/state.h"

enum { OTHER_INSTANCE_MS = 2 * 60 * 1000 };

static int
is_mine(const struct link *l, const char *instance)
{
	return strcmp(instance, state_instance(l->env.state)) == 0;
}

/* 1 if STATUS is of another process that had not left by then. */
static int
is_of_other(const struct link *l, jv status)
{
	const char *instance = json_str(status, "instanceId", "");

	return instance[0] != '\0' && !is_mine(l, instance) &&
	       strcmp(json_str(status, "state", ""), "stopped") != 0;
}

/* How long ago the status at KNOWN was told.  By another machine's clock, which
 * may be ahead: then, since this process saw it first. */
static int64_t
age_of(struct link *l, jv known)
{
	int64_t age = clock_wall_ms() - json_int(known, "at", 0);
	int64_t offset = json_int(known, "offset", -1);
	int64_t now = clock_mono_ms();

	if (l->other_ms == 0 || offset != l->other_offset) {
		l->other_offset = offset;
		l->other_ms = now;
	}
	return age >= 0 ? age : now - l->other_ms;
}

int
link_is_elsewhere(struct link *l, jv known, struct err *err)
{
	const char *instance = json_str(known, "instanceId", "");
	int64_t age = age_of(l, known);

	if (is_of_other(l, known) && age <= OTHER_INSTANCE_MS) {
		err_set(err, ERR_RETRY, 0,
		    "another instance (%.40s) told of this connection %lld s "
		    "ago; waiting until it has been silent for %d s",
		    instance, (long long)(age / 1000),
		    OTHER_INSTANCE_MS / 1000);
		return 1;
	}
	free(l->other);
	l->other = mem_dup(is_of_other(l, known) ? instance : "");
	l->heard_from = json_int(known, "offset", -1) + 1;
	l->is_heard = 0;
	return 0;
}

int
link_heard(struct link *l, int64_t offset, jv status, struct err *err)
{
	const char *instance = json_str(status, "instanceId", "");

	if (offset < l->heard_from)
		return 0;
	if (is_mine(l, instance))
		l->is_heard = 1;
	if (!is_of_other(l, status))
		return 0;
	if (!l->is_heard || strcmp(instance, l->other) == 0)
		return err_set(err, ERR_FATAL, 0,
		    "connection %s: another instance (%.40s) that began "
		    "earlier is at work again; this one stops",
		    l->env.conf->id, instance);
	log_warn("another instance began later; it has to stop", "connection",
	    l->env.conf->id, "instance", instance);
	return 0;
}
