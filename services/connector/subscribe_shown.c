/* Hidden events of the wire -> system direction: which are live, and what
 * becomes of one whose hiding changes.  See subscribe.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/hidden.h"
#include "connector/item.h"
#include "connector/judge.h"
#include "connector/parcel.h"
#include "connector/rows.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "map/connection.h"
#include "store/state.h"
#include "wire/reader.h"

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

void
subscribe_fly(struct subscribe *s, const char *key)
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

void
subscribe_land(struct subscribe *s, const char *key)
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
subscribe_look_again(void *ctx, const char *key)
{
	struct subscribe *s = ctx;
	struct again *a;

	HASH_FIND_STR(s->again, key, a);
	if (a != NULL)
		return;
	a = mem_new(1, sizeof(*a));
	a->key = mem_dup(key);
	HASH_ADD_KEYPTR(hh, s->again, a->key, strlen(a->key), a);
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

/* 1 done with it, 0 ask again later, -1. */
static int
recheck(struct subscribe *s, const char *key, int64_t now_ms, struct err *err)
{
	const char *id = s->env->conf->id;
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
	rc = state_get(s->env->state, id, STATE_SUBSCRIBED, key, &row, err);
	if (rc != 1)
		return rc < 0 ? -1 : 1;
	switch (row.state) {
	case STATE_PARKED:
		r.origin = CORE_PARKED_ROW;
		break;
	case STATE_HIDDEN:
		if (hides)
			return 1;
		break;
	case STATE_DELIVERED:
		if (!hides)
			return 1;
		break;
	case STATE_REFUSED:
	case STATE_GONE:
	case STATE_REMOVED:
		return 1;
	}
	return subscribe_offer_row(s, &row, &r, now_ms, err);
}

int
subscribe_recheck(struct subscribe *s, int64_t now_ms, struct err *err)
{
	struct again *todo = s->again, *a, *next;
	int rc = 0;

	s->again = NULL;
	HASH_ITER (hh, todo, a, next) {
		HASH_DEL(todo, a);
		if (rc >= 0)
			rc = recheck(s, a->key, now_ms, err);
		if (rc == 0)
			subscribe_look_again(s, a->key);
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
