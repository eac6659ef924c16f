/* Files as they are, and secrets: see conf.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"

enum { SECRET_MAX_BYTES = 4096 };

/* A secret is its owner's alone, or also its group's to read: what a service
 * manager hands to a service often looks so.  Only files have rights that mean
 * that. */
static int
check_rights(FILE *f, const char *file, struct err *err)
{
	struct stat st;

	if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
		return err_set(err, ERR_REJECT, 0,
		    "%s: a secret that others can read or change (mode %03o): "
		    "chmod 600",
		    file, (unsigned)st.st_mode & 0777);
	return 0;
}

/* At most MAX bytes of FILE into OUT (single growth: nothing is left behind).
 */
static int
read_file(const char *file, size_t max, int is_secret, struct buf *out,
    struct err *err)
{
	FILE *f = fopen(file, "rbe");
	char *data;
	size_t size;
	int rc = -1;

	if (f == NULL)
		return err_set(
		    err, ERR_REJECT, errno, "%s: %s", file, strerror(errno));
	if (is_secret && check_rights(f, file, err) != 0) {
		fclose(f);
		return -1;
	}
	/* Nothing stays in a buffer of the C library's. */
	setvbuf(f, NULL, _IONBF, 0);
	data = mem_new(max + 1, 1);
	size = fread(data, 1, max + 1, f);
	if (ferror(f))
		err_set(
		    err, ERR_REJECT, errno, "%s: %s", file, strerror(errno));
	else if (size > max)
		err_set(
		    err, ERR_REJECT, 0, "%s: larger than %zu bytes", file, max);
	else
		rc = buf_add(out, data, size);
	explicit_bzero(data, size);
	free(data);
	fclose(f);
	return rc;
}

int
conf_private(const char *file, struct err *err)
{
	FILE *f = fopen(file, "rbe");
	int rc;

	if (f == NULL)
		return err_set(
		    err, ERR_REJECT, errno, "%s: %s", file, strerror(errno));
	rc = check_rights(f, file, err);
	fclose(f);
	return rc;
}

int
conf_text(const char *file, struct buf *out, struct err *err)
{
	return read_file(file, CONF_FILE_MAX_BYTES, 0, out, err);
}

int
conf_secret(const char *file, struct buf *out, struct err *err)
{
	struct buf b = {0};
	size_t n;
	int rc = -1;

	if (read_file(file, SECRET_MAX_BYTES, 1, &b, err) != 0)
		goto out;
	n = b.size;
	if (n > 0 && b.data[n - 1] == '\n')
		n--;
	if (n > 0 && b.data[n - 1] == '\r')
		n--;
	if (n == 0)
		err_set(err, ERR_REJECT, 0, "%s: holds no secret", file);
	else if (memchr(b.data, 0, n) || memchr(b.data, '\r', n) ||
		 memchr(b.data, '\n', n))
		err_set(err, ERR_REJECT, 0, "%s: a secret is one line of text",
		    file);
	else
		rc = buf_add(out, b.data, n);
out:
	buf_wipe(&b);
	return rc;
}
