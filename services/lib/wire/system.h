/** The system of a connection, reached as the connection's file says. */
#ifndef WIRE_SYSTEM_H
#define WIRE_SYSTEM_H

#include "rest/call.h"
#include "rest/sign.h"

struct connection;
struct err;

struct system {
	struct call_system to; /* its site and secrets are S's */
	struct sign sign;
};

/**
 * Open S, which starts as {0}: the site of C with its credentials and secrets
 * to sign with.  C, H and S's place are borrowed until system_close(), which is
 * called also where this fails.  -1 with ERR = REJECT.
 */
int system_open(struct system *s, const struct connection *c, struct http *h,
    struct err *err);
/** Free what S owns; after http_free(), or once nothing of it is under way. */
void system_close(struct system *s);

#endif
