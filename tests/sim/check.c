/*
 * What was promised, checked once all is healed; and, in one place, what the
 * promise leaves out: every function here whose name begins with beyond_ is
 * such an exception, with its reason.
 */
#include <stdio.h>
#include <string.h>

#include "world.h"

static void
complain(struct world *w, int member, int key, const char *what, int a, int b)
{
	if (w->wrong[0] == '\0')
		snprintf(w->wrong, sizeof(w->wrong), "m%d k%d: %s: %d, not %d",
		    member, key, what, a, b);
}

/* --- beyond the promise ---------------------------------------------------
 *
 * In the site's own model (site.c, shell_life.c forget_unknowable()):
 *  - a write lands at most `timeout` after nobody waits for it any more;
 *  - after a crash only creates, and what the log still brings again, are
 *    looked after: another write of a version since compacted does not land.
 * In world.c:
 *  - floors belong to one cluster: seeds that rebuild it have none;
 *  - the state of a system that only takes POST, or knows idempotency keys
 *    only, is not lost: nothing there tells what it has. */

/* POST only, idempotency keys only: at least once. */
static int
beyond_once(const struct link *l)
{
	enum core_tier tier = l->shell.conf.tier;

	return tier == CORE_TIER_POST || tier == CORE_TIER_KEYED;
}

/* "Stored, under this id", and it is not, or under another one of the same
 * record: what a site swears is believed.  The next version finds the item
 * gone, as if a clerk had removed it. */
static int
beyond_oath(const struct link *l, int key)
{
	return l->site.is_lied_to[key];
}

/* A write was sent and its row was not committed, or was lost with the state
 * file, and then the log lost the record too (a new cluster; an absence longer
 * than tombstones are kept): nothing names the item any more; a tombstone
 * that comes once all is read is not looked up without a row. */
static int
beyond_names(const struct link *l, int wanted, int key)
{
	return l->shell.is_unnamed[key] && !wanted;
}

/* What a clerk removed there is not looked for before a newer version with
 * other content comes, and where that finds it gone, it stays removed (DESIGN
 * sections 5.2 and 5.6). */
static int
beyond_clerk(const struct link *l, const struct wire_record *rec, int key)
{
	if (rec == NULL || l->touched[key].at_ms == 0)
		return 0;
	return rec->at_ms <= l->touched[key].at_ms ||
	       rec->content == l->touched[key].content ||
	       l->shell.now.rows[key].state == CORE_ROW_GONE;
}

/* --- one record at one connection ------------------------------------------
 */

static int
is_below_floor(const struct link *l, const struct wire *wire,
    const struct wire_record *rec)
{
	int t = wire_topic(rec->key);

	return rec - wire->log[t] < l->shell.floor[t];
}

static int
is_wanted(const struct link *l, const struct wire *wire,
    const struct wire_record *rec)
{
	return rec != NULL && rec->what == WIRE_KEEP &&
	       wire_member_of(rec->key) != l->shell.member &&
	       shell_passes(&l->shell, rec->key) &&
	       !is_below_floor(l, wire, rec);
}

static int
is_poison(const struct link *l, const struct wire_record *rec)
{
	if (rec == NULL || wire_member_of(rec->key) == l->shell.member)
		return 0;
	return rec->what == WIRE_BAD ||
	       (rec->what == WIRE_REFUSED && shell_passes(&l->shell, rec->key));
}

/* What a clerk removed, or was never created, is not sent to be refused. */
static int
is_due_dead(const struct link *l, const struct wire *wire,
    const struct wire_record *rec)
{
	const struct shell_row *row = &l->shell.now.rows[rec->key];

	return rec->what == WIRE_BAD ||
	       (!is_below_floor(l, wire, rec) && row->state != CORE_ROW_GONE);
}

/* It no longer passes, and whatever version stands there stays: on_leave. */
static int
stays_there(const struct link *l, const struct wire_record *rec)
{
	return rec != NULL && rec->what != WIRE_TOMBSTONE &&
	       rec->what != WIRE_LEFT && l->shell.keeps_on_leave &&
	       !shell_passes(&l->shell, rec->key);
}

/* Items that REC made, also if they were removed since. */
static int
n_taken(const struct link *l, const struct wire_record *rec)
{
	int n = 0;

	for (int i = 0; i < l->site.n_items; i++)
		n += l->site.items[i].key == rec->key &&
		     l->site.items[i].content == rec->content;
	return n;
}

static void
check_poison(
    struct world *w, struct link *l, const struct wire_record *rec, int n_items)
{
	int t = wire_topic(rec->key), m = l->shell.member;

	if (is_due_dead(l, &w->wire, rec) &&
	    !l->shell.is_dead[t][rec - w->wire.log[t]] &&
	    n_taken(l, rec) == 0 && /* the site may take it by now */
	    !beyond_oath(l, rec->key))
		complain(w, m, rec->key, "no dead letter", 0, 1);
	if (n_items > 1 && !beyond_once(l) && !stays_there(l, rec))
		complain(
		    w, m, rec->key, "items of a refused record", n_items, 1);
}

/* Sites that only ever add: there is a message of its newest version. */
static void
check_messages(struct world *w, struct link *l, const struct wire_record *rec)
{
	if (is_wanted(l, &w->wire, rec) && n_taken(l, rec) == 0 &&
	    !beyond_clerk(l, rec, rec->key))
		complain(w, l->shell.member, rec->key, "messages", 0, 1);
}

static void
check_key(struct world *w, struct link *l, int key)
{
	const struct wire_record *rec = wire_newest(&w->wire, key);
	int content = 0, n = site_count(&l->site, key, &content);
	int wanted = is_wanted(l, &w->wire, rec);

	if (is_poison(l, rec)) {
		check_poison(w, l, rec, n);
		return;
	}
	if (beyond_once(l)) {
		check_messages(w, l, rec);
		return;
	}
	if (beyond_names(l, wanted, key) || stays_there(l, rec))
		return;
	if ((beyond_clerk(l, rec, key) && n == 0) ||
	    (beyond_oath(l, key) && n <= 1))
		return;
	if (n != wanted)
		complain(w, l->shell.member, key, "items", n, wanted);
	if (n == 1 && rec != NULL && content != rec->content)
		complain(
		    w, l->shell.member, key, "content", content, rec->content);
}

/* Dead letters of what could be delivered: nothing is given up. */
static void
check_dead(struct world *w, const struct link *l)
{
	for (int t = 0; t < WIRE_TOPICS; t++)
		for (int64_t o = 0; o < w->wire.end[t]; o++) {
			const struct wire_record *rec = &w->wire.log[t][o];

			if (l->shell.is_dead[t][o] && rec->what != WIRE_BAD &&
			    rec->what != WIRE_REFUSED)
				complain(w, l->shell.member, rec->key,
				    "given up", 1, 0);
		}
}

/* Time is over and something still waits. */
static void
complain_pending(struct world *w, const struct link *l)
{
	struct core_counts n = {0};

	if (l->shell.core != NULL)
		core_counts(l->shell.core, &n);
	if (w->wrong[0] == '\0')
		snprintf(w->wrong, sizeof(w->wrong),
		    "m%d: not converged: pending %d, read again %d, "
		    "resyncing %d, publishing %d",
		    l->shell.member, (int)n.pending, l->shell.n_again,
		    l->shell.now.is_resyncing, !poller_is_idle(&l->shell));
}

static void
check_link(struct world *w, struct link *l)
{
	if (l->shell.wrong[0] != '\0' && w->wrong[0] == '\0')
		snprintf(w->wrong, sizeof(w->wrong), "m%d: %.140s",
		    l->shell.member, l->shell.wrong);
	if (!shell_is_idle(&l->shell))
		complain_pending(w, l);
	check_dead(w, l);
	for (int k = 0; k < WIRE_KEYS; k++)
		check_key(w, l, k);
}

/* --- the wire ---------------------------------------------------------------
 */

/* What its clerks entered stands in the member's topic, as they left it. */
static void
check_published(struct world *w, const struct link *l)
{
	int m = l->shell.member;

	for (int i = 0; i < WIRE_LOCALS; i++) {
		int key = wire_claim_key(m, i);
		const struct wire_record *rec = wire_newest(&w->wire, key);
		int said =
		    rec != NULL && rec->what == WIRE_KEEP ? rec->content : 0;

		if (said != l->site.own[i].content)
			complain(w, m, key, "published", said,
			    l->site.own[i].content);
	}
}

/* Partnerships are a pure function of the claims. */
static void
check_partnerships(struct world *w)
{
	int pure[WIRE_PAIRS];

	if (!recon_is_idle(&w->recon))
		complain(w, -1, -1, "reconciler not idle", 1, 0);
	recon_pure(&w->wire, pure);
	for (int p = 0; p < WIRE_PAIRS; p++) {
		const struct wire_record *rec =
		    wire_newest(&w->wire, wire_pair_key(p));
		int said =
		    rec != NULL && rec->what == WIRE_KEEP ? rec->content : 0;

		if (said != pure[p])
			complain(w, -1, wire_pair_key(p), "partnership", said,
			    pure[p]);
	}
}

void
world_check(struct world *w)
{
	check_partnerships(w);
	for (int i = 0; i < w->n_links; i++) {
		check_published(w, &w->links[i]);
		check_link(w, &w->links[i]);
	}
}
