/* A plan in words: see planned.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "cli/cli.h"
#include "cli/planned.h"
#include "cli/table.h"
#include "wire/law.h"

static const struct {
	const char *action, *one, *many;
} actions[] = {
    {"create", "would be created in the system",
	"would be created in the system"},
    {"update", "would be updated", "would be updated"},
    {"adopt", "stands in the system already and would be taken over",
	"stand in the system already and would be taken over"},
    {"remove", "would be removed from the system",
	"would be removed from the system"},
    {"publish", "would be put onto the wire", "would be put onto the wire"},
    {"withdraw", "would be withdrawn from the wire",
	"would be withdrawn from the wire"},
    {"refuse", "is not fit and would be refused",
	"are not fit and would be refused"},
    {"unreadable",
	"message cannot be read and would be set aside as a dead letter",
	"messages cannot be read and would be set aside as dead letters"},
    {"keep", "would be left alone", "would be left alone"},
};

/* Changes under TITLE. */
static void
print_changes(const char *title, jv changes)
{
	static const char *const titles[] = {"ACTION", "KEY", "LABEL", NULL};
	struct table *t = table_new(titles);

	jv_array_foreach (changes, i, one) {
		table_add(t, json_str(one, "action", ""));
		table_add(t, json_str(one, "key", ""));
		table_add(t, json_str(one, "label", ""));
		jv_free(one);
	}
	printf("%s\n", title);
	table_print(t, stdout, "");
	table_free(t);
}

/* How many changes are no part of LIST: messages that cannot be read have no
 * name, and what is left alone is none. */
static int64_t
unlisted(jv counts, jv list)
{
	int64_t n = 0;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].action, "keep") != 0 &&
		    strcmp(actions[i].action, "unreadable") != 0)
			n += json_int(counts, actions[i].action, 0);
	return n - jv_array_length(jv_copy(list));
}

/* ALL, or the FIRST of them if that is invalid. */
static void
print_list(const char *connection, jv counts, jv first, jv all)
{
	int is_all = jv_get_kind(all) == JV_KIND_ARRAY;
	jv list = is_all ? all : first;
	int64_t more;

	if (jv_get_kind(list) != JV_KIND_ARRAY ||
	    jv_array_length(jv_copy(list)) == 0)
		return;
	more = unlisted(counts, list);
	print_changes(more <= 0 ? "These are:" : "The first of them:", list);
	if (more > 0 && is_all)
		printf(
		    "and %lld more, which no list holds.\n", (long long)more);
	else if (more > 0)
		printf("and %lld more: twinwire plan --all %s\n",
		    (long long)more, connection);
}

static void
print(const char *connection, jv plan, jv all)
{
	jv counts = json_get(plan, "counts"), first = json_get(plan, "first");
	int n_kinds = 0;

	printf("plan %s\n", json_str(plan, "id", ""));
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		int64_t n = json_int(counts, actions[i].action, 0);

		if (n <= 0)
			continue;
		n_kinds++;
		printf("  %lld %s (%s)\n", (long long)n,
		    count_word(n, actions[i].one, actions[i].many),
		    actions[i].action);
	}
	if (n_kinds == 0)
		printf("  nothing yet: it would begin with what comes\n");
	print_list(connection, counts, first, all);
	jv_free(counts);
	jv_free(first);
}

int
planned_is_coming(jv status)
{
	jv plan = json_get(status, "plan");
	int is = jv_get_kind(plan) != JV_KIND_OBJECT &&
		 (strcmp(json_str(status, "reason", ""), "first_run") == 0 ||
		     strcmp(json_str(status, "reason", ""), "resync") == 0);

	jv_free(plan);
	return is;
}

const char *
planned_why(jv status)
{
	const char *detail = json_str(status, "detail", "");

	return *detail != '\0' ? detail : "it reads the logs and its system";
}

/* What nobody has confirmed for a while may be otherwise by now. */
static void
say_silent(const struct cli *c, const char *connection, jv status)
{
	int64_t at_ms = json_int(status, "at", 0);
	char at[CLOCK_TEXT_SIZE];

	if (clock_wall_ms() - at_ms > LAW_SILENT_MS)
		cli_say(c, CLI_OK,
		    "%s has said nothing since %s: see whether its connector "
		    "runs",
		    connection, clock_text(at_ms, at));
}

int
planned_show(const struct cli *c, const char *connection, jv status, jv all)
{
	jv plan = json_get(status, "plan");
	int has = jv_get_kind(plan) == JV_KIND_OBJECT;

	say_silent(c, connection, status);
	if (c->is_json) {
		if (has && jv_is_valid(all))
			json_set(&plan, "all", jv_copy(all));
		cli_print_json(has ? plan : jv_null());
		return CLI_OK;
	}
	if (has) {
		print(connection, plan, all);
		printf("Nothing was changed. To have it carried out: "
		       "twinwire approve %s %s\n",
		    connection, json_str(plan, "id", ""));
	} else if (planned_is_coming(status)) {
		jv_free(plan);
		return cli_say(c, CLI_FAILED,
		    "%s has no plan yet (%s): ask again, or let "
		    "`twinwire plan %s` wait for it",
		    connection, planned_why(status), connection);
	} else if (strcmp(json_str(status, "state", ""), "running") != 0) {
		printf("Nothing waits for approval, but it does not run: see "
		       "`twinwire status %s`.\n",
		    connection);
	} else {
		printf("Nothing waits: %s does what comes, as it comes. What "
		       "a changed filter or\nmapping would do to what stands "
		       "there: twinwire resync %s, which plans first.\n",
		    connection, connection);
	}
	jv_free(plan);
	return CLI_OK;
}
