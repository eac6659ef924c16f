/* A plan in words: see planned.h. */
#include <stdio.h>

#include "cli/planned.h"
#include "cli/table.h"

static const struct {
	const char *action, *words;
} actions[] = {
    {"create", "would be created in the system"},
    {"update", "would be updated"},
    {"adopt", "stand in the system already and would be taken over"},
    {"remove", "would be removed from the system"},
    {"publish", "would be put onto the wire"},
    {"withdraw", "would be withdrawn from the wire"},
    {"refuse", "are not fit and would be refused"},
    {"keep", "would be left alone"},
};

void
planned_print(jv plan)
{
	static const char *const titles[] = {"ACTION", "KEY", "LABEL", NULL};
	jv counts = json_get(plan, "counts"), first = json_get(plan, "first");
	struct table *t = table_new(titles);

	printf("plan %s\n", json_str(plan, "id", ""));
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		int64_t n = json_int(counts, actions[i].action, 0);

		if (n > 0)
			printf("  %lld %s (%s)\n", (long long)n,
			    actions[i].words, actions[i].action);
	}
	printf("The first of them:\n");
	if (jv_get_kind(first) == JV_KIND_ARRAY) {
		jv_array_foreach (first, i, one) {
			table_add(t, json_str(one, "action", ""));
			table_add(t, json_str(one, "key", ""));
			table_add(t, json_str(one, "label", ""));
			jv_free(one);
		}
	}
	table_print(t, stdout, "(none)");
	table_free(t);
	jv_free(counts);
	jv_free(first);
}
