/* How a shell starts, ends, and reads all once more: see shell.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"
#include "shell_inner.h"

void
shell_lose(struct shell *s)
{
	memset(&s->kept, 0, sizeof(s->kept));
	s->kept.cluster = s->wire->cluster;
	s->kept.is_resyncing = 1; /* all is read again: what receipts name
				   * and the log does not, goes */
	for (int k = 0; k < WIRE_KEYS; k++)
		if (s->told[k].is_told)
			s->kept.rows[k] = s->told[k];
}

static void
unpark(struct shell *s, int64_t now_ms)
{
	for (int k = 0; k < WIRE_KEYS; k++) {
		const struct shell_row *row = &s->now.rows[k];
		struct wire_record w = {.key = k,
		    .what = row->parked_what,
		    .content = row->parked_content,
		    .clock_ms = row->clock_ms};

		if (row->state == CORE_ROW_PARKED &&
		    s->bug != SHELL_FORGET_PARKED)
			shell_offer(
			    s, now_ms, &w, row->offset, CORE_PARKED_ROW);
	}
}

static int
is_readable(const struct wire_record *w)
{
	return !w->is_compacted && w->what != WIRE_BAD;
}

/* What can be read of TOPIC from FROM on, at its newest. */
static void
survey(struct shell *s, int topic, int64_t from)
{
	for (int64_t o = from; o < s->wire->end[topic]; o++) {
		const struct wire_record *w = &s->wire->log[topic][o];

		if (is_readable(w))
			s->newest[w->key] = o;
	}
}

/* What stands in the system, or may yet land there, while neither a row, nor a
 * receipt, nor the log names it. */
static void
note_unnamed(struct shell *s)
{
	for (int k = 0; k < WIRE_KEYS; k++)
		if (s->now.rows[k].state == CORE_ROW_NONE &&
		    wire_newest(s->wire, k) == NULL &&
		    site_may_have(s->site, k))
			s->is_unnamed[k] = 1;
}

static int
may_replay(const struct shell *s, int key)
{
	const struct shell_row *row = &s->now.rows[key];
	int t = wire_topic(key);

	if (s->bug == SHELL_REPLAY_OLD)
		return row->state == CORE_ROW_DELIVERED && row->offset > 0;
	return row->state == CORE_ROW_REFUSED && row->offset >= 0 &&
	       s->is_dead[t][row->offset];
}

void
shell_replay(struct shell *s, int64_t now_ms)
{
	int key = (int)rnd_int(s->rnd, 0, WIRE_KEYS - 1);
	struct shell_row *row = &s->now.rows[key];
	const struct wire_record *w;
	int64_t o = row->offset;

	if (!may_replay(s, key))
		return;
	/* The planted mistake: the letter of an older version. */
	while (s->bug == SHELL_REPLAY_OLD && o-- > 0)
		if (s->wire->log[wire_topic(key)][o].key == key)
			break;
	if (o < 0)
		return;
	w = &s->wire->log[wire_topic(key)][o];
	row->state = CORE_ROW_PARKED;
	row->is_told = 0;
	row->offset = o;
	row->parked_what = w->what;
	row->parked_content = w->content;
	row->good_ms = core_good_ms(s->core);
	s->now.replayed++;
	if (s->is_traced)
		printf("%9" PRId64 " m%d replay k%d@%" PRId64 "\n", now_ms,
		    s->member, key, o);
	shell_offer(s, now_ms, w, o, CORE_PARKED_ROW);
}

void
shell_bar(struct shell *s, int64_t now_ms, int is_barred)
{
	s->n_barriers += is_barred && !s->is_barred;
	s->is_barred = is_barred;
	if (!is_barred)
		core_release(s->core, now_ms);
}

void
shell_resync(struct shell *s)
{
	note_unnamed(s);
	/* What an earlier survey found may be compacted since. */
	for (int k = 0; k < WIRE_KEYS; k++)
		s->newest[k] = -1;
	for (int t = 0; t < WIRE_TOPICS; t++)
		survey(s, t, 0);
	s->now.is_resyncing = 1;
	memset(s->is_seen, 0, sizeof(s->is_seen));
	for (int t = 0; t < WIRE_TOPICS; t++) {
		s->again_end[t] = s->wire->end[t];
		s->next[t] = s->is_read[t] = 0;
	}
}

int
shell_is_purge_due(const struct shell *s, int64_t now_ms)
{
	const struct shell_state *k = &s->kept;

	return k->is_purging || k->cluster != s->wire->cluster ||
	       k->read_ms + SHELL_ABSENT_MS < now_ms;
}

/* Places in the log of another cluster are older than any. */
static void
other_cluster(struct shell *s)
{
	struct shell_state *k = &s->now;

	memset(k->read_end, 0, sizeof(k->read_end));
	memset(k->n_open, 0, sizeof(k->n_open));
	for (int i = 0; i < WIRE_KEYS; i++)
		k->rows[i].offset = -1;
	for (int i = 0; i < WIRE_LOCALS; i++)
		k->own[i].is_due |= k->own[i].known == POLL_LIVE;
	k->cluster = s->wire->cluster;
	k->leaves_late = 1; /* of versions that this log never had */
	/* What was open is read again there, or is not there any more. */
	memset(k->fates, 0, sizeof(k->fates));
	k->replayed = 0;
	k->consumed = 0;
	for (int i = 0; i < WIRE_KEYS; i++)
		k->consumed += k->rows[i].state == CORE_ROW_PARKED;
}

static int
was_clean(const struct shell *s)
{
	return s->now.stop != 0 && !s->now.is_resyncing &&
	       (s->now.stop == s->told_stop || s->bug == SHELL_TRUST_STOP);
}

void
shell_start(struct shell *s, int64_t now_ms)
{
	int is_clean;

	s->now = s->kept;
	if (s->now.read_ms == 0) /* a new file: nothing was missed yet */
		s->now.read_ms = now_ms;
	if (shell_is_purge_due(s, now_ms))
		s->now.is_resyncing = s->now.is_purging = 1;
	if (s->now.cluster != s->wire->cluster)
		other_cluster(s);
	is_clean = was_clean(s);
	s->now.stop = s->told_stop = 0;
	poller_start(s, now_ms);
	s->conf.leaves_late = s->now.leaves_late;
	s->conf.good_ms = s->now.good_ms;
	s->core = core_new(&s->conf, now_ms);
	for (int k = 0; k < WIRE_KEYS; k++)
		s->newest[k] = s->offered[k] = -1;
	memset(&s->counted, 0, sizeof(s->counted));
	memset(s->is_verifying, 0, sizeof(s->is_verifying));
	memset(s->calls, 0, sizeof(s->calls));
	memset(s->again_end, 0, sizeof(s->again_end));
	memset(s->is_seen, 0, sizeof(s->is_seen));
	s->is_paused = 0;
	s->probe_ms = -1;
	s->again_ms = now_ms;
	for (int t = 0; t < WIRE_TOPICS; t++) {
		core_topic(s->core, (unsigned)t, s->now.read_end[t],
		    s->now.open[t], s->now.n_open[t]);
		s->next[t] = core_topic_start(s->core, (unsigned)t);
		s->is_caught_up[t] = is_clean;
		s->is_read[t] = 0;
		survey(s, t, s->now.is_resyncing ? 0 : s->next[t]);
	}
	note_unnamed(s);
	unpark(s, now_ms);
	s->n_again = 0;
	if (s->now.is_resyncing)
		shell_resync(s);
	if (s->is_traced)
		printf("%9" PRId64 " m%d start%s\n", now_ms, s->member,
		    is_clean		  ? ", clean"
		    : s->now.is_purging	  ? ", purging"
		    : s->now.is_resyncing ? ", resyncing"
					  : "");
}

static int
is_open(const struct shell_state *k, int topic, int64_t offset)
{
	for (size_t i = 0; i < k->n_open[topic]; i++)
		if (k->open[topic][i] == offset)
			return 1;
	return offset >= k->read_end[topic];
}

/* What was under way of a version that will not come again: nobody can know of
 * it any more, so that its landing later is outside the promise. */
static void
forget_unknowable(struct shell *s, int64_t now_ms)
{
	for (int i = 0; i < s->site->n_pending; i++) {
		struct site_pending *p = &s->site->pending[i];
		int t = wire_topic(p->request.key);
		int64_t o = p->request.offset;

		if (p->effect_ms > now_ms && p->request.op != CORE_CREATE &&
		    (s->wire->log[t][o].is_compacted ||
			!is_open(&s->kept, t, o)))
			p->effect_ms = now_ms;
	}
}

void
shell_crash(struct shell *s, int64_t now_ms)
{
	if (s->is_traced)
		printf("%9" PRId64 " m%d crash\n", now_ms, s->member);
	core_free(s->core, free);
	s->core = NULL;
	s->is_first_run = 0;
	s->steps_left = -1;
	s->n_dead = 0; /* written or not: written again */
	site_abandon(s->site, now_ms);
	forget_unknowable(s, now_ms);
}

static int
is_settled(const struct shell *s, int64_t now_ms)
{
	if (s->bug == SHELL_EASY_STOP)
		return 1;
	for (int t = 0; t < WIRE_TOPICS; t++)
		if (!s->is_caught_up[t])
			return 0;
	return core_is_settled(s->core, now_ms);
}

void
shell_stop(struct shell *s, int64_t now_ms)
{
	int is_clean = is_settled(s, now_ms);
	int p = (int)rnd_int(s->rnd, 0, 9);

	s->n_stops += is_clean;
	if (p > 0) { /* else killed before the commit, */
		s->now.stop = is_clean ? s->n_stops : 0;
		shell_commit(s, now_ms);
	}
	if (p < 9 && is_clean && !s->wire->is_down) /* or before the word */
		s->told_stop = s->n_stops;
	shell_crash(s, now_ms);
}

int
shell_may_end_resync(const struct shell *s)
{
	if (!s->now.is_resyncing)
		return 0;
	if (s->bug == SHELL_PURGE_EARLY)
		return 1;
	for (int t = 0; t < WIRE_TOPICS; t++)
		if (s->next[t] < s->wire->end[t])
			return 0;
	return s->n_again == 0 && (!s->now.is_purging || s->is_approved);
}

void
shell_end_resync(struct shell *s, int64_t now_ms)
{
	if (!shell_may_end_resync(s))
		return;
	if (s->is_traced)
		printf("%9" PRId64 " m%d ends its resync\n", now_ms, s->member);
	for (int k = 0; k < WIRE_KEYS; k++) {
		struct wire_record gone = {.key = k, .what = WIRE_TOMBSTONE};

		if (!s->is_seen[k] && s->now.rows[k].state != CORE_ROW_NONE)
			shell_offer(s, now_ms, &gone, s->now.rows[k].offset,
			    CORE_AGAIN);
	}
	s->now.is_resyncing = s->now.is_purging = 0;
}
