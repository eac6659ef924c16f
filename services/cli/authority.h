/**
 * The wire's own certificate authority: one EC key that signs what the broker,
 * the registry's door and the operator show each other.  X.509 v3 (RFC 5280),
 * P-256, in PEM files; only libcrypto.
 */
#ifndef CLI_AUTHORITY_H
#define CLI_AUTHORITY_H

#include <stddef.h>

struct authority;
struct err;

enum {
	AUTHORITY_DAYS = 3650,
	CERTIFICATE_DAYS = 730,
	CERTIFICATE_RENEW_DAYS = 60 /* with fewer left there is a new one */
};

/** What a certificate is for. */
struct certificate {
	const char *file;	  /* PEM: key, certificate */
	const char *name;	  /* its common name: the user at the broker */
	const char *const *hosts; /* names it answers to; NULL-ended */
	int owner;		  /* uid of FILE; -1: whoever runs this */
};

/**
 * Open the authority in FOLDER (ca.key, mode 0600; ca.pem), making it if there
 * is neither.  *OUT_IS_NEW says so.  NULL with ERR = REJECT: one of the files
 * is missing or no good, it ends within CERTIFICATE_DAYS, or FOLDER takes none.
 */
struct authority *authority_open(
    const char *folder, int *out_is_new, struct err *err);
/** Does nothing on NULL. */
void authority_free(struct authority *a);
/**
 * 1 if C->file needs to be written: it is missing, not signed by A, ends within
 * CERTIFICATE_RENEW_DAYS or does not answer to all hosts; else 0.
 */
int authority_is_due(struct authority *a, const struct certificate *c);
/** Write C->file anew, key and all.  0, or -1 with ERR = REJECT. */
int authority_issue(
    struct authority *a, const struct certificate *c, struct err *err);

#endif
