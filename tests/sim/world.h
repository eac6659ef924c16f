/**
 * The whole simulated world of a seed: brokers, a reconciler, up to three
 * connections with their sites, virtual time, and weather.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "recon.h"
#include "shell.h"

struct link {
	struct shell shell;
	struct site site;
	struct shell_state yesterday;
	int has_yesterday;
	struct {
		int64_t at_ms; /* 0: never */
		int content;
	} touched[WIRE_KEYS]; /* a clerk removed its item */
	int is_held;
	int needs_resync;   /* the filter was changed */
	int has_plugin;	    /* texts are rewritten later */
	int64_t restart_ms; /* while down */
	int crash_percent;
};

struct world {
	uint64_t seed;
	struct rnd rnd;
	struct wire wire;
	struct recon recon;
	struct link links[WIRE_MEMBERS];
	int n_links;
	int64_t now_ms;
	int has_holiday; /* a site is down for ten days, or a connection off for
			  * twelve, once */
	int64_t holiday_until_ms; /* 0: none now */
	int has_rebuild;	  /* the cluster may be made anew */
	char wrong[160];
};

enum {
	WORLD_HEALED_MS = 8 * 3600000, /* all must have converged by then */
	WORLD_TURNS_MAX = 2000000
};

/** Make the world of SEED and let it run through its weather. */
struct world *world_new(
    uint64_t seed, enum shell_bug bug, enum recon_bug recon_bug, int is_traced);
void world_free(struct world *w);
/** All trouble ends; run until nothing is left to do, or the time is over. */
void world_heal(struct world *w);
/** What was promised and does not hold, into w->wrong ("": all does). */
void world_check(struct world *w);

#endif
