/* twinwire probe: what a system does with our requests, by a test record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/mem.h"
#include "cli/asked.h"
#include "cli/commands.h"
#include "cli/probe.h"
#include "cli/table.h"
#include "map/connection.h"
#include "map/preset.h"
#include "map/program.h"

enum { NAME_BYTES = 6 };

/* Marked, and with all that systems like to rewrite. */
static const char event[] =
    "{\"title\":{\"en\":\"Twinwire test record: please ignore <it> & \\\"go "
    "on\\\"\",\"ru\":\"Проверка Twinwire\",\"zh-Hans\":\"测试\"},"
    "\"summary\":{\"en\":\"Written by twinwire probe, which removes it.\\n\\n"
    "Second paragraph - with -- dashes... and 'quotes'.\"},"
    "\"start\":\"2035-05-09T10:00:00\",\"end\":\"2035-05-09T12:00:00\","
    "\"startUtc\":2062310400000,\"endUtc\":2062317600000,\"allDay\":false,"
    "\"tz\":\"Europe/Volgograd\",\"previousStart\":null,"
    "\"status\":\"confirmed\",\"sequence\":0,\"kind\":\"other\","
    "\"attendance\":\"offline\",\"places\":[],\"organizers\":[],"
    "\"url\":\"https://www.example.org/twinwire-probe\",\"languages\":[],"
    "\"about\":[],\"sameAs\":[]}";

static const char *const tiers[] = {[PRESET_PUT] = "put",
    [PRESET_FIND] = "find",
    [PRESET_KEYED] = "keyed",
    [PRESET_POST] = "post"};

static void
remark(jv *list, const char *text)
{
	*list = jv_array_append(*list, jv_string(text));
}

static enum preset_tier
fitting_tier(const struct probe *p)
{
	if (p->idempotent == PROBE_YES)
		return p->is_put ? PRESET_PUT : PRESET_KEYED;
	return p->is_find_good && p->keeps_key == PROBE_YES ? PRESET_FIND
							    : PRESET_POST;
}

/* What the preset should say, as {tier, says, agrees, remarks: [text]}. */
static jv
advise(const struct probe *p)
{
	enum preset_tier says = preset_tier(p->conf->preset),
			 fits = fitting_tier(p);
	/* What cannot be asked proves nothing; a look-up that works is right
	 * also where it is not needed. */
	int agrees = says == fits || p->idempotent == PROBE_UNKNOWN ||
		     (says == PRESET_FIND && p->is_find_good);
	jv out = jv_object(), remarks = jv_array(), names;

	if (agrees)
		fits = says;
	if (fits == PRESET_POST && says == PRESET_POST)
		remark(&remarks, "A lost answer may double a record: the "
				 "system has nothing to prevent it.");
	if (p->keeps_key == PROBE_NO)
		remark(&remarks,
		    "It does not give our key back: find a field that it keeps "
		    "and say so in `marker`, `find` and `stored`.");
	if (jv_array_length(jv_copy(p->rewritten)) > 0) {
		names = jv_dump_string(jv_copy(p->rewritten), 0);
		remarks = jv_array_append(remarks,
		    jv_string_fmt("It rewrites %s: let `body` write it as the "
				  "system stores it, `stored` give back what "
				  "was written, or leave it out of `owns`.",
			jv_string_value(names)));
		jv_free(names);
	}
	if (p->updates == PROBE_NO)
		remark(&remarks, "Updates have no effect: correct `update`.");
	if (p->lists == PROBE_NO)
		remark(&remarks, "The listing does not show what was written: "
				 "correct `list` and `listed`.");
	if (p->shows_deletions == PROBE_YES && !p->is_gone_listed)
		remark(&remarks,
		    "Deletions show only as missing from the whole listing: "
		    "they are noticed after a second look.");
	if (p->shows_deletions == PROBE_NO)
		remark(&remarks, "The listing does not show deletions: let "
				 "`listed` name what lies in the trash in "
				 "`gone`.");
	json_set_str(&out, "says", tiers[says]);
	json_set_str(&out, "tier", tiers[fits]);
	json_set(&out, "agrees", jv_bool(says == fits));
	json_set(&out, "remarks", remarks);
	return out;
}

static jv
said(enum probe_said s)
{
	return s == PROBE_UNKNOWN ? jv_null() : jv_bool(s == PROBE_YES);
}

static void
print_json(const struct probe *p, jv advice)
{
	jv out = jv_object();

	json_set_str(&out, "connection", p->conf->id);
	json_set_str(&out, "preset", preset_name(p->conf->preset));
	json_set_str(&out, "key", p->key);
	json_set(&out, "steps", jv_copy(p->steps));
	json_set(&out, "lets_in", said(p->lets_in));
	json_set(&out, "idempotent", said(p->idempotent));
	json_set(&out, "keeps_key", said(p->keeps_key));
	json_set(&out, "rewrites", jv_copy(p->rewritten));
	json_set(&out, "updates", said(p->updates));
	json_set(&out, "lists", said(p->lists));
	json_set(&out, "removes", said(p->removes));
	json_set(&out, "shows_deletions", said(p->shows_deletions));
	json_set(&out, "preset_should_say", jv_copy(advice));
	cli_print_json(out);
}

static void
print_table(const struct probe *p, jv advice)
{
	static const char *const titles[] = {"STEP", "GOOD", "WHAT", NULL};
	struct table *t = table_new(titles);
	jv remarks = json_get(advice, "remarks");

	jv_array_foreach (p->steps, i, one) {
		table_add(t, json_str(one, "step", ""));
		table_add(t, json_str(one, "result", ""));
		table_add(t, json_str(one, "text", ""));
		jv_free(one);
	}
	table_print(t, stdout, "");
	table_free(t);
	if (p->lets_in != PROBE_NO && !p->is_refused)
		printf("\nThe preset %s should say `tier: %s`%s.\n",
		    preset_name(p->conf->preset), json_str(advice, "tier", ""),
		    json_bool(advice, "agrees", 0) ? ", and does"
						   : "; it does not");
	jv_array_foreach (remarks, k, one) {
		printf("%s\n", jv_string_value(one));
		jv_free(one);
	}
	jv_free(remarks);
}

/* The test record of P under a key that nobody has. */
static int
make_record(struct probe *p, struct err *err)
{
	char name[HEX_SIZE(NAME_BYTES)];
	jv title;

	if (hex_random(NAME_BYTES, name) != 0)
		return err_set(err, ERR_FATAL, 0, "no random numbers");
	p->type = RECORD_EVENT;
	p->key = key_new(p->type, p->conf->member, "twinwire-probe", name, err);
	if (p->key == NULL)
		return -1;
	p->marker = mem_printf("%s/%s", p->conf->id, p->key);
	p->record = json_parse(event, sizeof(event) - 1, NULL);
	json_set_str(&p->record, "uid", p->key);
	json_set_str(&p->record, "publisher", p->conf->member);
	p->changed = jv_copy(p->record);
	title = json_get(p->changed, "title");
	json_set_str(&title, "en", "Twinwire test record, changed");
	json_set(&p->changed, "title", title);
	return 0;
}

static int
run(struct probe *p)
{
	struct err err = {0};
	jv advice;
	int code = CLI_FAILED;

	p->steps = p->local_ids = p->rewritten = p->record = p->changed =
	    jv_invalid();
	p->asked = asked_new(p->conf, &err);
	if (p->asked == NULL || make_record(p, &err) != 0) {
		cli_fail(&p->cli, &err);
		goto out;
	}
	probe_run(p);
	advice = advise(p);
	if (p->cli.is_json)
		print_json(p, advice);
	else
		print_table(p, advice);
	if (json_bool(advice, "agrees", 0) && p->lets_in != PROBE_NO &&
	    !p->is_refused && p->removes != PROBE_NO &&
	    p->updates != PROBE_NO && p->lists != PROBE_NO)
		code = CLI_OK;
	jv_free(advice);
out:
	asked_free(p->asked);
	free(p->key);
	free(p->marker);
	jv_free(p->steps);
	jv_free(p->local_ids);
	jv_free(p->rewritten);
	jv_free(p->record);
	jv_free(p->changed);
	return code;
}

static int
load(struct probe *p, const char *presets, int is_sure)
{
	const char *files[] = {p->cli.args[0]};
	struct connections list = {0};
	struct buf problems = {0};
	char *folder =
	    presets != NULL ? mem_dup(presets) : cli_share("connectors");
	int code = CLI_CONFIG;

	if (connections_load(files, 1, folder, &list, &problems) != 0) {
		fprintf(stderr, "%s", problems.data);
	} else if (!is_sure) {
		code = cli_say(&p->cli, CLI_USAGE,
		    "this would write a test record to %s, change it and "
		    "remove it again: --yes does",
		    list.list[0].base_url);
	} else {
		p->conf = &list.list[0];
		code = run(p);
	}
	connections_fini(&list);
	buf_free(&problems);
	free(folder);
	return code;
}

int
probe_main(int argc, char **argv)
{
	struct probe p = {0};
	const char *presets = NULL;
	int is_sure = 0;
	const struct cli_option options[] = {
	    {"yes", NULL, "do it", NULL, &is_sure},
	    {"presets", "DIR", "where the presets are", &presets, NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "FILE",
	    .summary =
		"Ask the system of the connection in FILE what it does: "
		"create, read, repeat,\nupdate, list and delete a "
		"marked test record, and say whether it is idempotent,\n"
		"keeps our key, rewrites text, shows deletions, and what "
		"the preset should\ntherefore say.  The wire is not "
		"asked.  Where the preset can, use a connection\nwith "
		"arrive_as: draft.",
	    .common = CLI_JSON,
	    .min = 1,
	    .max = 1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	int code = cli_start(&p.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	program_sandbox();
	code = load(&p, presets, is_sure);
	cli_end(&p.cli);
	return code;
}
