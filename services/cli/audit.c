/* twinwire audit: who ordered what, and what became of it. */
#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/scan.h"
#include "cli/table.h"

static const struct cli_usage usage = {
    .arguments = "[MEMBER]",
    .summary = "List the orders to the connections of MEMBER (of all), oldest "
	       "first: who gave them,\nand what became of them.  Kept for a "
	       "year.",
    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
    .max = 1,
};

/* ALL (consumed) by the time of the order. */
static jv
by_time(jv all)
{
	jv times = jv_array();

	jv_array_foreach (all, i, one) {
		jv r = json_get(one, "value");

		times = jv_array_append(
		    times, jv_number((double)json_int(r, "at", 0)));
		jv_free(r);
		jv_free(one);
	}
	return jv_sort(all, times);
}

static void
print(jv all)
{
	static const char *const titles[] = {"ASKED", "MEMBER", "CONNECTION",
	    "ACTION", "PLAN", "BY", "OUTCOME", "EFFECTIVE", "TEXT", NULL};
	struct table *t = table_new(titles);

	jv_array_foreach (all, i, one) {
		jv r = json_get(one, "value");

		table_add_time(t, json_int(r, "at", -1));
		table_add(t, json_str(one, "member", ""));
		table_add(t, json_str(r, "connection", ""));
		table_add(t, json_str(r, "action", ""));
		table_add(t, json_str(r, "planId", ""));
		table_add(t, json_str(r, "by", ""));
		table_add(t, json_str(r, "outcome", ""));
		table_add_time(t, json_int(r, "effectiveAt", -1));
		table_add(t, json_str(r, "outcomeText", ""));
		jv_free(r);
		jv_free(one);
	}
	table_print(t, stdout, "Nobody has given an order yet.");
	table_free(t);
}

int
audit_main(int argc, char **argv)
{
	struct cli c;
	struct err err;
	jv all;
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	code = CLI_OK;
	all = scan_latest(&c, RECORD_COMMAND, c.args[0], &err);
	if (!jv_is_valid(all)) {
		code = cli_fail(&c, &err);
	} else {
		all = by_time(all);
		if (c.is_json)
			cli_print_json(jv_copy(all));
		else
			print(all);
	}
	jv_free(all);
	cli_end(&c);
	return code;
}
