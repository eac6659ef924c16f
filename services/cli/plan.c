/* twinwire plan: what a connection would do, in both directions. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/order.h"
#include "cli/planned.h"
#include "cli/scan.h"

enum { WAIT_S = 60, WAIT_MAX_S = 3600, SAID_EVERY_MS = 5000 };

struct request {
	struct cli cli;
	const char *by;
	long wait_s;
	int is_all;
	char *member; /* whose connection it is, once it has said something */
};

/* The newest Status of the connection, the caller's; null if it has said
 * nothing; invalid with ERR. */
static jv
status_of(struct request *r, struct err *err)
{
	jv said = scan_status(&r->cli, r->cli.args[0], err), status;

	if (jv_get_kind(said) != JV_KIND_OBJECT)
		return said;
	free(r->member);
	r->member = mem_dup(json_str(said, "member", ""));
	status = json_get(said, "value");
	jv_free(said);
	return status;
}

/* The plan of STATUS, or that there is none. */
static int
show(struct request *r, jv status)
{
	jv plan = json_get(status, "plan"), all = jv_invalid();
	struct order o = {.connection = json_str(status, "connection", ""),
	    .member = r->member,
	    .action = "plan",
	    .plan = json_str(plan, "id", ""),
	    .by = r->by,
	    .arguments = jv_null()};
	int code = CLI_FAILED, is_asked = r->is_all && o.plan[0] != '\0';

	if (is_asked)
		all = planned_list(&r->cli, &o);
	if (!is_asked || jv_is_valid(all))
		code = planned_show(&r->cli, r->cli.args[0], status, all);
	jv_free(all);
	jv_free(plan);
	return code;
}

static int
run(struct request *r)
{
	const char *connection = r->cli.args[0];
	int64_t end_ms = clock_mono_ms() + 1000 * r->wait_s;
	int64_t said_ms = 0;
	struct err err;
	jv status;
	int code;

	/* Each look reads the topics anew, which takes its time. */
	for (;;) {
		status = status_of(r, &err);
		if (!jv_is_valid(status)) {
			jv_free(status);
			return cli_fail(&r->cli, &err);
		}
		if (clock_mono_ms() >= end_ms ||
		    (jv_get_kind(status) == JV_KIND_OBJECT &&
			!planned_is_coming(status)))
			break;
		if (clock_mono_ms() - said_ms >= SAID_EVERY_MS) {
			cli_say(&r->cli, 0, "waiting for %s: %s", connection,
			    jv_get_kind(status) == JV_KIND_OBJECT
				? planned_why(status)
				: "it has not started yet");
			said_ms = clock_mono_ms();
		}
		jv_free(status);
	}
	if (jv_get_kind(status) == JV_KIND_OBJECT)
		code = show(r, status);
	else
		code = listing_unknown_connection(&r->cli, connection);
	jv_free(status);
	return code;
}

int
plan_main(int argc, char **argv)
{
	struct request r = {.wait_s = WAIT_S, .by = ORDER_BY};
	const char *wait = NULL;
	const struct cli_option options[] = {
	    {"all", NULL, "list all changes, for which it is asked", NULL,
		&r.is_all},
	    {"by", "NAME", "role or account that asks, for the audit trail",
		&r.by, NULL},
	    {"wait", "SECONDS", "for a plan that is being made; 60", &wait,
		NULL},
	};
	const struct cli_usage usage = {
	    .arguments = ORDER_CONNECTION,
	    .summary =
		"Show what a connection would do: what would be "
		"created, updated, removed,\npublished, withdrawn and "
		"left alone, in both directions, how often and the\n"
		"first ten, or --all.  Nothing is changed.  A connection "
		"that has never run plans\nbefore it does anything; one "
		"that was told to `resync`, or has more to change\nthan "
		"max_change allows, likewise.",
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .min = 1,
	    .max = 1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	int code = cli_start(&r.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	if (wait != NULL)
		r.wait_s = cli_number(wait, 0, WAIT_MAX_S);
	if (r.wait_s < 0)
		code = cli_say(&r.cli, CLI_USAGE,
		    "--wait: expected seconds from 0 to %d", WAIT_MAX_S);
	else
		code = run(&r);
	free(r.member);
	cli_end(&r.cli);
	return code;
}
