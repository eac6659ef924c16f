/* Who may do what at the broker: see provision.h. */
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "bus/rights.h"
#include "cli/provision.h"
#include "cli/rights.h"

/* Only what is the wire's: other topics of the cluster are not ours. */
static jv
of_the_wire(jv rights)
{
	jv out = jv_array();

	jv_array_foreach (rights, i, one) {
		const char *topics = json_str(one, "topics", "");

		if (topics[0] == '*' ||
		    (topics[0] == 't' && topics[1] == 'w' && topics[2] == '.'))
			out = jv_array_append(out, jv_copy(one));
		jv_free(one);
	}
	jv_free(rights);
	return out;
}

static void
report(struct provision *p, jv rights, const char *action)
{
	jv_array_foreach (rights, i, one) {
		const char *from = json_str(one, "from", "");
		char *text =
		    mem_printf("%s may %s %s%s%s", json_str(one, "who", ""),
			json_str(one, "may", ""), json_str(one, "topics", ""),
			from[0] != '\0' ? " from " : "", from);
		jv line = jv_object();

		json_set_str(&line, "right", text);
		provision_report(p, &p->rights, line, action);
		free(text);
		jv_free(one);
	}
}

static int
apply(struct provision *p, jv rights, const char *action,
    int (*change)(struct admin *, jv, int, struct err *), struct err *err)
{
	int rc = 0;

	if (jv_array_length(jv_copy(rights)) == 0)
		return 0;
	if (!p->is_plan)
		rc = change(p->admin, rights, PROVISION_TIMEOUT_MS, err);
	if (rc == 0)
		report(p, rights, action);
	return rc;
}

static void
say_open(struct provision *p)
{
	cli_say(&p->cli, 0,
	    "the broker asks nobody who he is: everybody who reaches it may "
	    "read and write everything");
}

/* Granted first: a member whose rights only take another form is never without
 * them. */
int
provision_rights(struct provision *p, const struct members *m, struct err *err)
{
	jv wanted = rights_wanted(m), there = jv_invalid(), more, less;
	int rc = rights_list(p->admin, PROVISION_TIMEOUT_MS, &there, err);

	if (rc <= 0) {
		if (rc == 0)
			say_open(p);
		jv_free(wanted);
		jv_free(there);
		return rc;
	}
	there = of_the_wire(there);
	more = rights_without(wanted, there);
	less = rights_without(there, wanted);
	rc = apply(p, more, "grant", rights_grant, err);
	if (rc > 0)
		say_open(p);
	else if (rc == 0)
		rc = apply(p, less, "revoke", rights_revoke, err);
	jv_free(more);
	jv_free(less);
	jv_free(there);
	jv_free(wanted);
	return rc < 0 ? -1 : 0;
}
