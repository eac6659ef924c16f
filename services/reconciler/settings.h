/** The reconciler's configuration file; see twinwire-reconciler(8). */
#ifndef RECONCILER_SETTINGS_H
#define RECONCILER_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct buf;

struct settings {
	char *brokers;
	jv kafka; /* further librdkafka properties */
	char *registry_url, *registry_username, *registry_password_file;
	char *registry_ca_file;
	int registry_insecure_http;
	char *members_file;
	char *aliases_file; /* NULL: none */
	char *admin_address;
	uint16_t admin_port;
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
