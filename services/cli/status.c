/* twinwire status: how the connections are. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/scan.h"
#include "cli/table.h"
#include "event/reasons.h"

/* A connection writes at least once a minute (DESIGN section 2). */
enum { SILENT_MS = 150000 };

static const struct cli_usage usage = {
    .arguments = "[CONNECTION...]",
    .summary = "Show how every connection is: its state and the reason for "
	       "it, what it has not\ndelivered yet, how many messages it has "
	       "not read.  A connection that has said\nnothing for minutes is "
	       "called silent.",
    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
    .max = -1,
};

static int64_t
lag_of(jv status)
{
	jv positions = json_get(status, "positions");
	int64_t sum = 0;

	if (jv_get_kind(positions) == JV_KIND_ARRAY) {
		jv_array_foreach (positions, i, one) {
			sum += json_int(one, "lag", 0);
			jv_free(one);
		}
	}
	jv_free(positions);
	return sum;
}

static int64_t
pending_of(jv status)
{
	jv counters = json_get(status, "counters");
	int64_t n = json_int(counters, "pending", 0);

	jv_free(counters);
	return n;
}

static int
is_wanted(void *ctx, jv one, jv s)
{
	const struct cli *c = ctx;
	const char *connection = json_str(s, "connection", "");

	(void)one;
	for (int i = 0; i < c->n_args; i++)
		if (strcmp(c->args[i], connection) == 0)
			return 1;
	return c->n_args == 0;
}

static void
add(struct table *t, jv one, jv s)
{
	int64_t at = json_int(s, "at", 0);
	int is_silent = clock_wall_ms() - at > SILENT_MS;
	const char *reason = json_str(s, "reason", "");

	table_add(t, json_str(one, "member", ""));
	table_add(t, json_str(s, "connection", ""));
	table_add(t, is_silent ? "silent" : json_str(s, "state", ""));
	table_add_int(t, pending_of(s));
	table_add_int(t, lag_of(s));
	table_add_time(t, at);
	table_add(t, reason);
	table_add(t, reasons_text(reason));
	table_add(t, json_str(s, "detail", ""));
}

/* The exit code if some connection that was asked for is not among ALL. */
static int
find_all(const struct cli *c, jv all)
{
	int code = CLI_OK;

	for (int i = 0; i < c->n_args; i++) {
		int is_there = 0;

		jv_array_foreach (all, k, one) {
			jv s = json_get(one, "value");

			is_there |= strcmp(json_str(s, "connection", ""),
					c->args[i]) == 0;
			jv_free(s);
			jv_free(one);
		}
		if (!is_there)
			code = cli_say(c, CLI_FAILED,
			    "no such connection: \"%s\" has said nothing on "
			    "the wire yet",
			    c->args[i]);
	}
	return code;
}

int
status_main(int argc, char **argv)
{
	static const char *const titles[] = {"MEMBER", "CONNECTION", "STATE",
	    "PENDING", "UNREAD", "SEEN", "REASON", "WHAT TO DO", "DETAIL",
	    NULL};
	struct cli c;
	const struct listing l = {
	    .type = RECORD_STATUS,
	    .titles = titles,
	    .empty = "No connection has said anything yet.",
	    .add = add,
	    .is_wanted = is_wanted,
	    .ctx = &c,
	};
	struct err err;
	jv all;
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	all = scan_latest(&c, RECORD_STATUS, NULL, &err);
	if (!jv_is_valid(all)) {
		code = cli_fail(&c, &err);
	} else {
		code = find_all(&c, all);
		if (code == CLI_OK || c.n_args > 1)
			(void)listing_print(&c, &l, jv_copy(all));
	}
	jv_free(all);
	cli_end(&c);
	return code;
}
