/** A rig around the core for table-like tests: short words for events. */
#ifndef UNIT_CORE_RIG_H
#define UNIT_CORE_RIG_H

#include "connector/core.h"

struct rig {
	struct core_conf conf;
	struct core *core;
	int64_t now_ms;
	struct core_action a; /* the last one of rig_expect() */
	int n_payloads;	      /* offered, not handed back */
};

/** Start with CONF as core_conf_init() has it, then changed by the test. */
void rig_init(struct rig *r);
/** Make the core (or make it anew) at time 1000 s with one empty topic. */
void rig_start(struct rig *r);
void rig_stop(struct rig *r);
/** A record with no row, of content C, at OFFSET under KEY. */
struct core_record rig_record(const char *key, int64_t offset, char c);
/** Give REC a row: delivered at OFFSET with content C and a local id. */
void rig_row(struct core_record *rec, int64_t offset, char c);
/** A record as a start takes it up that was parked at OFFSET, of content C. */
struct core_record rig_parked(const char *key, int64_t offset, char c);
void rig_offer(struct rig *r, struct core_record rec);
/**
 * Take all actions and check them against TEXT, words joined by spaces:
 * "find:K" and so on for calls, "applied:K@5=delivered", "park:K@5",
 * "dead:K@5", "probe", "pause", "resume", "state=N".  Also checks the law.
 */
void rig_expect(struct rig *r, const char *text);
/** Answer the call last seen by rig_expect() for KEY. */
void rig_answer(struct rig *r, const char *key, struct core_answer a);
void rig_say(struct rig *r, const char *key, enum core_result result);
/** Let MS pass. */
void rig_wait(struct rig *r, int64_t ms);
/** Go to the core's deadline, which must exist. */
void rig_wake(struct rig *r);
/** The dead letter last seen is acknowledged, or failed. */
void rig_dead(struct rig *r, int ok);

#endif
