/* Whether a listing comes to an end: see publisher_inner.h.  A system that
 * does not heed what a page is asked with answers each time with the same
 * items, and by that alone would be asked for ever. */
#include <stdlib.h>

#include "base/mem.h"
#include "connector/publisher_inner.h"

enum {
	PAGES_MAX = 20000, /* of a run; a member has some 10^5 records */
	/* Pages in a row that name only what was named before: whatever shares
	 * a second may have to be listed once more, and that may be all there
	 * was so far. */
	PAGES_OLD_MAX = 10, /* and two more for each that named new ones */
	SLOTS_FIRST = 256   /* a power of two */
};

/* The slot of HASH, which is not 0, or the free one where it belongs. */
static uint64_t *
slot_of(const struct publisher_paging *g, uint64_t hash)
{
	size_t at = (size_t)hash & (g->n_slots - 1);

	while (g->slots[at] != 0 && g->slots[at] != hash)
		at = (at + 1) & (g->n_slots - 1);
	return &g->slots[at];
}

static void
make_room(struct publisher_paging *g)
{
	struct publisher_paging old = *g;

	if (g->n_keys * 2 < g->n_slots)
		return;
	g->n_slots = old.n_slots == 0 ? SLOTS_FIRST : old.n_slots * 2;
	g->slots = mem_new(g->n_slots, sizeof(*g->slots));
	for (size_t i = 0; i < old.n_slots; i++)
		if (old.slots[i] != 0)
			*slot_of(g, old.slots[i]) = old.slots[i];
	free(old.slots);
}

/* 1 if HASH was not there. */
static int
add(struct publisher_paging *g, uint64_t hash)
{
	uint64_t *slot;

	if (hash == 0)
		hash = 1;
	make_room(g);
	slot = slot_of(g, hash);
	if (*slot == hash)
		return 0;
	*slot = hash;
	g->n_keys++;
	return 1;
}

int
publisher_paging_take(struct publisher *p, struct err *err)
{
	struct publisher_paging *g = &p->paging;
	size_t from = p->pages.seen_from, n_before = g->n_keys;

	for (size_t i = from; i < p->n_seen; i++)
		add(g, p->seen[i]);
	g->n_pages++;
	if (g->n_keys > n_before) {
		g->n_new++;
		g->n_old = 0;
	} else if (p->n_seen > from) {
		g->n_old++;
	}
	if (g->n_pages < PAGES_MAX && g->n_old <= PAGES_OLD_MAX + 2 * g->n_new)
		return 0;
	return err_set(err, ERR_REJECT, 0,
	    "it has no end: after %zu pages the system still says that there "
	    "are more, and the last %zu named nothing new",
	    g->n_pages, g->n_old);
}

void
publisher_paging_clear(struct publisher *p)
{
	free(p->paging.slots);
	p->paging = (struct publisher_paging){0};
}
