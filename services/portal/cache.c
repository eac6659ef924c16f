/* Kept answers: see cache.h. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "portal/cache.h"

struct kept {
	char *key;  /* owned; NULL: free */
	char *body; /* owned */
	uint64_t generation;
	int64_t at_ms;
	struct cache_answer answer;
};

struct cache {
	struct kept kept[CACHE_ANSWERS];
};

struct cache *
cache_new(void)
{
	return mem_new(1, sizeof(struct cache));
}

static void
forget(struct kept *k)
{
	free(k->key);
	free(k->body);
	*k = (struct kept){0};
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < CACHE_ANSWERS; i++)
		forget(&c->kept[i]);
	free(c);
}

const struct cache_answer *
cache_get(struct cache *c, const char *key, uint64_t generation, int64_t now_ms)
{
	for (size_t i = 0; i < CACHE_ANSWERS; i++) {
		const struct kept *k = &c->kept[i];

		if (k->key != NULL && strcmp(k->key, key) == 0 &&
		    (k->generation == generation ||
			now_ms - k->at_ms < CACHE_KEPT_MS))
			return &k->answer;
	}
	return NULL;
}

void
cache_put(struct cache *c, const char *key, uint64_t generation, int64_t now_ms,
    const struct cache_answer *a)
{
	struct kept *k = &c->kept[0];

	if (a->size > CACHE_ANSWER_MAX_BYTES)
		return;
	for (size_t i = 0; i < CACHE_ANSWERS; i++) {
		struct kept *one = &c->kept[i];

		if (one->key != NULL && strcmp(one->key, key) == 0) {
			k = one;
			break;
		}
		if (one->at_ms < k->at_ms)
			k = one;
	}
	forget(k);
	*k = (struct kept){mem_dup(key), mem_dup_n(a->body, a->size),
	    generation, now_ms, *a};
	k->answer.body = k->body;
}
