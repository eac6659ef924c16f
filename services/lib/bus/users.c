/* Users by password: see users.h. */
#include <string.h>

#include "base/err.h"
#include "bus/admin_inner.h"
#include "bus/users.h"

#if RD_KAFKA_VERSION >= 0x020200ff

enum { ITERATIONS = 8192 }; /* Kafka takes 4096 to 16384 */

int
users_can(void)
{
	return 1;
}

static jv
names_of(rd_kafka_event_t *e)
{
	const rd_kafka_UserScramCredentialsDescription_t **list;
	jv out = jv_object();
	size_t n, i;

	list = rd_kafka_DescribeUserScramCredentials_result_descriptions(
	    rd_kafka_event_DescribeUserScramCredentials_result(e), &n);
	for (i = 0; i < n; i++)
		json_set(&out,
		    rd_kafka_UserScramCredentialsDescription_user(list[i]),
		    jv_true());
	return out;
}

int
users_list(struct admin *a, int timeout_ms, jv *out, struct err *err)
{
	rd_kafka_AdminOptions_t *options = admin_options(
	    a, RD_KAFKA_ADMIN_OP_DESCRIBEUSERSCRAMCREDENTIALS, timeout_ms);
	rd_kafka_event_t *e;

	rd_kafka_DescribeUserScramCredentials(
	    a->rk, NULL, 0, options, a->answers);
	e = admin_answer(a, "users", timeout_ms, err);
	if (e != NULL) {
		*out = names_of(e);
		rd_kafka_event_destroy(e);
	}
	rd_kafka_AdminOptions_destroy(options);
	return e != NULL ? 0 : -1;
}

/* The one answer of E about one user; 1 if he was not there. */
static int
judge(rd_kafka_event_t *e, struct err *err)
{
	const rd_kafka_AlterUserScramCredentials_result_response_t **list;
	const rd_kafka_error_t *wrong;
	size_t n;

	list = rd_kafka_AlterUserScramCredentials_result_responses(
	    rd_kafka_event_AlterUserScramCredentials_result(e), &n);
	if (n != 1)
		return admin_fail(err, RD_KAFKA_RESP_ERR__BAD_MSG, "users");
	wrong =
	    rd_kafka_AlterUserScramCredentials_result_response_error(list[0]);
	/* A good answer has an error object, too, that says "none". */
	if (wrong == NULL ||
	    rd_kafka_error_code(wrong) == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	if (rd_kafka_error_code(wrong) == RD_KAFKA_RESP_ERR_RESOURCE_NOT_FOUND)
		return 1;
	return err_set(err, ERR_REJECT, rd_kafka_error_code(wrong), "%s: %s",
	    rd_kafka_AlterUserScramCredentials_result_response_user(list[0]),
	    rd_kafka_error_string(wrong));
}

/* Carry out CHANGE, which is consumed; 1 if there was no such user. */
static int
alter(struct admin *a, rd_kafka_UserScramCredentialAlteration_t *change,
    int timeout_ms, struct err *err)
{
	rd_kafka_AdminOptions_t *options = admin_options(
	    a, RD_KAFKA_ADMIN_OP_ALTERUSERSCRAMCREDENTIALS, timeout_ms);
	rd_kafka_event_t *e;
	int rc = -1;

	rd_kafka_AlterUserScramCredentials(
	    a->rk, &change, 1, options, a->answers);
	e = admin_answer(a, "users", timeout_ms, err);
	if (e != NULL) {
		rc = judge(e, err);
		rd_kafka_event_destroy(e);
	}
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_UserScramCredentialAlteration_destroy(change);
	return rc;
}

int
users_set(struct admin *a, const char *name, const char *password,
    int timeout_ms, struct err *err)
{
	return alter(a,
	    rd_kafka_UserScramCredentialUpsertion_new(name,
		RD_KAFKA_SCRAM_MECHANISM_SHA_512, ITERATIONS,
		(const unsigned char *)password, strlen(password), NULL, 0),
	    timeout_ms, err);
}

int
users_remove(struct admin *a, const char *name, int timeout_ms, struct err *err)
{
	int rc = alter(a,
	    rd_kafka_UserScramCredentialDeletion_new(
		name, RD_KAFKA_SCRAM_MECHANISM_SHA_512),
	    timeout_ms, err);

	return rc < 0 ? -1 : rc == 0;
}

#else

static int
cannot(struct err *err)
{
	return err_set(err, ERR_REJECT, 0,
	    "librdkafka %s cannot make users; 2.2 and later can",
	    rd_kafka_version_str());
}

int
users_can(void)
{
	return 0;
}

int
users_list(struct admin *a, int timeout_ms, jv *out, struct err *err)
{
	(void)a;
	(void)timeout_ms;
	(void)out;
	return cannot(err);
}

int
users_set(struct admin *a, const char *name, const char *password,
    int timeout_ms, struct err *err)
{
	(void)a;
	(void)name;
	(void)password;
	(void)timeout_ms;
	return cannot(err);
}

int
users_remove(struct admin *a, const char *name, int timeout_ms, struct err *err)
{
	(void)a;
	(void)name;
	(void)timeout_ms;
	return cannot(err);
}

#endif
