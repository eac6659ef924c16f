/* Certificates in files: see certificate.h. */
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "rest/certificate.h"

/* -1 if it says nothing that can be read. */
static int64_t
end_of(const X509 *x)
{
	struct tm tm;
	time_t at;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) != 1)
		return -1;
	at = timegm(&tm);
	return at < 0 ? -1 : (int64_t)at * 1000;
}

int
certificate_end(
    const char *file, int is_authority, int64_t *out_ms, struct err *err)
{
	FILE *in = fopen(file, "re");
	int64_t found = -1, end;
	X509 *x;

	if (in == NULL)
		return err_set(err, ERR_REJECT, errno, "%.200s: %s", file,
		    strerror(errno));
	while ((found < 0 || is_authority) &&
	       (x = PEM_read_X509(in, NULL, NULL, NULL)) != NULL) {
		end = end_of(x);
		if (end > found)
			found = end;
		X509_free(x);
	}
	fclose(in);
	if (found < 0)
		return err_set(
		    err, ERR_REJECT, 0, "%.200s: no certificate in it", file);
	*out_ms = found;
	return 0;
}
