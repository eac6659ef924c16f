/* twinwire provision: topics and schemas as the design has them. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "event/members.h"
#include "event/schema.h"
#include "rest/registry.h"

enum { TIMEOUT_MS = 30000 };

struct provision {
	struct cli cli;
	struct admin *admin;
	int is_plan;
	int replicas;
	jv there;   /* topics of the cluster */
	jv topics;  /* array of {topic, action, set} */
	jv schemas; /* array of {subject, action, id} */
	int n_changes;
};

/* What a topic needs, by how long it is kept (DESIGN section 2). */
enum kept { KEPT_COMPACTED, KEPT_A_YEAR, KEPT_AS_DEAD };

static jv
settings_of(enum kept kept)
{
	jv s = jv_object();

	json_set_str(&s, "message.timestamp.type", "LogAppendTime");
	if (kept == KEPT_COMPACTED) {
		json_set_str(&s, "cleanup.policy", "compact");
		json_set_str(&s, "delete.retention.ms", "15552000000");
		return s;
	}
	json_set_str(&s, "cleanup.policy", "delete");
	if (kept == KEPT_A_YEAR) {
		json_set_str(&s, "retention.ms", "31536000000");
		return s;
	}
	json_set_str(&s, "retention.ms", "7776000000");
	json_set_str(&s, "max.message.bytes", "2097152");
	return s;
}

/* The settings in WANTED that the topic does not have. */
static jv
differing(jv wanted, jv has)
{
	jv out = jv_object();

	jv_object_foreach (wanted, key, value) {
		if (strcmp(json_str(has, jv_string_value(key), ""),
			jv_string_value(value)) != 0)
			out = jv_object_set(out, jv_copy(key), jv_copy(value));
		jv_free(key);
		jv_free(value);
	}
	return out;
}

static void
report_topic(
    struct provision *p, const char *topic, const char *action, jv settings)
{
	jv one = jv_object();

	json_set_str(&one, "topic", topic);
	json_set_str(&one, "action", action);
	json_set(&one, "set", settings);
	p->topics = jv_array_append(p->topics, one);
	p->n_changes += strcmp(action, "none") != 0;
}

static int
change_topic(struct provision *p, const char *topic, jv wanted, struct err *err)
{
	jv has = admin_config(p->admin, topic, TIMEOUT_MS, err);
	jv set;

	if (!jv_is_valid(has))
		return -1;
	set = differing(wanted, has);
	jv_free(has);
	if (jv_object_length(jv_copy(set)) == 0) {
		report_topic(p, topic, "none", set);
		return 0;
	}
	if (!p->is_plan &&
	    admin_configure(p->admin, topic, set, TIMEOUT_MS, err) < 0) {
		jv_free(set);
		return -1;
	}
	report_topic(p, topic, "change", set);
	return 0;
}

static int
one_topic(
    struct provision *p, const char *topic, enum kept kept, struct err *err)
{
	jv wanted = settings_of(kept);
	jv there = json_get(p->there, topic);
	int64_t partitions = json_int(there, "partitions", 0);
	int rc = 0;

	if (jv_is_valid(there) && partitions > 1)
		rc = err_set(err, ERR_REJECT, 0,
		    "%s has %d partitions, but the order of a topic of the "
		    "wire is that of its one",
		    topic, (int)partitions);
	else if (jv_is_valid(there))
		rc = change_topic(p, topic, wanted, err);
	else if (!p->is_plan)
		rc = admin_create(
		    p->admin, topic, p->replicas, wanted, TIMEOUT_MS, err);
	if (rc >= 0 && !jv_is_valid(there))
		report_topic(p, topic, "create", jv_copy(wanted));
	jv_free(there);
	jv_free(wanted);
	return rc < 0 ? -1 : 0;
}

static int
topics_of(struct provision *p, const char *member, struct err *err)
{
	static const struct {
		enum record_type type;
		enum kept kept;
	} all[] = {
	    {RECORD_CLAIM, KEPT_COMPACTED},
	    {RECORD_EVENT, KEPT_COMPACTED},
	    {RECORD_ORGANIZATION, KEPT_COMPACTED},
	    {RECORD_RECEIPT, KEPT_COMPACTED},
	    {RECORD_STATUS, KEPT_COMPACTED},
	    {RECORD_COMMAND, KEPT_A_YEAR},
	};
	char *topic;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof(all) / sizeof(all[0]); i++) {
		topic = topic_new(all[i].type, member);
		rc = one_topic(p, topic, all[i].kept, err);
		free(topic);
	}
	if (rc < 0)
		return -1;
	topic = mem_printf("tw.dead.%s", member);
	rc = one_topic(p, topic, KEPT_AS_DEAD, err);
	free(topic);
	return rc;
}

static int
all_topics(struct provision *p, const struct members *m, struct err *err)
{
	jv all;
	size_t i;

	p->admin = cli_admin(&p->cli, err);
	if (p->admin == NULL)
		return -1;
	all = admin_list(p->admin, TIMEOUT_MS, err);
	if (!jv_is_valid(all))
		return -1;
	jv_free(p->there);
	p->there = json_get(all, "topics");
	jv_free(all);
	for (i = 0; i < members_count(m); i++)
		if (topics_of(p, members_id(m, i), err) < 0)
			return -1;
	if (one_topic(p, "tw.partnerships", KEPT_COMPACTED, err) < 0)
		return -1;
	return one_topic(p, "tw.notices", KEPT_A_YEAR, err);
}

struct found {
	int is_done;
	int32_t id;
	struct err err;
};

static void
on_found(void *ctx, int32_t id, const struct err *err)
{
	struct found *f = ctx;

	f->is_done = 1;
	f->id = id;
	f->err = *err;
}

/* 1 and *OUT_ID if the registry has S, 0 if not, -1. */
static int
find(struct provision *p, struct registry *r, const struct schema *s,
    int32_t *out_id, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + TIMEOUT_MS;
	struct found f = {0};

	if (registry_find(
		r, schema_name(s), schema_text(s), on_found, &f, err) < 0)
		return -1;
	while (!f.is_done) {
		if (cli_turn(&p->cli, err) < 0)
			return -1;
		if (clock_mono_ms() > end_ms)
			abort(); /* registry_find() ends by its own timeout */
	}
	if (f.id >= 0) {
		*out_id = f.id;
		return 1;
	}
	if (f.err.class == ERR_REJECT)
		return 0;
	*err = f.err;
	return -1;
}

static int
one_schema(struct provision *p, struct registry *r, const struct schema *s,
    struct err *err)
{
	int32_t id = -1;
	int rc = find(p, r, s, &id, err);
	jv one;

	if (rc < 0)
		return -1;
	if (rc == 0 && !p->is_plan &&
	    registry_register(r, schema_name(s), schema_text(s), &id, err) < 0)
		return err_wrap(err, "%s", schema_name(s));
	one = jv_object();
	json_set_str(&one, "subject", schema_name(s));
	json_set_str(&one, "action", rc == 0 ? "register" : "none");
	if (id >= 0)
		json_set_int(&one, "id", id);
	p->schemas = jv_array_append(p->schemas, one);
	p->n_changes += rc == 0;
	return 0;
}

static int
all_schemas(struct provision *p, struct err *err)
{
	struct registry *r = cli_registry(&p->cli, err);
	const struct schema *s;
	size_t i;

	if (r == NULL)
		return -1;
	for (i = 0; (s = schema_builtin_at(i)) != NULL; i++)
		if (one_schema(p, r, s, err) < 0)
			return -1;
	return 0;
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
print(struct provision *p)
{
	static const char *const titles[] = {
	    "ACTION", "WHAT", "SETTINGS", NULL};
	struct table *t;

	if (p->cli.is_json) {
		jv out = jv_object();

		json_set(&out, "topics", jv_copy(p->topics));
		json_set(&out, "schemas", jv_copy(p->schemas));
		cli_print_json(out);
		return;
	}
	t = table_new(titles);
	print_list(t, p->topics, "topic");
	print_list(t, p->schemas, "subject");
	table_print(t, stdout, "Everything is as it should be.");
	table_free(t);
	if (p->is_plan && p->n_changes > 0)
		printf("Nothing was changed: this is the plan.\n");
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
	if (all_topics(p, m, &err) < 0 || all_schemas(p, &err) < 0)
		code = cli_fail(&p->cli, &err);
	/* What is not known to be right is not called so. */
	if (code == CLI_OK || p->cli.is_json || p->n_changes > 0)
		print(p);
	jv_free(p->there);
	jv_free(p->topics);
	jv_free(p->schemas);
	members_free(m);
	return code;
}

int
provision_main(int argc, char **argv)
{
	struct provision p = {0};
	const char *replicas = NULL;
	const struct cli_option options[] = {
	    {"plan", NULL, "say what would be done, and do nothing", NULL,
		&p.is_plan},
	    {"replicas", "N", "copies of new topics; the broker's default",
		&replicas, NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "members.yaml",
	    .summary = "Make the topics of all members and register the "
		       "schemas; what is there already is\nbrought into form. "
		       "Nothing is ever deleted.",
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .min = 1,
	    .max = 1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	char *rest = NULL;
	int code = cli_start(&p.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	if (replicas != NULL)
		p.replicas = (int)strtol(replicas, &rest, 10);
	if (replicas != NULL && (*rest != '\0' || p.replicas < 1))
		code = cli_say(&p.cli, CLI_USAGE,
		    "--replicas %s: expected a number from 1", replicas);
	else
		code = run(&p, p.cli.args[0]);
	cli_end(&p.cli);
	return code;
}
