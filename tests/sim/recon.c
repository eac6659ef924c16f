/* A reconciler: see recon.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reconciler/aliases.h"

#include "claims.h"
#include "recon.h"

enum { AGAIN_MS = 1000 };

void
recon_init(struct recon *r, struct wire *w, struct rnd *rnd)
{
	memset(r, 0, sizeof(*r));
	r->wire = w;
	r->rnd = rnd;
	r->aliases = aliases_new();
}

static void
drop_values(struct recon *r)
{
	while (r->n_values > 0)
		jv_free(r->values[--r->n_values]);
}

void
recon_crash(struct recon *r, int64_t restart_ms)
{
	if (r->is_out)
		merge_output_fini(&r->out);
	r->is_out = 0;
	merge_free(r->merge);
	r->merge = NULL;
	memset(r->next, 0, sizeof(r->next));
	r->restart_ms = restart_ms;
}

void
recon_fini(struct recon *r)
{
	recon_crash(r, 0);
	drop_values(r);
	aliases_free(r->aliases);
}

void
recon_rebuilt(struct recon *r, int64_t now_ms)
{
	recon_crash(r, now_ms);
	drop_values(r);
}

/* The record at OFFSET of TOPIC into M. */
static void
feed(struct merge *m, const struct wire_record *w, int64_t offset)
{
	int member = wire_member_of(w->key);
	int local = (w->key - WIRE_EVENT_KEYS) % WIRE_LOCALS;

	merge_claim(m, claims_key(member, local), offset, w->at_ms,
	    w->what == WIRE_KEEP ? claims_value(member, w->content)
				 : jv_null());
}

static const char *
pair_key(int key)
{
	return claims_pair_key(key - WIRE_EVENT_KEYS - WIRE_CLAIM_KEYS);
}

static void
read_all(struct recon *r)
{
	for (int t = WIRE_EVENT_TOPICS; t < WIRE_TOPICS; t++)
		for (; r->next[t] < r->wire->end[t]; r->next[t]++) {
			int64_t o = r->next[t];
			const struct wire_record *w = &r->wire->log[t][o];

			if (w->is_compacted)
				continue;
			if (t == WIRE_PARTNERSHIPS)
				merge_known(r->merge, pair_key(w->key),
				    jv_copy(r->values[o]), o);
			else
				feed(r->merge, w, o);
		}
}

static int64_t
put(struct recon *r, int64_t now_ms)
{
	int is_gone = jv_get_kind(r->out.value) == JV_KIND_NULL;
	int64_t offset;

	if (r->out.type == RECORD_NOTICE)
		return 0;
	offset = wire_put(r->wire, r->rnd, now_ms,
	    wire_pair_key(claims_pair(r->out.pair_key)),
	    is_gone ? WIRE_TOMBSTONE : WIRE_KEEP,
	    is_gone ? 0 : claims_content(r->out.value));
	if (offset < 0)
		return -1;
	r->values[r->n_values++] = jv_copy(r->out.value);
	if (r->is_traced)
		printf("%9" PRId64 " partnership %s@%" PRId64 "%s\n", now_ms,
		    r->out.key, offset, is_gone ? " gone" : "");
	return offset;
}

static void
send(struct recon *r, int64_t now_ms)
{
	int64_t offset;
	int luck = (int)rnd_int(r->rnd, 0, 9);

	/* Lost on the way there, on the way back, or well. */
	offset = luck > 0 ? put(r, now_ms) : -1;
	if (luck > 1 && offset >= 0)
		merge_done(r->merge, r->out.pair_key, offset);
	else if (r->bug == RECON_LOST_OUTPUT)
		merge_done(
		    r->merge, r->out.pair_key, r->wire->end[WIRE_PARTNERSHIPS]);
	else
		merge_failed(r->merge, r->out.pair_key, 1);
	merge_output_fini(&r->out);
	r->is_out = 0;
}

void
recon_step(struct recon *r, int64_t now_ms)
{
	if (r->wire->is_down)
		return;
	if (r->merge == NULL) {
		if (now_ms < r->restart_ms)
			return;
		r->merge = merge_new(claims_members(), r->aliases);
	}
	read_all(r);
	if (r->is_out && r->at_ms <= now_ms)
		send(r, now_ms);
	if (!r->is_out && merge_next(r->merge, &r->out)) {
		r->is_out = 1;
		r->at_ms = now_ms + rnd_int(r->rnd, 0, 200);
	}
}

int64_t
recon_deadline(const struct recon *r, int64_t now_ms)
{
	if (r->wire->is_down)
		return -1;
	if (r->merge == NULL)
		return r->restart_ms > now_ms ? r->restart_ms : now_ms;
	for (int t = WIRE_EVENT_TOPICS; t < WIRE_TOPICS; t++)
		if (r->next[t] < r->wire->end[t])
			return now_ms;
	if (r->is_out)
		return r->at_ms > now_ms ? r->at_ms : now_ms;
	return merge_counts(r->merge).waiting > 0 ? now_ms : -1;
}

int
recon_is_idle(const struct recon *r)
{
	return r->merge != NULL && recon_deadline(r, 0) < 0;
}

void
recon_pure(const struct wire *w, int out_contents[WIRE_PAIRS])
{
	struct aliases *none = aliases_new();
	struct merge *m = merge_new(claims_members(), none);
	struct merge_output o;
	int64_t offset = 0;

	for (int t = WIRE_EVENT_TOPICS; t < WIRE_PARTNERSHIPS; t++)
		for (int64_t i = 0; i < w->end[t]; i++)
			if (!w->log[t][i].is_compacted)
				feed(m, &w->log[t][i], i);
	memset(out_contents, 0, sizeof(int) * WIRE_PAIRS);
	while (merge_next(m, &o)) {
		if (o.type == RECORD_PARTNERSHIP)
			out_contents[claims_pair(o.pair_key)] =
			    jv_get_kind(o.value) == JV_KIND_NULL
				? 0
				: claims_content(o.value);
		merge_done(m, o.pair_key, offset++);
		merge_output_fini(&o);
	}
	merge_free(m);
	aliases_free(none);
}
