/* twinwire dead replay and drop: one order a letter, to its own connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/dead.h"
#include "cli/order.h"
#include "event/keys.h"

enum {
	MAX_DEFAULT = 100,
	RATE_DEFAULT = 10,
	NUMBER_MAX = 100000,
	/* How long a replay's end is waited for, and how often looked for. */
	FOLLOW_MS = 30000,
	LOOK_EVERY_MS = 1000
};

/* What was asked for, and what was left out. */
struct choice {
	jv letters;
	int n_more;    /* beyond --max */
	int n_cut;     /* not whole: they cannot be replayed */
	int n_looping; /* replayed often already */
	int n_settled; /* named, but dealt with */
	int n_named;   /* of the offsets given, found */
};

static int
has_letter(jv all, long long offset)
{
	int has = 0;

	jv_array_foreach (all, i, one) {
		has |= json_int(one, "offset", -1) == offset;
		jv_free(one);
	}
	return has;
}

/* Say which of the offsets given are none of ALL (borrowed): how many. */
static int
say_missing(const struct dead *d, jv all)
{
	int n = 0;

	for (char **o = d->offsets; *o != NULL; o++)
		if (!has_letter(all, strtoll(*o, NULL, 10))) {
			cli_say(&d->cli, 0, "tw.dead.%s has no such letter: %s",
			    d->filter.member, *o);
			n++;
		}
	return n;
}

/* TEXT (NULL: FALLBACK) as a number of at least 1; 0 if it is none. */
static int
number(const char *text, int fallback)
{
	long n;

	if (text == NULL)
		return fallback;
	n = cli_number(text, 1, NUMBER_MAX);
	return n < 0 ? 0 : (int)n;
}

static int
is_named(const struct dead *d, jv one)
{
	for (char **o = d->offsets; *o != NULL; o++)
		if (strtoll(*o, NULL, 10) == json_int(one, "offset", -1))
			return 1;
	return 0;
}

/* By name also what was dropped: who drops may think again. */
static int
is_wanted(const struct dead *d, jv one, int is_replay)
{
	const char *state = json_str(one, "state", "");

	return strcmp(state, "open") == 0 ||
	       (is_replay && d->offsets[0] != NULL &&
		   strcmp(state, "dropped") == 0);
}

static void
choose(const struct dead *d, jv all, int is_replay, struct choice *out)
{
	int max = number(d->max, MAX_DEFAULT), n = 0;

	*out = (struct choice){.letters = jv_array()};
	jv_array_foreach (all, i, one) {
		if (d->offsets[0] != NULL && !is_named(d, one))
			goto next;
		out->n_named++;
		if (!is_wanted(d, one, is_replay)) {
			out->n_settled++;
		} else if (is_replay && *json_str(one, "cut", "") != '\0') {
			out->n_cut++;
		} else if (is_replay && !d->is_again &&
			   json_int(one, "replays", 0) >= DEAD_REPLAYS_MAX) {
			out->n_looping++;
		} else if (n >= max) {
			out->n_more++;
		} else {
			n++;
			out->letters =
			    jv_array_append(out->letters, jv_copy(one));
		}
	next:
		jv_free(one);
	}
	jv_free(all);
}

static void
say_left_out(const struct dead *d, const struct choice *w)
{
	if (w->n_cut > 0)
		cli_say(&d->cli, 0,
		    "%d %s left out: the letter does not hold all that came, "
		    "so its writer must send it again; then drop it here",
		    w->n_cut, count_word(w->n_cut, "is", "are"));
	if (w->n_looping > 0)
		cli_say(&d->cli, 0,
		    "%d %s replayed %d times already and %s left out: mend "
		    "what %s died of, then use --again",
		    w->n_looping, count_word(w->n_looping, "was", "were"),
		    DEAD_REPLAYS_MAX, count_word(w->n_looping, "is", "are"),
		    count_word(w->n_looping, "it", "they"));
	if (w->n_more > 0)
		cli_say(&d->cli, 0, "%d more %s left out: see --max", w->n_more,
		    count_word(w->n_more, "is", "are"));
	if (w->n_settled > 0 && d->offsets[0] != NULL)
		cli_say(&d->cli, 0,
		    "%d %s left out: dealt with or being tried (`dead list "
		    "--all` says how)",
		    w->n_settled, count_word(w->n_settled, "is", "are"));
}

/* --- carrying it out -------------------------------------------------------
 */

static jv
arguments_of(const struct dead *d, jv one)
{
	char *offset =
	    mem_printf("%lld", (long long)json_int(one, "offset", 0));
	jv arguments = jv_object();

	json_set_str(&arguments, "offset", offset);
	json_set_str(&arguments, "key", json_str(one, "key", ""));
	if (d->is_again)
		json_set_str(&arguments, "again", "yes");
	free(offset);
	return arguments;
}

/* Order ACTION of *ONE, number I of N; what came of it stays with it and is
 * printed.  CLI_OK, or CLI_FAILED with the reason said. */
static int
order_one(struct dead *d, const char *action, jv *one, int i, int n)
{
	struct order o = {.connection = json_str(*one, "connection", ""),
	    .member = json_str(*one, "member", ""),
	    .action = action,
	    .plan = "",
	    .by = d->by,
	    .arguments = arguments_of(d, *one)};
	struct err err;
	jv answer;
	int is_done, rc = order_ask(&d->cli, &o, &answer, &err);

	jv_free(o.arguments);
	if (rc < 0)
		return cli_fail(&d->cli, &err);
	if (rc == 0)
		return order_unanswered(&d->cli, &o);
	is_done = strcmp(json_str(answer, "outcome", ""), "done") == 0;
	if (!d->cli.is_json)
		printf("%d/%d  offset %lld: %s%s%s\n", i, n,
		    (long long)json_int(*one, "offset", -1),
		    json_str(answer, "outcome", ""),
		    json_str(answer, "outcomeText", "")[0] != '\0' ? "; " : "",
		    json_str(answer, "outcomeText", ""));
	fflush(stdout);
	json_set(one, "outcome", json_get(answer, "outcome"));
	json_set(one, "outcomeText", json_get(answer, "outcomeText"));
	jv_free(answer);
	return is_done ? CLI_OK : CLI_FAILED;
}

static int
wait_until(struct dead *d, int64_t until_ms)
{
	struct err err;

	while (clock_mono_ms() < until_ms)
		if (cli_turn(&d->cli, &err) != 0)
			return cli_fail(&d->cli, &err);
	return CLI_OK;
}

/* Order all of *LETTERS; those that were are left in it.  An order without an
 * answer ends it: the next one would have to wait, too. */
static int
order_all(struct dead *d, const char *action, jv *letters)
{
	int n = jv_array_length(jv_copy(*letters)), i, one_code, code = CLI_OK;
	int rate = number(d->rate, RATE_DEFAULT);
	int64_t start_ms = clock_mono_ms();
	jv asked = jv_array(), one, outcome;

	for (i = 0; i < n; i++) {
		if (wait_until(d, start_ms + i * INT64_C(1000) / rate) !=
		    CLI_OK)
			return CLI_FAILED;
		one = jv_array_get(jv_copy(*letters), i);
		one_code = order_one(d, action, &one, i + 1, n);
		if (one_code != CLI_OK)
			code = one_code;
		outcome = json_get(one, "outcome");
		asked = jv_array_append(asked, one);
		if (!jv_is_valid(outcome) && i + 1 < n)
			cli_say(&d->cli, 0,
			    "%d more %s not been ordered: give the command "
			    "again",
			    n - i - 1, count_word(n - i - 1, "has", "have"));
		if (!jv_is_valid(outcome))
			i = n;
		jv_free(outcome);
	}
	jv_free(*letters);
	*letters = asked;
	return code;
}

/* --- what came of it -------------------------------------------------------
 */

/* The letters of NOW (consumed) that are among ASKED take their place there. */
static jv
refreshed(jv asked, jv now)
{
	jv by_offset = jv_object(), out = jv_array();
	char name[24];

	jv_array_foreach (now, i, one) {
		snprintf(name, sizeof(name), "%lld",
		    (long long)json_int(one, "offset", -1));
		json_set(&by_offset, name, one);
	}
	jv_free(now);
	jv_array_foreach (asked, i, one) {
		jv newer;

		snprintf(name, sizeof(name), "%lld",
		    (long long)json_int(one, "offset", -1));
		newer = json_get(by_offset, name);
		json_set_str(&one, "state", json_str(newer, "state", ""));
		jv_free(newer);
		out = jv_array_append(out, one);
	}
	jv_free(asked);
	jv_free(by_offset);
	return out;
}

/* ONE's order was carried out and its end is not known.  What was dropped
 * before stays so until its next receipt. */
static int
is_under_way(jv one)
{
	return strcmp(json_str(one, "outcome", ""), "done") == 0 &&
	       (letters_is_open(one) ||
		   strcmp(json_str(one, "state", ""), "dropped") == 0);
}

/* Of LETTERS (borrowed) those whose order led to STATE; NULL: are under way. */
static int
count(jv letters, const char *state)
{
	int n = 0;

	jv_array_foreach (letters, i, one) {
		if (state == NULL)
			n += is_under_way(one);
		else if (strcmp(json_str(one, "outcome", ""), "done") == 0)
			n += strcmp(json_str(one, "state", ""), state) == 0;
		jv_free(one);
	}
	return n;
}

/* Wait for the ends of what is tried again. */
static int
follow(struct dead *d, jv *letters)
{
	struct letters_filter f = {
	    .member = d->filter.member, .whole = LETTERS_NONE};
	int64_t until_ms = clock_mono_ms() + FOLLOW_MS;
	struct err err;
	jv now;

	for (;;) {
		now = letters_list(&d->cli, &f, &err);
		if (!jv_is_valid(now))
			return cli_fail(&d->cli, &err);
		*letters = refreshed(*letters, now);
		if (count(*letters, NULL) == 0 || clock_mono_ms() > until_ms)
			break;
		if (wait_until(d, clock_mono_ms() + LOOK_EVERY_MS) != CLI_OK)
			return CLI_FAILED;
	}
	return count(*letters, "again") > 0 ? CLI_FAILED : CLI_OK;
}

static void
print_ends(jv letters)
{
	static const struct {
		const char *state, *text;
	} ends[] = {
	    {"delivered", "delivered"},
	    {"removed", "not wanted there any more"},
	    {"newer", "made pointless by a newer version"},
	    {"again", "died again: see `dead list`"},
	    {NULL, "still being tried: `dead list` shows what comes of it"},
	};
	size_t i;
	int n;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		n = count(letters, ends[i].state);
		if (n > 0)
			printf("%d %s\n", n, ends[i].text);
	}
}

static int
carry_out(struct dead *d, const char *action, int is_replay, jv *letters)
{
	int code = order_all(d, action, letters);

	if (is_replay && count(*letters, NULL) > 0 &&
	    follow(d, letters) != CLI_OK)
		code = CLI_FAILED;
	if (d->cli.is_json)
		cli_print_json(jv_copy(*letters));
	else if (is_replay)
		print_ends(*letters);
	return code;
}

static int
check_numbers(const struct dead *d)
{
	if (number(d->max, 1) == 0)
		return cli_say(&d->cli, CLI_USAGE,
		    "--max %s: expected a number from 1 to %d", d->max,
		    NUMBER_MAX);
	if (number(d->rate, 1) == 0)
		return cli_say(&d->cli, CLI_USAGE,
		    "--rate %s: expected a number from 1 to %d", d->rate,
		    NUMBER_MAX);
	return CLI_OK;
}

int
dead_order(struct dead *d, const char *action)
{
	int is_replay = strcmp(action, "replay") == 0, n, n_missing;
	int code = check_numbers(d);
	struct choice w;
	jv all;

	if (code != CLI_OK)
		return code;
	all = dead_letters(d, &code);
	if (!jv_is_valid(all)) {
		jv_free(all);
		return code;
	}
	n_missing = say_missing(d, all);
	choose(d, all, is_replay, &w);
	n = jv_array_length(jv_copy(w.letters));
	if (n_missing > 0 && w.n_named == 0)
		code = CLI_FAILED;
	else if (d->is_yes && n > 0)
		code = carry_out(d, action, is_replay, &w.letters);
	else if (d->cli.is_json)
		cli_print_json(jv_copy(w.letters));
	else
		dead_print(d, w.letters, "There are no such dead letters.");
	say_left_out(d, &w);
	if (!d->is_yes && n > 0)
		cli_say(&d->cli, 0, "nothing has been done: %s %s with --yes",
		    is_replay ? "replay" : "drop", count_word(n, "it", "them"));
	jv_free(w.letters);
	return n_missing > 0 ? CLI_FAILED : code;
}
