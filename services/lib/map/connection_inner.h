/** The parts of the reader of a connection's file; for connection*.c only. */
#ifndef MAP_CONNECTION_INNER_H
#define MAP_CONNECTION_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct buf;
struct conf;
struct connection;

/** A file being read into C. */
struct loader {
	struct connection *c;
	const struct conf *conf;
	jv doc; /* what of it has the right types */
	struct buf *out;
	size_t errors;
};

/** Say what is wrong at PATH, and count it. */
void connection_complain(struct loader *l, const char *path, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
/** The text at KEY of V, new; NULL if it is not there. */
char *connection_text(jv v, const char *key);
/** The file at KEY of V as seen from the connection's file, new, or NULL. */
char *connection_file(const struct loader *l, jv v, const char *key);
/** A text or list of texts at KEY as a list; invalid if it is not there. */
jv connection_list(jv v, const char *key);
/** 1 if the member of V at PATH is YES, 0 if it is NO or missing. */
int connection_either(
    struct loader *l, jv v, const char *path, const char *yes, const char *no);

/** Read `system` and `limits`, `max_change`. */
void connection_read_system(struct loader *l);
void connection_read_limits(struct loader *l);
/** Read `subscribe` and `publish`; the preset may be NULL (it had errors). */
void connection_read_entries(struct loader *l);

#endif
