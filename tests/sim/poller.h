/**
 * A connection's way from its system onto the wire, as the simulation has it,
 * around the real poll_decide() and poll_missing().
 */
#ifndef SIM_POLLER_H
#define SIM_POLLER_H

#include "connector/poll.h"

#include "wire.h"

struct shell;

/** What the state file knows of an item of the system's own. */
struct poller_row {
	enum poll_known known;
	int content;
	int is_due; /* to be written again: a new cluster */
};

struct poller {
	int is_rebuilt;	   /* the rows are those of the log */
	int64_t ask_ms;	   /* the next listing, at the earliest */
	int64_t answer_ms; /* of the listing under way, -1: none */
	int64_t covers;	   /* site->changes that the last one covers */
	int is_clean;	   /* it was whole and all of it could be judged */
	struct {
		int is_open, is_sent;
		int content;   /* 0: withdrawn */
		int64_t at_ms; /* to be sent, or reported on */
	} change[WIRE_LOCALS];
};

/** A new process begins. */
void poller_start(struct shell *s, int64_t now_ms);
/** Do what is due. */
void poller_step(struct shell *s, int64_t now_ms);
/** When there is something to do; -1: nothing by time alone. */
int64_t poller_deadline(const struct shell *s, int64_t now_ms);
/** 1 if the wire has all that its clerks entered. */
int poller_is_idle(const struct shell *s);

#endif
