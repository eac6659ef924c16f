/* Hidden events: see hidden.h. */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/mem.h"
#include "connector/hidden.h"

/* An event that names others, or is named, or both. */
struct node {
	char *uid;
	struct node *names[HIDDEN_NAMES_MAX];
	size_t n_names;
	struct node **named_by; /* grows */
	size_t n_named_by;
	int is_own;
	unsigned seen;	/* walk that came by last */
	int is_reached; /* by the walk before, while is_ring() is at work */
	UT_hash_handle hh;
};

struct hidden {
	struct node *nodes;
	unsigned walk;
	hidden_is_live *is_live;
	void *ctx;
};

struct reach {
	struct node *nodes[HIDDEN_REACH_MAX];
	size_t n, n_asked;
};

struct hidden *
hidden_new(hidden_is_live *is_live, void *ctx)
{
	struct hidden *h = mem_new(1, sizeof(*h));

	h->is_live = is_live;
	h->ctx = ctx;
	return h;
}

static struct node *
find(struct hidden *h, const char *uid)
{
	struct node *n;

	HASH_FIND_STR(h->nodes, uid, n);
	return n;
}

static void
drop(struct hidden *h, struct node *n)
{
	HASH_DEL(h->nodes, n);
	free(n->named_by);
	free(n->uid);
	free(n);
}

void
hidden_free(struct hidden *h)
{
	struct node *n, *next;

	if (h == NULL)
		return;
	HASH_ITER (hh, h->nodes, n, next)
		drop(h, n);
	free(h);
}

static struct node *
need(struct hidden *h, const char *uid)
{
	struct node *n = find(h, uid);

	if (n == NULL) {
		n = mem_new(1, sizeof(*n));
		n->uid = mem_dup(uid);
		HASH_ADD_KEYPTR(hh, h->nodes, n->uid, strlen(n->uid), n);
	}
	return n;
}

static void
forget_names(struct hidden *h, struct node *n)
{
	struct node *other;
	size_t i, j;

	for (i = 0; i < n->n_names; i++) {
		other = n->names[i];
		for (j = 0; j < other->n_named_by; j++)
			if (other->named_by[j] == n)
				other->named_by[j--] =
				    other->named_by[--other->n_named_by];
		if (other->n_named_by == 0 && other->n_names == 0 && other != n)
			drop(h, other);
	}
	n->n_names = 0;
}

static void
add_name(struct hidden *h, struct node *n, const char *uid)
{
	struct node *other;
	size_t i;

	if (n->n_names == HIDDEN_NAMES_MAX || strcmp(uid, n->uid) == 0)
		return;
	other = need(h, uid);
	for (i = 0; i < n->n_names; i++)
		if (n->names[i] == other)
			return;
	n->names[n->n_names++] = other;
	other->named_by = mem_grow(
	    other->named_by, other->n_named_by + 1, sizeof(*other->named_by));
	other->named_by[other->n_named_by++] = n;
}

void
hidden_set(struct hidden *h, const char *uid, int is_own, jv same_as)
{
	struct node *n;

	if (find(h, uid) == NULL && (jv_get_kind(same_as) != JV_KIND_ARRAY ||
					jv_array_length(jv_copy(same_as)) == 0))
		return; /* the usual case: names nobody, is named by nobody */
	n = need(h, uid);
	n->is_own = is_own;
	forget_names(h, n);
	if (jv_get_kind(same_as) == JV_KIND_ARRAY) {
		jv_array_foreach (same_as, i, item) {
			if (jv_get_kind(item) == JV_KIND_STRING)
				add_name(h, n, jv_string_value(item));
			jv_free(item);
		}
	}
	if (n->n_names == 0 && n->n_named_by == 0)
		drop(h, n);
}

static void
visit(struct hidden *h, struct reach *r, struct node *n)
{
	if (n->seen == h->walk || r->n == HIDDEN_REACH_MAX)
		return;
	n->seen = h->walk;
	r->nodes[r->n++] = n;
}

/* What NODE names, where it is live: each is asked about once a walk, for the
 * answer is read off the state file. */
static void
visit_live_names(struct hidden *h, struct reach *r, const struct node *node)
{
	struct node *n;
	size_t i;

	for (i = 0; i < node->n_names; i++) {
		n = node->names[i];
		if (n->seen == h->walk || r->n_asked == HIDDEN_REACH_MAX)
			continue;
		r->n_asked++;
		if (h->is_live(h->ctx, n->uid))
			visit(h, r, n);
		else
			n->seen = h->walk;
	}
}

/* 1 if N gives way to OTHER, which it leads to, ring or no ring. */
static int
gives_way(const struct node *n, const struct node *other)
{
	return other != n && (other->is_own || strcmp(other->uid, n->uid) < 0);
}

/* Everything that FROM leads to over live events by naming, FROM left out
 * unless it leads back to itself, and up to the first that FROM gives way to:
 * 1 if there is one. */
static int
walk_live(struct hidden *h, const struct node *from, struct reach *r)
{
	const struct node *by = from;
	size_t at = 0, i;

	r->n = r->n_asked = 0;
	h->walk++;
	for (;;) {
		i = r->n;
		visit_live_names(h, r, by);
		for (; i < r->n; i++)
			if (gives_way(from, r->nodes[i]))
				return 1;
		if (at == r->n)
			return 0;
		by = r->nodes[at++];
	}
}

/* 1 if all of R, walk_live() of N, leads back to N. */
static int
is_ring(struct hidden *h, const struct reach *r, struct node *n)
{
	struct reach back = {.n = 0};
	struct node *by;
	size_t at, i;

	for (i = 0; i < r->n; i++)
		r->nodes[i]->is_reached = 1;
	h->walk++;
	if (n->is_reached)
		visit(h, &back, n);
	for (at = 0; at < back.n && back.n < r->n; at++) {
		for (i = 0; i < back.nodes[at]->n_named_by; i++) {
			by = back.nodes[at]->named_by[i];
			if (by->is_reached)
				visit(h, &back, by);
		}
	}
	for (i = 0; i < r->n; i++)
		r->nodes[i]->is_reached = 0;
	return back.n == r->n;
}

int
hidden_is(struct hidden *h, const char *uid)
{
	struct node *n = find(h, uid);
	struct reach r;
	size_t i;

	if (n == NULL || n->is_own)
		return 0;
	for (i = 0; i < n->n_named_by; i++)
		if (n->named_by[i]->is_own &&
		    h->is_live(h->ctx, n->named_by[i]->uid))
			return 1;
	return walk_live(h, n, &r) || !is_ring(h, &r, n);
}

void
hidden_touch(struct hidden *h, const char *uid,
    void (*each)(void *ctx, const char *uid), void *ctx)
{
	struct node *n = find(h, uid);
	struct reach r = {.n = 0};
	size_t at, i;

	if (n == NULL)
		return;
	h->walk++;
	visit(h, &r, n);
	/* Once it is full, nothing more comes in. */
	for (at = 0; at < r.n && r.n < HIDDEN_REACH_MAX; at++) {
		for (i = 0; i < r.nodes[at]->n_names; i++)
			visit(h, &r, r.nodes[at]->names[i]);
		for (i = 0; i < r.nodes[at]->n_named_by; i++)
			visit(h, &r, r.nodes[at]->named_by[i]);
	}
	for (at = 1; at < r.n; at++)
		each(ctx, r.nodes[at]->uid);
}
