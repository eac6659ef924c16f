/** What the orders of control.h do to a connection. */
#ifndef CONNECTOR_ORDERS_H
#define CONNECTOR_ORDERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct buf;
struct publisher;
struct status;
struct subscribe;

struct orders {
	struct subscribe *subscribe; /* borrowed, as all here */
	struct publisher **publishers;
	size_t n_publishers;
	struct status *status;
	int is_paused; /* by an order; stands in the Status */
};

/** Pause (1) both directions: nothing new begins; 0 lets them go on. */
void orders_pause(struct orders *o, int is_paused);
/**
 * Carry COMMAND (borrowed) out, as struct control_hooks says: pause, resume,
 * approve.  What it changed is told in the next Status, which is forced.
 */
const char *orders_run(struct orders *o, jv command, struct buf *text);

#endif
