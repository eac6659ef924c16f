#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "event/personal.h"

static const char *const roles[] = {
    "info@mag.example", "press@city.example.org", NULL};

static void
phones_and_mailboxes_are_found(void **state)
{
	static const struct {
		const char *text, *stripped;
	} rows[] = {
	    {"+7 902 123-45-67", "[...]"},
	    {"Call +7(8442)30-12-34.", "Call [...]."},
	    {"call +79021234567 today", "call [...] today"},
	    {"8 (844) 230-12-34", "[...]"},
	    {"8-902-123-45-67", "[...]"},
	    {"8 927 123 45 67, Ivan", "[...], Ivan"},
	    {"89021234567", "[...]"},
	    {"(8442) 30-12-34", "[...]"},
	    {"тел. 30-12-34", "тел. [...]"},
	    {"Телефон: 301234", "Телефон: [...]"},
	    {"phone 230 12 34", "phone [...]"},
	    {"电话：0432-62012345", "电话：[...]"},
	    {"13812345678", "[...]"},
	    {"138 1234 5678", "[...]"},
	    {"010-62012345", "[...]"},
	    {"0432-62012345", "[...]"},
	    {"+86 10 6201 2345", "[...]"},
	    {"+49.30.1234567", "[...]"},
	    {"ivan.petrov@mail.example", "[...]"},
	    {"Write to a_b+c@x-y.example.org!", "Write to [...]!"},
	    {"<a@b.ru>, <c@d.ru>", "<[...]>, <[...]>"},
	    {"почта@пример.рф", "[...]"},
	    {"a@b.ru or 8 927 123-45-67", "[...] or [...]"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		buf_clear(&out);
		personal_strip(rows[i].text, roles, &out);
		assert_string_equal(out.data, rows[i].stripped);
	}
	buf_free(&out);
}

static void
what_is_neither_passes(void **state)
{
	static const char *const texts[] = {
	    "",
	    "@",
	    "a@",
	    "@b.ru",
	    "a@b",
	    "3 @ 5.00",
	    "+",
	    "(",
	    "()",
	    "((((",
	    "info@mag.example",
	    "INFO@MAG.example and press@city.example.org",
	    "dialogue-2022@uclg-eurasia",
	    "i12@org:volgograd",
	    "2022-10-31",
	    "31.10.2022",
	    "31.10.2022 13:00-15:00",
	    "1995-05-16 1996-06-01 1997",
	    "1 March 1995, 2 April 1996",
	    "2021, 2022, 2023, 2024, 2025",
	    "2018-2022",
	    "(1994) 12-34-56",
	    "from 1941-1945 to 1991-2022",
	    "Q92277",
	    "wd:Q914+wd:Q92277",
	    "Q13812345678",
	    "gn:472757",
	    "48.71378, 44.4976",
	    "48.71378 44.49760",
	    "+48.71378, +44.49760",
	    "N 48\xC2\xB0 42' 49\" E 44\xC2\xB0 29' 51\"",
	    "№ 8-902-123-45-67",
	    "Agreement No. 13812345678",
	    "No. 01-23/456-78",
	    "договор № 0173200001416000123",
	    "第 13812345678 号",
	    "#89021234567",
	    "8 000 000 000 roubles",
	    "1 013 533 people",
	    "1.013.533",
	    "population 10 234 567",
	    "+10 000 000 000",
	    "10 20 30 40 50 60 70",
	    "1 2 3 4 5 6 7 8 9 10 11 12",
	    "https://example.org/news/13812345678",
	    "https://example.org/?id=89021234567",
	    "ISBN 978-5-04-116820-1",
	    "Hotel 301234",
	    "room 12-104",
	    "80th anniversary",
	    "30-12-34",
	    "24/7",
	    "article 8.1.2",
	    "7-12 May, 10-20 June",
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		buf_clear(&out);
		personal_strip(texts[i], roles, &out);
		assert_string_equal(out.data, texts[i]);
	}
	buf_free(&out);
}

static void
a_finding_says_where_and_what(void **state)
{
	size_t start = 0, end = 0;

	(void)state;
	assert_int_equal(
	    personal_find("see a@b.ru", NULL, &start, &end), PERSONAL_MAILBOX);
	assert_int_equal(start, 4);
	assert_int_equal(end, 10);
	assert_int_equal(
	    personal_find("see a@b.ru", NULL, &end, &start), PERSONAL_NOTHING);
	start = 0;
	assert_int_equal(
	    personal_find("89021234567", NULL, &start, &end), PERSONAL_PHONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(phones_and_mailboxes_are_found),
	    cmocka_unit_test(what_is_neither_passes),
	    cmocka_unit_test(a_finding_says_where_and_what),
	};

	return cmocka_run_group_tests_name("personal", tests, NULL, NULL);
}
