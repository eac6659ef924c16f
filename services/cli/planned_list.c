/* All changes of a plan: see planned.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/order.h"
#include "cli/planned.h"

/* Far beyond what a connection lists: 10,000 changes, of 2 MB or so, a
 * direction. */
enum { CHANGES_MAX = 100000, LIST_MAX_BYTES = 64 * 1024 * 1024 };

struct list {
	jv all; /* changes so far */
	size_t bytes;
};

static int64_t
length(const struct list *l)
{
	return jv_array_length(jv_copy(l->all));
}

/* Append the lines of PAGE, each a change: 0, -1 if one is none. */
static int
add_page(struct list *l, const char *page)
{
	const char *end;

	l->bytes += strlen(page);
	for (; (end = strchr(page, '\n')) != NULL; page = end + 1) {
		jv one = json_parse(page, (size_t)(end - page), NULL);

		if (jv_get_kind(one) != JV_KIND_OBJECT) {
			jv_free(one);
			return -1;
		}
		l->all = jv_array_append(l->all, one);
	}
	return 0;
}

/* As ask_page(), of an answer with ARGUMENTS (borrowed).  A list that does not
 * go on right behind its page would never end, or leave changes out. */
static int64_t
take_page(
    const struct cli *c, const struct order *o, jv arguments, struct list *l)
{
	int64_t from = length(l), next;

	if (add_page(l, json_str(arguments, "page", "")) != 0)
		return cli_say(
		    c, -1, "%s: its answer cannot be read", o->connection);
	next = strtoll(json_str(arguments, "next", "0"), NULL, 10);
	if (next != 0 && (next != length(l) || next == from))
		return cli_say(c, -1,
		    "%s: its answer has %lld changes from number %lld on, and "
		    "says that the next is number %lld",
		    o->connection, (long long)(length(l) - from),
		    (long long)from, (long long)next);
	if (length(l) > CHANGES_MAX || l->bytes > LIST_MAX_BYTES)
		return cli_say(c, -1,
		    "%s: its list has more than %d changes or %d MiB: it is "
		    "not read on",
		    o->connection, CHANGES_MAX, LIST_MAX_BYTES / 1024 / 1024);
	return next;
}

/* Ask O for the page behind what is in L, into L: the number of the next
 * change, 0 if there is none, -1 when it has been said why. */
static int64_t
ask_page(struct cli *c, struct order *o, struct list *l)
{
	char *number = mem_printf("%lld", (long long)length(l));
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
	if (strcmp(json_str(answer, "outcome", ""), "done") == 0)
		next = take_page(c, o, arguments, l);
	else
		cli_say(c, 0, "%s: %s: %s", o->connection,
		    json_str(answer, "outcome", ""),
		    json_str(answer, "outcomeText", ""));
	jv_free(arguments);
	jv_free(answer);
	return next;
}

jv
planned_list(struct cli *c, struct order *o)
{
	struct list l = {.all = jv_array()};
	int64_t next;

	do
		next = ask_page(c, o, &l);
	while (next > 0);
	if (next == 0)
		return l.all;
	jv_free(l.all);
	return jv_invalid();
}
