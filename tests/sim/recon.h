/**
 * A reconciler as the simulation has it: reads the claims, keeps nothing, and
 * writes what the real merge (reconciler/merge.h) yields.
 */
#ifndef SIM_RECON_H
#define SIM_RECON_H

#include "reconciler/merge.h"

#include "rnd.h"
#include "wire.h"

enum recon_bug { RECON_SOUND, RECON_LOST_OUTPUT };

struct aliases;

struct recon {
	struct wire *wire;
	struct rnd *rnd;
	enum recon_bug bug;
	int is_traced;
	struct aliases *aliases;
	struct merge *merge; /* NULL: down */
	int64_t restart_ms;
	int64_t next[WIRE_TOPICS];
	int is_out; /* an output is on its way */
	struct merge_output out;
	int64_t at_ms;
	jv values[WIRE_RECORDS_MAX]; /* of the log of partnerships */
	int64_t n_values;
};

/** Begin, down, at the start of time. */
void recon_init(struct recon *r, struct wire *w, struct rnd *rnd);
void recon_fini(struct recon *r);
/** Die; come back at RESTART_MS. */
void recon_crash(struct recon *r, int64_t restart_ms);
/** The logs are new. */
void recon_rebuilt(struct recon *r, int64_t now_ms);
/** Do what is due. */
void recon_step(struct recon *r, int64_t now_ms);
/** When there is something to do; -1: not by time alone. */
int64_t recon_deadline(const struct recon *r, int64_t now_ms);
/** 1 if all there is to write is written. */
int recon_is_idle(const struct recon *r);
/** The content that partnership PAIR shall have by the claims alone, 0: none.
 */
void recon_pure(const struct wire *w, int out_contents[WIRE_PAIRS]);

#endif
