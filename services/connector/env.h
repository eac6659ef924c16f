/**
 * What the parts of one connection share.  Built by connection.c, borrowed by
 * all others, for the connection's life.
 */
#ifndef CONNECTOR_ENV_H
#define CONNECTOR_ENV_H

#include "rest/call.h"

struct connection;
struct receipts;
struct schemas;
struct state;
struct txn;
struct vitals;
struct writer;

struct env {
	const struct connection *conf;
	struct state *state;
	struct txn *txn; /* txn_need() before the first write of a turn */
	struct call_system system;
	int is_purged; /* nothing off the wire is to stand in the system */
	struct schemas *schemas;
	struct writer *writer;
	const struct vitals *vitals; /* of the process */
	struct receipts *receipts;   /* of rows as receipts_put() writes them */
};

#endif
