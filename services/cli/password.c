/* Passwords of Kafka's users: see password.h. */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

#include "base/err.h"
#include "cli/password.h"

enum { RANDOM_BYTES = 32 };

int
password_new(char out[PASSWORD_SIZE], struct err *err)
{
	unsigned char bytes[RANDOM_BYTES];
	char text[PASSWORD_SIZE + 1];
	size_t i;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_set(err, ERR_FATAL, errno, "no random numbers: %s",
		    strerror(errno));
	EVP_EncodeBlock((unsigned char *)text, bytes, sizeof(bytes));
	/* RFC 4648 section 5, so that no shell and no URL minds it. */
	for (i = 0; i < PASSWORD_SIZE - 1; i++)
		out[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	out[i] = '\0';
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(text, sizeof(text));
	return 0;
}
