/* Who may read and write which topics: see rights.h. */
#include <stdlib.h>

#include "base/mem.h"
#include "cli/rights.h"
#include "event/keys.h"
#include "event/members.h"

static const char reconciler[] = "twinwire-reconciler";
static const char portal[] = "twinwire-portal";
static const char watch[] = "twinwire-watch";

/* What members tell each other, and what is told of all. */
static const enum record_type shared[] = {
    RECORD_CLAIM,
    RECORD_EVENT,
    RECORD_ORGANIZATION,
    RECORD_RECEIPT,
    RECORD_STATUS,
    RECORD_PARTNERSHIP,
    RECORD_NOTICE,
};
enum { N_SHARED = sizeof(shared) / sizeof(shared[0]) };

static void
grant(jv *list, const char *who, const char *may, const char *topics)
{
	jv one = jv_object();

	json_set_str(&one, "who", who);
	json_set_str(&one, "may", may);
	json_set_str(&one, "topics", topics);
	*list = jv_array_append(*list, one);
}

/* What a member says of the world ends with the day it leaves; what its
 * connections say of themselves they say until its row is gone: they may have
 * to clean up. */
static int
is_said(enum record_type t)
{
	return t == RECORD_CLAIM || t == RECORD_EVENT ||
	       t == RECORD_ORGANIZATION;
}

static void
grant_own(jv *list, const char *member, enum record_type t, int may_write)
{
	char *topic = topic_new(t, member);

	grant(list, member, "read", topic);
	if (may_write)
		grant(list, member, "write", topic);
	free(topic);
}

/* Topics of T of all members, those to come included. */
static void
grant_all(jv *list, const char *who, enum record_type t)
{
	char *topics = topic_new(t, "*");

	grant(list, who, "read", topics);
	free(topics);
}

static void
member_rights(jv *list, const struct members *m, const char *id)
{
	char *dead = mem_printf("tw.dead.%s", id);
	int has_left = members_left(m, id)[0] != '\0';
	size_t i;

	for (i = 0; i < N_SHARED; i++) {
		if (shared[i] != RECORD_PARTNERSHIP &&
		    shared[i] != RECORD_NOTICE)
			grant_own(list, id, shared[i],
			    !has_left || !is_said(shared[i]));
		if (members_may_read(m, id, shared[i]))
			grant_all(list, id, shared[i]);
	}
	grant_own(list, id, RECORD_COMMAND, 1);
	grant(list, id, "read", dead);
	grant(list, id, "write", dead);
	free(dead);
}

jv
rights_users(const struct members *m)
{
	jv out = jv_array();
	size_t i;

	for (i = 0; i < members_count(m); i++)
		out = jv_array_append(out, jv_string(members_id(m, i)));
	out = jv_array_append(out, jv_string(reconciler));
	out = jv_array_append(out, jv_string(portal));
	return jv_array_append(out, jv_string(watch));
}

jv
rights_wanted(const struct members *m)
{
	jv out = jv_array();
	size_t i;

	for (i = 0; i < members_count(m); i++)
		member_rights(&out, m, members_id(m, i));
	grant_all(&out, reconciler, RECORD_CLAIM);
	grant_own(&out, reconciler, RECORD_PARTNERSHIP, 1);
	grant_own(&out, reconciler, RECORD_NOTICE, 1);
	for (i = 0; i < N_SHARED; i++)
		grant_all(&out, portal, shared[i]);
	grant_all(&out, watch, RECORD_STATUS);
	grant_all(&out, watch, RECORD_RECEIPT);
	return out;
}

/* The keys of rights in LIST (borrowed), each a text of its own. */
static jv
set_of(jv list)
{
	jv out = jv_object();

	jv_array_foreach (list, i, one)
		out = jv_object_set(
		    out, jv_dump_string(one, JV_PRINT_SORTED), jv_true());
	return out;
}

jv
rights_without(jv a, jv b)
{
	jv out = jv_array(), there = set_of(b);

	jv_array_foreach (a, i, one) {
		jv key = jv_dump_string(jv_copy(one), JV_PRINT_SORTED);

		if (!jv_object_has(jv_copy(there), key))
			out = jv_array_append(out, jv_copy(one));
		jv_free(one);
	}
	jv_free(there);
	return out;
}
