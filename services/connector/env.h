/**
 * What the parts of one connection share.  Built by connection.c, borrowed by
 * all others, for the connection's life.
 */
#ifndef CONNECTOR_ENV_H
#define CONNECTOR_ENV_H

struct connection;
struct http;
struct http_site;
struct receipts;
struct schemas;
struct sign;
struct state;
struct txn;
struct vitals;
struct writer;

struct env {
	const struct connection *conf;
	struct state *state;
	struct txn *txn; /* txn_need() before the first write of a turn */
	struct http *http;
	int is_purged; /* nothing off the wire is to stand in the system */
	struct http_site *site;
	const struct sign *sign; /* secrets; NULL: requests are not signed */
	struct schemas *schemas;
	struct writer *writer;
	const struct vitals *vitals; /* of the process */
	struct receipts *receipts;   /* of rows as receipts_put() writes them */
};

#endif
