/** The reconciler's configuration file; see twinwire-reconciler(8). */
#ifndef RECONCILER_SETTINGS_H
#define RECONCILER_SETTINGS_H

#include <stddef.h>

#include "wire/access.h"

struct buf;

struct settings {
	struct access_conf wire;
	char *members_file;
	char *aliases_file; /* NULL: none */
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
