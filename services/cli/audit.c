/* twinwire audit: who ordered what, and what became of it. */
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/table.h"

static const struct cli_usage usage = {
    .arguments = "[MEMBER]",
    .summary = "List the orders to the connections of MEMBER (of all), oldest "
	       "first: who gave them,\nand what became of them.  Kept for a "
	       "year.",
    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
    .max = 1,
};

/* What became of an order R; one that nobody answered is not run any more once
 * it has expired. */
static const char *
outcome_of(jv r)
{
	const char *outcome = json_str(r, "outcome", "");

	if (outcome[0] != '\0')
		return outcome;
	return json_int(r, "expires", 0) > clock_wall_ms() ? "waits" : "void";
}

static void
add(struct table *t, jv one, jv r)
{
	table_add_time(t, json_int(r, "at", -1));
	table_add(t, json_str(one, "member", ""));
	table_add(t, json_str(r, "connection", ""));
	table_add(t, json_str(r, "action", ""));
	table_add(t, json_str(r, "planId", ""));
	table_add(t, json_str(r, "by", ""));
	table_add(t, outcome_of(r));
	table_add_time(t, json_int(r, "effectiveAt", -1));
	table_add(t, json_str(r, "outcomeText", ""));
}

int
audit_main(int argc, char **argv)
{
	static const char *const titles[] = {"ASKED", "MEMBER", "CONNECTION",
	    "ACTION", "PLAN", "BY", "OUTCOME", "EFFECTIVE", "TEXT", NULL};
	const struct listing l = {
	    .type = RECORD_COMMAND,
	    .titles = titles,
	    .empty = "Nobody has given an order yet.",
	    .add = add,
	    .time_field = "at",
	};
	struct cli c;
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	code = listing_find_member(&c, c.args[0]);
	if (code == CLI_OK)
		code = listing_run(&c, &l, c.args[0]);
	cli_end(&c);
	return code;
}
