/**
 * The schema registry of the sandbox: the calls that Twinwire and ordinary
 * clients make (Confluent's REST API v1), in memory, with the schemas of this
 * build registered from the start.
 *
 *   GET  /subjects                      POST /subjects/S           known?
 *   GET  /subjects/S/versions           POST /subjects/S/versions  register
 *   GET  /subjects/S/versions/latest    GET  /schemas/ids/N
 */
#ifndef SANDBOX_SUBJECTS_H
#define SANDBOX_SUBJECTS_H

#include <stdint.h>

struct err;
struct schema;
struct server;
struct subjects;

enum { SUBJECTS_MAX = 1000 };

/** Listening on loopback at PORT (0: a free one).  NULL with ERR. */
struct subjects *subjects_new(uint16_t port, struct err *err);
/** Does nothing on NULL. */
void subjects_free(struct subjects *s);
/** Its server, for the loop; borrowed. */
struct server *subjects_server(struct subjects *s);
/** The schema registered under ID, or NULL; borrowed. */
const struct schema *subjects_schema(const struct subjects *s, int32_t id);

#endif
