/** twinwire-watch's configuration file; see twinwire-watch(8). */
#ifndef WATCH_SETTINGS_H
#define WATCH_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "rest/sign.h"
#include "wire/access.h"

struct buf;

/** Who is told, by one way. */
struct target {
	char *name;   /* for its memory: "operator mail a@b" */
	char *member; /* about its own alone; NULL: the operator, of all */
	char **mail;  /* NULL-ended, or NULL: */
	char *hook;   /* URL of a webhook */
	char **secret_files; /* NULL: not signed */
	struct sign sign;
	int allow_private, insecure_http;
	int is_weekly;
};

struct settings {
	struct access_conf wire;
	char *state; /* file */
	char *portal_url;
	char *smtp_url, *smtp_from, *smtp_username, *smtp_password_file;
	char *smtp_ca_file;
	int smtp_insecure;
	int64_t settle_ms, again_ms;
	char **certificates; /* NULL-ended, or NULL */
	struct target *targets;
	size_t n_targets;
};

/** Load FILE: all errors are appended to OUT, one a line; their number is
 * returned, 0 with *OUT_SETTINGS filled. */
size_t settings_load(
    const char *file, struct settings *out_settings, struct buf *out);
/** Free what S owns. */
void settings_fini(struct settings *s);

#endif
