/* twinwire withdraw: records off the wire. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/scan.h"

enum { FLUSH_MS = 30000 };

static const char summary[] =
    "Withdraw records: every site that shows them takes them down.  A KEY is "
    "what `tail`\nand `get` print: 'site.17@volgograd', 'cpaffc|pairs.4', "
    "'mag|org:mag'.  The entry in\nthe member's own system is not touched, "
    "and comes back once it is edited there.  An\nevent that is cancelled is "
    "not withdrawn: publish it with the status cancelled.";

/* The type whose keys have KEY's form, and its member: 0 or -1. */
static int
understand(const char *key, struct cli_record *out, struct key_parts *parts)
{
	for (int t = RECORD_CLAIM; t <= RECORD_ORGANIZATION; t++) {
		if (key_parse((enum record_type)t, key, parts) != 0)
			continue;
		*out = (struct cli_record){.type = (enum record_type)t,
		    .member = parts->member,
		    .key = key,
		    .value = jv_null()};
		return 0;
	}
	return -1;
}

/* 1 if a record stands under R's key, 0 if none does, -1 with ERR. */
static int
is_there(struct cli *c, const struct cli_record *r, struct err *err)
{
	jv found = scan_key(c, r->type, r->member, r->key, err);
	int is = 0;

	if (!jv_is_valid(found))
		return -1;
	jv_array_foreach (found, i, one) {
		jv value = json_get(one, "value");

		is = jv_get_kind(value) != JV_KIND_NULL;
		jv_free(value);
		jv_free(one);
	}
	jv_free(found);
	return is;
}

/* 0, or the exit code of what went wrong. */
static int
withdraw(struct cli *c, const char *key)
{
	struct key_parts parts;
	struct cli_record r;
	struct err err;
	int rc;

	if (understand(key, &r, &parts) != 0)
		return cli_say(c, CLI_USAGE,
		    "\"%s\" is no key of an event, a claim or an organization",
		    key);
	rc = is_there(c, &r, &err);
	if (rc < 0)
		return cli_fail(c, &err);
	if (rc == 0)
		return cli_say(c, CLI_FAILED, "nothing is under \"%s\"", key);
	if (cli_write(c, &r, NULL, NULL, &err) != 0 ||
	    cli_flush(c, FLUSH_MS, &err) != 0)
		return cli_fail(c, &err);
	printf("withdrawn %s\n", key);
	return CLI_OK;
}

int
withdraw_main(int argc, char **argv)
{
	const struct cli_usage usage = {
	    .arguments = "KEY...",
	    .summary = summary,
	    .common = CLI_KAFKA | CLI_REGISTRY,
	    .min = 1,
	    .max = -1,
	};
	struct cli c;
	int code = cli_start(&c, &usage, argc, argv), rc;

	if (code >= 0)
		return code;
	code = CLI_OK;
	for (int i = 0; i < c.n_args; i++) {
		rc = withdraw(&c, c.args[i]);
		if (rc != CLI_OK)
			code = rc;
	}
	cli_end(&c);
	return code;
}
