/* Hidden events of the wire -> system direction: which are live, and what
 * becomes of one whose hiding changes.  See subscribe.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/hidden.h"
#include "connector/item.h"
#include "connector/judge.h"
#include "connector/parcel.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "store/state.h"

enum { LOOKS_PER_STEP = 64 }; /* each walks a graph, with looks at rows */

/* --- liveness, for hidden events ----------------------------------------- */

/* An edit that was refused leaves the version before it on the wire. */
static int
is_on_wire(const struct state_row *row)
{
	return row->state == STATE_DELIVERED ||
	       (row->state == STATE_REFUSED && row->topic[0] != '\0');
}

int
subscribe_is_live(void *ctx, const char *uid)
{
	struct subscribe *s = ctx;
	const char *id = s->env->conf->id;
	struct flying *f;
	struct state_row row;

	HASH_FIND_STR(s->flying, uid, f);
	if (f != NULL)
		return 1;
	if (judge_is_own(s->env->conf, RECORD_EVENT, uid))
		return state_get(s->env->state, id, STATE_PUBLISHED, uid, &row,
			   NULL) == 1 &&
		       is_on_wire(&row);
	return state_get(
		   s->env->state, id, STATE_SUBSCRIBED, uid, &row, NULL) == 1 &&
	       row.state != STATE_GONE && row.state != STATE_REMOVED;
}

static struct again *
look_again(struct subscribe *s, const char *key)
{
	struct again *a;

	HASH_FIND_STR(s->again, key, a);
	if (a == NULL) {
		a = mem_new(1, sizeof(*a));
		a->key = mem_dup(key);
		HASH_ADD_KEYPTR(hh, s->again, a->key, strlen(a->key), a);
	}
	return a;
}

void
subscribe_look_again(void *ctx, const char *key)
{
	look_again(ctx, key);
}

void
subscribe_take_parked(struct subscribe *s, const char *key)
{
	look_again(s, key)->is_parked = 1;
}

int64_t
subscribe_not_offered(const struct subscribe *s)
{
	const struct again *a;
	int64_t n = 0;

	for (a = s->again; a != NULL; a = a->hh.next)
		n += a->is_parked;
	return n;
}

static void
fly(struct subscribe *s, const char *key)
{
	struct flying *f;

	HASH_FIND_STR(s->flying, key, f);
	if (f == NULL) {
		f = mem_new(1, sizeof(*f));
		f->key = mem_dup(key);
		HASH_ADD_KEYPTR(hh, s->flying, f->key, strlen(f->key), f);
	}
	f->count++;
}

static void
land(struct subscribe *s, const char *key)
{
	struct flying *f;

	HASH_FIND_STR(s->flying, key, f);
	if (f == NULL || --f->count > 0)
		return;
	HASH_DEL(s->flying, f);
	if (f->is_due)
		subscribe_look_again(s, f->key);
	free(f->key);
	free(f);
}

void
subscribe_set_off(
    struct subscribe *s, struct item *i, const struct core_record *r)
{
	int is_again = r->origin == CORE_AGAIN;

	/* What is looked at again is live by its row: that it is on its way
	 * keeps it from being offered once more meanwhile. */
	i->is_flying =
	    r->want == CORE_KEEP || r->want == CORE_HIDE ||
	    (is_again && (r->want == CORE_LEFT || r->want == CORE_BAD));
	if (i->is_flying)
		fly(s, i->key);
	/* One that stays as it is changes nothing for others, which would have
	 * it looked at again, and so on. */
	if (!is_again || r->want != CORE_SKIP)
		hidden_touch(s->hidden, i->key, subscribe_look_again, s);
}

void
subscribe_arrived(
    struct subscribe *s, struct item *i, const struct core_action *a)
{
	if (i->is_flying)
		land(s, i->key);
	if (i->is_flying || a->write != CORE_WRITE_NONE)
		hidden_touch(s->hidden, i->key, subscribe_look_again, s);
	i->is_flying = 0;
}

/* --- hidden events ---------------------------------------------------------
 */

void
subscribe_own(struct subscribe *s, const char *uid, jv record)
{
	jv names = json_get(record, "sameAs");

	hidden_touch(s->hidden, uid, subscribe_look_again, s);
	hidden_set(s->hidden, uid, 1, names);
	hidden_touch(s->hidden, uid, subscribe_look_again, s);
	jv_free(names);
}

/* A newer version has written the row before what was parked there could be
 * offered: it ends uncounted, but for this. */
static int
count_overtaken(struct subscribe *s, struct err *err)
{
	if (txn_need(s->env->txn, err) != 0)
		return -1;
	return state_count_add(
	    s->env->state, s->env->conf->id, "superseded", 1, err);
}

/* Offer KEY, parked by a process before: 1, 0 ask again later, -1. */
static int
offer_parked(
    struct subscribe *s, const char *key, int64_t now_ms, struct err *err)
{
	struct core_record r = {.origin = CORE_PARKED_ROW};
	struct state_row row;
	int rc = state_get(
	    s->env->state, s->env->conf->id, STATE_SUBSCRIBED, key, &row, err);

	if (rc < 0)
		return -1;
	if (rc == 1 && row.state == STATE_PARKED)
		return subscribe_offer_row(s, &row, &r, now_ms, err);
	return count_overtaken(s, err) != 0 ? -1 : 1;
}

/* What is parked the core has, and it goes on by itself: offered a second time
 * it would count twice, and have those looked at that are connected with it,
 * which would have it offered once more. */
static int
is_to_change(const struct state_row *row, int hides)
{
	return (row->state == STATE_HIDDEN && !hides) ||
	       (row->state == STATE_DELIVERED && hides);
}

/* The same of one that may have to be hidden, or shown. */
static int
recheck(struct subscribe *s, const char *key, int64_t now_ms, struct err *err)
{
	struct core_record r = {.origin = CORE_AGAIN};
	struct state_row row;
	struct flying *f;
	int rc, hides;

	HASH_FIND_STR(s->flying, key, f);
	if (f != NULL) {
		f->is_due = 1; /* its own end comes first */
		return 1;
	}
	hides = hidden_is(s->hidden, key);
	rc = state_get(
	    s->env->state, s->env->conf->id, STATE_SUBSCRIBED, key, &row, err);
	if (rc != 1 || !is_to_change(&row, hides))
		return rc < 0 ? -1 : 1;
	return subscribe_offer_row(s, &row, &r, now_ms, err);
}

/* Those whose turn is now. */
static struct again *
take_some(struct subscribe *s)
{
	struct again *todo = NULL, *a, *next;
	int n = 0;

	HASH_ITER (hh, s->again, a, next) {
		if (!a->is_parked && n++ >= LOOKS_PER_STEP)
			continue;
		HASH_DEL(s->again, a);
		HASH_ADD_KEYPTR(hh, todo, a->key, strlen(a->key), a);
	}
	s->has_more_again = s->again != NULL;
	return todo;
}

int
subscribe_recheck(struct subscribe *s, int64_t now_ms, struct err *err)
{
	struct again *todo = take_some(s), *a, *next;
	int rc = 0;

	HASH_ITER (hh, todo, a, next) {
		HASH_DEL(todo, a);
		if (rc >= 0)
			rc = a->is_parked ? offer_parked(s, a->key, now_ms, err)
					  : recheck(s, a->key, now_ms, err);
		if (rc == 0) { /* who waits for a schema is in no hurry */
			look_again(s, a->key)->is_parked |= a->is_parked;
			s->has_more_again = 0;
		}
		free(a->key);
		free(a);
	}
	return rc < 0 ? -1 : 0;
}

void
subscribe_shown_fini(struct subscribe *s)
{
	struct flying *f, *next;
	struct again *a, *after;

	HASH_ITER (hh, s->flying, f, next) {
		HASH_DEL(s->flying, f);
		free(f->key);
		free(f);
	}
	HASH_ITER (hh, s->again, a, after) {
		HASH_DEL(s->again, a);
		free(a->key);
		free(a);
	}
}
