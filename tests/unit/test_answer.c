/* links: services/connector/answer.c */
/* What answers of systems mean: a table, as DESIGN section 5.6 has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connector/answer.h"
#include "rest/http.h"

struct row {
	enum core_op op;
	int status;
	const char *word;
	enum core_result result;
	enum core_result becomes; /* STOP only */
};

static void
statuses_mean_what_the_design_says(void **state)
{
	static const struct row rows[] = {
	    {CORE_CREATE, 201, NULL, CORE_OK, 0},
	    {CORE_FIND, 200, NULL, CORE_OK, 0},
	    {CORE_FIND, 404, NULL, CORE_STOP, CORE_NONE},
	    {CORE_CREATE, 404, NULL, CORE_STOP, CORE_REJECT},
	    {CORE_UPDATE, 404, NULL, CORE_STOP, CORE_GONE},
	    {CORE_UPDATE, 410, NULL, CORE_STOP, CORE_GONE},
	    {CORE_REMOVE, 404, NULL, CORE_STOP, CORE_OK},
	    {CORE_REMOVE, 410, NULL, CORE_OK, 0},
	    {CORE_CREATE, 400, NULL, CORE_REJECT, 0},
	    {CORE_CREATE, 409, NULL, CORE_REJECT, 0},
	    {CORE_CREATE, 422, NULL, CORE_REJECT, 0},
	    {CORE_PUT, 408, NULL, CORE_RETRY, 0},
	    {CORE_PUT, 425, NULL, CORE_RETRY, 0},
	    {CORE_PUT, 429, NULL, CORE_RETRY, 0},
	    {CORE_PUT, 503, NULL, CORE_RETRY, 0},
	    {CORE_CREATE, 500, NULL, CORE_UNKNOWN, 0},
	    {CORE_CREATE, 504, NULL, CORE_UNKNOWN, 0},
	    {CORE_CREATE, 401, NULL, CORE_STOP, CORE_RETRY},
	    {CORE_CREATE, 403, NULL, CORE_STOP, CORE_REJECT},
	    {CORE_CREATE, 410, NULL, CORE_STOP, CORE_REJECT},
	    {CORE_CREATE, 301, NULL, CORE_STOP, CORE_UNKNOWN},
	    {CORE_CREATE, 307, NULL, CORE_STOP, CORE_UNKNOWN},
	    {CORE_CREATE, 400, "retry", CORE_RETRY, 0},
	    {CORE_CREATE, 500, "reject", CORE_REJECT, 0},
	    {CORE_REMOVE, 500, "done", CORE_OK, 0},
	    {CORE_UPDATE, 400, "gone", CORE_GONE, 0},
	    {CORE_REMOVE, 400, "gone", CORE_OK, 0},
	    {CORE_FIND, 400, "absent", CORE_NONE, 0},
	    {CORE_CREATE, 400, "stop", CORE_STOP, CORE_RETRY},
	    {CORE_UPDATE, 404, "gone", CORE_GONE, 0},
	    {CORE_UPDATE, 404, "stop", CORE_STOP, CORE_RETRY},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_answer a = {
		    .outcome = HTTP_ANSWERED, .status = rows[i].status};
		struct core_answer out;

		answer_classify(rows[i].op, &a, rows[i].word, &out);
		if (out.result != rows[i].result)
			fail_msg("row %zu: status %d: result %d", i,
			    rows[i].status, (int)out.result);
		if (out.result == CORE_STOP)
			assert_int_equal(out.becomes, rows[i].becomes);
		assert_int_equal(out.is_doubted,
		    rows[i].status == 404 && rows[i].word == NULL);
	}
}

static void
no_answer_is_unknown_and_no_connection_is_not(void **state)
{
	struct http_answer a = {.outcome = HTTP_UNKNOWN};
	struct core_answer out;

	(void)state;
	answer_classify(CORE_CREATE, &a, NULL, &out);
	assert_int_equal(out.result, CORE_UNKNOWN);
	a.outcome = HTTP_NOT_SENT;
	answer_classify(CORE_CREATE, &a, NULL, &out);
	assert_int_equal(out.result, CORE_RETRY);
	a.is_tls_failure = 1;
	answer_classify(CORE_CREATE, &a, NULL, &out);
	assert_int_equal(out.result, CORE_STOP);
	assert_string_equal(answer_code(&a), "tls_failure");
}

static void
a_busy_site_is_told_apart(void **state)
{
	struct http_answer a = {
	    .outcome = HTTP_ANSWERED, .status = 429, .retry_after_ms = 7000};
	struct core_answer out;

	(void)state;
	answer_classify(CORE_PUT, &a, NULL, &out);
	assert_int_equal(out.is_overload, 1);
	assert_int_equal(out.retry_after_ms, 7000);
	assert_string_equal(answer_code(&a), "site_busy");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(statuses_mean_what_the_design_says),
	    cmocka_unit_test(no_answer_is_unknown_and_no_connection_is_not),
	    cmocka_unit_test(a_busy_site_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
