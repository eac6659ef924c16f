/* twinwire dead: letters that could not be delivered, byte for byte. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/message.h"
#include "cli/scan.h"
#include "cli/table.h"
#include "event/reasons.h"
#include "wire/reader.h"

/* Which letters; NULL: all. */
struct filter {
	const char *connection, *reason, *key;
	const char *since;
	int64_t since_ms; /* of SINCE, else 0 */
};

struct dead {
	struct cli cli;
	struct filter filter;
	struct table *table;
	int64_t wanted; /* offset; -1: all */
	int n;
};

/* 1 if M's header NAME is WANTED, or if nothing is wanted. */
static int
has_header(const struct bus_message *m, const char *name, const char *wanted)
{
	char *text;
	int has;

	if (wanted == NULL)
		return 1;
	text = message_header(m, name);
	has = strcmp(text, wanted) == 0;
	free(text);
	return has;
}

static int
passes(const struct filter *f, const struct bus_message *m)
{
	return m->timestamp_ms >= f->since_ms &&
	       has_header(m, "tw_connection", f->connection) &&
	       has_header(m, "tw_reason", f->reason) &&
	       has_header(m, "tw_key", f->key);
}

static int
print_row(struct dead *d, const struct bus_message *m)
{
	static const char *const names[] = {"tw_connection", "tw_reason",
	    "tw_status", "tw_key", "tw_topic", NULL};
	char *text;
	size_t i;

	table_add(d->table, strrchr(m->topic, '.') + 1);
	table_add_int(d->table, m->offset);
	table_add_time(d->table, m->timestamp_ms);
	for (i = 0; names[i] != NULL; i++) {
		text = message_header(m, names[i]);
		table_add(d->table, text);
		free(text);
	}
	text = message_header(m, "tw_reason");
	table_add(d->table, reasons_text(text));
	free(text);
	return 0;
}

static int
each(void *ctx, const struct bus_message *m, struct err *err)
{
	struct dead *d = ctx;
	jv one;

	if ((d->wanted >= 0 && m->offset != d->wanted) ||
	    !passes(&d->filter, m))
		return 0;
	d->n++;
	if (d->wanted < 0 && !d->cli.is_json)
		return print_row(d, m);
	one = message_json(&d->cli, m, err);
	if (!jv_is_valid(one))
		return -1;
	if (d->cli.is_json) {
		cli_print_json(one);
		return 0;
	}
	cli_print_pretty(one);
	return 0;
}

static int
run(struct dead *d, const char *member)
{
	static const char *const titles[] = {"MEMBER", "OFFSET", "AT",
	    "CONNECTION", "REASON", "STATUS", "KEY", "FROM", "WHAT TO DO",
	    NULL};
	struct err err;
	char **topics = scan_topics(&d->cli, RECORD_CLAIM, 1, member, &err);
	int code = CLI_OK;

	if (topics == NULL)
		return cli_fail(&d->cli, &err);
	d->table = table_new(titles);
	if (reader_scan(&d->cli.bus, (const char *const *)topics,
		SCAN_TIMEOUT_MS, each, d, &err) < 0)
		code = cli_fail(&d->cli, &err);
	else if (d->wanted >= 0 && d->n == 0)
		code = cli_say(&d->cli, CLI_FAILED,
		    "there is no letter at offset %lld of tw.dead.%s",
		    (long long)d->wanted, member);
	else if (d->wanted < 0 && !d->cli.is_json)
		table_print(d->table, stdout, "There are no dead letters.");
	table_free(d->table);
	scan_free(topics);
	return code;
}

/* `list` or `show`, by the first argument. */
static int
choose(struct dead *d, const char *arguments)
{
	struct filter *f = &d->filter;
	char **args = d->cli.args, *rest = NULL;

	if (f->since != NULL && clock_parse(f->since, &f->since_ms) != 0)
		return cli_say(&d->cli, CLI_USAGE,
		    "--since %s: expected an instant such as "
		    "2026-10-31T10:00:00Z",
		    f->since);
	if (strcmp(args[0], "list") == 0 && d->cli.n_args < 3) {
		int code = listing_find_member(&d->cli, args[1]);

		return code != CLI_OK ? code : run(d, args[1]);
	}
	if (strcmp(args[0], "show") != 0 || d->cli.n_args != 3)
		return cli_say(
		    &d->cli, CLI_USAGE, "usage: twinwire dead %s", arguments);
	d->wanted = strtoll(args[2], &rest, 10);
	if (*rest != '\0' || d->wanted < 0)
		return cli_say(&d->cli, CLI_USAGE,
		    "%s: expected an offset, as `dead list` prints it",
		    args[2]);
	*f = (struct filter){0}; /* an offset says it all */
	return run(d, args[1]);
}

int
dead_main(int argc, char **argv)
{
	struct dead d = {.wanted = -1};
	const struct cli_option options[] = {
	    {"connection", "NAME", "list: only letters of that connection",
		&d.filter.connection, NULL},
	    {"since", "INSTANT", "list: only later ones", &d.filter.since,
		NULL},
	    {"reason", "CODE", "list: only with that reason", &d.filter.reason,
		NULL},
	    {"key", "KEY", "list: only of that record", &d.filter.key, NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "list [MEMBER] | show MEMBER OFFSET",
	    .summary =
		"List the dead letters of MEMBER's connections (of all), or "
		"show one whole: its\nheaders say why it died, value_base64 "
		"is what came off the wire, value what that\nmeans if it can "
		"be read.",
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .min = 1,
	    .max = 3,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	int code = cli_start(&d.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	code = choose(&d, usage.arguments);
	cli_end(&d.cli);
	return code;
}
