/* A connection's shell, turn by turn: see shell.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#include "poller.h"
#include "row.h"
#include "shell.h"
#include "shell_inner.h"

enum { BATCH = 16 };

const char *
shell_bug_word(enum shell_bug bug)
{
	static const char *const words[] = {"none", "skip_find", "offset_first",
	    "skip_settle", "compare_clocks", "ignore_marker", "every_version",
	    "trust_pending", "trust_id", "purge_early", "echo", "half_listing",
	    "row_before_ack", "forget_parked", "no_verify", "replay_old",
	    "no_bar", "trust_stop", "easy_stop", "trust_404"};

	return words[bug];
}

static void
hash_of(int content, unsigned char out[CORE_HASH_SIZE])
{
	memset(out, 0, CORE_HASH_SIZE);
	memcpy(out, &content, sizeof(content));
}

int
shell_step(struct shell *s, int64_t now_ms)
{
	if (s->core == NULL)
		return -1;
	if (s->steps_left > 0 && --s->steps_left == 0) {
		shell_crash(s, now_ms);
		return -1;
	}
	return 0;
}

/* --- records into the core ------------------------------------------------ */

int
shell_passes(const struct shell *s, int key)
{
	return (s->filter >> key & 1) == 0;
}

static struct core_row
row_of(const struct shell *s, int key, int64_t now_ms)
{
	const struct shell_row *row = &s->now.rows[key];
	struct core_row r = {.state = row->state,
	    .has_local_id = row->item > 0,
	    .is_told = row->is_told,
	    .offset =
		row->state == CORE_ROW_NONE && !row->is_told ? -1 : row->offset,
	    .verify_in_ms = -1};

	if (row->verify_ms > 0)
		r.verify_in_ms =
		    row->verify_ms > now_ms ? row->verify_ms - now_ms : 0;
	hash_of(row->hash, r.hash);
	return r;
}

static enum core_want
want_of(const struct shell *s, int key, enum wire_what what)
{
	if (wire_member_of(key) == s->member)
		return CORE_SKIP;
	if (!shell_passes(s, key) &&
	    (what == WIRE_KEEP || what == WIRE_HIDE || what == WIRE_REFUSED))
		return s->keeps_on_leave ? CORE_SKIP : CORE_LEFT;
	switch (what) {
	case WIRE_TOMBSTONE:
		return CORE_WITHDRAWN;
	case WIRE_LEFT:
		return CORE_LEFT;
	case WIRE_HIDE:
		return CORE_HIDE;
	case WIRE_BAD:
		return CORE_BAD;
	case WIRE_KEEP:
	case WIRE_REFUSED:
		break;
	}
	return CORE_KEEP;
}

void
shell_offer(struct shell *s, int64_t now_ms, const struct wire_record *w,
    int64_t offset, enum core_origin origin)
{
	struct payload *p = mem_new(1, sizeof(*p));
	int topic = wire_topic(w->key);
	char key[16];
	struct core_record r = {.key = key,
	    .topic = (unsigned)topic,
	    .offset = offset,
	    .origin = origin,
	    .want = want_of(s, w->key, w->what),
	    .bytes = 100,
	    .is_state = 1,
	    .may_create = offset >= s->floor[topic],
	    .is_doubtful = s->now.is_resyncing ||
			   (!s->is_first_run && !s->is_caught_up[topic]),
	    .is_outdated = !s->is_read[topic] && offset < s->newest[w->key] &&
			   s->bug != SHELL_EVERY_VERSION,
	    .good_ms = s->now.rows[w->key].good_ms,
	    .row = row_of(s, w->key, now_ms),
	    .payload = p};

	*p = (struct payload){.key = w->key,
	    .what = w->what,
	    .content = r.want == CORE_KEEP ? w->content : 0,
	    .said = w->content,
	    .offset = offset,
	    .newest = s->newest[w->key],
	    .barrier = s->is_barred && r.row.state != CORE_ROW_NONE
			   ? s->n_barriers
			   : 0,
	    .clock_ms = w->clock_ms,
	    .is_again = origin == CORE_RESYNC || origin == CORE_AGAIN};
	s->n_again += p->is_again;
	s->is_seen[w->key] = 1;
	snprintf(key, sizeof(key), "k%d", w->key);
	hash_of(p->content, r.hash);
	if (s->bug == SHELL_COMPARE_CLOCKS && r.row.state != CORE_ROW_NONE &&
	    w->clock_ms <= s->now.rows[w->key].clock_ms)
		r.want = CORE_SKIP;
	r.is_barred = p->barrier > 0 && s->bug != SHELL_NO_BAR;
	if (w->what != WIRE_BAD && offset > s->offered[w->key])
		s->offered[w->key] = offset;
	core_offer(s->core, now_ms, &r);
}

/* Neither has it stood at the log's end for that long, nor begun to read. */
static int
is_absent(const struct shell *s, int64_t now_ms)
{
	int64_t last_ms =
	    s->kept.read_ms > s->again_ms ? s->kept.read_ms : s->again_ms;

	return last_ms + SHELL_ABSENT_MS < now_ms;
}

static int
may_read(const struct shell *s, int topic)
{
	return !s->is_paused && core_takes(s->core, (unsigned)topic);
}

static int
read_some(struct shell *s, int64_t now_ms)
{
	int is_all = 1;

	if (s->wire->is_down || s->is_paused)
		return 0;
	/* Also while one runs: what it has read may be gone since. */
	if (s->now.is_purging ? is_absent(s, now_ms)
			      : shell_is_purge_due(s, now_ms)) {
		shell_resync(s);
		s->again_ms = now_ms;
		s->now.is_purging = 1;
	}
	for (int t = 0; t < WIRE_TOPICS; t++) {
		if (!s->wire->is_there[t])
			continue;
		for (int n = 0; n < BATCH && may_read(s, t); n++) {
			int64_t o = s->next[t];

			if (o >= s->wire->end[t])
				break;
			s->next[t]++;
			if (s->wire->log[t][o].is_compacted)
				continue;
			shell_offer(s, now_ms, &s->wire->log[t][o], o,
			    o < s->again_end[t] ? CORE_RESYNC : CORE_FRESH);
			if (shell_step(s, now_ms) != 0)
				return -1;
		}
		if (s->next[t] < s->wire->end[t]) {
			is_all = 0;
			continue;
		}
		core_read_to(s->core, (unsigned)t, s->next[t]);
		s->is_caught_up[t] = s->is_read[t] = 1;
	}
	if (is_all)
		s->now.read_ms = now_ms;
	return 0;
}

static void
verify_some(struct shell *s, int64_t now_ms)
{
	for (int k = 0; k < WIRE_KEYS; k++) {
		const struct shell_row *row = &s->now.rows[k];
		struct core_row r;
		struct payload *p;
		char key[16];

		if (row->verify_ms == 0 || row->verify_ms > now_ms ||
		    s->is_verifying[k])
			continue;
		s->is_verifying[k] = 1;
		r = row_of(s, k, now_ms);
		p = mem_new(1, sizeof(*p));
		p->key = k;
		p->offset = row->offset;
		p->is_look = 1;
		p->content = row->hash;
		snprintf(key, sizeof(key), "k%d", k);
		core_verify(s->core, now_ms, key, &r, p);
	}
}

/* --- the state file ------------------------------------------------------- */

static void
check_law(struct shell *s)
{
	const struct shell_state *k = &s->kept;
	int64_t sum = 0;

	for (int f = 0; f < CORE_FATES; f++)
		sum += k->fates[f];
	for (int t = 0; t < WIRE_TOPICS; t++)
		sum += (int64_t)k->n_open[t];
	for (int i = 0; i < WIRE_KEYS; i++)
		sum += k->rows[i].state == CORE_ROW_PARKED;
	if (sum != k->consumed + k->replayed && s->wrong[0] == '\0')
		snprintf(s->wrong, sizeof(s->wrong),
		    "the law: consumed %" PRId64 ", accounted for %" PRId64,
		    k->consumed, sum);
}

static void
note_position(struct shell *s, struct shell_state *to)
{
	for (int t = 0; t < WIRE_TOPICS; t++) {
		const int64_t *open;

		core_position(s->core, (unsigned)t, &to->read_end[t], &open,
		    &to->n_open[t]);
		for (size_t i = 0; i < to->n_open[t]; i++)
			to->open[t][i] = open[i];
		/* The planted mistake: what is read counts as done. */
		if (s->bug == SHELL_OFFSET_FIRST)
			to->n_open[t] = 0;
	}
}

/* Receipts follow what is committed, some turns late; rows that wait have
 * none that proves anything. */
static void
tell(struct shell *s, const struct shell_state *from)
{
	for (int k = 0; k < WIRE_KEYS; k++) {
		const struct shell_row *row = &from->rows[k];

		if (row->is_told || rnd_percent(s->rnd, 50) ||
		    (row->state == CORE_ROW_NONE && !row->is_removed))
			continue;
		s->told[k] = (struct shell_row){.state = row->state,
		    .is_told = row->state != CORE_ROW_PARKED,
		    .offset = row->offset};
		if (s->bug == SHELL_TRUST_PENDING &&
		    row->state == CORE_ROW_PARKED)
			s->told[k] =
			    (struct shell_row){.state = CORE_ROW_DELIVERED,
				.is_told = 1,
				.offset = row->offset};
	}
}

int
shell_commit(struct shell *s, int64_t now_ms)
{
	struct core_counts n;

	core_counts(s->core, &n);
	s->now.consumed += n.consumed - s->counted.consumed;
	for (int f = 0; f < CORE_FATES; f++)
		s->now.fates[f] += n.fates[f] - s->counted.fates[f];
	s->counted = n;
	note_position(s, &s->now);
	s->now.leaves_late = core_leaves_late(s->core, now_ms);
	s->now.good_ms = core_good_ms(s->core);
	if (shell_step(s, now_ms) != 0)
		return -1;
	s->kept = s->now;
	tell(s, &s->kept);
	if (s->bug != SHELL_OFFSET_FIRST)
		check_law(s);
	return 0;
}

/* --- a turn --------------------------------------------------------------- */

void
shell_turn(struct shell *s, int64_t now_ms)
{
	if (shell_take_answers(s, now_ms) != 0 || read_some(s, now_ms) != 0)
		return;
	verify_some(s, now_ms);
	shell_end_resync(s, now_ms);
	if (shell_act(s, now_ms) != 0)
		return;
	poller_step(s, now_ms);
	shell_commit(s, now_ms);
}

static void
earlier(int64_t *at_ms, int64_t other_ms)
{
	if (other_ms >= 0 && (*at_ms < 0 || other_ms < *at_ms))
		*at_ms = other_ms;
}

int64_t
shell_deadline(struct shell *s, int64_t now_ms)
{
	int64_t at_ms = core_deadline(s->core, now_ms);

	for (int i = 0; i < s->n_dead; i++)
		earlier(&at_ms, s->dead[i].at_ms);
	earlier(&at_ms, s->probe_ms);
	for (int k = 0; k < WIRE_KEYS; k++)
		if (s->now.rows[k].verify_ms > 0 && !s->is_verifying[k])
			earlier(&at_ms, s->now.rows[k].verify_ms);
	for (int t = 0; t < WIRE_TOPICS; t++)
		if (s->wire->is_there[t] && !s->wire->is_down &&
		    s->next[t] < s->wire->end[t] && may_read(s, t))
			earlier(&at_ms, now_ms);
	if (shell_may_end_resync(s))
		earlier(&at_ms, now_ms);
	earlier(&at_ms, poller_deadline(s, now_ms));
	return at_ms;
}

int
shell_is_idle(const struct shell *s)
{
	struct core_counts n;

	if (s->core == NULL)
		return 0;
	for (int t = 0; t < WIRE_TOPICS; t++)
		if (s->next[t] < s->wire->end[t])
			return 0;
	for (int k = 0; k < WIRE_KEYS; k++)
		if (s->now.rows[k].verify_ms > 0 || s->is_verifying[k])
			return 0;
	core_counts(s->core, &n);
	return n.pending == 0 && s->n_again == 0 && !s->now.is_resyncing &&
	       poller_is_idle(s) && core_in_flight(s->core) == 0;
}
