/* A connection's shell: see shell.h. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "poller.h"
#include "row.h"
#include "shell.h"

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

/* A crash may come between any two steps. */
static int
step(struct shell *s, int64_t now_ms)
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

static int
is_readable(const struct wire_record *w)
{
	return !w->is_compacted && w->what != WIRE_BAD;
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

static void
offer(struct shell *s, int64_t now_ms, const struct wire_record *w,
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
			offer(s, now_ms, &s->wire->log[t][o], o,
			    o < s->again_end[t] ? CORE_RESYNC : CORE_FRESH);
			if (step(s, now_ms) != 0)
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

/* --- answers -------------------------------------------------------------- */

/* What was looked up: ours is the one the row names, else the oldest. */
static void
look(struct shell *s, struct payload *p, const struct site_answer *said,
    struct core_answer *a)
{
	const struct shell_row *row = &s->now.rows[p->key];
	const struct site_item *ours, *twin;
	int at = 0;

	for (int i = 0; i < said->n_found; i++)
		if (said->found[i] == row->item)
			at = i;
	p->item = said->found[at];
	ours = &s->site->items[p->item - 1];
	a->n_items = said->n_found;
	a->is_equal = ours->text == p->content;
	a->is_as_created = row->verify_ms > 0 && ours->text == row->created;
	if (said->n_found < 2)
		return;
	p->twin =
	    said->found[at == said->n_found - 1 ? at - 1 : said->n_found - 1];
	twin = &s->site->items[p->twin - 1];
	a->is_twin_equal = twin->text == ours->text ||
			   twin->text == p->content ||
			   (row->verify_ms > 0 && twin->text == row->created);
}

/* The planted mistake: whatever has this content is taken for ours. */
static void
look_by_content(
    const struct shell *s, const struct payload *p, struct site_answer *said)
{
	said->n_found = 0;
	for (int i = 0; i < s->site->n_items && said->n_found == 0; i++)
		if (s->site->items[i].is_there &&
		    s->site->items[i].content == p->content)
			said->found[said->n_found++] = i + 1;
	said->result = said->n_found > 0 ? CORE_FOUND : CORE_NONE;
}

static int
is_write(enum core_op op)
{
	return op == CORE_CREATE || op == CORE_UPDATE || op == CORE_PUT;
}

static void
take_answer(
    struct shell *s, int64_t now_ms, uint64_t id, struct site_answer *said)
{
	struct core_answer a = {.retry_after_ms = said->retry_after_ms,
	    .is_overload = said->is_overload,
	    .becomes = said->becomes,
	    .is_doubted = said->is_doubted};
	int i = 0;

	while (s->calls[i].id != id)
		i++;
	if (s->is_traced)
		printf("%9" PRId64 " m%d answer k%d %s: %d\n", now_ms,
		    s->member, s->calls[i].payload->key,
		    core_op_word(s->calls[i].op), (int)said->result);

	if (s->calls[i].op == CORE_FIND && said->result != CORE_RETRY &&
	    said->result != CORE_UNKNOWN && said->result != CORE_STOP) {
		if (s->bug == SHELL_IGNORE_MARKER)
			look_by_content(s, s->calls[i].payload, said);
		if (s->bug == SHELL_SKIP_FIND)
			said->result = CORE_NONE;
		if (said->result == CORE_FOUND)
			look(s, s->calls[i].payload, said, &a);
	}
	/* What the answer names is not ours, or nothing: look. */
	if (is_write(s->calls[i].op) && said->result == CORE_OK &&
	    s->conf.tier == CORE_TIER_FIND && s->bug != SHELL_TRUST_ID &&
	    (said->item == 0 ||
		s->site->items[said->item - 1].key != s->calls[i].payload->key))
		said->result = CORE_UNKNOWN;
	else if (said->item > 0) {
		s->calls[i].payload->item = said->item;
		a.has_local_id = s->conf.tier != CORE_TIER_POST;
	}
	a.result = said->result;
	if (s->bug == SHELL_TRUST_404 && a.is_doubted)
		a.result = a.becomes;
	if (s->bug == SHELL_SKIP_SETTLE && a.result == CORE_UNKNOWN)
		a.result = CORE_RETRY;
	s->calls[i].id = 0;
	core_answer(s->core, now_ms, id, &a);
}

static int
take_answers(struct shell *s, int64_t now_ms)
{
	struct site_answer said;
	uint64_t id;

	while (site_step(s->site, now_ms, &id, &said)) {
		take_answer(s, now_ms, id, &said);
		if (step(s, now_ms) != 0)
			return -1;
	}
	for (int i = 0; i < s->n_dead; i++) {
		int ok;

		if (s->dead[i].at_ms > now_ms)
			continue;
		ok = !s->wire->is_down && rnd_percent(s->rnd, 90);
		if (ok)
			s->is_dead[s->dead[i].topic][s->dead[i].offset] = 1;
		core_dead_done(s->core, now_ms, s->dead[i].id, ok);
		s->dead[i--] = s->dead[--s->n_dead];
	}
	if (s->probe_ms >= 0 && s->probe_ms <= now_ms) {
		s->probe_ms = -1;
		core_probe_done(s->core, now_ms,
		    !s->site->is_locked && !s->site->is_lost, 0);
	}
	return 0;
}

/* --- actions -------------------------------------------------------------- */

/* Nothing goes back to an old version, not even on the way.  Known is what the
 * survey before its offer found, and what was offered since the start; of what
 * an earlier process sent and the log has lost since, nobody can know. */
static void
check_order(struct shell *s, enum core_op op, const struct payload *p)
{
	int64_t before = s->site->newest[p->key];
	int is_known = p->newest > p->offset || s->offered[p->key] > p->offset;

	if (op != CORE_FIND && op != CORE_REMOVE_TWIN && !p->is_look &&
	    p->offset < before && is_known && s->wrong[0] == '\0')
		snprintf(s->wrong, sizeof(s->wrong),
		    "k%d: version %" PRId64 " is sent after %" PRId64, p->key,
		    p->offset, before);
}

static void
send(struct shell *s, int64_t now_ms, const struct core_action *a)
{
	struct payload *p = a->payload;
	struct site_request r = {.id = a->id,
	    .op = a->op,
	    .key = p->key,
	    .item = p->item > 0 ? p->item : s->now.rows[p->key].item,
	    .content = p->content,
	    .is_refused = p->what == WIRE_REFUSED,
	    .offset = p->offset};
	int i = 0;

	check_order(s, a->op, p);
	if (s->is_barred && p->barrier == s->n_barriers && s->wrong[0] == '\0')
		snprintf(s->wrong, sizeof(s->wrong),
		    "k%d: changed before it was approved", p->key);
	if (a->op == CORE_REMOVE_TWIN)
		r.item = p->twin;
	if (s->conf.tier == CORE_TIER_PUT)
		r.item = 0;
	while (s->calls[i].id != 0)
		i++;
	s->calls[i].id = a->id;
	s->calls[i].payload = p;
	s->calls[i].op = a->op;
	site_send(s->site, now_ms, &r);
}

static void
done(struct shell *s, int64_t now_ms, const struct core_action *a)
{
	struct payload *p = a->payload;

	row_write(&s->now.rows[p->key], s->conf.tier, now_ms, a);
	if (s->bug == SHELL_NO_VERIFY)
		s->now.rows[p->key].verify_ms = 0;
	s->is_twin_reported[p->key] |= a->is_twin_left;
	if (a->fate == CORE_VERIFIED)
		s->is_verifying[p->key] = 0;
	s->n_again -= p->is_again;
	free(p);
}

static void
dead(struct shell *s, int64_t now_ms, const struct core_action *a)
{
	assert(s->n_dead < 64);
	s->dead[s->n_dead].id = a->id;
	s->dead[s->n_dead].at_ms = now_ms + rnd_int(s->rnd, 0, 100);
	s->dead[s->n_dead].topic = (int)a->topic;
	s->dead[s->n_dead].offset = a->offset;
	s->n_dead++;
}

static void
trace(const struct shell *s, int64_t now_ms, const struct core_action *a)
{
	static const char *const acts[] = {"call", "done", "park", "dead",
	    "probe", "pause", "resume", "state"};

	if (!s->is_traced)
		return;
	printf("%9" PRId64 " m%d %s", now_ms, s->member, acts[a->act]);
	if (a->key != NULL)
		printf(" %s@%" PRId64, a->key, a->offset);
	if (a->act == CORE_CALL)
		printf(" %s %d", core_op_word(a->op),
		    ((struct payload *)a->payload)->content);
	if (a->act == CORE_DONE)
		printf(" %s write=%d verify=%" PRId64, core_fate_word(a->fate),
		    (int)a->write, a->verify_in_ms);
	printf("\n");
}

static int
act(struct shell *s, int64_t now_ms)
{
	struct core_action a;

	while (core_next(s->core, now_ms, &a)) {
		trace(s, now_ms, &a);
		switch (a.act) {
		case CORE_CALL:
			send(s, now_ms, &a);
			break;
		case CORE_DONE:
			done(s, now_ms, &a);
			break;
		case CORE_PARK:
			row_park(
			    &s->now.rows[((struct payload *)a.payload)->key],
			    &a);
			break;
		case CORE_DEAD:
			dead(s, now_ms, &a);
			break;
		case CORE_PROBE:
			s->probe_ms = now_ms + rnd_int(s->rnd, 0, 100);
			break;
		case CORE_PAUSE:
			s->is_paused = 1;
			break;
		case CORE_RESUME:
			s->is_paused = 0;
			break;
		case CORE_STATE:
			break;
		}
		if (step(s, now_ms) != 0)
			return -1;
	}
	return 0;
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

static int
commit(struct shell *s, int64_t now_ms)
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
	if (step(s, now_ms) != 0)
		return -1;
	s->kept = s->now;
	tell(s, &s->kept);
	if (s->bug != SHELL_OFFSET_FIRST)
		check_law(s);
	return 0;
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
			offer(s, now_ms, &w, row->offset, CORE_PARKED_ROW);
	}
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
	offer(s, now_ms, w, o, CORE_PARKED_ROW);
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
		commit(s, now_ms);
	}
	if (p < 9 && is_clean && !s->wire->is_down) /* or before the word */
		s->told_stop = s->n_stops;
	shell_crash(s, now_ms);
}

/* All of it was read; a person approves where the log may be another one. */
static int
may_end_resync(const struct shell *s)
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

/* Rows of what the log no longer names go. */
static void
end_resync(struct shell *s, int64_t now_ms)
{
	if (!may_end_resync(s))
		return;
	if (s->is_traced)
		printf("%9" PRId64 " m%d ends its resync\n", now_ms, s->member);
	for (int k = 0; k < WIRE_KEYS; k++) {
		struct wire_record gone = {.key = k, .what = WIRE_TOMBSTONE};

		if (!s->is_seen[k] && s->now.rows[k].state != CORE_ROW_NONE)
			offer(s, now_ms, &gone, s->now.rows[k].offset,
			    CORE_AGAIN);
	}
	s->now.is_resyncing = s->now.is_purging = 0;
}

void
shell_turn(struct shell *s, int64_t now_ms)
{
	if (take_answers(s, now_ms) != 0 || read_some(s, now_ms) != 0)
		return;
	verify_some(s, now_ms);
	end_resync(s, now_ms);
	if (act(s, now_ms) != 0)
		return;
	poller_step(s, now_ms);
	commit(s, now_ms);
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
	if (may_end_resync(s))
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
