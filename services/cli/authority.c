/* The wire's own certificate authority: see authority.h. */
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/count.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/authority.h"
#include "cli/secret.h"

enum { SERIAL_BITS = 159, X509_VERSION_THREE = 2 };

struct authority {
	EVP_PKEY *key;
	X509 *certificate;
};

static X509 *
read_certificate(const char *file)
{
	FILE *f = fopen(file, "re");
	X509 *x = f != NULL ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f != NULL)
		fclose(f);
	return x;
}

static EVP_PKEY *
read_key(const char *file)
{
	FILE *f = fopen(file, "re");
	EVP_PKEY *k =
	    f != NULL ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (f != NULL)
		fclose(f);
	return k;
}

static int
days_left(const X509 *x)
{
	int days = -1, seconds = 0;

	if (x == NULL ||
	    !ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x)) ||
	    seconds < 0)
		return -1;
	return days;
}

/* Append what PEM writer W put into a memory BIO (consumed) to OUT. */
static void
take(BIO *bio, struct buf *out)
{
	char *data = NULL;
	long n = BIO_get_mem_data(bio, &data);

	if (n > 0) {
		buf_add(out, data, (size_t)n);
		OPENSSL_cleanse(data, (size_t)n);
	}
	BIO_free(bio);
}

static void
put_key(EVP_PKEY *key, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	take(bio, out);
}

static void
put_certificate(X509 *x, struct buf *out)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(bio, x);
	take(bio, out);
}

/* Without the newline that the file's writer adds. */
static void
chomp(struct buf *b)
{
	while (b->size > 0 && b->data[b->size - 1] == '\n')
		buf_cut(b, b->size - 1);
}

static int
extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	int ok;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e != NULL && X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	return ok;
}

/* A certificate of KEY for NAME, not yet signed; NULL when out of means. */
static X509 *
draft(EVP_PKEY *key, const char *name, int days)
{
	X509 *x = X509_new();
	BIGNUM *serial = BN_new();
	X509_NAME *subject;

	subject = x != NULL ? X509_get_subject_name(x) : NULL;
	if (x != NULL && serial != NULL &&
	    X509_set_version(x, X509_VERSION_THREE) &&
	    BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ANY, 0) &&
	    BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x)) != NULL &&
	    /* A day back: clocks of members differ. */
	    X509_gmtime_adj(X509_getm_notBefore(x), -24L * 3600) != NULL &&
	    X509_time_adj_ex(X509_getm_notAfter(x), days, 0, NULL) != NULL &&
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		(const unsigned char *)name, -1, -1, 0) &&
	    X509_set_pubkey(x, key)) {
		BN_free(serial);
		return x;
	}
	BN_free(serial);
	X509_free(x);
	return NULL;
}

static int
make(struct authority *a)
{
	a->key = EVP_EC_gen("P-256");
	a->certificate =
	    a->key != NULL ? draft(a->key, "Twinwire", AUTHORITY_DAYS) : NULL;
	return a->certificate != NULL &&
	       X509_set_issuer_name(
		   a->certificate, X509_get_subject_name(a->certificate)) &&
	       extend(a->certificate, a->certificate, NID_basic_constraints,
		   "critical,CA:TRUE,pathlen:0") &&
	       extend(a->certificate, a->certificate, NID_key_usage,
		   "critical,keyCertSign,cRLSign") &&
	       extend(a->certificate, a->certificate,
		   NID_subject_key_identifier, "hash") &&
	       X509_sign(a->certificate, a->key, EVP_sha256()) > 0;
}

/* The certificate last: with it the authority is whole. */
static int
save(struct authority *a, const char *key_file, const char *file,
    struct err *err)
{
	struct buf key = {0}, certificate = {0};
	int rc;

	put_key(a->key, &key);
	put_certificate(a->certificate, &certificate);
	chomp(&key);
	chomp(&certificate);
	rc = secret_write(key_file, key.data, -1, err);
	if (rc == 0)
		rc = secret_write_open(file, certificate.data, -1, err);
	buf_wipe(&key);
	buf_free(&certificate);
	return rc;
}

static int
load(struct authority *a, const char *key_file, const char *file,
    struct err *err)
{
	a->key = read_key(key_file);
	a->certificate = read_certificate(file);
	if (a->key == NULL || a->certificate == NULL ||
	    X509_check_private_key(a->certificate, a->key) != 1)
		return err_set(err, ERR_REJECT, 0,
		    "%s and %s do not belong together; restore both from the "
		    "backup, or remove both and give every member the new "
		    "ca.pem",
		    key_file, file);
	if (days_left(a->certificate) < CERTIFICATE_DAYS)
		return err_set(err, ERR_REJECT, 0,
		    "%s ends in %d %s; remove it and %s, and give every "
		    "member the new one",
		    file, days_left(a->certificate),
		    count_word(days_left(a->certificate), "day", "days"),
		    key_file);
	return 0;
}

struct authority *
authority_open(const char *folder, int *out_is_new, struct err *err)
{
	struct authority *a = mem_new(1, sizeof(*a));
	char *key_file = mem_printf("%s/ca.key", folder);
	char *file = mem_printf("%s/ca.pem", folder);
	int is_new = access(file, F_OK) != 0, rc;

	if (!is_new)
		rc = load(a, key_file, file, err);
	else if (!make(a))
		rc = err_set(err, ERR_REJECT, 0, "libcrypto made no key");
	else
		rc = save(a, key_file, file, err);
	free(key_file);
	free(file);
	if (rc == 0) {
		*out_is_new = is_new;
		return a;
	}
	authority_free(a);
	return NULL;
}

void
authority_free(struct authority *a)
{
	if (a == NULL)
		return;
	EVP_PKEY_free(a->key);
	X509_free(a->certificate);
	free(a);
}

int
authority_is_due(struct authority *a, const struct certificate *c)
{
	X509 *x = read_certificate(c->file);
	EVP_PKEY *key = read_key(c->file);
	const char *const *host;
	int is_good = x != NULL && key != NULL &&
		      X509_check_private_key(x, key) == 1 &&
		      X509_verify(x, a->key) == 1 &&
		      days_left(x) >= CERTIFICATE_RENEW_DAYS;

	for (host = c->hosts; is_good && *host != NULL; host++)
		is_good = X509_check_host(x, *host, 0,
			      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
	X509_free(x);
	EVP_PKEY_free(key);
	return !is_good;
}

/* "DNS:a,DNS:b" */
static char *
names_of(const struct certificate *c)
{
	struct buf out = {0};
	const char *const *host;

	for (host = c->hosts; *host != NULL; host++)
		buf_printf(
		    &out, "%sDNS:%s", host == c->hosts ? "" : ",", *host);
	return buf_take(&out);
}

static int
sign(struct authority *a, X509 *x, const struct certificate *c)
{
	char *names = names_of(c);
	int ok =
	    X509_set_issuer_name(x, X509_get_subject_name(a->certificate)) &&
	    extend(x, a->certificate, NID_basic_constraints,
		"critical,CA:FALSE") &&
	    extend(x, a->certificate, NID_key_usage,
		"critical,digitalSignature") &&
	    extend(x, a->certificate, NID_ext_key_usage,
		"serverAuth,clientAuth") &&
	    extend(x, a->certificate, NID_subject_key_identifier, "hash") &&
	    extend(x, a->certificate, NID_authority_key_identifier,
		"keyid:always") &&
	    (*names == '\0' ||
		extend(x, a->certificate, NID_subject_alt_name, names)) &&
	    X509_sign(x, a->key, EVP_sha256()) > 0;

	free(names);
	return ok;
}

int
authority_issue(
    struct authority *a, const struct certificate *c, struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = key != NULL ? draft(key, c->name, CERTIFICATE_DAYS) : NULL;
	struct buf out = {0};
	int rc = -1;

	if (x != NULL && sign(a, x, c)) {
		put_key(key, &out);
		put_certificate(x, &out);
		chomp(&out);
		rc = secret_write(c->file, out.data, c->owner, err);
		buf_wipe(&out);
	} else {
		err_set(err, ERR_REJECT, 0,
		    "%s: libcrypto made no certificate for these names",
		    c->file);
	}
	X509_free(x);
	EVP_PKEY_free(key);
	return rc;
}
