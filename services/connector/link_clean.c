/*
 * A clean stop: see link_inner.h.
 *
 * After a kill everything that the log may still hold is in doubt: it may have
 * been written by the process before.  After a stop that left nothing unknown
 * it is not.  Such a stop has a random name, which stands in the state file,
 * written with the last rows, and in the last status on the log.  Only where
 * both name the same stop it is believed: a state file from another day names
 * another one, or none.  The name is taken out of the file before the next
 * process asks anything of the system, and the status told anew.
 */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/hex.h"
#include "base/json.h"
#include "connector/link_inner.h"
#include "connector/status.h"
#include "connector/subscribe.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "store/state.h"

static const char value_name[] = "clean_stop";

int
link_was_clean(struct link *l, jv known)
{
	const char *told = json_str(known, "stop", ""), *kept;

	return told[0] != '\0' &&
	       state_value(l->env.state, l->env.conf->id, value_name, &kept,
		   NULL) == 1 &&
	       strcmp(told, kept) == 0;
}

int
link_forget_stop(struct link *l, struct err *err)
{
	status_force(l->status);
	return txn_need(l->env.txn, err) != 0 ||
		       state_set_value(l->env.state, l->env.conf->id,
			   value_name, "", err) != 0
		   ? -1
		   : 0;
}

static int
name_stop(char out[LINK_STOP_SIZE], struct err *err)
{
	if (hex_random((LINK_STOP_SIZE - 1) / 2, out) != 0)
		return err_set(err, ERR_FATAL, errno, "no random numbers: %s",
		    strerror(errno));
	return 0;
}

int
link_note_stop(struct link *l, int64_t now_ms, struct err *err)
{
	if (l->is_stop_noted || subscribe_in_flight(l->subscribe) > 0 ||
	    !link_is_published(l))
		return 0;
	l->is_stop_noted = 1;
	if (!l->is_begun || link_lacks_topic(l) ||
	    !subscribe_is_settled(l->subscribe, now_ms))
		return 0;
	if (name_stop(l->stop, err) != 0 || txn_need(l->env.txn, err) != 0 ||
	    state_set_value(
		l->env.state, l->env.conf->id, value_name, l->stop, err) != 0)
		return -1;
	status_force(l->status);
	l->is_dirty = 1;
	return 0;
}
