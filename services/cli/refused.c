/* twinwire refused: what did not arrive, from the receipts. */
#include <string.h>

#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/scan.h"
#include "cli/table.h"

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
is_shown(jv receipt, int has_pending)
{
	const char *state = json_str(receipt, "state", "");

	return strcmp(state, "refused") == 0 ||
	       (has_pending && strcmp(state, "pending") == 0);
}

static void
print(jv all)
{
	static const char *const titles[] = {"MEMBER", "CONNECTION", "RECORD",
	    "STATE", "REASON", "SINCE", "WHERE", NULL};
	struct table *t = table_new(titles);

	jv_array_foreach (all, i, one) {
		jv r = json_get(one, "value");

		table_add(t, json_str(one, "member", ""));
		table_add(t, json_str(r, "connection", ""));
		table_add(t, json_str(r, "recordKey", ""));
		table_add(t, json_str(r, "state", ""));
		table_add(t, json_str(r, "reason", ""));
		table_add_time(t, json_int(r, "since", -1));
		table_add(t, json_str(r, "url", ""));
		jv_free(r);
		jv_free(one);
	}
	table_print(t, stdout, "Nothing is refused.");
	table_free(t);
}

int
refused_main(int argc, char **argv)
{
	struct cli c;
	int has_pending = 0;
	const struct cli_option options[] = {
	    {"pending", NULL, "also what is still being tried", NULL,
		&has_pending},
	};
	const struct cli_usage usage = {
	    .arguments = "[MEMBER]",
	    .summary = "List the records that a connection of MEMBER could "
		       "not publish or deliver, and\nthose of MEMBER that "
		       "others could not.  `dead` has the letters themselves.",
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .max = 1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	struct err err;
	jv all, shown = jv_array();
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0) {
		jv_free(shown);
		return code;
	}
	code = CLI_OK;
	all = scan_latest(&c, RECORD_RECEIPT, NULL, &err);
	if (!jv_is_valid(all)) {
		code = cli_fail(&c, &err);
	} else {
		jv_array_foreach (all, i, one) {
			jv r = json_get(one, "value");

			if (is_shown(r, has_pending) &&
			    is_of(one, r, c.args[0]))
				shown = jv_array_append(shown, jv_copy(one));
			jv_free(r);
			jv_free(one);
		}
		if (c.is_json)
			cli_print_json(jv_copy(shown));
		else
			print(shown);
	}
	jv_free(all);
	jv_free(shown);
	cli_end(&c);
	return code;
}
