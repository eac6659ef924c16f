/* What orders do: see orders.h. */
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "connector/orders.h"
#include "connector/publisher.h"
#include "connector/status.h"
#include "connector/subscribe.h"

void
orders_pause(struct orders *o, int is_paused)
{
	size_t i;

	o->is_paused = is_paused;
	subscribe_hold(o->subscribe, clock_mono_ms(), is_paused);
	for (i = 0; i < o->n_publishers; i++)
		publisher_hold(o->publishers[i], is_paused);
}

static const char *
pause_or_resume(struct orders *o, int is_paused, struct buf *text)
{
	int n = subscribe_in_flight(o->subscribe);

	if (o->is_paused == is_paused)
		buf_printf(text, "it was %s already",
		    is_paused ? "paused" : "running");
	else if (is_paused && n > 0)
		buf_printf(text, "%d requests under way are still settled", n);
	orders_pause(o, is_paused);
	return "done";
}

static const char *
approve(struct orders *o, const char *plan, struct buf *text)
{
	size_t i;

	for (i = 0; i < o->n_publishers; i++)
		if (publisher_approve(o->publishers[i], plan))
			return "done";
	buf_puts(text, "no such plan waits here; `twinwire status` says "
		       "whether another one does");
	return "refused";
}

const char *
orders_run(struct orders *o, jv command, struct buf *text)
{
	const char *action = json_str(command, "action", "");

	status_force(o->status);
	if (strcmp(action, "pause") == 0)
		return pause_or_resume(o, 1, text);
	if (strcmp(action, "resume") == 0)
		return pause_or_resume(o, 0, text);
	if (strcmp(action, "approve") == 0)
		return approve(o, json_str(command, "planId", ""), text);
	buf_puts(text, "this version of the connector cannot do that");
	return "refused";
}
