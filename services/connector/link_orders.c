/* What the orders of control.h do to a connection: see link_inner.h. */
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "connector/link_inner.h"
#include "connector/publisher.h"
#include "connector/status.h"
#include "connector/subscribe.h"

void
link_pause(struct link *l, int is_paused)
{
	size_t i;

	l->is_paused = is_paused;
	subscribe_hold(l->subscribe, clock_mono_ms(), is_paused);
	for (i = 0; i < l->n_publishers; i++)
		publisher_hold(l->publishers[i], is_paused);
}

static const char *
pause_or_resume(struct link *l, int is_paused, struct buf *text)
{
	int n = subscribe_in_flight(l->subscribe);

	if (l->is_paused == is_paused)
		buf_printf(text, "it was %s already",
		    is_paused ? "paused" : "running");
	else if (is_paused && n > 0)
		buf_printf(text, "%d requests under way are still settled", n);
	link_pause(l, is_paused);
	return "done";
}

static const char *
on_pause(struct link *l, jv command, struct buf *text)
{
	(void)command;
	return pause_or_resume(l, 1, text);
}

static const char *
on_resume(struct link *l, jv command, struct buf *text)
{
	(void)command;
	return pause_or_resume(l, 0, text);
}

static const char *
on_approve(struct link *l, jv command, struct buf *text)
{
	jv plan = link_plan(l);

	if (jv_get_kind(plan) != JV_KIND_OBJECT)
		buf_puts(text, "no plan waits here");
	else if (link_approve(l, json_str(command, "planId", "")) == 0)
		buf_printf(text,
		    "the plan that waits now is %s: look at it with `twinwire "
		    "approve %s`, then approve that one",
		    json_str(plan, "id", ""),
		    json_str(command, "connection", ""));
	jv_free(plan);
	return text->size == 0 ? "done" : "refused";
}

const char *
link_order(struct link *l, jv command, struct buf *text)
{
	static const struct {
		const char *action;
		const char *(*run)(struct link *, jv, struct buf *);
	} orders[] = {
	    {"pause", on_pause},
	    {"resume", on_resume},
	    {"approve", on_approve},
	};
	const char *action = json_str(command, "action", "");
	size_t i;

	status_force(l->status);
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(action, orders[i].action) == 0)
			return orders[i].run(l, command, text);
	buf_puts(text, "this version of the connector cannot do that");
	return "refused";
}
