/* The wire: see wire.h. */
#include <string.h>

#include "wire.h"

enum { CLOCK_SKEW_MS = 3600000 };

int
wire_topic(int key)
{
	if (key < WIRE_EVENT_KEYS)
		return key % WIRE_EVENT_TOPICS;
	if (wire_member_of(key) >= 0)
		return WIRE_EVENT_TOPICS + wire_member_of(key);
	return WIRE_PARTNERSHIPS;
}

int
wire_claim_key(int member, int local)
{
	return WIRE_EVENT_KEYS + member * WIRE_LOCALS + local;
}

int
wire_pair_key(int pair)
{
	return WIRE_EVENT_KEYS + WIRE_CLAIM_KEYS + pair;
}

int
wire_member_of(int key)
{
	if (key < WIRE_EVENT_KEYS || key >= WIRE_EVENT_KEYS + WIRE_CLAIM_KEYS)
		return -1;
	return (key - WIRE_EVENT_KEYS) / WIRE_LOCALS;
}

int64_t
wire_put(struct wire *w, struct rnd *r, int64_t now_ms, int key,
    enum wire_what what, int content)
{
	int topic = wire_topic(key);

	if (w->end[topic] == WIRE_RECORDS_MAX)
		return -1;
	w->is_there[topic] = 1;
	w->log[topic][w->end[topic]] = (struct wire_record){.key = key,
	    .what = what,
	    .content = content,
	    .at_ms = now_ms,
	    .clock_ms = now_ms + rnd_int(r, -CLOCK_SKEW_MS, CLOCK_SKEW_MS)};
	return w->end[topic]++;
}

static enum wire_what
what(struct rnd *r)
{
	int64_t p = rnd_int(r, 0, 99);

	if (p < 66)
		return WIRE_KEEP;
	if (p < 80)
		return WIRE_TOMBSTONE;
	if (p < 86)
		return WIRE_LEFT;
	if (p < 92)
		return WIRE_HIDE;
	return p < 96 ? WIRE_BAD : WIRE_REFUSED;
}

void
wire_append(struct wire *w, struct rnd *r, int64_t now_ms)
{
	int key = (int)rnd_int(r, 0, WIRE_EVENT_KEYS - 1);
	enum wire_what is = what(r);
	int content = (int)rnd_int(r, 1, 4);

	wire_put(
	    w, r, now_ms, key, is, is == WIRE_REFUSED ? content + 10 : content);
}

void
wire_compact(
    struct wire *w, int64_t now_ms, int64_t min_age_ms, int64_t tombstone_ms)
{
	for (int t = 0; t < WIRE_TOPICS; t++) {
		int has_newer[WIRE_KEYS] = {0};

		for (int64_t o = w->end[t] - 1; o >= 0; o--) {
			struct wire_record *rec = &w->log[t][o];

			if (has_newer[rec->key] ||
			    (rec->what == WIRE_TOMBSTONE &&
				rec->at_ms + tombstone_ms <= now_ms))
				rec->is_compacted = 1;
			if (rec->at_ms + min_age_ms <= now_ms)
				has_newer[rec->key] = 1;
		}
	}
}

void
wire_rebuild(struct wire *w, int64_t now_ms)
{
	struct wire_record again[WIRE_EVENT_KEYS];
	int n = 0;

	for (int k = 0; k < WIRE_EVENT_KEYS; k++) {
		const struct wire_record *newest = wire_newest(w, k);

		if (newest != NULL && newest->what != WIRE_TOMBSTONE)
			again[n++] = *newest;
	}
	memset(w->end, 0, sizeof(w->end));
	w->cluster++;
	while (n-- > 0) {
		int t = wire_topic(again[n].key);

		again[n].at_ms = now_ms;
		w->log[t][w->end[t]++] = again[n];
	}
}

const struct wire_record *
wire_newest(const struct wire *w, int key)
{
	int t = wire_topic(key);

	for (int64_t o = w->end[t] - 1; o >= 0; o--)
		if (w->log[t][o].key == key && !w->log[t][o].is_compacted)
			return &w->log[t][o];
	return NULL;
}
