/** Inside exchange*.c: one module in several files. */
#ifndef CONNECTOR_EXCHANGE_INNER_H
#define CONNECTOR_EXCHANGE_INNER_H

#include <stdint.h>

#include "base/json.h"
#include "connector/exchange.h"
#include "map/preset.h"

struct env;
struct http_answer;
struct http_call;

/* One operation under way, or answered without a request. */
struct flight {
	struct exchange *x;
	uint64_t id;
	enum core_op op;
	struct item *item;	/* borrowed; NULL for a probe */
	struct http_call *call; /* NULL: answered at once */
	struct core_answer answer;
	char text[256]; /* of a probe that could not be asked */
	struct flight *prev, *next;
};

struct exchange {
	const struct env *env;
	exchange_answered *answered;
	exchange_probed *probed;
	void *ctx;
	struct flight *flying, *due;
};

/* exchange_judge.c */

/** Run program OP of the preset on VIEW, the answer to F (borrowed);
 * jv_invalid() with ERR if it fails. */
jv exchange_run(struct exchange *x, enum preset_op op, const struct flight *f,
    jv view, struct err *err);
/** What A, the answer to F, means to the core, into *OUT; what it says of the
 * item is kept in F's. */
void exchange_judge(struct exchange *x, struct flight *f,
    const struct http_answer *a, struct core_answer *out);

#endif
