/** Inside connector*.c: one module in several files. */
#ifndef CONNECTOR_CONNECTOR_INNER_H
#define CONNECTOR_CONNECTOR_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "bus/bus.h"
#include "connector/txn.h"

struct buf;

enum { SIGNAL_FD = 0, PRODUCER_FD = 1 }; /* places in connector.fds */

struct place {
	struct link *link;
	int is_started;
	size_t first_fd, n_fds; /* its part of connector.fds */
	struct err trouble;	/* why it has not started */
	int64_t again_ms;
};

struct connector {
	const struct settings *settings;
	struct bus_conf bus;
	struct state *state;
	struct txn txn;
	struct http *http;
	struct registry *registry;
	struct schemas *schemas;
	struct producer *producer;
	struct catalog *catalog;
	jv topics; /* last listing; invalid before the first */
	struct err bus_trouble;
	struct admin_port *admin;
	struct presence *presence;
	struct vitals *vitals;
	struct place *places;
	size_t n_places;
	struct http_fd *fds; /* signal, producer, catalog, admin, presence,
			      * what a start reads, links */
	int signal_fd;
	int is_stopping;
	int is_starting;   /* a link is, and the others go on meanwhile: */
	int start_fd;	   /* what it waits for, or -1, */
	int start_wait_ms; /* and how long */
	int is_sync_due;   /* what a first run resolved is for good */
	int64_t said_ms;
	int64_t all_ms;	    /* when all links were looked at last */
	int is_partial;	    /* some were passed over since */
	int64_t unsaved_ms; /* since when something waits to be committed; -1 */
	int64_t busy_ms;    /* when there was work last; 0: memory given back */
};

/* connector_loop.c */

/** One turn of the loop: wait, serve what came, let every link do what is due,
 * commit.  -1 with ERR. */
int connector_turn(struct connector *c, struct err *err);
/** Stop all links and go on turning until nothing is under way, or for 9 s;
 * commit.  -1 with ERR. */
int connector_drain(struct connector *c, struct err *err);

/* connector_start.c */

/** Start the links that have not started and are due, taking turns meanwhile.
 * Kafka has listed its topics.  -1 with ERR = FATAL. */
int connector_start(struct connector *c, struct err *err);

/* connector_commit.c */

/** Commit what waits for it: rows with positions and counters.  -1 with ERR. */
int connector_commit(struct connector *c, struct err *err);
/** When connector_commit_due() will, monotonic; -1: nothing waits. */
int64_t connector_commit_ms(const struct connector *c);
/** The same as connector_commit(), once it is worth it at NOW_MS (monotonic).
 */
int connector_commit_due(struct connector *c, int64_t now_ms, struct err *err);

/* connector_health.c */

/** Append to OUT a line for each thing that CTX, a struct connector, waits
 * for; as struct admin_port_conf has it. */
void connector_ready(void *ctx, struct buf *out);
/** Append to OUT the metrics of CTX, a struct connector; likewise. */
void connector_metrics(void *ctx, struct buf *out);
/** From now on say what is waited for, unless that is over soon. */
void connector_wait_begins(struct connector *c);
/** Log what is waited for, now and then. */
void connector_say_waiting(struct connector *c);

#endif
