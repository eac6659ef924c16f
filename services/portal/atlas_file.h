/** The map as it is sent, written row by row and compressed meanwhile. */
#ifndef PORTAL_ATLAS_FILE_H
#define PORTAL_ATLAS_FILE_H

#include "portal/query_map.h"

struct atlas_file;
struct buf;
struct reader;

enum atlas_form {
	ATLAS_GEOJSON, /* RFC 7946: partnerships as lines, events as points */
	/*
	 * For map.js: {arcs: [[key, index of a, index of b, how it stands]],
	 * cities: [[id, lat, lon, name]], events: [[uid, lat, lon, title,
	 * status]]}, names and titles in the reader's language.
	 */
	ATLAS_CANVAS
};
enum { ATLAS_FILE_MAX_BYTES = 8 * 1024 * 1024 };

/** Content type of FORM; static. */
const char *atlas_file_type(enum atlas_form form);
/** New; PUBLIC_URL and READER borrowed for its life. */
struct atlas_file *atlas_file_new(
    enum atlas_form form, const char *public_url, const struct reader *reader);
/** Its context is the file. */
extern const struct query_map_reader atlas_file_reader;
/** Compress what was written since; -1: it has become more than
 * ATLAS_FILE_MAX_BYTES, compressed. */
int atlas_file_flush(struct atlas_file *f);
/** End it; the gzip member into OUT, the caller's; -1 as above. */
int atlas_file_end(struct atlas_file *f, struct buf *out);
/** Does nothing on NULL. */
void atlas_file_free(struct atlas_file *f);

#endif
