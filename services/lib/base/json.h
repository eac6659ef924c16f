/**
 * Small helpers around jv, the one JSON type (jq's library).  jv's own rule
 * holds for every jv argument marked "consumed"; the helpers here that only
 * look take `jv` *borrowed* and say so.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <jv.h>

struct buf;
struct err;

enum { JSON_HASH_SIZE = 16, JSON_DEPTH_MAX = 64 };

/** Whole numbers up to here are exact in JSON's doubles. */
#define JSON_INTEGER_MAX (INT64_C(1) << 53)

/**
 * Parse SIZE bytes as one JSON text (RFC 8259) of at most JSON_DEPTH_MAX
 * levels, UTF-8 without the byte 0: a valid jv (the caller's), or jv_invalid()
 * without message and ERR = REJECT naming the byte.  A byte order mark is
 * let through, of two equal names the last counts, half a pair of surrogates
 * becomes U+FFFD.
 */
jv json_parse(const char *text, size_t size, struct err *err);
/** Member KEY of the object V (borrowed), or jv_invalid(); the caller's. */
jv json_get(jv v, const char *key);
/**
 * String member KEY of V (borrowed), or FALLBACK if it is missing or not a
 * string.  Borrowed: valid as long as V is and is not changed.
 */
const char *json_str(jv v, const char *key, const char *fallback);
/** Number member KEY of V (borrowed) as an integer, or FALLBACK. */
int64_t json_int(jv v, const char *key, int64_t fallback);
/** 1 if member KEY of V (borrowed) is `true`, 0 if `false`, else FALLBACK. */
int json_bool(jv v, const char *key, int fallback);
/**
 * Append one string of SIZE bytes of UTF-8, one integer, one finite number to
 * OUT as json_canonical() writes them.
 */
void json_add_string(const char *text, size_t size, struct buf *out);
void json_add_integer(int64_t n, struct buf *out);
void json_add_number(double d, struct buf *out);
/**
 * Append V (borrowed) to OUT in canonical form: members sorted by bytes of
 * their keys, no spaces, integers up to 2^53 in full, other numbers with
 * the fewest of 15 to 17 digits that read back to the same double, strings with
 * only the escapes JSON demands.  Equal values give equal bytes with every jq
 * version: no number is printed by jq.
 */
void json_canonical(jv v, struct buf *out);
/** The same for people: a member or item a line, indented by two. */
void json_pretty(jv v, struct buf *out);
/**
 * The same without members that are null, false, "", [] or {}, at any depth,
 * so that a record reads the same whether what is empty was left out or filled
 * in; an array's empty items become null.
 */
void json_canonical_lean(jv v, struct buf *out);
/** First JSON_HASH_SIZE bytes of SHA-256 of V's (borrowed) canonical form. */
void json_hash(jv v, unsigned char out[JSON_HASH_SIZE]);
/** The same over bytes. */
void json_hash_bytes(
    const void *data, size_t size, unsigned char out[JSON_HASH_SIZE]);
/**
 * 1 if the eight bytes at TEXT can stand in a JSON string as they are.  Each
 * test leaves a top bit where a byte is below 0x20, or becomes zero by the xor.
 */
static inline int
json_is_plain(const char *text)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t word, quote, slash;

	memcpy(&word, text, sizeof(word));
	quote = word ^ ones * '"';
	slash = word ^ ones * '\\';
	return ((((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
		    ((slash - ones) & ~slash)) &
		   tops) == 0;
}

/** One member of an object: NAME, of SIZE bytes, is KEY's text. */
struct json_member {
	const char *name;
	size_t size;
	jv key, value;
};
enum { JSON_MEMBERS_FEW = 32 };
/** All members of the object V (borrowed), *OUT_N of them, in the order of
 * their keys' bytes, each key and value the caller's: FEW if they fit, else new
 * memory. */
struct json_member *json_members(
    jv v, struct json_member few[JSON_MEMBERS_FEW], size_t *out_n);
/** Set KEY of object *V to a string / an integer, in place. */
void json_set_str(jv *v, const char *key, const char *value);
void json_set_int(jv *v, const char *key, int64_t value);
/** Set KEY of object *V to VALUE (consumed), in place. */
void json_set(jv *v, const char *key, jv value);

#endif
