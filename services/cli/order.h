/** Orders to a connection over tw.control.<member>, and their answers. */
#ifndef CLI_ORDER_H
#define CLI_ORDER_H

#include "base/json.h"

struct cli;
struct err;

/** Who asks, where nobody is named. */
#define ORDER_BY "operator"

/** The argument that names a connection, as scan_status() takes it. */
#define ORDER_CONNECTION "[MEMBER/]CONNECTION"

struct order {
	const char *connection; /* its id */
	const char *member;	/* whose connection it is */
	const char *action;	/* as in schema Command */
	const char *plan;	/* plan id; "" if the action has none */
	const char *by;		/* role or account that asks */
	jv arguments;		/* object of strings; null: none */
};

/**
 * Give order O and wait for its answer: 1 and *OUT (the caller's) as the
 * connection wrote it, 0 if none came in time (the order then holds until it
 * expires), -1 with ERR.
 */
int order_ask(struct cli *c, const struct order *o, jv *out, struct err *err);
/** Say that O was not answered in time: CLI_FAILED. */
int order_unanswered(const struct cli *c, const struct order *o);

/**
 * order_ask() O and print the answer.  Exit code: CLI_OK if it was
 * carried out, CLI_FAILED if not or not in time (it then holds until it
 * expires).
 */
int order_give(struct cli *c, const struct order *o);

/** A command that is an order: its action is its name. */
struct order_kind {
	const char *arguments; /* for --help; the first is ORDER_CONNECTION */
	const char *summary;
	int args_max;
	/* Instead of order_give(); KNOWN = {member, value: Status, ...} is
	 * what the connection said last, borrowed.  Exit code.  NULL: none. */
	int (*run)(struct cli *c, struct order *o, jv known);
};
/** The whole command, as cli.h says of one. */
int order_command(int argc, char **argv, const struct order_kind *kind);

#endif
