/* The wire: see wire.h. */
#include "wire.h"

enum { CLOCK_SKEW_MS = 3600000 };

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
	int key = (int)rnd_int(r, 0, WIRE_KEYS - 1);
	int topic = key % WIRE_TOPICS;
	struct wire_record *rec = &w->log[topic][w->end[topic]];

	if (w->end[topic] == WIRE_RECORDS_MAX)
		return;
	rec->key = key;
	rec->what = what(r);
	rec->content = (int)rnd_int(r, 1, 4);
	if (rec->what == WIRE_REFUSED)
		rec->content += 10;
	rec->at_ms = now_ms;
	rec->clock_ms = now_ms + rnd_int(r, -CLOCK_SKEW_MS, CLOCK_SKEW_MS);
	rec->is_compacted = 0;
	w->end[topic]++;
}

void
wire_compact(struct wire *w, int64_t now_ms, int64_t min_age_ms)
{
	for (int t = 0; t < WIRE_TOPICS; t++) {
		int has_newer[WIRE_KEYS] = {0};

		for (int64_t o = w->end[t] - 1; o >= 0; o--) {
			struct wire_record *rec = &w->log[t][o];

			if (has_newer[rec->key])
				rec->is_compacted = 1;
			if (rec->at_ms + min_age_ms <= now_ms)
				has_newer[rec->key] = 1;
		}
	}
}

const struct wire_record *
wire_newest(const struct wire *w, int key)
{
	int t = key % WIRE_TOPICS;

	for (int64_t o = w->end[t] - 1; o >= 0; o--)
		if (w->log[t][o].key == key)
			return &w->log[t][o];
	return NULL;
}
