/* twinwire status: how the connections are. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/scan.h"
#include "cli/table.h"

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
is_wanted(const struct cli *c, const char *connection)
{
	int i;

	for (i = 0; i < c->n_args; i++)
		if (strcmp(c->args[i], connection) == 0)
			return 1;
	return c->n_args == 0;
}

static void
add_row(struct table *t, jv one, jv s)
{
	int64_t at = json_int(s, "at", 0);
	int is_silent = clock_wall_ms() - at > SILENT_MS;

	table_add(t, json_str(one, "member", ""));
	table_add(t, json_str(s, "connection", ""));
	table_add(t, is_silent ? "silent" : json_str(s, "state", ""));
	table_add_int(t, pending_of(s));
	table_add_int(t, lag_of(s));
	table_add_time(t, at);
	table_add(t, json_str(s, "reason", ""));
	table_add(t, json_str(s, "detail", ""));
}

int
status_main(int argc, char **argv)
{
	static const char *const titles[] = {"MEMBER", "CONNECTION", "STATE",
	    "PENDING", "UNREAD", "SEEN", "REASON", "DETAIL", NULL};
	struct cli c;
	struct err err;
	struct table *t;
	jv all, shown = jv_array();
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0) {
		jv_free(shown);
		return code;
	}
	t = table_new(titles);
	code = CLI_OK;
	all = scan_latest(&c, RECORD_STATUS, NULL, &err);
	if (!jv_is_valid(all)) {
		code = cli_fail(&c, &err);
		goto out;
	}
	jv_array_foreach (all, i, one) {
		jv s = json_get(one, "value");

		if (is_wanted(&c, json_str(s, "connection", ""))) {
			add_row(t, one, s);
			shown = jv_array_append(shown, jv_copy(one));
		}
		jv_free(s);
		jv_free(one);
	}
	if (c.is_json)
		cli_print_json(jv_copy(shown));
	else
		table_print(t, stdout, "No connection has said anything yet.");
out:
	table_free(t);
	jv_free(all);
	jv_free(shown);
	cli_end(&c);
	return code;
}
