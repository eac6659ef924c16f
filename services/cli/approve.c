/* twinwire approve: let a connection carry its plan out. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/order.h"
#include "cli/table.h"

static void
print_plan(jv plan)
{
	static const char *const titles[] = {"ACTION", "KEY", "LABEL", NULL};
	struct table *t = table_new(titles);
	jv counts = json_get(plan, "counts"), first = json_get(plan, "first");

	printf("plan %s:", json_str(plan, "id", ""));
	if (jv_get_kind(counts) == JV_KIND_OBJECT) {
		jv_object_foreach (counts, action, n) {
			printf(" %s %.0f", jv_string_value(action),
			    jv_number_value(n));
			jv_free(action);
			jv_free(n);
		}
	}
	printf("; the first of them:\n");
	if (jv_get_kind(first) == JV_KIND_ARRAY) {
		jv_array_foreach (first, i, one) {
			table_add(t, json_str(one, "action", ""));
			table_add(t, json_str(one, "key", ""));
			table_add(t, json_str(one, "label", ""));
			jv_free(one);
		}
	}
	table_print(t, stdout, "");
	table_free(t);
	jv_free(counts);
	jv_free(first);
}

/* Show the plan of KNOWN; approve it if it is the one that was asked for. */
static int
run(struct cli *c, struct order *o, jv known)
{
	jv status = json_get(known, "value"), plan = json_get(status, "plan");
	int code;

	if (jv_get_kind(plan) != JV_KIND_OBJECT) {
		code = cli_say(
		    c, CLI_FAILED, "%s has no plan that waits", o->connection);
	} else if (c->n_args < 2) {
		if (c->is_json)
			cli_print_json(jv_copy(plan));
		else
			print_plan(plan);
		code = cli_say(c, CLI_FAILED,
		    "to approve it: twinwire approve %s %s", o->connection,
		    json_str(plan, "id", ""));
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
	static const struct order_kind kind = {"CONNECTION [PLAN]",
	    "Show the plan that a connection waits with; with the id of that "
	    "PLAN, let it be\ncarried out.  A plan that has changed meanwhile "
	    "has another id and is not approved.",
	    2, run};

	return order_command(argc, argv, &kind);
}
