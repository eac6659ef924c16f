/* Claims and pairs, and what stands in the log: see merge.h. */
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "base/err.h"
#include "base/mem.h"
#include "event/codec.h"
#include "event/members.h"
#include "event/schema.h"
#include "reconciler/aliases.h"
#include "reconciler/merge_inner.h"
#include "reconciler/partnership.h"

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

jv
merge_value_of(const char *text)
{
	struct err err;

	return text == NULL ? jv_null() : json_parse(text, strlen(text), &err);
}

static const struct schema *
schema_known(void)
{
	return schema_builtin(record_type_schema(RECORD_PARTNERSHIP));
}

struct buf
merge_known_of(jv partnership)
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

jv
merge_known_value(const struct pair *p)
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

struct claim *
merge_claim_of(struct merge *m, const char *key)
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

struct pair *
merge_pair_of(struct merge *m, const char *key)
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

void
merge_touch(struct merge *m, struct pair *p)
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
		merge_touch(m, p);
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
		c->pair = merge_pair_of(m, key);
		if (c->pair->claims == NULL)
			m->counts.pairs++;
		DL_APPEND(c->pair->claims, c);
		/* Here, as it takes the claim's words: of a pair that is
		 * judged, only those that are told are read. */
		c->side = partnership_side(
		    key, claim, c->member, m->members, m->aliases);
		merge_touch(m, c->pair);
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
		claim = merge_value_of(c->text);
		leave(m, c);
		join(m, c, claim);
		jv_free(claim);
	}
	HASH_ITER (hh, m->pairs, p, next_pair)
		merge_touch(m, p);
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
	struct claim *c = merge_claim_of(m, key);
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
		merge_touch(m, c->known_in);
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
				c = merge_claim_of(m, jv_string_value(key));
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

void
merge_set_known(
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
	struct pair *p = merge_pair_of(m, pair_key);

	/* Ours, confirmed before it was read. */
	if (offset > p->known_at) {
		merge_set_known(m, p, partnership,
		    merge_known_of(jv_copy(partnership)), offset);
		merge_touch(m, p);
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
