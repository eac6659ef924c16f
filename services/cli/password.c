/* Passwords of Kafka's users: see password.h. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
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

static int
fill(int fd, const char *password, int owner)
{
	size_t n = strlen(password);

	return fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
		       (owner < 0 ||
			   fchown(fd, (uid_t)owner, (gid_t)-1) == 0) &&
		       write(fd, password, n) == (ssize_t)n &&
		       write(fd, "\n", 1) == 1 && fsync(fd) == 0
		   ? 0
		   : -1;
}

static int
sync_folder_of(const char *file)
{
	char *copy = mem_dup(file);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) != 0 ? -1 : 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return rc;
}

int
password_write(
    const char *file, const char *password, int owner, struct err *err)
{
	char *new = mem_printf("%s.new-XXXXXX", file);
	int fd = mkstemp(new), rc = -1;

	if (fd >= 0 && fill(fd, password, owner) == 0 &&
	    rename(new, file) == 0 && sync_folder_of(file) == 0)
		rc = 0;
	else
		err_set(
		    err, ERR_REJECT, errno, "%s: %s", file, strerror(errno));
	if (fd >= 0) {
		close(fd);
		if (rc < 0)
			unlink(new);
	}
	free(new);
	return rc;
}
