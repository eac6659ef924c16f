/** A system of a connection, asked directly: one request of its preset at a
 * time, waiting for the answer.  For `probe`. */
#ifndef CLI_ASKED_H
#define CLI_ASKED_H

#include "base/json.h"
#include "map/preset.h"

struct asked;
struct connection;
struct err;

/** New, with the connection's credentials; C borrowed for its life.  NULL with
 * ERR. */
struct asked *asked_new(const struct connection *c, struct err *err);
/** Does nothing on NULL. */
void asked_free(struct asked *a);
/**
 * Make the request OP of INPUT and VARS (both consumed) and send it: the answer
 * {status, headers, body, method} as presets see it, the caller's; jv_invalid()
 * with ERR if none came (RETRY) or the request could not be made (REJECT).
 */
jv asked_ask(
    struct asked *a, enum preset_op op, jv input, jv vars, struct err *err);

#endif
