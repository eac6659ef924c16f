/* Files that only their owner reads: see secret.h. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "cli/secret.h"

static int
fill(int fd, const char *text, mode_t mode, int owner)
{
	size_t n = strlen(text);

	return fchmod(fd, mode) == 0 &&
		       (owner < 0 ||
			   fchown(fd, (uid_t)owner, (gid_t)-1) == 0) &&
		       write(fd, text, n) == (ssize_t)n &&
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

static int
replace(
    const char *file, const char *text, mode_t mode, int owner, struct err *err)
{
	char *new = mem_printf("%s.new-XXXXXX", file);
	int fd = mkstemp(new), rc = -1;

	if (fd >= 0 && fill(fd, text, mode, owner) == 0 &&
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

int
secret_write(const char *file, const char *text, int owner, struct err *err)
{
	return replace(file, text, S_IRUSR | S_IWUSR, owner, err);
}

int
secret_write_open(
    const char *file, const char *text, int owner, struct err *err)
{
	return replace(
	    file, text, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH, owner, err);
}
