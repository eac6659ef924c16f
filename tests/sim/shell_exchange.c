/* What a shell asks the site, and what comes of it: see shell.h. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "shell.h"
#include "shell_inner.h"

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

int
shell_take_answers(struct shell *s, int64_t now_ms)
{
	struct site_answer said;
	uint64_t id;

	while (site_step(s->site, now_ms, &id, &said)) {
		take_answer(s, now_ms, id, &said);
		if (shell_step(s, now_ms) != 0)
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

int
shell_act(struct shell *s, int64_t now_ms)
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
		if (shell_step(s, now_ms) != 0)
			return -1;
	}
	return 0;
}
