/**
 * A member's system as the simulation has it: a collection of items, and all
 * that may happen to a request on its way there and back.
 */
#ifndef SIM_SITE_H
#define SIM_SITE_H

#include "connector/core.h"

#include "rnd.h"
#include "wire.h"

enum { SITE_ITEMS_MAX = 1024, SITE_REQUESTS_MAX = 64, SITE_CONTENTS_MAX = 9 };

struct site_item {
	int key;     /* the marker */
	int content; /* as written last */
	int text;    /* as it shows: plugins rewrite */
	int is_there;
	int64_t offset; /* the idempotency key it was made under */
};

struct site_request {
	uint64_t id;
	enum core_op op;
	int key;
	int item; /* UPDATE, REMOVE, REMOVE_TWIN: its number */
	int content;
	int is_refused; /* 422 */
	int64_t offset; /* with the key: the idempotency key */
};

struct site_answer {
	enum core_result result, becomes;
	int is_doubted; /* 404 */
	int64_t retry_after_ms;
	int is_overload;
	int item;     /* OK of CREATE */
	int found[8]; /* oldest first */
	int n_found;
};

struct site_pending {
	struct site_request request;
	struct site_answer answer;
	int64_t effect_ms; /* -1: has none any more */
	int64_t answer_ms; /* -1: nobody waits any more */
};

struct site {
	enum core_tier tier;
	struct rnd *rnd;
	int64_t timeout_ms;
	int trouble;   /* percent of requests that something happens to */
	int is_locked; /* credentials are refused */
	int is_lost;   /* 404, whatever is asked */
	int is_down;
	int is_lenient; /* takes what it refused before */
	int lies;	/* percent of creates that are answered with a lie */
	int is_lied_to[WIRE_KEYS]; /* stored, it said, and did not */
	int is_traced;
	struct {
		int content; /* 0: not there */
		/* Numbers of changes, 0: never. */
		int64_t entered[SITE_CONTENTS_MAX + 1], removed;
		int64_t published; /* the last that the wire was told */
	} own[WIRE_LOCALS];	   /* what its clerks entered */
	int64_t changes;	   /* of those */
	struct site_item items[SITE_ITEMS_MAX]; /* a number: index + 1 */
	int n_items;
	int64_t newest[WIRE_KEYS]; /* version that was written or removed */
	struct site_pending pending[SITE_REQUESTS_MAX];
	int n_pending;
	int64_t n_requests;
};

/** A clerk enters CONTENT as LOCAL, or removes it (0). */
void site_enter(struct site *s, int local, int content);
/** A request goes out; at most one a key may be in flight. */
void site_send(struct site *s, int64_t now_ms, const struct site_request *r);
/** When something happens next; -1 never. */
int64_t site_deadline(const struct site *s);
/**
 * Let happen what is due: 1 and an answer, 0 if there is none (ask until 0).
 */
int site_step(
    struct site *s, int64_t now_ms, uint64_t *out_id, struct site_answer *out);
/** The client died: nobody waits; what is on its way may still land within
 * timeout_ms. */
void site_abandon(struct site *s, int64_t now_ms);
/** Offsets of another cluster say nothing. */
void site_forget_places(struct site *s);
/** 1 if an item of KEY is there or may yet land. */
int site_may_have(const struct site *s, int key);
/** Items of KEY that are there; the content of the last into *OUT_CONTENT. */
int site_count(const struct site *s, int key, int *out_content);

#endif
