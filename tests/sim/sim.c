/*
 * Seeded simulation: the real deciding core, reconciler and publishing rules
 * between fake brokers and fake sites, in virtual time, through all that may
 * go wrong.  After all is healed it checks the promise (check.c).
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

#include "world.h"

static int
run(uint64_t seed, enum shell_bug bug, enum recon_bug recon_bug, int is_traced)
{
	struct world *w = world_new(seed, bug, recon_bug, is_traced);
	int is_sound = bug == SHELL_SOUND && recon_bug == RECON_SOUND;
	int is_wrong;

	world_heal(w);
	world_check(w);
	is_wrong = w->wrong[0] != '\0';
	if (is_wrong && is_sound)
		printf("seed %" PRIu64 ": %s\n"
		       "  replay: build/plain/tests/sim/sim -s %" PRIu64
		       " -n 1 -v\n",
		    seed, w->wrong, seed);
	else if (is_wrong && is_traced)
		printf("seed %" PRIu64 ": %s\n", seed, w->wrong);
	world_free(w);
	return is_wrong;
}

/* --- seeds ---------------------------------------------------------------- */

struct order {
	uint64_t first, n;
	enum shell_bug bug;
	enum recon_bug recon_bug;
	const char *word; /* of the bug; NULL: none */
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
		if (!run(o->first + i, o->bug, o->recon_bug, o->is_traced))
			continue;
		failed++;
		if (o->word == NULL)
			continue;
		printf("sim: planted %s: found after %" PRIu64 " seeds\n",
		    o->word, i + 1);
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

static void
plant(struct order *o, const char *word)
{
	o->word = word;
	if (strcmp(word, "lost_output") == 0) {
		o->recon_bug = RECON_LOST_OUTPUT;
		return;
	}
	for (int b = 0; b < SHELL_BUGS; b++)
		if (strcmp(word, shell_bug_word((enum shell_bug)b)) == 0) {
			o->bug = (enum shell_bug)b;
			return;
		}
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
			plant(&o, optarg);
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
	if (o.word != NULL) {
		if (failed == 0)
			printf("sim: planted %s: not found\n", o.word);
		return failed == 0;
	}
	printf("sim: %" PRIu64 " seeds, %" PRIu64 " failures\n", o.n, failed);
	return failed != 0;
}
