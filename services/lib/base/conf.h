/**
 * Configuration from YAML (libyaml's document tree, which keeps line numbers),
 * loaded into jv and checked against one table of keys.  All errors are
 * reported at once, one line each: "FILE:LINE: KEY: what was expected".
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct buf;
struct err;
struct conf;

enum { CONF_FILE_MAX_BYTES = 1 << 20, CONF_DEPTH_MAX = 16 };

enum conf_type {
	CONF_STRING,
	CONF_INT,
	CONF_BOOL,
	CONF_DURATION, /* "500ms", "30s", "5m", "2h", "30d" */
	CONF_SHARE,    /* "20%" */
	CONF_OBJECT,   /* its members have rows of their own, or are free with a
			* row "key.*" */
	CONF_LIST,     /* its items have rows of their own: "key[]" */
	CONF_STRINGS,  /* a string or a list of strings */
	CONF_ANY
};

/** One known key.  PATH: "system.auth.basic.username", "subscribe[].from". */
struct conf_key {
	const char *path;
	enum conf_type type;
	int is_required;      /* within its parent, where that is present */
	const char *expected; /* for messages and --help: "a URL" */
};

/**
 * Load FILE.  NULL with ERR = REJECT ("FILE:LINE: ...") when it cannot be read
 * or is not YAML; duplicate keys, aliases and tags are refused.  Scalars:
 * plain true/false, null and numbers become such, all else and everything
 * quoted a string.
 */
struct conf *conf_load(const char *file, struct err *err);
/** The same from memory; NAME stands for the file in messages. */
struct conf *conf_parse(
    const char *name, const char *text, size_t size, struct err *err);
/** Does nothing on NULL. */
void conf_free(struct conf *c);
/** The file name given; borrowed. */
const char *conf_name(const struct conf *c);
/** The whole document; a new reference, the caller's. */
jv conf_value(const struct conf *c);
/** Line (from 1) where the key or item PATH stands, e.g. "subscribe[2].from",
 * else 0. */
int conf_line(const struct conf *c, const char *path);
/**
 * Check the document against KEYS: unknown keys, wrong types, missing ones.
 * Appends a line per error to OUT and returns their number.
 */
int conf_check(const struct conf *c, const struct conf_key *keys, size_t n,
    struct buf *out);
/**
 * The document without what conf_check() complains of, so that what depends on
 * the rest can be checked at once, too; the caller's.  A wrong item of a list
 * is null.
 */
jv conf_sound(const struct conf *c, const struct conf_key *keys, size_t n);
/** Append one error line about PATH to OUT, in conf_check()'s form. */
void conf_complain(const struct conf *c, const char *path, struct buf *out,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** New: PATH as seen from the folder of FILE; NULL for NULL. */
char *conf_beside(const char *file, const char *path);
/**
 * Append FILE's text to OUT; at most as much as a configuration may have.  -1
 * with ERR = REJECT naming the file.  Where it is a key, the caller frees OUT
 * with buf_wipe().
 */
int conf_text(const char *file, struct buf *out, struct err *err);
/** "30s" -> 30000.  0, or -1 if TEXT is no duration. */
int conf_duration_ms(const char *text, int64_t *out_ms);
/** Duration KEY of the checked object V (borrowed) in ms, OTHERWISE if it is
 * not given. */
int64_t conf_duration(jv v, const char *key, int64_t otherwise);
/**
 * Read a secret from FILE into OUT without a trailing newline; at most 4 KiB,
 * no NUL, CR or LF inside.  A file that users besides its owner and group can
 * read, or its group can write, is refused.  -1 with ERR = REJECT naming the
 * file, never its content.  The caller frees OUT with buf_wipe().
 */
int conf_secret(const char *file, struct buf *out, struct err *err);
/**
 * 0 if FILE, a private key that a library will read, is there and as private
 * as conf_secret() wants it; -1 with ERR = REJECT naming it.
 */
int conf_private(const char *file, struct err *err);

#endif
