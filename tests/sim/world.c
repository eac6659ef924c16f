/* The world and its weather: see world.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "claims.h"
#include "world.h"

static const int64_t DAY_MS = INT64_C(24) * 3600 * 1000;

enum {
	ACTIVE_MIN_MS = 300000,
	ACTIVE_MAX_MS = 3600000, /* things are written and go wrong */
	HOLIDAY_DAYS = 10,
	ABSENCE_DAYS = 12,
	TOMBSTONE_DAYS = 9
};

static void
choose_core(struct world *w, struct core_conf *c)
{
	struct rnd *r = &w->rnd;

	core_conf_init(c);
	c->tier = (enum core_tier)rnd_int(r, 0, 3);
	if (rnd_percent(r, 40))
		c->tier = CORE_TIER_FIND;
	c->in_flight = (int)rnd_int(r, 1, 8);
	c->rate_per_s = (int)(rnd_percent(r, 50) ? 0 : rnd_int(r, 2, 50));
	c->timeout_ms = rnd_int(r, 500, 30000);
	c->park_after_ms = rnd_int(r, 1000, 60000);
	c->parked_max = (int)rnd_int(r, 1, 6);
	if (rnd_percent(r, 50))
		c->parked_bytes_max = rnd_int(r, 1, 600);
	c->outstanding_max = (int)rnd_int(r, 2, 20);
	if (rnd_percent(r, 30))
		c->bytes_max = rnd_int(r, 200, 1000);
	c->backoff_first_ms = rnd_int(r, 100, 2000);
	c->backoff_max_ms = w->has_holiday ? 300000 : rnd_int(r, 5000, 60000);
	c->breaker_failures = (int)rnd_int(r, w->has_holiday, 8);
	c->on_gone_recreate = rnd_percent(r, 30);
	c->seed = rnd_next(r);
	c->dead_bytes_per_s =
	    c->seed % 2 ? 0 : (int64_t)(64 + c->seed / 2 % 960);
}

static void
choose_link(struct world *w, int member, enum shell_bug bug, int is_traced)
{
	struct link *l = &w->links[member];
	struct rnd *r = &w->rnd;
	struct shell *s = &l->shell;

	choose_core(w, &s->conf);
	for (int t = 0; t < WIRE_EVENT_TOPICS && !w->has_rebuild; t++)
		s->floor[t] = rnd_percent(r, 20) ? rnd_int(r, 0, 5) : 0;
	s->member = member;
	s->filter = rnd_percent(r, 50)
			? 0
			: (uint32_t)rnd_next(r) & (uint32_t)rnd_next(r);
	s->keeps_on_leave = rnd_percent(r, 15);
	s->bug = bug;
	s->rnd = r;
	s->wire = &w->wire;
	s->site = &l->site;
	s->is_first_run = 1;
	s->is_traced = is_traced;
	s->steps_left = -1;
	l->site.tier = s->conf.tier;
	l->site.rnd = r;
	l->site.timeout_ms = s->conf.timeout_ms;
	l->site.lies = rnd_percent(r, 20) ? 10 : 0;
	l->site.is_traced = is_traced;
	l->has_plugin = rnd_percent(r, 20);
	l->crash_percent = (int)rnd_int(r, 0, 10);
}

/* A clerk removes an item there. */
static void
remove_item(struct world *w, struct link *l)
{
	struct site_item *i;

	if (l->site.n_items == 0)
		return;
	i = &l->site.items[rnd_int(&w->rnd, 0, l->site.n_items - 1)];
	if (i->is_there) {
		l->touched[i->key].at_ms = w->now_ms;
		l->touched[i->key].content = i->content;
	}
	i->is_there = 0;
}

/* A clerk enters, edits or removes a claim of the association's own. */
static void
enter_claim(struct world *w, int member)
{
	struct rnd *r = &w->rnd;
	int local = (int)rnd_int(r, 0, WIRE_LOCALS - 1);
	int content =
	    rnd_percent(r, 75) ? (int)rnd_int(r, 1, CLAIMS_CONTENTS) : 0;

	/* Room for repeats. */
	if (w->wire.end[WIRE_EVENT_TOPICS + member] > WIRE_RECORDS_MAX / 3)
		return;
	if (member >= w->n_links) { /* it publishes by hand */
		wire_put(&w->wire, r, w->now_ms, wire_claim_key(member, local),
		    content > 0 ? WIRE_KEEP : WIRE_TOMBSTONE, content);
		return;
	}
	site_enter(&w->links[member].site, local, content);
}

static void
rewrite_texts(struct link *l)
{
	for (int i = 0; i < l->site.n_items; i++)
		l->site.items[i].text = l->site.items[i].content + 100;
}

static void
stop(struct world *w, struct link *l, int64_t restart_ms)
{
	if (l->shell.core != NULL)
		shell_crash(&l->shell, w->now_ms);
	l->restart_ms = restart_ms;
	l->is_held = 0;
}

static void
leave(struct world *w, struct link *l)
{
	if (core_in_flight(l->shell.core) == 0 ||
	    l->shell.bug == SHELL_EASY_STOP)
		shell_stop(&l->shell, w->now_ms);
	if (rnd_percent(&w->rnd, 80)) {
		l->yesterday = l->shell.kept;
		l->has_yesterday = 1;
	}
	stop(w, l, w->now_ms + rnd_int(&w->rnd, 1, 60000));
}

static void
rebuild_cluster(struct world *w)
{
	for (int i = 0; i < w->n_links; i++) {
		struct link *l = &w->links[i];

		stop(w, l, w->now_ms + rnd_int(&w->rnd, 1, 60000));
		l->has_yesterday = 0;
		memset(l->shell.told, 0, sizeof(l->shell.told));
		l->shell.told_stop = 0;
		memset(l->shell.is_dead, 0, sizeof(l->shell.is_dead));
		site_forget_places(&l->site);
	}
	wire_rebuild(&w->wire, w->now_ms);
	recon_rebuilt(&w->recon, w->now_ms);
	/* Members without a connection write theirs again by hand. */
	for (int m = w->n_links; m < WIRE_MEMBERS; m++)
		for (int l = 0; l < WIRE_LOCALS; l++)
			enter_claim(w, m);
}

/* Ten days in which a site is down, or twelve in which a connection is off. */
static void
begin_holiday(struct world *w)
{
	struct link *l = &w->links[rnd_int(&w->rnd, 0, w->n_links - 1)];

	w->has_holiday = 0;
	if (rnd_percent(&w->rnd, 50)) {
		w->holiday_until_ms = w->now_ms + HOLIDAY_DAYS * DAY_MS;
		l->site.is_down = 1;
		l->restart_ms = w->now_ms;
	} else {
		w->holiday_until_ms = w->now_ms + ABSENCE_DAYS * DAY_MS;
		stop(w, l, w->holiday_until_ms);
	}
}

static void
change_link(struct world *w, struct link *l)
{
	struct rnd *r = &w->rnd;

	if (l->shell.core == NULL)
		return;
	if (rnd_percent(r, 3))
		shell_resync(&l->shell);
	if (rnd_percent(r, 2)) {
		l->is_held = !l->is_held;
		core_hold(l->shell.core, w->now_ms, l->is_held);
	}
	if (rnd_percent(r, 2))
		shell_bar(&l->shell, w->now_ms, !l->shell.is_barred);
	if (rnd_percent(r, 1))
		l->site.is_lenient = !l->site.is_lenient;
	if (rnd_percent(r, 5))
		shell_replay(&l->shell, w->now_ms);
	if (rnd_percent(r, 3)) {
		l->yesterday = l->shell.kept;
		l->has_yesterday = 1;
	}
	if (rnd_percent(r, 1)) {
		l->shell.filter ^= 1u << rnd_int(r, 0, WIRE_KEYS - 1);
		l->needs_resync = 1;
		stop(w, l, w->now_ms + 1000);
		return;
	}
	if (rnd_percent(r, l->crash_percent / 2)) {
		leave(w, l);
		return;
	}
	if (rnd_percent(r, l->crash_percent))
		l->shell.steps_left = rnd_int(r, 1, 30);
}

/* It begins, or ends, to refuse us, or to know nothing of what we ask. */
static void
refuse(struct rnd *r, struct site *s)
{
	if (s->is_locked || s->is_lost)
		s->is_locked = s->is_lost = 0;
	else if (rnd_percent(r, 50))
		s->is_locked = 1;
	else
		s->is_lost = 1;
}

/* The weather changes. */
static void
change(struct world *w)
{
	struct rnd *r = &w->rnd;
	int64_t p = rnd_int(r, 0, 99);
	struct link *l = &w->links[rnd_int(r, 0, w->n_links - 1)];

	if (p < 50)
		wire_append(&w->wire, r, w->now_ms);
	else if (p < 70)
		enter_claim(w, (int)rnd_int(r, 0, WIRE_MEMBERS - 1));
	else if (p < 80)
		l->site.trouble = (int)rnd_int(r, 0, 60);
	else if (p < 83)
		l->site.is_down = !l->site.is_down;
	else if (p < 86)
		refuse(r, &l->site);
	else if (p < 89 && l->shell.core != NULL)
		wire_compact(
		    &w->wire, w->now_ms, 120000, TOMBSTONE_DAYS * DAY_MS);
	else if (p < 91)
		remove_item(w, l);
	else if (p < 94 && l->has_plugin)
		rewrite_texts(l);
	else if (p < 96)
		w->wire.is_down = !w->wire.is_down;
	else if (p < 98)
		recon_crash(&w->recon, w->now_ms + rnd_int(r, 0, 60000));
	else if (w->has_rebuild && rnd_percent(r, 50))
		rebuild_cluster(w);
	else if (w->has_holiday && !w->wire.is_down)
		begin_holiday(w);
	for (int i = 0; i < w->n_links; i++)
		change_link(w, &w->links[i]);
}

static void
restart(struct world *w, struct link *l)
{
	int can_lose = l->shell.conf.tier == CORE_TIER_FIND ||
		       l->shell.conf.tier == CORE_TIER_PUT;
	int64_t p = rnd_int(&w->rnd, 0, 99);

	if (can_lose && p < 15) {
		shell_lose(&l->shell);
		l->has_yesterday = 0;
	} else if (can_lose && l->has_yesterday &&
		   p < (l->yesterday.stop != 0 ? 60 : 30)) {
		l->shell.kept = l->yesterday;
	}
	shell_start(&l->shell, w->now_ms);
	l->is_held = 0;
}

static int64_t
link_deadline(struct world *w, struct link *l)
{
	int64_t at_ms = site_deadline(&l->site), due_ms;

	/* What is still on its way to the site lands when somebody looks. */
	if (l->shell.core == NULL)
		return l->restart_ms;
	due_ms = shell_deadline(&l->shell, w->now_ms);
	if (due_ms >= 0 && (at_ms < 0 || due_ms < at_ms))
		at_ms = due_ms;
	return at_ms;
}

static void
link_turn(struct world *w, struct link *l)
{
	struct shell *s = &l->shell;

	if (s->core == NULL && w->now_ms >= l->restart_ms)
		restart(w, l);
	if (s->core != NULL)
		shell_turn(s, w->now_ms);
	if (s->core == NULL && l->restart_ms <= w->now_ms)
		l->restart_ms =
		    w->now_ms + (rnd_percent(&w->rnd, 70)
					? rnd_int(&w->rnd, 1, 1000)
					: rnd_int(&w->rnd, 1, 120000));
}

/* One step of virtual time, at the latest to UNTIL_MS. */
static void
advance(struct world *w, int64_t until_ms)
{
	int64_t due_ms[WIRE_MEMBERS],
	    at_ms = recon_deadline(&w->recon, w->now_ms);

	for (int i = 0; i < w->n_links; i++) {
		due_ms[i] = link_deadline(w, &w->links[i]);
		if (due_ms[i] >= 0 && (at_ms < 0 || due_ms[i] < at_ms))
			at_ms = due_ms[i];
	}
	if (at_ms < 0 || at_ms > until_ms)
		at_ms = until_ms;
	if (at_ms > w->now_ms)
		w->now_ms = at_ms;
	recon_step(&w->recon, w->now_ms);
	for (int i = 0; i < w->n_links; i++)
		if (due_ms[i] >= 0 && due_ms[i] <= w->now_ms)
			link_turn(w, &w->links[i]);
}

static void
run_holiday(struct world *w, int *turns)
{
	for (int i = 0; i < 20; i++) {
		int64_t next_ms =
		    w->now_ms + (w->holiday_until_ms - w->now_ms) / (20 - i);

		while (w->now_ms < next_ms && (*turns)++ < WORLD_TURNS_MAX)
			advance(w, next_ms);
		wire_append(&w->wire, &w->rnd, w->now_ms);
		if (rnd_percent(&w->rnd, 20))
			wire_compact(&w->wire, w->now_ms, 120000,
			    TOMBSTONE_DAYS * DAY_MS);
	}
	wire_compact(&w->wire, w->now_ms, 120000, TOMBSTONE_DAYS * DAY_MS);
	w->holiday_until_ms = 0;
	for (int i = 0; i < w->n_links; i++)
		w->links[i].site.is_down = 0;
}

static void
run(struct world *w, int64_t end_ms)
{
	int turns = 0;

	while (w->now_ms < end_ms) {
		int64_t next_ms =
		    w->now_ms + (rnd_percent(&w->rnd, 60)
					? rnd_int(&w->rnd, 0, 3000)
					: rnd_int(&w->rnd, 0, 60000));

		while (w->now_ms < next_ms && turns++ < WORLD_TURNS_MAX)
			advance(w, next_ms);
		change(w);
		if (w->holiday_until_ms > 0) {
			end_ms += w->holiday_until_ms - w->now_ms;
			run_holiday(w, &turns);
		}
		if (turns > WORLD_TURNS_MAX)
			return;
	}
}

struct world *
world_new(
    uint64_t seed, enum shell_bug bug, enum recon_bug recon_bug, int is_traced)
{
	struct world *w = mem_new(1, sizeof(*w));
	struct rnd *r = &w->rnd;

	w->seed = r->state = seed;
	w->now_ms = 1000000;
	w->n_links = (int)rnd_int(r, 1, WIRE_MEMBERS);
	w->has_holiday = rnd_percent(r, 10);
	w->has_rebuild = rnd_percent(r, 15);
	for (int t = 0; t < WIRE_TOPICS; t++)
		w->wire.is_there[t] = t != 1 || rnd_percent(r, 70);
	recon_init(&w->recon, &w->wire, r);
	w->recon.bug = recon_bug;
	w->recon.is_traced = is_traced;
	for (int i = 0; i < w->n_links; i++)
		choose_link(w, i, bug, is_traced);
	for (int i = 0; i < w->n_links; i++)
		shell_start(&w->links[i].shell, w->now_ms);
	run(w, w->now_ms + (rnd_percent(r, 80)
				   ? ACTIVE_MIN_MS
				   : rnd_int(r, ACTIVE_MIN_MS, ACTIVE_MAX_MS)));
	return w;
}

void
world_free(struct world *w)
{
	for (int i = 0; i < w->n_links; i++)
		core_free(w->links[i].shell.core, free);
	recon_fini(&w->recon);
	free(w);
}

static int
is_published(const struct world *w)
{
	for (int i = 0; i < w->n_links; i++)
		if (w->links[i].shell.core == NULL ||
		    !poller_is_idle(&w->links[i].shell))
			return 0;
	return recon_is_idle(&w->recon);
}

static int
is_idle(const struct world *w)
{
	if (!is_published(w))
		return 0;
	for (int i = 0; i < w->n_links; i++)
		if (site_deadline(&w->links[i].site) >= 0 ||
		    !shell_is_idle(&w->links[i].shell))
			return 0;
	return 1;
}

static void
heal_link(struct world *w, struct link *l)
{
	l->site.trouble = l->site.is_down = l->site.is_locked = 0;
	l->site.lies = l->site.is_lost = 0;
	l->shell.steps_left = -1;
	if (l->shell.core == NULL)
		restart(w, l);
	core_hold(l->shell.core, w->now_ms, 0);
}

void
world_heal(struct world *w)
{
	int64_t end_ms = w->now_ms + WORLD_HEALED_MS;
	int turns = 0;

	w->wire.is_down = 0;
	for (int i = 0; i < w->n_links; i++)
		heal_link(w, &w->links[i]);
	while (
	    w->now_ms < end_ms && turns++ < WORLD_TURNS_MAX && !is_published(w))
		advance(w, end_ms);
	/* All is back on the wire: now a person approves what has to go, and
	 * has a changed filter applied. */
	for (int i = 0; i < w->n_links; i++) {
		w->links[i].shell.is_approved = 1;
		shell_bar(&w->links[i].shell, w->now_ms, 0);
		if (w->links[i].needs_resync)
			shell_resync(&w->links[i].shell);
	}
	while (w->now_ms < end_ms && turns++ < WORLD_TURNS_MAX && !is_idle(w))
		advance(w, end_ms);
}
