/* Rights to topics: see rights.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "bus/admin_inner.h"
#include "bus/rights.h"

enum { OPERATION_SIZE = 32 };

static const char user[] = "User:";

static void
operation_word(rd_kafka_AclOperation_t op, char out[OPERATION_SIZE])
{
	size_t i;

	snprintf(out, OPERATION_SIZE, "%s", rd_kafka_AclOperation_name(op));
	for (i = 0; out[i] != '\0'; i++)
		out[i] = (char)tolower((unsigned char)out[i]);
}

static rd_kafka_AclOperation_t
operation_of(const char *word)
{
	char known[OPERATION_SIZE];
	int op;

	for (op = 0; op < RD_KAFKA_ACL_OPERATION__CNT; op++) {
		operation_word((rd_kafka_AclOperation_t)op, known);
		if (strcmp(known, word) == 0)
			return (rd_kafka_AclOperation_t)op;
	}
	return RD_KAFKA_ACL_OPERATION_UNKNOWN;
}

/* A right as BINDING grants it; null if it is of another sort. */
static jv
right_of(const rd_kafka_AclBinding_t *b)
{
	const char *who = rd_kafka_AclBinding_principal(b);
	const char *from = rd_kafka_AclBinding_host(b);
	const char *star = rd_kafka_AclBinding_resource_pattern_type(b) ==
				   RD_KAFKA_RESOURCE_PATTERN_PREFIXED
			       ? "*"
			       : "";
	char word[OPERATION_SIZE], *topics;
	jv out;

	if (rd_kafka_AclBinding_permission_type(b) !=
		RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW ||
	    strncmp(who, user, sizeof(user) - 1) != 0)
		return jv_null();
	operation_word(rd_kafka_AclBinding_operation(b), word);
	topics = mem_printf("%s%s", rd_kafka_AclBinding_name(b), star);
	out = jv_object();
	json_set_str(&out, "who", who + sizeof(user) - 1);
	json_set_str(&out, "may", word);
	json_set_str(&out, "topics", topics);
	if (strcmp(from, "*") != 0)
		json_set_str(&out, "from", from);
	free(topics);
	return out;
}

static jv
rights_of(const rd_kafka_event_t *e)
{
	const rd_kafka_AclBinding_t **list;
	jv out = jv_array(), one;
	size_t n, i;

	list = rd_kafka_DescribeAcls_result_acls(
	    rd_kafka_event_DescribeAcls_result((rd_kafka_event_t *)e), &n);
	for (i = 0; i < n; i++) {
		one = right_of(list[i]);
		if (jv_get_kind(one) == JV_KIND_OBJECT)
			out = jv_array_append(out, one);
		else
			jv_free(one);
	}
	return out;
}

int
rights_list(struct admin *a, int timeout_ms, jv *out, struct err *err)
{
	rd_kafka_AclBindingFilter_t *all = rd_kafka_AclBindingFilter_new(
	    RD_KAFKA_RESOURCE_TOPIC, NULL, RD_KAFKA_RESOURCE_PATTERN_ANY, NULL,
	    NULL, RD_KAFKA_ACL_OPERATION_ANY, RD_KAFKA_ACL_PERMISSION_TYPE_ANY,
	    a->why, sizeof(a->why));
	rd_kafka_AdminOptions_t *options =
	    admin_options(a, RD_KAFKA_ADMIN_OP_DESCRIBEACLS, timeout_ms);
	rd_kafka_event_t *e;
	int rc = -1;

	rd_kafka_DescribeAcls(a->rk, all, options, a->answers);
	e = admin_answer(a, "rights", timeout_ms, err);
	if (e != NULL) {
		*out = rights_of(e);
		rd_kafka_event_destroy(e);
		rc = 1;
	} else if (err->code == RD_KAFKA_RESP_ERR_SECURITY_DISABLED ||
		   err->code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE) {
		*out = jv_array();
		rc = 0;
	}
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_AclBinding_destroy(all);
	return rc;
}

/* A granting binding is its own filter when it is to be taken back. */
static rd_kafka_AclBinding_t *
binding_new(struct admin *a, jv right, int is_filter)
{
	char *who = mem_printf("%s%s", user, json_str(right, "who", ""));
	char *name = mem_dup(json_str(right, "topics", ""));
	size_t n = strlen(name);
	int is_prefix = n > 0 && name[n - 1] == '*';
	rd_kafka_AclBinding_t *b;

	if (is_prefix)
		name[n - 1] = '\0';
	b = (is_filter ? rd_kafka_AclBindingFilter_new
		       : rd_kafka_AclBinding_new)(RD_KAFKA_RESOURCE_TOPIC, name,
	    is_prefix ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED
		      : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
	    who, json_str(right, "from", "*"),
	    operation_of(json_str(right, "may", "")),
	    RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, a->why, sizeof(a->why));
	free(who);
	free(name);
	return b;
}

/* What is wrong with the first of the answers to all rights, if any is. */
static int
judge(const rd_kafka_event_t *event, int is_revoke, struct err *err)
{
	rd_kafka_event_t *e = (rd_kafka_event_t *)event;
	const rd_kafka_DeleteAcls_result_response_t **gone = NULL;
	const rd_kafka_acl_result_t **made = NULL;
	const rd_kafka_error_t *wrong;
	size_t n, i;

	if (is_revoke)
		gone = rd_kafka_DeleteAcls_result_responses(
		    rd_kafka_event_DeleteAcls_result(e), &n);
	else
		made = rd_kafka_CreateAcls_result_acls(
		    rd_kafka_event_CreateAcls_result(e), &n);
	for (i = 0; i < n; i++) {
		wrong = is_revoke
			    ? rd_kafka_DeleteAcls_result_response_error(gone[i])
			    : rd_kafka_acl_result_error(made[i]);
		/* librdkafka 2.0 lists none where there can be none. */
		if (wrong != NULL && rd_kafka_error_code(wrong) ==
					 RD_KAFKA_RESP_ERR_SECURITY_DISABLED)
			return 1;
		if (wrong != NULL)
			return err_set(err, ERR_REJECT,
			    rd_kafka_error_code(wrong), "rights: %s",
			    rd_kafka_error_string(wrong));
	}
	return 0;
}

static int
change(
    struct admin *a, jv rights, int is_revoke, int timeout_ms, struct err *err)
{
	size_t n = (size_t)jv_array_length(jv_copy(rights)), i;
	rd_kafka_AclBinding_t **list = mem_new(n, sizeof(*list));
	rd_kafka_AdminOptions_t *options = admin_options(a,
	    is_revoke ? RD_KAFKA_ADMIN_OP_DELETEACLS
		      : RD_KAFKA_ADMIN_OP_CREATEACLS,
	    timeout_ms);
	rd_kafka_event_t *e;
	int rc = -1;

	for (i = 0; i < n; i++) {
		jv one = jv_array_get(jv_copy(rights), (int)i);

		list[i] = binding_new(a, one, is_revoke);
		jv_free(one);
		if (list[i] == NULL) {
			err_set(err, ERR_REJECT, 0, "rights: %s", a->why);
			goto out;
		}
	}
	(is_revoke ? rd_kafka_DeleteAcls : rd_kafka_CreateAcls)(
	    a->rk, list, n, options, a->answers);
	e = admin_answer(a, "rights", timeout_ms, err);
	if (e != NULL) {
		rc = judge(e, is_revoke, err);
		rd_kafka_event_destroy(e);
	}
out:
	rd_kafka_AclBinding_destroy_array(list, i);
	free(list);
	rd_kafka_AdminOptions_destroy(options);
	return rc;
}

int
rights_grant(struct admin *a, jv rights, int timeout_ms, struct err *err)
{
	return change(a, rights, 0, timeout_ms, err);
}

int
rights_revoke(struct admin *a, jv rights, int timeout_ms, struct err *err)
{
	return change(a, rights, 1, timeout_ms, err);
}
