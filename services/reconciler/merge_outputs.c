/* Pairs are judged, and what differs is written: see merge.h. */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "base/mem.h"
#include "reconciler/merge_inner.h"
#include "reconciler/notice.h"
#include "reconciler/partnership.h"

/* 1 if CLAIM came to another pair by an alias, not by its member's word: it
 * has not changed since PAIR's known version was made. */
static int
is_moved(const struct claim *c, const struct pair *pair)
{
	return c->pair != NULL && c->pair != pair &&
	       c->append_ms <= pair->computed_at;
}

/* 1 if P takes the place of a pair that the log holds. */
static int
is_new_name(const struct pair *p)
{
	const struct claim *c;

	DL_FOREACH (p->claims, c)
		if (c->known_in != NULL && c->known_in != p &&
		    is_moved(c, c->known_in))
			return 1;
	return 0;
}

/* Take C's message as the cause if it is the latest so far. */
static void
consider(struct notice_cause *cause, const char **key, const struct claim *c)
{
	if (*key != NULL &&
	    (c->append_ms < cause->append_ms ||
		(c->append_ms == cause->append_ms && strcmp(c->key, *key) < 0)))
		return;
	*key = c->key;
	cause->member = c->member;
	cause->offset = c->offset;
	cause->append_ms = c->append_ms;
}

/* Judge what the known version's claims became: the cause of a change, and
 * whether any of them lives on in another pair. */
static void
look_back(struct merge *m, const struct pair *p, jv known,
    struct notice_cause *cause, int *out_is_moved)
{
	const char *key = NULL;
	struct claim *c;
	jv keys = json_get(known, "claims");

	*cause = (struct notice_cause){.append_ms = p->computed_at};
	*out_is_moved = 0;
	if (jv_get_kind(keys) == JV_KIND_ARRAY) {
		jv_array_foreach (keys, i, name) {
			c = merge_claim_of(m, jv_string_value(name));
			*out_is_moved |= is_moved(c, p);
			if (c->pair != p && c->offset >= 0 &&
			    c->append_ms > p->computed_at)
				consider(cause, &key, c);
			jv_free(name);
		}
	}
	jv_free(keys);
	DL_FOREACH (p->claims, c)
		if (c->append_ms > p->computed_at)
			consider(cause, &key, c);
}

/* The first claim made the pair. */
static void
look_for_first(const struct pair *p, struct notice_cause *cause)
{
	const struct claim *c, *first = p->claims;

	DL_FOREACH (p->claims, c)
		if (c->append_ms < first->append_ms ||
		    (c->append_ms == first->append_ms &&
			strcmp(c->key, first->key) < 0))
			first = c;
	*cause = (struct notice_cause){
	    first->member, first->offset, first->append_ms};
}

/* The Partnership that P's claims come to, jv_null() if it has none. */
static jv
judge(struct merge *m, struct pair *p)
{
	struct partnership_claim *claims;
	struct claim *c;
	size_t n = 0, i = 0;
	jv merged;

	DL_FOREACH (p->claims, c)
		n++;
	if (n == 0)
		return jv_null();
	claims = mem_new(n, sizeof(*claims));
	DL_FOREACH (p->claims, c)
		claims[i++] = (struct partnership_claim){.key = c->key,
		    .member = c->member,
		    .offset = c->offset,
		    .append_ms = c->append_ms,
		    .text = c->text,
		    .side = c->side};
	n = partnership_newest(claims, n, m->members);
	for (i = 0; i < n; i++)
		claims[i].value = merge_value_of(claims[i].text);
	merged = partnership_merge(p->key, claims, n, m->aliases);
	for (i = 0; i < n; i++)
		jv_free(claims[i].value);
	free(claims);
	return merged;
}

/* 1 if P->due_known differs from what is known. */
static int
differs(const struct pair *p)
{
	return p->due_known.size != p->known.size ||
	       (p->known.size > 0 && memcmp(p->due_known.data, p->known.data,
					 p->known.size) != 0);
}

/* Forget what was to be written for P. */
static void
drop_due(struct pair *p)
{
	jv_free(p->due);
	p->due = jv_invalid();
	buf_free(&p->due_known);
}

static void
yield_partnership(struct merge *m, struct pair *p, struct merge_output *out)
{
	out->type = RECORD_PARTNERSHIP;
	out->key = mem_dup(p->key);
	out->pair_key = mem_dup(p->key);
	out->value = jv_copy(p->due);
	p->step = STEP_PARTNERSHIP;
	m->counts.out++;
}

static void
yield_notice(
    struct merge *m, struct pair *p, jv notice, struct merge_output *out)
{
	out->type = RECORD_NOTICE;
	out->key = mem_dup(json_str(notice, "id", ""));
	out->pair_key = mem_dup(p->key);
	out->value = notice;
	p->step = STEP_NOTICE;
	m->counts.out++;
}

/* Judge P, which has left its queue: 1 and *OUT if there is something to
 * write, 0 if not, or if its tombstone has to wait. */
static int
step(struct merge *m, struct pair *p, int may_bury, struct merge_output *out)
{
	struct notice_cause cause;
	int is_renamed, has_output = 0;
	jv before = jv_null(), after = judge(m, p), notice;

	buf_free(&p->due_known);
	p->due_known = merge_known_of(jv_copy(after));
	if (!differs(p)) {
		/* As if it were written anew: see is_moved(). */
		p->computed_at = json_int(after, "computedAt", 0);
		goto out;
	}
	before = merge_known_value(p);
	if (jv_get_kind(before) == JV_KIND_NULL) {
		is_renamed = is_new_name(p);
		look_for_first(p, &cause);
	} else {
		look_back(m, p, before, &cause, &is_renamed);
		is_renamed = is_renamed && p->claims == NULL;
	}
	if (p->claims == NULL && is_renamed && !may_bury) {
		DL_APPEND(m->deferred, p);
		p->is_deferred = 1;
		m->counts.waiting++;
		goto out;
	}
	p->due = p->claims == NULL ? jv_null() : jv_copy(after);
	notice = is_renamed ? jv_null()
			    : notice_make(before, after, p->known_at, &cause);
	if (jv_get_kind(notice) == JV_KIND_OBJECT) {
		yield_notice(m, p, notice, out);
	} else {
		jv_free(notice);
		yield_partnership(m, p, out);
	}
	has_output = 1;
out:
	if (!has_output)
		buf_free(&p->due_known);
	jv_free(before);
	jv_free(after);
	return has_output;
}

int
merge_next(struct merge *m, struct merge_output *out)
{
	struct pair *p;

	while ((p = m->queue) != NULL) {
		DL_DELETE(m->queue, p);
		p->is_waiting = 0;
		m->counts.waiting--;
		if (jv_is_valid(p->due)) {
			yield_partnership(m, p, out);
			return 1;
		}
		if (step(m, p, 0, out))
			return 1;
	}
	/* What took their place has to be written first. */
	while ((p = m->deferred) != NULL && m->counts.out == 0) {
		DL_DELETE(m->deferred, p);
		p->is_deferred = 0;
		m->counts.waiting--;
		if (step(m, p, 1, out))
			return 1;
	}
	return 0;
}

void
merge_output_fini(struct merge_output *o)
{
	free(o->key);
	free(o->pair_key);
	jv_free(o->value);
	o->key = o->pair_key = NULL;
	o->value = jv_null();
}

void
merge_done(struct merge *m, const char *pair_key, int64_t offset)
{
	struct pair *p = merge_pair_of(m, pair_key);

	m->counts.out--;
	if (p->step == STEP_NOTICE) {
		p->step = STEP_NONE;
		p->is_waiting = 1;
		m->counts.waiting++;
		DL_PREPEND(m->queue, p);
		return;
	}
	p->step = STEP_NONE;
	if (offset > p->known_at) {
		merge_set_known(m, p, p->due, p->due_known, offset);
		p->due_known = (struct buf){0};
	}
	drop_due(p);
	if (p->is_dirty) {
		p->is_dirty = 0;
		merge_touch(m, p);
	}
}

void
merge_failed(struct merge *m, const char *pair_key, int again)
{
	struct pair *p = merge_pair_of(m, pair_key);

	m->counts.out--;
	p->step = STEP_NONE;
	drop_due(p);
	if (again || p->is_dirty) {
		p->is_dirty = 0;
		merge_touch(m, p);
	}
}

struct merge_counts
merge_counts(const struct merge *m)
{
	return m->counts;
}
