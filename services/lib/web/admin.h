/**
 * The admin port every daemon has: /healthz (the loop turns), /readyz (what is
 * not ready, by name), /metrics (Prometheus).  No state changes here.
 */
#ifndef WEB_ADMIN_H
#define WEB_ADMIN_H

#include <stdint.h>

struct admin_port;
struct buf;
struct err;

struct admin_port_conf {
	const char *address; /* NULL: 127.0.0.1 */
	uint16_t port;	     /* 0: a free one */
	/** Append a line for everything that is not ready; nothing if all is.
	 */
	void (*ready)(void *ctx, struct buf *out);
	/** Append the metrics in Prometheus' text format. */
	void (*metrics)(void *ctx, struct buf *out);
	void *ctx;
};

/** CONF is copied.  NULL with ERR = FATAL. */
struct admin_port *admin_port_new(
    const struct admin_port_conf *conf, struct err *err);
/** Does nothing on NULL. */
void admin_port_free(struct admin_port *a);
/** The port it listens on. */
uint16_t admin_port_number(const struct admin_port *a);
/** Readable when admin_port_step() has work; borrowed. */
int admin_port_fd(const struct admin_port *a);
/** Serve what is there; ms until it wants to be called again, -1 for never. */
int admin_port_step(struct admin_port *a);

#endif
