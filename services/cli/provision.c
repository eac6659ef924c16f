/* twinwire provision: topics, schemas, users and rights as the design and
 * members.yaml have them. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/commands.h"
#include "cli/provision.h"
#include "cli/table.h"
#include "event/members.h"

void
provision_report(struct provision *p, jv *list, jv one, const char *action)
{
	json_set_str(&one, "action", action);
	*list = jv_array_append(*list, one);
	p->n_changes += strcmp(action, "none") != 0;
}

static void
print_list(struct table *t, jv list, const char *name)
{
	jv_array_foreach (list, i, one) {
		const char *action = json_str(one, "action", "");
		jv set = json_get(one, "set");

		if (strcmp(action, "none") != 0) {
			jv text =
			    jv_is_valid(set)
				? jv_dump_string(jv_copy(set), JV_PRINT_SORTED)
				: jv_string("");

			table_add(t, action);
			table_add(t, json_str(one, name, ""));
			table_add(t, jv_string_value(text));
			jv_free(text);
		}
		jv_free(set);
		jv_free(one);
	}
}

static void
print(struct provision *p, int is_whole)
{
	static const char *const titles[] = {
	    "ACTION", "WHAT", "SETTINGS", NULL};
	struct table *t;

	if (p->cli.is_json) {
		jv out = jv_object();

		json_set(&out, "topics", jv_copy(p->topics));
		json_set(&out, "schemas", jv_copy(p->schemas));
		json_set(&out, "users", jv_copy(p->users));
		json_set(&out, "rights", jv_copy(p->rights));
		cli_print_json(out);
		return;
	}
	t = table_new(titles);
	print_list(t, p->topics, "topic");
	print_list(t, p->schemas, "subject");
	print_list(t, p->users, "user");
	print_list(t, p->rights, "right");
	table_print(t, stdout, "Everything is as it should be.");
	table_free(t);
	if (p->is_plan && p->n_changes > 0)
		printf("Nothing was changed: %s.\n",
		    is_whole ? "this is the plan"
			     : "this is how far the plan got");
}

static int
run(struct provision *p, const char *file)
{
	struct buf problems = {0};
	struct members *m;
	struct err err;
	int code = CLI_OK;

	m = members_load(file, &problems, &err);
	if (m == NULL) {
		cli_say(&p->cli, 0, "%s cannot be used:", file);
		fprintf(
		    stderr, "%s", problems.size > 0 ? problems.data : err.msg);
		buf_free(&problems);
		return CLI_CONFIG;
	}
	buf_free(&problems);
	p->there = jv_object();
	p->topics = jv_array();
	p->schemas = jv_array();
	p->users = jv_array();
	p->rights = jv_array();
	if (provision_topics(p, m, &err) < 0 ||
	    provision_users(p, m, &err) < 0 ||
	    provision_rights(p, m, &err) < 0 || provision_schemas(p, &err) < 0)
		code = cli_fail(&p->cli, &err);
	/* What is not known to be right is not called so. */
	if (code == CLI_OK || p->cli.is_json || p->n_changes > 0)
		print(p, code == CLI_OK);
	jv_free(p->there);
	jv_free(p->topics);
	jv_free(p->schemas);
	jv_free(p->users);
	jv_free(p->rights);
	members_free(m);
	return code;
}

/* A number from LEAST of option --NAME; -1 after saying that it is none. */
static int
number(const struct cli *c, const char *name, const char *text, int least)
{
	long n = cli_number(text, least, INT_MAX - 1);

	if (n >= 0)
		return (int)n;
	return cli_say(
	    c, -1, "--%s %s: expected a number from %d", name, text, least);
}

int
provision_main(int argc, char **argv)
{
	struct provision p = {.owner = -1};
	const char *replicas = NULL, *owner = NULL;
	const struct cli_option options[] = {
	    {"plan", NULL, "say what would be done, and do nothing", NULL,
		&p.is_plan},
	    {"replicas", "N", "copies of new topics; the broker's default",
		&replicas, NULL},
	    {"secrets", "DIR",
		"make a user for each member and program, with a password in "
		"DIR/NAME.password",
		&p.secrets, NULL},
	    {"owner", "UID", "who shall own those files", &owner, NULL},
	    {"rotate", "NAME", "give this user another password", &p.rotate,
		NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "members.yaml",
	    .summary =
		"Make the topics of all members, register the schemas, grant "
		"each member what its\nrow says and revoke all other rights to "
		"topics of the wire. What is there already\nis brought into "
		"form; no topic, record or user is ever deleted.",
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .min = 1,
	    .max = 1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	int code = cli_start(&p.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	if (replicas != NULL)
		p.replicas = number(&p.cli, "replicas", replicas, 1);
	if (owner != NULL)
		p.owner = number(&p.cli, "owner", owner, 0);
	if (p.replicas < 0 || (owner != NULL && p.owner < 0))
		code = CLI_USAGE;
	else if (p.rotate != NULL && p.secrets == NULL)
		code = cli_say(&p.cli, CLI_USAGE,
		    "--rotate: the new password goes into --secrets DIR");
	else
		code = run(&p, p.cli.args[0]);
	cli_end(&p.cli);
	return code;
}
