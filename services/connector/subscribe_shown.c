/* Hidden events of the wire -> system direction: which are live, and what
 * becomes of one whose hiding changes.  See subscribe.h. */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

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

int
subscribe_is_live(void *ctx, const char *uid)
{
	struct subscribe *s = ctx;
	const char *id = s->env->conf->id;
	struct flying *f;
	struct state_row row;
	struct key_parts parts;

	HASH_FIND_STR(s->flying, uid, f);
	if (f != NULL)
		return 1;
	if (judge_is_own(s->env->conf, RECORD_EVENT, uid))
		return key_parse(RECORD_EVENT, uid, &parts) == 0 &&
		    state_get(s->env->state, id, STATE_PUBLISHED, uid, &row,
			NULL) == 1 &&
		    row.state == STATE_DELIVERED;
	return state_get(s->env->state, id, STATE_SUBSCRIBED, uid, &row,
		   NULL) == 1 &&
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
	free(f->key);
	free(f);
}

void
subscribe_look_again(void *ctx, const char *uid)
{
	struct subscribe *s = ctx;
	struct again *a;

	LL_FOREACH(s->again, a)
		if (strcmp(a->uid, uid) == 0)
			return;
	a = mem_new(1, sizeof(*a));
	a->uid = mem_dup(uid);
	LL_PREPEND(s->again, a);
}

/* --- hidden events --------------------------------------------------------- */

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
recheck(struct subscribe *s, const char *uid, int64_t now_ms, struct err *err)
{
	struct core_record r = { .origin = CORE_AGAIN };
	struct state_row row;
	struct flying *f;
	int rc, hides;

	HASH_FIND_STR(s->flying, uid, f);
	if (f != NULL)
		return 0; /* its own end comes first */
	rc = state_get(s->env->state, s->env->conf->id, STATE_SUBSCRIBED, uid,
	    &row, err);
	if (rc != 1)
		return rc < 0 ? -1 : 1;
	hides = hidden_is(s->hidden, uid);
	rc = state_get(s->env->state, s->env->conf->id, STATE_SUBSCRIBED, uid,
	    &row, err);
	if (rc != 1)
		return rc < 0 ? -1 : 1;
	if (hides != (row.state == STATE_HIDDEN) &&
	    (row.state == STATE_HIDDEN || row.state == STATE_DELIVERED))
		return subscribe_offer_row(s, &row, &r, now_ms, err);
	return 1;
}

int
subscribe_recheck(struct subscribe *s, int64_t now_ms, struct err *err)
{
	struct again *todo = s->again, *a, *next;
	int rc = 0;

	s->again = NULL;
	LL_FOREACH_SAFE(todo, a, next) {
		if (rc >= 0)
			rc = recheck(s, a->uid, now_ms, err);
		if (rc == 0)
			subscribe_look_again(s, a->uid);
		free(a->uid);
		free(a);
	}
	return rc < 0 ? -1 : 0;
}

void
subscribe_shown_fini(struct subscribe *s)
{
	struct flying *f, *next;
	struct again *a, *after;

	HASH_ITER(hh, s->flying, f, next) {
		HASH_DEL(s->flying, f);
		free(f->key);
		free(f);
	}
	LL_FOREACH_SAFE(s->again, a, after) {
		free(a->uid);
		free(a);
	}
}
