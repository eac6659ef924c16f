/* twinwire approve: let a connection carry its plan out. */
#include "base/json.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/order.h"
#include "cli/planned.h"

/* Show the plan of KNOWN, or approve the one that was asked for. */
static int
run(struct cli *c, struct order *o, jv known)
{
	jv status = json_get(known, "value"), plan = json_get(status, "plan");
	int code;

	if (c->n_args < 2) {
		code = planned_show(c, c->args[0], status, jv_invalid());
	} else if (jv_get_kind(plan) != JV_KIND_OBJECT) {
		code = cli_say(
		    c, CLI_FAILED, "%s has no plan that waits", o->connection);
	} else {
		o->plan = c->args[1];
		code = order_give(c, o);
	}
	jv_free(plan);
	jv_free(status);
	return code;
}

int
approve_main(int argc, char **argv)
{
	static const struct order_kind kind = {ORDER_CONNECTION " [PLAN]",
	    "Show the plan that a connection waits with; with the id of that "
	    "PLAN, let it be\ncarried out.  A plan that has changed meanwhile "
	    "has another id and is not approved.",
	    2, run};

	return order_command(argc, argv, &kind);
}
