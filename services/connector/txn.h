/**
 * One transaction of the state file for a few turns of the loop: whoever writes
 * calls txn_need() first, the loop commits.
 */
#ifndef CONNECTOR_TXN_H
#define CONNECTOR_TXN_H

struct err;
struct state;

struct txn {
	struct state *state; /* borrowed */
	int is_open;
};

/** Begin a transaction unless one is open.  -1 with ERR = FATAL, also if the
 * one that is open was lost. */
int txn_need(struct txn *t, struct err *err);
/** Commit if one is open: 1 committed, 0 nothing to do, -1 with ERR = FATAL. */
int txn_commit(struct txn *t, struct err *err);

#endif
