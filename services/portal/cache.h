/**
 * Answers that cost much and are asked for often (the whole map), kept as they
 * were sent: while nothing new has been read, and for CACHE_KEPT_MS in any
 * case.
 */
#ifndef PORTAL_CACHE_H
#define PORTAL_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct cache;

enum {
	CACHE_ANSWERS = 6,
	CACHE_ANSWER_MAX_BYTES = 8 * 1024 * 1024,
	CACHE_KEPT_MS = 30000,
	CACHE_TAG_SIZE = 40
};

/** New, empty. */
struct cache *cache_new(void);
/** Does nothing on NULL. */
void cache_free(struct cache *c);

/** One answer. */
struct cache_answer {
	const char *type;
	const char *body;
	size_t size;
	int is_gzip;
	char tag[CACHE_TAG_SIZE]; /* its ETag */
};
/** What was kept under KEY and still holds at NOW_MS, when GENERATION messages
 * had been read; borrowed until the next cache_put(), NULL if nothing. */
const struct cache_answer *cache_get(
    struct cache *c, const char *key, uint64_t generation, int64_t now_ms);
/** Keep A (body copied, type static) under KEY instead of the oldest. */
void cache_put(struct cache *c, const char *key, uint64_t generation,
    int64_t now_ms, const struct cache_answer *a);

#endif
