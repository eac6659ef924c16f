/**
 * Signatures over requests, so that whoever gets one knows that it is ours and
 * new: the scheme of Standard Webhooks 1.0, section "Signature scheme".  Pure:
 * no clock; the caller says when it is.
 */
#ifndef REST_SIGN_H
#define REST_SIGN_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;

/* More than one secret only while the receiver changes from one to the next. */
enum { SIGN_SECRETS_MAX = 4, SIGN_SECRET_MAX_BYTES = 64 };

/** The headers: the message's id, seconds since 1970, the signatures. */
#define SIGN_ID_HEADER "webhook-id"
#define SIGN_TIMESTAMP_HEADER "webhook-timestamp"
#define SIGN_SIGNATURE_HEADER "webhook-signature"

enum sign_kind {
	SIGN_HMAC_SHA256, /* whsec_: 24 to 64 bytes; gives "v1,..." */
	SIGN_ED25519	  /* whsk_: seed, or seed and public key; "v1a,..." */
};

struct sign_secret {
	enum sign_kind kind;
	size_t size;
	unsigned char bytes[SIGN_SECRET_MAX_BYTES];
};

/** Secrets in the order of their signatures; a plain value, {0} is none. */
struct sign {
	struct sign_secret secrets[SIGN_SECRETS_MAX];
	size_t n;
};

struct sign_message {
	const char *id;	  /* the same however often the message is sent */
	int64_t at_s;	  /* of this attempt */
	const void *body; /* the exact bytes that are sent; NULL: none */
	size_t body_size;
};

/**
 * Add the secret TEXT: base64 behind "whsec_" or "whsk_".  0, or -1 with ERR =
 * REJECT (no such prefix, not base64, a wrong size, a public key that is not
 * the seed's, one too many), which never quotes TEXT.
 */
int sign_add(struct sign *s, const char *text, struct err *err);
/**
 * Add the secret in each of FILES (NULL-ended).  0, or -1 with ERR = REJECT
 * naming the file, and S wiped.
 */
int sign_load(struct sign *s, char *const *files, struct err *err);
/** Wipe: no secrets any more. */
void sign_fini(struct sign *s);
/**
 * Append to OUT what stands in SIGN_SIGNATURE_HEADER for M: a signature with
 * each secret, in order, spaces between.  0, or -1 with ERR = REJECT when the
 * id is empty or holds anything but A-Z, a-z, 0-9, _ and - (a full stop would
 * let one message pass for another), FATAL when OpenSSL fails.
 */
int sign_message(const struct sign *s, const struct sign_message *m,
    struct buf *out, struct err *err);

#endif
