/* Requests said as forms: what may stand in them, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "map/form.h"

static const char *
lookup(void *ctx, const char *name)
{
	jv words = *(jv *)ctx;

	return json_str(words, name, NULL);
}

static void
a_path_is_filled_and_encoded(void **state)
{
	static const struct {
		const char *path, *want; /* NULL: refused */
	} rows[] = {
	    {"/things/{id}", "/things/a%2Fb%20c%D0%B2"},
	    {"/{id}/x/{tail}", "/a%2Fb%20c%D0%B2/x/z-._~"},
	    {"/", "/"},
	    {"/{id}{tail}", "/a%2Fb%20c%D0%B2z-._~"},
	    {"/{up}", NULL},
	    {"/{empty}/x", NULL},
	};
	jv words = jv_parse("{\"id\": \"a/b c\\u0432\", \"tail\": \"z-._~\","
			    "\"up\": \"..\", \"empty\": \"\"}");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		jv given = jv_object();
		struct buf out = {0};
		struct err err = {0};
		struct form *f;
		int rc;

		json_set_str(&given, "method", "PUT");
		json_set_str(&given, "path", rows[i].path);
		f = form_new(given, lookup, &words, &err);
		assert_non_null(f);
		assert_false(form_has_body(f));
		rc = form_path(f, lookup, &words, &out, &err);
		assert_int_equal(rc, rows[i].want == NULL ? -1 : 0);
		if (rows[i].want != NULL)
			assert_string_equal(out.data, rows[i].want);
		else
			assert_int_equal(err.class, ERR_REJECT);
		form_free(f);
		buf_free(&out);
		jv_free(given);
	}
	jv_free(words);
}

static void
a_bad_form_is_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *form, *says;
	} rows[] = {
	    {"{\"method\":\"put\",\"path\":\"/\"}", "no method such as PUT"},
	    {"{\"method\":\"PUT\",\"path\":\"x\"}", "path from /"},
	    {"{\"method\":\"PUT\",\"path\":\"\"}", "path from /"},
	    {"{\"method\":\"PUT\",\"path\":\"/a b\"}", "path from /"},
	    {"{\"method\":\"PUT\",\"path\":\"/../{id}\"}", "path from /"},
	    {"{\"method\":\"PUT\",\"path\":\"/{id\"}", "`{` without"},
	    {"{\"method\":\"PUT\",\"path\":\"/{nosuch}\"}",
		"{nosuch} is neither"},
	    {"{\"method\":\"PUT\",\"path\":\"/\",\"body\":\"x\"}",
		"expected `record`"},
	};
	jv words = jv_parse("{\"id\": \"1\"}");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		jv given = jv_parse(rows[i].form);
		struct err err = {0};

		assert_null(form_new(given, lookup, &words, &err));
		assert_int_equal(err.class, ERR_REJECT);
		if (strstr(err.msg, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].form, err.msg);
		jv_free(given);
	}
	jv_free(words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_path_is_filled_and_encoded),
	    cmocka_unit_test(a_bad_form_is_refused_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
