/* Bytes as hexadecimal text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

static void
bytes_become_text(void **state)
{
	static const unsigned char bytes[] = {0, 1, 0x2f, 0xa0, 0xff};
	char text[HEX_SIZE(sizeof(bytes))];

	(void)state;
	hex_text(bytes, sizeof(bytes), text);
	assert_string_equal(text, "00012fa0ff");
	hex_text(bytes, 0, text);
	assert_string_equal(text, "");
}

static void
random_names_differ_and_are_bounded(void **state)
{
	char one[HEX_SIZE(16)], other[HEX_SIZE(16)];

	(void)state;
	assert_int_equal(hex_random(16, one), 0);
	assert_int_equal(hex_random(16, other), 0);
	assert_int_equal(strlen(one), 32);
	assert_int_equal(strspn(one, "0123456789abcdef"), 32);
	assert_string_not_equal(one, other);
	assert_int_equal(hex_random(257, one), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_become_text),
	    cmocka_unit_test(random_names_differ_and_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
