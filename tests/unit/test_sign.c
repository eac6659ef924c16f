/* Signatures against published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "rest/sign.h"

/* The vectors that the libraries of the specification share. */
#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define AT 1614265330
#define BODY "{\"test\": 2432232314}"
#define HMAC_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define HMAC_SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define ED_SEED "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMb"
#define ED_SECRET \
	"whsk_" ED_SEED "fVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
#define ED_SIGNATURE                                                         \
	"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7" \
	"AZdpXwVLPo3mNl8EM+m7TBAg=="

static void
assert_signature(const char *const *secrets, const char *want)
{
	struct sign s = {0};
	struct sign_message m = {ID, AT, BODY, sizeof(BODY) - 1};
	struct buf out = {0};
	struct err err = {0};

	for (; *secrets != NULL; secrets++)
		assert_int_equal(sign_add(&s, *secrets, &err), 0);
	assert_int_equal(sign_message(&s, &m, &out, &err), 0);
	assert_string_equal(out.data, want);
	buf_free(&out);
	sign_fini(&s);
}

static void
published_vectors_come_out(void **state)
{
	static const struct {
		const char *secrets[3];
		const char *want;
	} rows[] = {
	    {{HMAC_SECRET}, HMAC_SIGNATURE},
	    {{ED_SECRET}, ED_SIGNATURE},
	    {{"whsk_" ED_SEED "c="}, ED_SIGNATURE},
	    {{"whsk_" ED_SEED "c"}, ED_SIGNATURE},
	    {{ED_SECRET, HMAC_SECRET}, ED_SIGNATURE " " HMAC_SIGNATURE},
	    {{HMAC_SECRET, ED_SECRET}, HMAC_SIGNATURE " " ED_SIGNATURE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_signature(rows[i].secrets, rows[i].want);
}

static void
every_part_of_a_message_counts(void **state)
{
	static const struct sign_message rows[] = {
	    {"msg_p5jXN8AQM9LWM0D4loKWxJel", AT, BODY, sizeof(BODY) - 1},
	    {ID, AT + 1, BODY, sizeof(BODY) - 1},
	    {ID, AT, BODY, sizeof(BODY) - 2},
	    {ID, AT, NULL, 0},
	};
	const char *const secrets[] = {HMAC_SECRET, ED_SECRET};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sign s = {0};
		struct buf out = {0};
		struct err err = {0};

		for (size_t k = 0; k < 2; k++)
			assert_int_equal(sign_add(&s, secrets[k], &err), 0);
		assert_int_equal(sign_message(&s, &rows[i], &out, &err), 0);
		assert_null(strstr(out.data, HMAC_SIGNATURE));
		assert_null(strstr(out.data, ED_SIGNATURE));
		buf_free(&out);
		sign_fini(&s);
	}
}

static void
what_is_no_secret_is_refused_unquoted(void **state)
{
	static const char *const rows[] = {
	    "",
	    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	    "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
	    "whsec_",
	    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",   /* 23 bytes */
	    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=", /* no such padding */
	    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA", /* cut */
	    "whsec_MfKQ9r8GKYqrTwjUPD8I LPZIo2LaLaSw", /* a space */
	    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_",  /* base64url */
	    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2La"
	    "LaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  /* 72 bytes */
	    "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", /* 24 bytes */
	    "whsk_" ED_SEED "fVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvw==",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sign s = {0};
		struct err err = {0};

		assert_int_equal(sign_add(&s, rows[i], &err), -1);
		assert_int_equal(err.class, ERR_REJECT);
		assert_null(strstr(err.msg, "MfKQ"));
		assert_int_equal(s.n, 0);
		for (size_t k = 0; k < sizeof(s.secrets[0].bytes); k++)
			assert_int_equal(s.secrets[0].bytes[k], 0);
	}
}

static void
secrets_have_a_limit(void **state)
{
	struct sign s = {0};
	struct err err = {0};

	(void)state;
	for (size_t i = 0; i < SIGN_SECRETS_MAX; i++)
		assert_int_equal(sign_add(&s, HMAC_SECRET, &err), 0);
	assert_int_equal(sign_add(&s, HMAC_SECRET, &err), -1);
	assert_int_equal(s.n, SIGN_SECRETS_MAX);
	sign_fini(&s);
	assert_int_equal(s.n, 0);
}

static void
ids_that_could_pass_for_something_else_are_refused(void **state)
{
	static const char *const rows[] = {
	    "", "a.b", "a b", "a\r\nx: y", "\xC3\xA9"};
	struct sign s = {0};

	(void)state;
	assert_int_equal(sign_add(&s, HMAC_SECRET, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sign_message m = {rows[i], AT, "", 0};
		struct buf out = {0};
		struct err err = {0};

		assert_int_equal(sign_message(&s, &m, &out, &err), -1);
		assert_int_equal(err.class, ERR_REJECT);
		assert_int_equal(out.size, 0);
	}
	sign_fini(&s);
}

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), 0600), 0);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
files_give_secrets_in_their_order(void **state)
{
	char dir[] = "/tmp/test_sign.XXXXXX", first[64], second[64];
	char *files[] = {first, second, NULL};
	struct sign s = {0};
	struct err err = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(first, sizeof(first), "%s/first", dir);
	snprintf(second, sizeof(second), "%s/second", dir);
	write_file(first, ED_SECRET "\n");
	write_file(second, HMAC_SECRET);
	assert_int_equal(sign_load(&s, files, &err), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.secrets[0].kind, SIGN_ED25519);
	assert_int_equal(s.secrets[1].kind, SIGN_HMAC_SHA256);
	sign_fini(&s);

	write_file(second, "MfKQ9r8G");
	assert_int_equal(sign_load(&s, files, &err), -1);
	assert_int_equal(s.n, 0);
	assert_non_null(strstr(err.msg, second));
	assert_null(strstr(err.msg, "MfKQ9r8G"));
	unlink(first);
	unlink(second);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_vectors_come_out),
	    cmocka_unit_test(every_part_of_a_message_counts),
	    cmocka_unit_test(what_is_no_secret_is_refused_unquoted),
	    cmocka_unit_test(secrets_have_a_limit),
	    cmocka_unit_test(
		ids_that_could_pass_for_something_else_are_refused),
	    cmocka_unit_test(files_give_secrets_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
