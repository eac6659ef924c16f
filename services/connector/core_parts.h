/**
 * What the files of the core share, and nobody else: core.c (the interface),
 * intake.c (records in), advance.c (what a lane does next), outcome.c (what
 * answers mean), ledger.c (how records end, and the law).
 */
#ifndef CONNECTOR_CORE_PARTS_H
#define CONNECTOR_CORE_PARTS_H

#include "connector/core.h"
#include "connector/gate.h"
#include "connector/lane.h"
#include "connector/position.h"

/** An action that waits for core_next(), and whose it is. */
struct core_act_item {
	struct core_action action;
	struct lane_item *item; /* NULL if about no record */
};

/** First in, first out. */
struct core_acts {
	struct core_act_item *ring;
	size_t first, n, room; /* room: a power of two */
};

/** What one topic has in here. */
struct core_share {
	size_t n, bytes; /* of n_outstanding, n_bytes */
	int64_t dead_us; /* from then on its next dead letter may go */
};

struct core {
	struct core_conf conf;
	int64_t start_ms;
	uint64_t random; /* state of the generator */

	struct position *positions; /* by topic */
	struct core_share *shares;  /* likewise */
	unsigned n_positions;
	struct lanes lanes;
	struct core_acts acts;
	struct lane_item *handed; /* its DONE was the last action */

	struct gate gate;
	struct lane **calls; /* by slot; NULL: free */
	uint64_t n_ids;
	int n_dead; /* dead letters under way */

	int leaves_late;      /* an outdated version in doubt was passed over */
	enum core_state told; /* the last STATE action */
	int is_held;
	int is_paused;
	int is_probe_due; /* a STOP answer waits for it, or it failed before */
	int is_probing;
	int is_stopped;
	int is_doubt;	   /* a doubted STOP waits for a probe */
	int64_t probed_ms; /* the last probe was sent */
	unsigned probes;   /* failed in a row */
	int64_t probe_ms;  /* the next one */

	int64_t good_ms; /* core_good_ms() */
	int64_t last_good_ms;

	size_t n_outstanding, n_bytes; /* held, not parked */
	int64_t n_counted; /* of them and of those on their way out */
	int64_t n_parked;
	int64_t parked_bytes, held_bytes; /* of n_parked, of n_held */
	int64_t n_held;		   /* of them: a newer version is to come */
	int64_t n_waiting;	   /* failed at least once */
	struct core_counts counts; /* carried, consumed, fates */
};

#endif
