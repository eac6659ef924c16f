/* Signatures: see sign.h. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "rest/sign.h"

enum {
	HMAC_SECRET_MIN_BYTES = 24,
	SEED_BYTES = 32,
	PUBLIC_KEY_BYTES = 32,
	SIGNATURE_MAX_BYTES = 64,
	BASE64_MAX = 4 * ((SIGN_SECRET_MAX_BYTES + 2) / 3)
};

static const struct {
	const char *prefix, *version;
} kinds[] = {
    [SIGN_HMAC_SHA256] = {"whsec_", "v1"},
    [SIGN_ED25519] = {"whsk_", "v1a"},
};

/* ---- secrets ----------------------------------------------------------- */

/* Base64 TEXT, padded or not, into OUT: its size, or -1. */
static int
decode(const char *text, unsigned char out[SIGN_SECRET_MAX_BYTES])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char padded[BASE64_MAX + 1], plain[BASE64_MAX];
	size_t n = strspn(text, digits), whole = (n + 3) / 4 * 4;
	size_t pad = strspn(text + n, "=");
	int size = -1;

	if (n == 0 || n % 4 == 1 || whole > BASE64_MAX ||
	    text[n + pad] != '\0' || (pad != 0 && pad != whole - n))
		return -1;
	memcpy(padded, text, n);
	memset(padded + n, '=', whole - n);
	if (EVP_DecodeBlock(plain, padded, (int)whole) == (int)(whole / 4 * 3))
		size = (int)(n * 3 / 4);
	if (size > SIGN_SECRET_MAX_BYTES)
		size = -1;
	if (size > 0)
		memcpy(out, plain, (size_t)size);
	explicit_bzero(padded, sizeof(padded));
	explicit_bzero(plain, sizeof(plain));
	return size;
}

static EVP_PKEY *
ed25519_key(const struct sign_secret *s)
{
	return EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, s->bytes, SEED_BYTES);
}

/* 1 if S is a seed, alone or before its own public key. */
static int
is_key_pair(const struct sign_secret *s)
{
	unsigned char public[PUBLIC_KEY_BYTES];
	size_t size = sizeof(public);
	EVP_PKEY *key;
	int ok;

	if (s->size == SEED_BYTES)
		return 1;
	if (s->size != SEED_BYTES + PUBLIC_KEY_BYTES)
		return 0;
	key = ed25519_key(s);
	ok = key != NULL &&
	     EVP_PKEY_get_raw_public_key(key, public, &size) == 1 &&
	     CRYPTO_memcmp(public, s->bytes + SEED_BYTES, size) == 0;
	EVP_PKEY_free(key);
	return ok;
}

static int
take(struct sign_secret *s, const char *text, struct err *err)
{
	size_t i, n = sizeof(kinds) / sizeof(kinds[0]);
	int size;

	for (i = 0; i < n; i++)
		if (strncmp(text, kinds[i].prefix, strlen(kinds[i].prefix)) ==
		    0)
			break;
	if (i == n)
		return err_set(err, ERR_REJECT, 0,
		    "a signing secret begins with whsec_ or whsk_");
	size = decode(text + strlen(kinds[i].prefix), s->bytes);
	if (size < 0)
		return err_set(err, ERR_REJECT, 0,
		    "a signing secret is base64 of at most %d bytes",
		    SIGN_SECRET_MAX_BYTES);
	s->kind = (enum sign_kind)i;
	s->size = (size_t)size;
	if (s->kind == SIGN_HMAC_SHA256 && size < HMAC_SECRET_MIN_BYTES)
		return err_set(err, ERR_REJECT, 0,
		    "a whsec_ secret has at least %d bytes",
		    HMAC_SECRET_MIN_BYTES);
	if (s->kind == SIGN_ED25519 && !is_key_pair(s))
		return err_set(err, ERR_REJECT, 0,
		    "a whsk_ secret is an Ed25519 seed, with its public key "
		    "or without");
	return 0;
}

int
sign_add(struct sign *s, const char *text, struct err *err)
{
	if (s->n == SIGN_SECRETS_MAX)
		return err_set(err, ERR_REJECT, 0,
		    "more than %d signing secrets", SIGN_SECRETS_MAX);
	if (take(&s->secrets[s->n], text, err) != 0) {
		explicit_bzero(&s->secrets[s->n], sizeof(s->secrets[s->n]));
		return -1;
	}
	s->n++;
	return 0;
}

int
sign_load(struct sign *s, char *const *files, struct err *err)
{
	struct buf text = {0};
	int rc = 0;

	for (; rc == 0 && *files != NULL; files++) {
		rc = conf_secret(*files, &text, err);
		if (rc == 0 &&
		    sign_add(s, text.data != NULL ? text.data : "", err) != 0)
			rc = err_wrap(err, "%s", *files);
		buf_wipe(&text);
	}
	if (rc != 0)
		sign_fini(s);
	return rc;
}

void
sign_fini(struct sign *s)
{
	explicit_bzero(s, sizeof(*s));
}

/* ---- signatures -------------------------------------------------------- */

/* The signature of CONTENT with S into OUT: its size, or 0. */
static size_t
sign_bytes(const struct sign_secret *s, const struct buf *content,
    unsigned char out[SIGNATURE_MAX_BYTES])
{
	const unsigned char *data = (const unsigned char *)content->data;
	size_t size = SIGNATURE_MAX_BYTES;
	EVP_MD_CTX *ctx;
	EVP_PKEY *key;

	if (s->kind == SIGN_HMAC_SHA256)
		return EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, s->bytes,
			   s->size, data, content->size, out,
			   SIGNATURE_MAX_BYTES, &size) != NULL
			   ? size
			   : 0;
	key = ed25519_key(s);
	ctx = EVP_MD_CTX_new();
	if (key == NULL || ctx == NULL ||
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) != 1 ||
	    EVP_DigestSign(ctx, out, &size, data, content->size) != 1)
		size = 0;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return size;
}

static int
is_id(const char *id)
{
	return *id != '\0' &&
	       id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

int
sign_message(const struct sign *s, const struct sign_message *m,
    struct buf *out, struct err *err)
{
	unsigned char raw[SIGNATURE_MAX_BYTES];
	unsigned char coded[4 * ((SIGNATURE_MAX_BYTES + 2) / 3) + 1];
	struct buf content = {0};
	size_t i, size;
	int rc = 0;

	if (!is_id(m->id))
		return err_set(err, ERR_REJECT, 0,
		    "a message id that can be signed consists of letters, "
		    "digits, _ and -");
	buf_printf(&content, "%s.%lld.", m->id, (long long)m->at_s);
	if (m->body != NULL)
		buf_add(&content, m->body, m->body_size);
	for (i = 0; i < s->n && rc == 0; i++) {
		size = sign_bytes(&s->secrets[i], &content, raw);
		if (size == 0) {
			rc =
			    err_set(err, ERR_FATAL, 0, "OpenSSL does not sign");
			break;
		}
		EVP_EncodeBlock(coded, raw, (int)size);
		buf_printf(out, "%s%s,%s", i > 0 ? " " : "",
		    kinds[s->secrets[i].kind].version, (char *)coded);
	}
	buf_free(&content);
	return rc;
}
