/* links: services/portal/token.c */
/* Tokens come back as they were, and what is none is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "portal/token.h"

static void
what_was_printed_is_parsed(void **state)
{
	static const char *const texts[] = {"[]", "{}", "[\"a\",1]", "[null,7]",
	    "{\"c\":\"x\",\"t\":{\"events.volgograd\":[5,9]}}",
	    "[\"Волгоград 伏尔加格勒\",-1.5]", "\"\\\"\\\\\\u0001?&=%\""};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		jv v = json_parse(texts[i], strlen(texts[i]), NULL), back;
		struct buf token = {0};

		assert_true(jv_is_valid(v));
		token_print(v, &token);
		assert_int_equal(strspn(token.data,
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789-_"),
		    token.size);
		back = token_parse(token.data);
		assert_true(jv_equal(v, back));
		buf_free(&token);
	}
}

static void
what_is_none_is_refused(void **state)
{
	static const char *const texts[] = {"", "x", "A",
	    "====", "W10=", "W 10", "Wzsx", "W1s", "eyJhIjp9", "\xff\xff",
	    "AAAA", "WyLDKCJd", "' OR 1=1 --"};
	char *longest = malloc(TOKEN_MAX_BYTES + 2);

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		jv v = token_parse(texts[i]);

		if (jv_is_valid(v))
			fail_msg("\"%s\" was taken", texts[i]);
		jv_free(v);
	}
	assert_non_null(longest);
	memset(longest, 'W', TOKEN_MAX_BYTES + 1);
	longest[TOKEN_MAX_BYTES + 1] = '\0';
	assert_false(jv_is_valid(token_parse(longest)));
	free(longest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_printed_is_parsed),
	    cmocka_unit_test(what_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
