/* twinwire refused: what did not arrive, from the receipts. */
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/table.h"
#include "event/reasons.h"

/* Which receipts are asked for. */
struct wanted {
	const char *member; /* NULL: of all */
	int has_pending;
};

/* A receipt is MEMBER's if a connection of MEMBER wrote it or if the record
 * is MEMBER's. */
static int
is_of(jv one, jv receipt, const char *member)
{
	const char *key = json_str(receipt, "recordKey", "");
	struct key_parts parts;

	if (member == NULL || strcmp(json_str(one, "member", ""), member) == 0)
		return 1;
	return (key_parse(RECORD_CLAIM, key, &parts) == 0 ||
		   key_parse(RECORD_EVENT, key, &parts) == 0) &&
	       strcmp(parts.member, member) == 0;
}

static int
is_wanted(void *ctx, jv one, jv receipt)
{
	const struct wanted *w = ctx;
	const char *state = json_str(receipt, "state", "");

	return is_of(one, receipt, w->member) &&
	       (strcmp(state, "refused") == 0 ||
		   (w->has_pending && strcmp(state, "pending") == 0));
}

static void
add(struct table *t, jv one, jv r)
{
	const char *reason = json_str(r, "reason", "");

	table_add(t, json_str(one, "member", ""));
	table_add(t, json_str(r, "connection", ""));
	table_add(t, json_str(r, "recordKey", ""));
	table_add(t, json_str(r, "state", ""));
	table_add_time(t, json_int(r, "since", -1));
	table_add(t, json_str(r, "url", ""));
	table_add(t, reason);
	table_add(t, reasons_text(reason));
}

int
refused_main(int argc, char **argv)
{
	static const char *const titles[] = {"MEMBER", "CONNECTION", "RECORD",
	    "STATE", "SINCE", "WHERE", "REASON", "WHAT TO DO", NULL};
	struct wanted wanted = {0};
	const struct listing l = {
	    .type = RECORD_RECEIPT,
	    .titles = titles,
	    .empty = "Nothing is refused.",
	    .add = add,
	    .is_wanted = is_wanted,
	    .ctx = &wanted,
	};
	const struct cli_option options[] = {
	    {"pending", NULL, "also what is still being tried", NULL,
		&wanted.has_pending},
	};
	const struct cli_usage usage = {
	    .arguments = "[MEMBER]",
	    .summary = "List the records that a connection of MEMBER could "
		       "not publish or deliver, and\nthose of MEMBER that "
		       "others could not: why, and what to do about it.  "
		       "`dead` has\nthe letters themselves.",
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .max = 1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	struct cli c;
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	wanted.member = c.args[0];
	code = listing_find_member(&c, wanted.member);
	if (code == CLI_OK)
		code = listing_run(&c, &l, NULL);
	cli_end(&c);
	return code;
}
