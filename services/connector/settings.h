/** The connector's own configuration file; see twinwire-connector(8). */
#ifndef CONNECTOR_SETTINGS_H
#define CONNECTOR_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "map/connection.h"

struct buf;
struct err;

struct settings {
	char *brokers;
	jv kafka; /* further librdkafka properties */
	char *registry_url, *registry_username, *registry_password_file;
	char *registry_ca_file;
	int registry_insecure_http;
	char *state; /* file */
	char *preset_dir;
	char *admin_address;
	uint16_t admin_port;
	char **connection_files; /* NULL-ended */
	struct connections connections;
};

/**
 * Load FILE and every connection it names (paths relative to FILE's folder;
 * `*` allowed in them).  All errors are appended to OUT, one a line; their
 * number is returned, 0 with *OUT_SETTINGS filled.
 */
size_t settings_load(
    const char *file, struct settings *out_settings, struct buf *out);
/** Free what S owns. */
void settings_fini(struct settings *s);

#endif
