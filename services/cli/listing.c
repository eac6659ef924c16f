/* Lists of records: see listing.h. */
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/cli.h"
#include "cli/listing.h"
#include "cli/scan.h"
#include "cli/table.h"

enum { KNOWN_MAX = 30 };

/* ALL (consumed), oldest first by FIELD of their values. */
static jv
by_time(jv all, const char *field)
{
	jv times = jv_array();

	jv_array_foreach (all, i, one) {
		jv value = json_get(one, "value");

		times = jv_array_append(
		    times, jv_number((double)json_int(value, field, 0)));
		jv_free(value);
		jv_free(one);
	}
	return jv_sort(all, times);
}

int
listing_print(struct cli *c, const struct listing *l, jv all)
{
	struct table *t = table_new(l->titles);
	jv shown = jv_array();

	if (l->time_field != NULL)
		all = by_time(all, l->time_field);
	jv_array_foreach (all, i, one) {
		jv value = json_get(one, "value");

		if (l->is_wanted == NULL || l->is_wanted(l->ctx, one, value)) {
			l->add(t, one, value);
			shown = jv_array_append(shown, jv_copy(one));
		}
		jv_free(value);
		jv_free(one);
	}
	jv_free(all);
	if (c->is_json)
		cli_print_json(jv_copy(shown));
	else
		table_print(t, stdout, l->empty);
	jv_free(shown);
	table_free(t);
	return CLI_OK;
}

int
listing_run(struct cli *c, const struct listing *l, const char *member)
{
	struct err err;
	jv all = scan_latest(c, l->type, member, &err);

	return jv_is_valid(all) ? listing_print(c, l, all) : cli_fail(c, &err);
}

int
listing_find_member(struct cli *c, const char *member)
{
	struct err err;
	char **topics;
	int is_there;

	if (member == NULL)
		return CLI_OK;
	topics = scan_topics(c, RECORD_STATUS, 0, member, &err);
	if (topics == NULL)
		return cli_fail(c, &err);
	is_there = topics[0] != NULL;
	scan_free(topics);
	if (is_there)
		return CLI_OK;
	return cli_say(c, CLI_FAILED,
	    "no such member: \"%s\" has no topics; `twinwire topics` lists "
	    "those there are",
	    member);
}

int
listing_no_connection(const struct cli *c, const char *name, jv all)
{
	struct buf known = {0};
	int n = jv_array_length(jv_copy(all)), code;

	jv_array_foreach (all, i, one) {
		jv status = json_get(one, "value");

		if (i < KNOWN_MAX)
			buf_printf(&known, "%s%s", i > 0 ? ", " : "",
			    json_str(status, "connection", ""));
		jv_free(status);
		jv_free(one);
	}
	if (n > KNOWN_MAX)
		buf_printf(&known, " and %d more", n - KNOWN_MAX);
	code = cli_say(c, CLI_FAILED,
	    "no such connection: \"%s\" has said nothing on the wire yet; "
	    "start its connector%s%s",
	    name, n > 0 ? ", or take one of these: " : "",
	    known.size > 0 ? known.data : "");
	buf_free(&known);
	return code;
}

int
listing_unknown_connection(struct cli *c, const char *name)
{
	struct err err;
	jv all = scan_latest(c, RECORD_STATUS, NULL, &err);
	int code = jv_is_valid(all) ? listing_no_connection(c, name, all)
				    : cli_fail(c, &err);

	jv_free(all);
	return code;
}
