/** The connector's own configuration file; see twinwire-connector(8). */
#ifndef CONNECTOR_SETTINGS_H
#define CONNECTOR_SETTINGS_H

#include <stddef.h>

#include "map/connection.h"
#include "wire/access.h"

struct buf;

struct settings {
	struct access_conf wire;
	char *state; /* file */
	char *preset_dir;
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
