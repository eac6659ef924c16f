/** What a target was sent: a count, and each record's versions in order.
 * A record is known by its "uid":"..." and the first word of the path it came
 * to, its version by ?v=N in its url. */
#ifndef BENCH_LEDGER_H
#define BENCH_LEDGER_H

#include <stddef.h>
#include <stdint.h>

struct buf;

enum {
	LEDGER_DELAYS_MAX = 1000000, /* kept for percentiles */
	LEDGER_NAME_MAX = 255	     /* bytes */
};

/** New and empty; ledger_free() ends it. */
struct ledger *ledger_new(void);
/** Free L and what it owns; NULL is none. */
void ledger_free(struct ledger *l);
/** Take in a request to PATH (up to a space) with BODY at NOW_US (wall). */
void ledger_add(struct ledger *l, const char *path, const char *body,
    size_t size, int64_t now_us);
/** Append the figures to OUT, as one JSON object. */
void ledger_print(struct ledger *l, struct buf *out);
/** Append a line "word uid version" for each record to OUT. */
void ledger_print_records(const struct ledger *l, struct buf *out);

#endif
