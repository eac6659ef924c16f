/* Where something of a member still stands: see leave.h. */
#include <string.h>

#include "base/err.h"
#include "cli/leave.h"
#include "cli/scan.h"

static int
has_claim_of(jv list, const char *member)
{
	struct key_parts parts;
	int has = 0;

	if (jv_get_kind(list) == JV_KIND_ARRAY)
		jv_array_foreach (list, i, key) {
			has |= jv_get_kind(key) == JV_KIND_STRING &&
			       key_parse(RECORD_CLAIM, jv_string_value(key),
				   &parts) == 0 &&
			       strcmp(parts.member, member) == 0;
			jv_free(key);
		}
	jv_free(list);
	return has;
}

/* The pairs that the merged view has withdrawn, {pair key: true}; those that
 * still name MEMBER are counted. */
static jv
view(struct cli *c, const char *member, int *out_named, struct err *err)
{
	char **topics = scan_topics(c, RECORD_PARTNERSHIP, 0, NULL, err);
	jv all, out = jv_object();

	all = topics == NULL	  ? jv_invalid()
	      : topics[0] == NULL ? jv_array()
				  : scan_some(c, topics, NULL, NULL, err);
	scan_free(topics);
	*out_named = 0;
	if (!jv_is_valid(all)) {
		jv_free(out);
		return all;
	}
	jv_array_foreach (all, i, one) {
		jv value = json_get(one, "value");

		if (jv_get_kind(value) == JV_KIND_NULL)
			json_set(&out, json_str(one, "key", ""), jv_true());
		else
			*out_named +=
			    has_claim_of(json_get(value, "claims"), member);
		jv_free(value);
		jv_free(one);
	}
	jv_free(all);
	return out;
}

static int
is_of(const char *key, const char *member)
{
	struct key_parts parts;
	int t;

	for (t = RECORD_CLAIM; t <= RECORD_ORGANIZATION; t++)
		if (key_parse((enum record_type)t, key, &parts) == 0)
			return strcmp(parts.member, member) == 0;
	return 0;
}

/* 1 if RECEIPT says that something of MEMBER's stands at its connection. */
static int
is_remain(jv receipt, const char *member, jv pairs)
{
	const char *state = json_str(receipt, "state", "");
	const char *key = json_str(receipt, "recordKey", "");

	if (strcmp(state, "delivered") != 0 && strcmp(state, "pending") != 0)
		return 0;
	if (strcmp(json_str(receipt, "topic", ""), "tw.partnerships") == 0)
		return json_bool(pairs, key, 0);
	return is_of(key, member);
}

static void
add(jv *list, const char *name, const char *what, int count)
{
	jv one = jv_object();

	json_set_str(&one, name, what);
	json_set_int(&one, "count", count);
	*list = jv_array_append(*list, one);
}

jv
leave_remains(struct cli *c, const char *member, struct err *err)
{
	jv receipts, by = jv_object(), out = jv_array(), pairs;
	int named;

	pairs = view(c, member, &named, err);
	receipts = jv_is_valid(pairs)
		       ? scan_latest(c, RECORD_RECEIPT, NULL, err)
		       : jv_invalid();
	if (!jv_is_valid(receipts)) {
		jv_free(pairs);
		jv_free(by);
		jv_free(out);
		return receipts;
	}
	jv_array_foreach (receipts, i, one) {
		jv receipt = json_get(one, "value");
		const char *at = json_str(receipt, "connection", "");

		if (is_remain(receipt, member, pairs))
			json_set_int(&by, at, json_int(by, at, 0) + 1);
		jv_free(receipt);
		jv_free(one);
	}
	jv_object_foreach (by, at, n) {
		add(&out, "connection", jv_string_value(at),
		    (int)jv_number_value(n));
		jv_free(at);
		jv_free(n);
	}
	if (named > 0)
		add(&out, "partnerships", "of the merged view", named);
	jv_free(by);
	jv_free(pairs);
	jv_free(receipts);
	return out;
}
