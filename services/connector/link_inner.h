/** Inside link*.c: one module in several files. */
#ifndef CONNECTOR_LINK_INNER_H
#define CONNECTOR_LINK_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "bus/bus.h"
#include "connector/env.h"
#include "connector/orders.h"
#include "rest/sign.h"

struct buf;
struct bus_conf;
struct control;
struct publisher;
struct receipts;
struct status;
struct subscribe;

struct link {
	struct env env;
	struct sign sign;
	const struct bus_conf *bus;
	size_t queue_max_bytes;
	struct subscribe *subscribe;
	struct publisher **publishers;
	size_t n_publishers;
	struct receipts *receipts;
	struct status *status;
	struct control *control;
	struct orders orders;
	struct consumer *consumer;
	struct bus_message held; /* waits for its schema; the consumer's */
	int is_held, is_stopping, is_first_run;
	jv known_floors; /* from tw.status, object of topic to offset */
	jv ends;	 /* object of topic to end of its log, as last listed */
	char *cluster;
	struct err trouble; /* of the consumer */
	struct err broken; /* the log is not the one we know: nothing is read */
	int64_t again_ms;  /* consume again without a signal; -1: no need */
	int64_t status_ms;
	int is_dirty; /* since the status was last looked at */
};

/* link_topics.c */

/** Make every topic of CATALOG known that the connection subscribes to; see
 * that those it knows are still the same.  -1 with ERR. */
int link_add_topics(struct link *l, jv catalog, struct err *err);
/** WHAT was made anew: rest, and say so; ERR (may be NULL) gets it too.  1. */
int link_other_log(struct link *l, const char *what, struct err *err);

/* link_consume.c */

/** Take what has come, up to a step's worth.  -1 with ERR = FATAL. */
int link_consume(struct link *l, int64_t now_ms, struct err *err);

/* link_status.c */

/** The connection's Status as it is now, without `at`; the caller's. */
jv link_status(struct link *l);
/** Counter NAME of the law, as the state file has it. */
int64_t link_counted(const struct link *l, const char *name);

#endif
