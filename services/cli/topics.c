/* twinwire topics: what there is and where it ends. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "bus/admin.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/topics.h"

enum { TIMEOUT_MS = 10000 };

static const struct cli_usage usage = {
    .arguments = "[PATTERN...]",
    .summary = "List the topics of the wire: first offset, next offset.  "
	       "A PATTERN is a name\nin which * stands for anything, such "
	       "as 'tw.events.*'.",
    .common = CLI_KAFKA | CLI_JSON,
    .max = -1,
};

int
topics_is_wanted(const struct cli *c, const char *topic)
{
	struct topic_name name;
	int i;

	if (topic_parse(topic, &name) < 0)
		return 0;
	for (i = 0; i < c->n_args; i++)
		if (topic_matches(c->args[i], topic))
			return 1;
	return c->n_args == 0;
}

jv
topics_list(struct cli *c, struct err *err)
{
	struct admin *a = cli_admin(c, err);
	jv all, topics, out = jv_object();

	if (a == NULL)
		goto fail;
	all = admin_list(a, TIMEOUT_MS, err);
	if (!jv_is_valid(all))
		goto fail;
	topics = json_get(all, "topics");
	jv_free(all);
	jv_object_foreach (topics, key, value) {
		if (topics_is_wanted(c, jv_string_value(key)))
			out = jv_object_set(out, jv_copy(key), jv_copy(value));
		jv_free(key);
		jv_free(value);
	}
	jv_free(topics);
	if (admin_bounds_all(a, &out, TIMEOUT_MS, err) == 0)
		return out;
fail:
	jv_free(out);
	return jv_invalid();
}

static void
print(jv topics)
{
	static const char *const titles[] = {"TOPIC", "FROM", "NEXT", NULL};
	struct table *t = table_new(titles);
	jv names = jv_keys(jv_copy(topics));

	jv_array_foreach (names, i, name) {
		jv topic = json_get(topics, jv_string_value(name));

		table_add(t, jv_string_value(name));
		table_add_int(t, json_int(topic, "low", -1));
		table_add_int(t, json_int(topic, "high", -1));
		jv_free(topic);
		jv_free(name);
	}
	jv_free(names);
	table_print(t, stdout, "There is no such topic.");
	table_free(t);
}

int
topics_main(int argc, char **argv)
{
	struct cli c;
	struct err err;
	jv topics;
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	code = CLI_OK;
	topics = topics_list(&c, &err);
	if (!jv_is_valid(topics))
		code = cli_fail(&c, &err);
	else if (c.is_json)
		cli_print_json(jv_copy(topics));
	else
		print(topics);
	jv_free(topics);
	cli_end(&c);
	return code;
}
