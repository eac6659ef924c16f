/* Percent-encoding: both ways, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/percent.h"

static void
only_what_stands_for_itself_is_kept(void **state)
{
	struct buf out = {0};

	(void)state;
	percent_encode("aZ9-._~", "", &out);
	assert_string_equal(out.data, "aZ9-._~");
	buf_clear(&out);
	percent_encode("a|b/c d@\xc3\xa9+%", "", &out);
	assert_string_equal(out.data, "a%7Cb%2Fc%20d%40%C3%A9%2B%25");
	buf_clear(&out);
	percent_encode("a:b@c", ":@", &out);
	assert_string_equal(out.data, "a:b@c");
	buf_free(&out);
}

static void
what_was_encoded_is_read_back(void **state)
{
	static const char text[] = "50% /?&=#\xd0\xb9 \xf0\x9f\x98\x80";
	static const char *const also[][2] = {{"a%2Fb%40c", "a/b@c"},
	    {"%D0%B9", "\xd0\xb9"}, {"%c3%A9", "\xc3\xa9"}, {"a+b", "a+b"},
	    {"", ""}};
	struct buf out = {0};
	char *back;

	(void)state;
	percent_encode(text, "", &out);
	back = percent_decode(out.data, out.size);
	assert_string_equal(back, text);
	free(back);
	for (size_t i = 0; i < sizeof(also) / sizeof(*also); i++) {
		back = percent_decode(also[i][0], strlen(also[i][0]));
		assert_string_equal(back, also[i][1]);
		free(back);
	}
	back = percent_decode("%41%42", 3);
	assert_string_equal(back, "A");
	free(back);
	buf_free(&out);
}

static void
what_is_broken_is_refused(void **state)
{
	static const char *const bad[] = {"%", "a%2", "%4", "%zz", "a%00b",
	    "%2g", "%-1", "%00", "%ff", "a%C3"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_null(percent_decode(bad[i], strlen(bad[i])));
	/* The digits stand behind the end. */
	assert_null(percent_decode("%41", 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_stands_for_itself_is_kept),
	    cmocka_unit_test(what_was_encoded_is_read_back),
	    cmocka_unit_test(what_is_broken_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
