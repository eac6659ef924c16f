/** The files of static/ and i18n/, which are compiled into the program. */
#ifndef PORTAL_ASSETS_H
#define PORTAL_ASSETS_H

#include <stddef.h>

#include "base/json.h"

enum { ASSETS_MAX = 64, ASSETS_TAG_SIZE = 2 * JSON_HASH_SIZE + 1 };

struct asset {
	const char *name; /* "style.css" */
	const char *text;
	size_t size;
	char tag[ASSETS_TAG_SIZE]; /* of its content */
};

/** The I-th file, or NULL after the last; static. */
const struct asset *assets_at(size_t i);
/** The file NAME, or NULL; static. */
const struct asset *assets_find(const char *name);
#endif
