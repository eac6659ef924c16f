#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <string.h>

#include "base/err.h"
#include "rest/policy.h"

static void
urls_are_judged(void **state)
{
	static const struct {
		const char *url;
		int plain, insecure; /* fit without and with insecure_http */
	} cases[] = {
	    {"https://a.example", 1, 1},
	    {"https://a.example:8443/x?y=z", 1, 1},
	    {"https://[2001:db8::1]/", 1, 1},
	    {"HTTPS://A.example/", 1, 1},
	    {"http://a.example/", 0, 1},
	    {"http://localhost:8080/", 1, 1},
	    {"http://127.0.0.1/", 1, 1},
	    {"http://127.9.9.9/", 1, 1},
	    {"http://[::1]:80/", 1, 1},
	    {"http://127.1/", 1, 1},	  /* is 127.0.0.1 */
	    {"http://2130706433/", 1, 1}, /* is 127.0.0.1 */
	    {"http://0x7f.1/", 1, 1},	  /* is 127.0.0.1 */
	    {"http://localhost.evil.example/", 0, 1},
	    {"http://127.0.0.1.evil.example/", 0, 1},
	    {"https://user@a.example/", 0, 0},
	    {"https://user:pass@a.example/", 0, 0},
	    {"https://a.example\\@b.example/", 0, 0},
	    {"https://a.example/#x", 0, 0},
	    {"https://a.example/ x", 0, 0},
	    {"https://a.example/\r\nX: y", 0, 0},
	    {"https://a.example/\xd0\xb9", 0, 0},
	    {"https:///x", 0, 0},
	    {"https://", 0, 0},
	    {"ftp://a.example/", 0, 0},
	    {"file:///etc/passwd", 0, 0},
	    {"javascript:alert(1)", 0, 0},
	    {"a.example", 0, 0},
	    {"//a.example", 0, 0},
	    {"", 0, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy p = {0};
		struct err err;

		if ((policy_url(&p, cases[i].url, &err) == 0) != cases[i].plain)
			fail_msg("%s", cases[i].url);
		p.insecure_http = 1;
		if ((policy_url(&p, cases[i].url, &err) == 0) !=
		    cases[i].insecure)
			fail_msg("%s with insecure_http", cases[i].url);
	}
}

static void
addresses_are_judged(void **state)
{
	static const struct {
		const char *ip;
		int open, private; /* allowed without and with allow_private */
	} cases[] = {
	    {"8.8.8.8", 1, 1},
	    {"93.184.216.34", 1, 1},
	    {"9.255.255.255", 1, 1},
	    {"10.0.0.0", 0, 1},
	    {"10.255.255.255", 0, 1},
	    {"11.0.0.0", 1, 1},
	    {"100.63.255.255", 1, 1},
	    {"100.64.0.1", 0, 1},
	    {"100.127.255.255", 0, 1},
	    {"100.128.0.0", 1, 1},
	    {"127.0.0.1", 0, 1},
	    {"172.15.255.255", 1, 1},
	    {"172.16.0.1", 0, 1},
	    {"172.31.255.255", 0, 1},
	    {"172.32.0.0", 1, 1},
	    {"192.168.1.1", 0, 1},
	    {"198.18.0.1", 0, 1},
	    {"192.0.2.1", 0, 1},
	    {"0.0.0.0", 0, 0},
	    {"169.254.169.254", 0, 0},
	    {"224.0.0.1", 0, 0},
	    {"240.0.0.1", 0, 0},
	    {"255.255.255.255", 0, 0},
	    {"2606:4700::1", 1, 1},
	    {"::1", 0, 1},
	    {"fc00::1", 0, 1},
	    {"fdff::1", 0, 1},
	    {"2001:db8::1", 0, 1},
	    {"::", 0, 0},
	    {"fe80::1", 0, 0},
	    {"ff02::1", 0, 0},
	    {"2001::1", 0, 0},
	    {"::ffff:8.8.8.8", 1, 1},
	    {"::ffff:127.0.0.1", 0, 1},
	    {"::ffff:169.254.169.254", 0, 0},
	    {"64:ff9b::8.8.8.8", 1, 1},
	    {"64:ff9b::10.0.0.1", 0, 1},
	    {"64:ff9b::169.254.169.254", 0, 0},
	    {"2002:0a00:0001::1", 0, 1},
	    {"2002:0808:0808::1", 1, 1},
	    {"::127.0.0.1", 0, 0},
	};
	static const struct policy strict, lax = {.allow_private = 1};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sockaddr_in in = {.sin_family = AF_INET};
		struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
		const struct sockaddr *sa = (struct sockaddr *)&in;

		if (inet_pton(AF_INET, cases[i].ip, &in.sin_addr) != 1) {
			assert_int_equal(
			    inet_pton(AF_INET6, cases[i].ip, &in6.sin6_addr),
			    1);
			sa = (struct sockaddr *)&in6;
		}
		if (policy_address(&strict, sa) != cases[i].open)
			fail_msg("%s", cases[i].ip);
		if (policy_address(&lax, sa) != cases[i].private)
			fail_msg("%s with allow_private", cases[i].ip);
	}
}

static void
other_families_are_refused(void **state)
{
	static const struct policy lax = {.allow_private = 1};
	struct sockaddr sa = {.sa_family = AF_UNIX};

	(void)state;
	assert_int_equal(policy_address(&lax, &sa), 0);
}

static void
origins_are_compared(void **state)
{
	static const struct {
		const char *a, *b;
		int same;
	} cases[] = {
	    {"https://a.example/x", "https://a.example/y", 1},
	    {"https://a.example", "https://A.EXAMPLE:443/", 1},
	    {"http://a.example", "http://a.example:80", 1},
	    {"http://127.1/", "http://127.0.0.1/", 1},
	    {"https://a.example", "http://a.example", 0},
	    {"https://a.example", "https://a.example:444", 0},
	    {"https://a.example", "https://b.example", 0},
	    {"https://a.example", "https://a.example.b.example", 0},
	    {"https://a.example", "", 0},
	    {"", "", 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (policy_same_origin(cases[i].a, cases[i].b) != cases[i].same)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
}

static void
headers_are_judged(void **state)
{
	static const struct {
		const char *name, *value;
		int fit;
	} cases[] = {
	    {"X-A", "b c; d=\"e\"", 1},
	    {"X-A", "", 1},
	    {"X-A", "a\tb", 1},
	    {"X-A", "\xd0\xb9", 1},
	    {"", "b", 0},
	    {"X A", "b", 0},
	    {"X:", "b", 0},
	    {"X\r", "b", 0},
	    {"\xd0\xb9", "b", 0},
	    {"X", "a\r\nY: b", 0},
	    {"X", "a\nb", 0},
	    {"X", "a\rb", 0},
	    {"X", "a\x7f", 0},
	    {"X", "\x01", 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (policy_header(cases[i].name, cases[i].value) !=
		    cases[i].fit)
			fail_msg("case %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(urls_are_judged),
	    cmocka_unit_test(addresses_are_judged),
	    cmocka_unit_test(other_families_are_refused),
	    cmocka_unit_test(origins_are_compared),
	    cmocka_unit_test(headers_are_judged),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
