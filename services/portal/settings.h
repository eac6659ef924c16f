/** The portal's configuration file; see twinwire-portal(8). */
#ifndef PORTAL_SETTINGS_H
#define PORTAL_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "wire/access.h"

struct buf;

struct settings {
	struct access_conf wire;
	char *members_file;
	char *cities_file; /* NULL: no names and coordinates but the wire's */
	char *state_file;
	char *address; /* where it listens; NULL: loopback */
	uint16_t port; /* 0: a free one */
	char *certificate_file, *key_file; /* PEM; NULL: no TLS */
	char *public_url; /* without a slash at its end; NULL: from the port */
};

/**
 * Load FILE; paths in it are relative to its folder.  All errors are appended
 * to OUT, one a line; their number is returned, 0 with *OUT_SETTINGS filled.
 */
size_t settings_load(
    const char *file, struct settings *out_settings, struct buf *out);
/** Free what S owns. */
void settings_fini(struct settings *s);

#endif
