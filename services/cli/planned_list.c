/* All changes of a plan: see planned.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/order.h"
#include "cli/planned.h"

enum { PAGES_MAX = 10000 };

/* Append the lines of PAGE, each a change, to *ALL: 0, -1 if one is none. */
static int
add_page(jv *all, const char *page)
{
	const char *end;

	for (; (end = strchr(page, '\n')) != NULL; page = end + 1) {
		jv one = json_parse(page, (size_t)(end - page), NULL);

		if (jv_get_kind(one) != JV_KIND_OBJECT) {
			jv_free(one);
			return -1;
		}
		*all = jv_array_append(*all, one);
	}
	return 0;
}

/* Ask O for the page from change FROM on, onto *ALL: the number of the next
 * change, 0 if there is none, -1 when it has been said why. */
static int64_t
ask_page(struct cli *c, struct order *o, int64_t from, jv *all)
{
	char *number = mem_printf("%lld", (long long)from);
	jv answer, arguments;
	struct err err;
	int64_t next = -1;
	int rc;

	o->arguments = jv_object();
	json_set_str(&o->arguments, "from", number);
	free(number);
	rc = order_ask(c, o, &answer, &err);
	jv_free(o->arguments);
	if (rc < 0)
		cli_fail(c, &err);
	else if (rc == 0)
		order_unanswered(c, o);
	if (rc <= 0)
		return -1;
	arguments = json_get(answer, "arguments");
	if (strcmp(json_str(answer, "outcome", ""), "done") != 0)
		cli_say(c, 0, "%s: %s: %s", o->connection,
		    json_str(answer, "outcome", ""),
		    json_str(answer, "outcomeText", ""));
	else if (add_page(all, json_str(arguments, "page", "")) == 0)
		next = strtoll(json_str(arguments, "next", "0"), NULL, 10);
	else
		cli_say(c, 0, "%s: its answer cannot be read", o->connection);
	jv_free(arguments);
	jv_free(answer);
	return next;
}

jv
planned_list(struct cli *c, struct order *o)
{
	jv all = jv_array();
	int64_t next = 0;
	int n = 0;

	do
		next = ask_page(c, o, next, &all);
	while (next > 0 && ++n < PAGES_MAX);
	if (next == 0)
		return all;
	jv_free(all);
	return jv_invalid();
}
