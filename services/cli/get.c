/* twinwire get: a record, and what became of it. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "bus/bus.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/scan.h"
#include "cli/table.h"
#include "event/reasons.h"

static const struct cli_usage usage = {
    .arguments = "KEY",
    .summary = "Print the newest record under KEY, and what became of it at "
	       "each connection.\nKeys are those that `tail` prints: "
	       "'site.17@volgograd', 'cpaffc|pairs.4',\n'wd:Q914+wd:Q92277'.  "
	       "A record that was withdrawn has the value null.",
    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
    .min = 1,
    .max = 1,
};

/* "<connection>|<record key>" */
static int
is_receipt_of(void *ctx, const struct bus_message *m)
{
	const char *key = ctx, *bar;
	size_t size = strlen(key);

	bar = m->key != NULL ? memchr(m->key, '|', m->key_size) : NULL;
	return bar != NULL &&
	       m->key_size - (size_t)(bar + 1 - (const char *)m->key) == size &&
	       memcmp(bar + 1, key, size) == 0;
}

/* The types whose topics may hold KEY. */
static jv
look_for(struct cli *c, const char *key, struct err *err)
{
	static const enum record_type types[] = {RECORD_CLAIM, RECORD_EVENT,
	    RECORD_ORGANIZATION, RECORD_PARTNERSHIP, RECORD_NOTICE,
	    RECORD_STATUS, RECORD_COMMAND};
	struct key_parts parts;
	jv out = jv_array(), some;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i] <= RECORD_ORGANIZATION &&
		    key_parse(types[i], key, &parts) < 0)
			continue;
		some = scan_key(c, types[i],
		    types[i] <= RECORD_ORGANIZATION ? parts.member : NULL, key,
		    err);
		if (!jv_is_valid(some)) {
			jv_free(out);
			return some;
		}
		out = jv_array_concat(out, some);
	}
	return out;
}

static jv
receipts_of(struct cli *c, const char *key, struct err *err)
{
	char **topics = scan_topics(c, RECORD_RECEIPT, 0, NULL, err);
	jv out;

	if (topics == NULL)
		return jv_invalid();
	out = scan_some(c, topics, is_receipt_of, (void *)(uintptr_t)key, err);
	scan_free(topics);
	return out;
}

static void
print_receipts(jv receipts)
{
	static const char *const titles[] = {"CONNECTION", "STATE", "SINCE",
	    "WHERE", "REASON", "WHAT TO DO", NULL};
	struct table *t = table_new(titles);

	jv_array_foreach (receipts, i, one) {
		jv r = json_get(one, "value");

		if (jv_get_kind(r) == JV_KIND_OBJECT) {
			table_add(t, json_str(r, "connection", ""));
			table_add(t, json_str(r, "state", ""));
			table_add_time(t, json_int(r, "since", -1));
			table_add(t, json_str(r, "url", ""));
			table_add(t, json_str(r, "reason", ""));
			table_add(t, reasons_text(json_str(r, "reason", "")));
		}
		jv_free(r);
		jv_free(one);
	}
	table_print(t, stdout, "No connection has said anything of it yet.");
	table_free(t);
}

static void
print(const struct cli *c, jv records, jv receipts)
{
	jv out;

	if (c->is_json) {
		out = jv_object();
		json_set(&out, "records", jv_copy(records));
		json_set(&out, "receipts", jv_copy(receipts));
		cli_print_json(out);
		return;
	}
	jv_array_foreach (records, i, one) {
		cli_print_pretty(one);
		printf("\n");
	}
	print_receipts(receipts);
}

int
get_main(int argc, char **argv)
{
	struct cli c;
	struct err err;
	jv records, receipts = jv_invalid();
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	code = CLI_OK;
	records = look_for(&c, c.args[0], &err);
	if (jv_is_valid(records)) {
		jv_free(receipts);
		receipts = receipts_of(&c, c.args[0], &err);
	}
	if (!jv_is_valid(receipts))
		code = cli_fail(&c, &err);
	else if (jv_array_length(jv_copy(records)) == 0)
		code = cli_say(
		    &c, CLI_FAILED, "nothing is under \"%s\"", c.args[0]);
	else
		print(&c, records, receipts);
	jv_free(records);
	jv_free(receipts);
	cli_end(&c);
	return code;
}
