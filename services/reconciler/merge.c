/* Claims in, partnerships and notices out: see merge.h. */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "reconciler/aliases.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/codec.h"
#include "event/members.h"
#include "event/schema.h"
#include "reconciler/merge.h"
#include "reconciler/notice.h"
#include "reconciler/partnership.h"

/* A claim is kept as JSON without what is empty, a known partnership as Avro: a
 * tenth of a jv's size, and equal bytes are equal records. */

struct pair;

struct claim {
	char *key;	    /* owned */
	const char *member; /* of merge.names; "" = not seen */
	int64_t offset;	    /* -1: only named by a known partnership */
	int64_t append_ms;
	char *text;	   /* owned; NULL = withdrawn or not seen */
	struct pair *pair; /* where it counts; NULL = unresolved, none */
	struct claim *next, *prev; /* of the same pair */
	struct pair *known_in;	   /* whose known version lists it */
	struct claim *known_next, *known_prev; /* in the same version */
	UT_hash_handle hh;
};

enum step { STEP_NONE, STEP_NOTICE, STEP_PARTNERSHIP };

struct pair {
	char *key; /* owned */
	struct claim *claims;
	struct buf known;     /* version in the log but for computedAt, empty =
			       * none */
	struct claim *listed; /* by the known version */
	int64_t known_at;     /* its offset or its tombstone's, -1 = none */
	int64_t computed_at;  /* of KNOWN */
	enum step step;	      /* what is out */
	jv due; /* owned; to write next, null = tombstone, invalid = nothing */
	struct buf due_known; /* what KNOWN will be then */
	int is_waiting;	      /* in the queue */
	int is_deferred;      /* in the queue for tombstones of moved pairs */
	int is_dirty;	      /* changed while something was out */
	struct pair *next, *prev; /* in a queue */
	UT_hash_handle hh;
};

struct merge {
	const struct members *members;
	const struct aliases *aliases;
	struct claim *claims;
	struct pair *pairs;
	struct pair *queue;    /* to be judged, or with DUE to be written */
	struct pair *deferred; /* tombstones that wait for the new pair */
	char **names;	       /* owned; of members with claims, a few */
	size_t n_names;
	struct merge_counts counts;
};

static char *
text_of(jv claim)
{
	struct buf b = {0};
	char *text;

	json_canonical_lean(claim, &b);
	text = mem_dup(b.data);
	buf_free(&b);
	return text;
}

/* jv_null() for NULL. */
static jv
value_of(const char *text)
{
	struct err err;

	return text == NULL ? jv_null() : json_parse(text, strlen(text), &err);
}

static const struct schema *
schema_known(void)
{
	return schema_builtin(record_type_schema(RECORD_PARTNERSHIP));
}

/* PARTNERSHIP (consumed) in the form of pair.known; empty if it is none. */
static struct buf
known_of(jv partnership)
{
	struct buf b = {0}, out = {0};
	struct err err;

	if (jv_get_kind(partnership) == JV_KIND_OBJECT) {
		json_set_int(&partnership, "computedAt", 0);
		/* Of the log or of our own making, so it fits. */
		(void)codec_encode(schema_known(), partnership, &b, &err);
		if (b.size > 0)
			out = (struct buf){.data = mem_dup_n(b.data, b.size),
			    .size = b.size,
			    .room = b.size + 1};
		buf_free(&b);
	}
	jv_free(partnership);
	return out;
}

/* P's known version, jv_null() if there is none. */
static jv
known_value(const struct pair *p)
{
	struct err err;
	jv value;

	if (p->known.size == 0 ||
	    codec_decode(schema_known(), NULL, p->known.data, p->known.size,
		&value, &err) != 0)
		return jv_null();
	json_set_int(&value, "computedAt", p->computed_at);
	return value;
}

struct merge *
merge_new(const struct members *members, const struct aliases *aliases)
{
	struct merge *m = mem_new(1, sizeof(*m));

	m->members = members;
	m->aliases = aliases;
	return m;
}

void
merge_free(struct merge *m)
{
	struct claim *c, *next_claim;
	struct pair *p, *next_pair;

	if (m == NULL)
		return;
	HASH_ITER (hh, m->claims, c, next_claim) {
		HASH_DEL(m->claims, c);
		free(c->key);
		free(c->text);
		free(c);
	}
	HASH_ITER (hh, m->pairs, p, next_pair) {
		HASH_DEL(m->pairs, p);
		free(p->key);
		buf_free(&p->known);
		buf_free(&p->due_known);
		jv_free(p->due);
		free(p);
	}
	for (size_t i = 0; i < m->n_names; i++)
		free(m->names[i]);
	free(m->names);
	free(m);
}

static struct claim *
claim_of(struct merge *m, const char *key)
{
	struct claim *c;
	size_t size = strlen(key);

	HASH_FIND(hh, m->claims, key, (unsigned)size, c);
	if (c != NULL)
		return c;
	c = mem_new(1, sizeof(*c));
	c->key = mem_dup_n(key, size);
	c->member = "";
	c->offset = -1;
	HASH_ADD_KEYPTR(hh, m->claims, c->key, (unsigned)size, c);
	return c;
}

static struct pair *
pair_of(struct merge *m, const char *key)
{
	struct pair *p;
	size_t size = strlen(key);

	HASH_FIND(hh, m->pairs, key, (unsigned)size, p);
	if (p != NULL)
		return p;
	p = mem_new(1, sizeof(*p));
	p->key = mem_dup_n(key, size);
	p->known_at = -1;
	p->due = jv_invalid();
	HASH_ADD_KEYPTR(hh, m->pairs, p->key, (unsigned)size, p);
	return p;
}

/* Queue P to be judged; one whose output is out is judged after that. */
static void
touch(struct merge *m, struct pair *p)
{
	if (p->step != STEP_NONE || jv_is_valid(p->due)) {
		p->is_dirty = 1;
		return;
	}
	if (p->is_deferred) {
		DL_DELETE(m->deferred, p);
		p->is_deferred = 0;
		m->counts.waiting--;
	}
	if (p->is_waiting)
		return;
	p->is_waiting = 1;
	m->counts.waiting++;
	DL_APPEND(m->queue, p);
}

/* New key of the pair that C, which says CLAIM, is about; NULL if it must
 * wait. */
static char *
pair_key_of(const struct merge *m, const struct claim *c, jv claim)
{
	jv a, b;
	char *key;

	if (c->text == NULL || members_rank(m->members, c->member) < 0)
		return NULL;
	a = json_get(claim, "a");
	b = json_get(claim, "b");
	key = key_pair(aliases_resolve(m->aliases, json_str(a, "id", "")),
	    aliases_resolve(m->aliases, json_str(b, "id", "")), NULL);
	jv_free(a);
	jv_free(b);
	return key;
}

static void
leave(struct merge *m, struct claim *c)
{
	struct pair *p = c->pair;

	if (p != NULL) {
		DL_DELETE(p->claims, c);
		c->pair = NULL;
		if (p->claims == NULL)
			m->counts.pairs--;
		touch(m, p);
	} else if (c->text != NULL) {
		m->counts.unresolved--;
	}
	if (c->text != NULL)
		m->counts.claims--;
}

/* C, which says CLAIM (borrowed), counts where it belongs. */
static void
join(struct merge *m, struct claim *c, jv claim)
{
	char *key = pair_key_of(m, c, claim);

	if (c->text != NULL)
		m->counts.claims++;
	if (key != NULL) {
		c->pair = pair_of(m, key);
		if (c->pair->claims == NULL)
			m->counts.pairs++;
		DL_APPEND(c->pair->claims, c);
		touch(m, c->pair);
	} else if (c->text != NULL) {
		m->counts.unresolved++;
	}
	free(key);
}

void
merge_rules(struct merge *m, const struct members *members,
    const struct aliases *aliases)
{
	struct claim *c, *next_claim;
	struct pair *p, *next_pair;
	jv claim;

	/* Speaking rights may have changed, so all are judged anew. */
	m->members = members;
	m->aliases = aliases;
	HASH_ITER (hh, m->claims, c, next_claim) {
		claim = value_of(c->text);
		leave(m, c);
		join(m, c, claim);
		jv_free(claim);
	}
	HASH_ITER (hh, m->pairs, p, next_pair)
		touch(m, p);
}

/* MEMBER as one text for all its claims. */
static const char *
name_of(struct merge *m, const char *member)
{
	for (size_t i = 0; i < m->n_names; i++)
		if (strcmp(m->names[i], member) == 0)
			return m->names[i];
	m->names = mem_grow(m->names, m->n_names + 1, sizeof(*m->names));
	m->names[m->n_names] = mem_dup(member);
	return m->names[m->n_names++];
}

void
merge_claim(struct merge *m, const char *key, int64_t offset, int64_t append_ms,
    jv claim)
{
	struct claim *c = claim_of(m, key);
	struct key_parts parts;

	if (offset <= c->offset || key_parse(RECORD_CLAIM, key, &parts) != 0) {
		jv_free(claim);
		return;
	}
	leave(m, c);
	c->member = name_of(m, parts.member);
	free(c->text);
	c->text = jv_get_kind(claim) == JV_KIND_OBJECT ? text_of(claim) : NULL;
	c->offset = offset;
	c->append_ms = append_ms;
	join(m, c, claim);
	jv_free(claim);
	/* A tombstone tells the pair that lists it why it changes. */
	if (c->known_in != NULL)
		touch(m, c->known_in);
}

/* Say for each claim that KNOWN (borrowed), P's known version, lists that it
 * is there, and for the others that they are not. */
static void
mark_known(struct merge *m, struct pair *p, jv known)
{
	jv keys = json_get(known, "claims");
	struct claim *c;

	while ((c = p->listed) != NULL) {
		DL_DELETE2(p->listed, c, known_prev, known_next);
		c->known_in = NULL;
	}
	if (jv_get_kind(keys) == JV_KIND_ARRAY) {
		jv_array_foreach (keys, i, key) {
			if (jv_get_kind(key) == JV_KIND_STRING) {
				c = claim_of(m, jv_string_value(key));
				if (c->known_in != NULL)
					DL_DELETE2(c->known_in->listed, c,
					    known_prev, known_next);
				c->known_in = p;
				DL_APPEND2(
				    p->listed, c, known_prev, known_next);
			}
			jv_free(key);
		}
	}
	jv_free(keys);
}

/* KNOWN (borrowed; not an object = none), BYTES (taken) in short, is what the
 * log holds for P, at OFFSET. */
static void
set_known(
    struct merge *m, struct pair *p, jv known, struct buf bytes, int64_t offset)
{
	buf_free(&p->known);
	p->known = bytes;
	p->known_at = offset;
	p->computed_at = json_int(known, "computedAt", 0);
	mark_known(m, p, known);
}

void
merge_known(
    struct merge *m, const char *pair_key, jv partnership, int64_t offset)
{
	struct pair *p = pair_of(m, pair_key);

	/* Ours, confirmed before it was read. */
	if (offset > p->known_at) {
		set_known(
		    m, p, partnership, known_of(jv_copy(partnership)), offset);
		touch(m, p);
	}
	jv_free(partnership);
}

int
merge_has(
    const struct merge *m, const char *pair_key, size_t size, int64_t offset)
{
	const struct pair *p;

	HASH_FIND(hh, m->pairs, pair_key, (unsigned)size, p);
	return p != NULL && offset <= p->known_at;
}

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
			c = claim_of(m, jv_string_value(name));
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
		claims[i++] = (struct partnership_claim){c->key, c->member,
		    c->offset, c->append_ms, value_of(c->text)};
	merged = partnership_merge(p->key, claims, n, m->members, m->aliases);
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
	p->due_known = known_of(jv_copy(after));
	if (!differs(p)) {
		/* As if it were written anew: see is_moved(). */
		p->computed_at = json_int(after, "computedAt", 0);
		goto out;
	}
	before = known_value(p);
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
	struct pair *p = pair_of(m, pair_key);

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
		set_known(m, p, p->due, p->due_known, offset);
		p->due_known = (struct buf){0};
	}
	drop_due(p);
	if (p->is_dirty) {
		p->is_dirty = 0;
		touch(m, p);
	}
}

void
merge_failed(struct merge *m, const char *pair_key, int again)
{
	struct pair *p = pair_of(m, pair_key);

	m->counts.out--;
	p->step = STEP_NONE;
	drop_due(p);
	if (again || p->is_dirty) {
		p->is_dirty = 0;
		touch(m, p);
	}
}

struct merge_counts
merge_counts(const struct merge *m)
{
	return m->counts;
}
