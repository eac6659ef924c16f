/*
 * Seeded simulation of one connection: the real deciding core between a fake
 * wire and a fake site, in virtual time, with lost answers, writes that land
 * late, outages, crashes at every step, restarts with the state file, without
 * it and with yesterday's.  After all is healed it checks the promise.
 *
 *	sim [-n SEEDS] [-s FIRST] [-b BUG] [-j PROCESSES] [-v]
 *
 * BUG plants a known mistake (skip_find, ...), which must be found.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#include "shell.h"

enum {
	ACTIVE_MIN_MS = 300000,
	ACTIVE_MAX_MS = 3600000, /* things are written and go wrong */
	HEALED_MS = 4 * 3600000, /* all must have converged by then */
	TURNS_MAX = 2000000
};

struct sim {
	uint64_t seed;
	struct rnd rnd;
	struct wire wire;
	struct site site;
	struct shell shell;
	struct shell_state yesterday;
	int has_yesterday;
	int is_touched[WIRE_KEYS]; /* a clerk removed its item */
	int is_held;
	int has_old_state; /* it was lost, or yesterday's was put back */
	int64_t now_ms;
	int64_t restart_ms; /* while down */
	int crash_percent;
	char wrong[160];
};

static void
choose(struct sim *m, enum shell_bug bug)
{
	struct core_conf *c = &m->shell.conf;
	struct rnd *r = &m->rnd;

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
	c->backoff_first_ms = rnd_int(r, 100, 2000);
	c->backoff_max_ms = rnd_int(r, 5000, 60000);
	c->breaker_failures = (int)rnd_int(r, 0, 8);
	c->give_up_after_ms = 0;
	c->on_gone_recreate = rnd_percent(r, 30);
	for (int t = 0; t < WIRE_TOPICS; t++)
		m->shell.floor[t] = rnd_percent(r, 20) ? rnd_int(r, 0, 5) : 0;
	c->seed = rnd_next(r);
	m->site.tier = c->tier;
	m->site.rnd = r;
	m->site.timeout_ms = c->timeout_ms;
	m->shell.bug = bug;
	m->shell.rnd = r;
	m->shell.wire = &m->wire;
	m->shell.site = &m->site;
	m->shell.is_first_run = 1;
	m->shell.steps_left = -1;
	m->crash_percent = (int)rnd_int(r, 0, 10);
}

/* A clerk removes an item there. */
static void
clerk(struct sim *m)
{
	struct site_item *i;

	if (m->site.n_items == 0)
		return;
	i = &m->site.items[rnd_int(&m->rnd, 0, m->site.n_items - 1)];
	m->is_touched[i->key] |= i->is_there;
	i->is_there = 0;
}

/* The weather changes. */
static void
change(struct sim *m)
{
	struct rnd *r = &m->rnd;
	int64_t p = rnd_int(r, 0, 99);

	if (p < 70)
		wire_append(&m->wire, r, m->now_ms);
	else if (p < 80)
		m->site.trouble = (int)rnd_int(r, 0, 60);
	else if (p < 83)
		m->site.is_down = !m->site.is_down;
	else if (p < 86)
		m->site.is_locked = !m->site.is_locked;
	else if (p < 90 && m->shell.core != NULL)
		wire_compact(&m->wire, m->now_ms, 4 * m->shell.conf.timeout_ms);
	else if (p < 92)
		clerk(m);
	if (m->shell.core == NULL)
		return;
	if (rnd_percent(r, 3))
		shell_resync(&m->shell);
	if (rnd_percent(r, 2)) {
		m->is_held = !m->is_held;
		core_hold(m->shell.core, m->now_ms, m->is_held);
	}
	if (rnd_percent(r, 3)) {
		m->yesterday = m->shell.kept;
		m->has_yesterday = 1;
	}
	if (rnd_percent(r, m->crash_percent))
		m->shell.steps_left = rnd_int(r, 1, 30);
}

static void
restart(struct sim *m)
{
	int can_lose = m->shell.conf.tier == CORE_TIER_FIND ||
		       m->shell.conf.tier == CORE_TIER_PUT;
	int64_t p = rnd_int(&m->rnd, 0, 99);

	if (can_lose && p < 15) {
		shell_lose(&m->shell);
		m->has_yesterday = 0;
		m->has_old_state = 1;
	} else if (can_lose && p < 30 && m->has_yesterday) {
		m->shell.kept = m->yesterday;
		m->has_old_state = 1;
	}
	shell_start(&m->shell, m->now_ms);
	m->is_held = 0;
}

/* One step of virtual time, at the latest to UNTIL_MS. */
static void
advance(struct sim *m, int64_t until_ms)
{
	struct shell *s = &m->shell;
	int64_t at_ms = site_deadline(&m->site);

	if (s->core == NULL) {
		at_ms = m->restart_ms;
	} else {
		int64_t due_ms = shell_deadline(s, m->now_ms);

		if (due_ms >= 0 && (at_ms < 0 || due_ms < at_ms))
			at_ms = due_ms;
	}
	if (at_ms < 0 || at_ms > until_ms)
		at_ms = until_ms;
	if (at_ms > m->now_ms)
		m->now_ms = at_ms;
	if (s->core == NULL && m->now_ms >= m->restart_ms)
		restart(m);
	if (s->core != NULL)
		shell_turn(s, m->now_ms);
	if (s->core == NULL && m->restart_ms <= m->now_ms)
		m->restart_ms =
		    m->now_ms + (rnd_percent(&m->rnd, 70)
					? rnd_int(&m->rnd, 1, 1000)
					: rnd_int(&m->rnd, 1, 120000));
}

static void
complain(struct sim *m, int key, const char *what, int a, int b)
{
	if (m->wrong[0] == '\0')
		snprintf(m->wrong, sizeof(m->wrong), "k%d: %s: %d, not %d", key,
		    what, a, b);
}

static int
was_deadlettered(const struct sim *m, const struct wire_record *w)
{
	int t = w->key % WIRE_TOPICS;

	return m->shell.is_dead[t][w - m->wire.log[t]];
}

static int
is_below_floor(const struct sim *m, const struct wire_record *w)
{
	int t = w->key % WIRE_TOPICS;

	return w - m->wire.log[t] < m->shell.floor[t];
}

static int
is_wanted(const struct sim *m, const struct wire_record *w)
{
	return w->what == WIRE_KEEP && !is_below_floor(m, w);
}

/* What a clerk removed, or was never created, is not sent to be refused. */
static int
is_due_dead(const struct sim *m, const struct wire_record *w)
{
	const struct shell_row *row = &m->shell.now.rows[w->key];

	return w->what == WIRE_BAD ||
	       (!is_below_floor(m, w) && row->state != CORE_ROW_GONE);
}

/* Sites that only ever add: the last message is about the newest version. */
static void
check_messages(struct sim *m, const struct wire_record *w)
{
	int last = 0;

	for (int i = 0; i < m->site.n_items; i++)
		if (m->site.items[i].key == w->key)
			last = m->site.items[i].content;
	if (is_wanted(m, w) && last == 0 && !m->is_touched[w->key])
		complain(m, w->key, "no message", last, w->content);
}

static void
check_key(struct sim *m, int key)
{
	const struct wire_record *w = wire_newest(&m->wire, key);
	int content = 0;
	int n = site_count(&m->site, key, &content);
	enum core_tier tier = m->shell.conf.tier;

	if (w == NULL) {
		if (n > 0)
			complain(m, key, "items of nothing", n, 0);
		return;
	}
	/* An item created just before the state was lost, whose content is an
	 * older version's, cannot be told from a clerk's copy: reported. */
	if (m->has_old_state && m->shell.is_twin_reported[key])
		return;
	if (w->what == WIRE_BAD || w->what == WIRE_REFUSED) {
		if (!was_deadlettered(m, w) && is_due_dead(m, w))
			complain(m, key, "no dead letter", 0, 1);
		if (n > 1 && tier < CORE_TIER_KEYED && !m->has_old_state)
			complain(m, key, "items of a refused record", n, 1);
		return;
	}
	if (tier == CORE_TIER_POST || tier == CORE_TIER_KEYED) {
		check_messages(m, w);
		return;
	}
	if (m->is_touched[key] && n <= 1)
		return;
	if (n != is_wanted(m, w))
		complain(m, key, "items", n, is_wanted(m, w));
	if (n == 1 && content != w->content)
		complain(m, key, "content", content, w->content);
}

static void
check(struct sim *m)
{
	if (m->shell.wrong[0] != '\0')
		memcpy(m->wrong, m->shell.wrong, sizeof(m->wrong));
	else if (m->shell.core == NULL || !shell_is_idle(&m->shell))
		complain(m, -1, "not converged, pending", 1, 0);
	for (int k = 0; k < WIRE_KEYS; k++)
		check_key(m, k);
}

static void
heal(struct sim *m)
{
	m->site.trouble = m->site.is_down = m->site.is_locked = 0;
	m->shell.steps_left = -1;
	if (m->shell.core != NULL)
		core_hold(m->shell.core, m->now_ms, 0);
}

static int
run(uint64_t seed, enum shell_bug bug, int is_traced)
{
	struct sim *m = mem_new(1, sizeof(*m));
	int64_t end_ms;
	int is_wrong, turns = 0;

	m->seed = m->rnd.state = seed;
	m->now_ms = 1000000;
	m->shell.is_traced = m->site.is_traced = is_traced;
	choose(m, bug);
	end_ms = m->now_ms +
		 (rnd_percent(&m->rnd, 80)
			 ? ACTIVE_MIN_MS
			 : rnd_int(&m->rnd, ACTIVE_MIN_MS, ACTIVE_MAX_MS));
	shell_start(&m->shell, m->now_ms);
	while (m->now_ms < end_ms) {
		int64_t next_ms =
		    m->now_ms + (rnd_percent(&m->rnd, 60)
					? rnd_int(&m->rnd, 0, 3000)
					: rnd_int(&m->rnd, 0, 60000));

		while (m->now_ms < next_ms && turns++ < TURNS_MAX)
			advance(m, next_ms);
		change(m);
	}
	heal(m);
	end_ms = m->now_ms + HEALED_MS;
	while (m->now_ms < end_ms && turns++ < TURNS_MAX &&
	       (m->shell.core == NULL || site_deadline(&m->site) >= 0 ||
		   !shell_is_idle(&m->shell)))
		advance(m, end_ms);
	check(m);
	is_wrong = m->wrong[0] != '\0';
	if (is_wrong && bug == SHELL_SOUND) {
		printf("seed %" PRIu64 ": tier %d: %s\n", seed,
		    (int)m->shell.conf.tier, m->wrong);
		printf("  replay: build/plain/tests/sim/sim -s %" PRIu64
		       " -n 1 -v\n",
		    seed);
	} else if (is_wrong && is_traced) {
		printf("seed %" PRIu64 ": %s\n", seed, m->wrong);
	}
	core_free(m->shell.core, free);
	free(m);
	return is_wrong;
}

/* --- seeds ---------------------------------------------------------------- */

struct order {
	uint64_t first, n;
	enum shell_bug bug;
	int is_traced;
	int processes;
};

/* Every PROCESSES-th seed from the FIRST + PART-th on; failures. */
static uint64_t
run_part(const struct order *o, int part)
{
	uint64_t failed = 0;

	for (uint64_t i = (uint64_t)part; i < o->n;
	     i += (uint64_t)o->processes) {
		if (!run(o->first + i, o->bug, o->is_traced))
			continue;
		failed++;
		if (o->bug == SHELL_SOUND)
			continue;
		printf("sim: planted %s: found after %" PRIu64 " seeds\n",
		    shell_bug_word(o->bug), i + 1);
		break;
	}
	return failed;
}

static uint64_t
run_all(const struct order *o)
{
	uint64_t failed = 0, more;
	int pipes[2];

	if (o->processes == 1)
		return run_part(o, 0);
	fflush(stdout);
	if (pipe(pipes) != 0)
		abort();
	for (int part = 0; part < o->processes; part++) {
		if (fork() != 0)
			continue;
		failed = run_part(o, part);
		fflush(stdout);
		_exit(
		    write(pipes[1], &failed, sizeof(failed)) != sizeof(failed));
	}
	close(pipes[1]);
	while (read(pipes[0], &more, sizeof(more)) == sizeof(more))
		failed += more;
	while (wait(NULL) > 0)
		continue;
	return failed;
}

static enum shell_bug
bug_of(const char *word)
{
	for (int b = 0; b < SHELL_BUGS; b++)
		if (strcmp(word, shell_bug_word((enum shell_bug)b)) == 0)
			return (enum shell_bug)b;
	fprintf(stderr, "no such bug: %s\n", word);
	exit(2);
}

int
main(int argc, char **argv)
{
	struct order o = {.first = 1, .n = 1000, .processes = 1};
	uint64_t failed;
	int c;

	while ((c = getopt(argc, argv, "n:s:b:j:v")) != -1) {
		switch (c) {
		case 'n':
			o.n = strtoull(optarg, NULL, 10);
			break;
		case 's':
			o.first = strtoull(optarg, NULL, 10);
			break;
		case 'b':
			o.bug = bug_of(optarg);
			break;
		case 'j':
			o.processes = (int)strtol(optarg, NULL, 10);
			break;
		case 'v':
			o.is_traced = 1;
			break;
		default:
			return 2;
		}
	}
	failed = run_all(&o);
	if (o.bug != SHELL_SOUND) {
		if (failed == 0)
			printf("sim: planted %s: not found\n",
			    shell_bug_word(o.bug));
		return failed == 0;
	}
	printf("sim: %" PRIu64 " seeds, %" PRIu64 " failures\n", o.n, failed);
	return failed != 0;
}
