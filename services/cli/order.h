/** Orders to a connection over tw.control.<member>, and their answers. */
#ifndef CLI_ORDER_H
#define CLI_ORDER_H

#include "base/json.h"

struct cli;
struct err;

struct order {
	const char *connection;
	const char *member; /* whose connection it is */
	const char *action; /* as in schema Command */
	const char *plan;   /* plan id; "" if the action has none */
	const char *by;	    /* role or account that asks */
};

/**
 * What CONNECTION said last: {member, value: Status, ...}, the caller's;
 * jv_invalid() after the reason was printed.
 */
jv order_status(struct cli *c, const char *connection);
/**
 * Give order O, wait for its answer and print it.  Exit code: CLI_OK if it was
 * carried out, CLI_FAILED if not or not in time (it then holds until it
 * expires).
 */
int order_give(struct cli *c, const struct order *o);

#endif
