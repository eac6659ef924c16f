/* twinwire dead: letters that could not be delivered, byte for byte. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/err.h"
#include "cli/commands.h"
#include "cli/dead.h"
#include "cli/listing.h"
#include "cli/order.h"
#include "cli/scan.h"
#include "cli/table.h"
#include "event/keys.h"
#include "event/reasons.h"

static const char summary[] =
    "Dead letters: records that a connection of MEMBER could not deliver, as "
    "they came\noff the wire.\n\n"
    "  list    those that nobody has dealt with yet; --all has the others, "
    "too\n"
    "  show    one whole: headers say why it died, value_base64 is what came, "
    "value\n          what that means if it can be read\n"
    "  replay  have them tried again, each at its own connection, with the "
    "same ids\n          as the first time\n"
    "  drop    decide that they are not delivered; receipts and audit say so\n"
    "\nreplay and drop show what they would do; --yes does it.  The log keeps "
    "letters for\n90 days.";

/* --- filters ----------------------------------------------------------------
 */

/* FIELD of all LETTERS (borrowed) into the set *WORDS. */
static void
add_words(jv letters, const char *field, jv *words)
{
	jv_array_foreach (letters, i, one) {
		const char *word = json_str(one, field, "");

		if (*word != '\0')
			json_set(words, word, jv_true());
		jv_free(one);
	}
}

/* CLI_OK if WORD is among WORDS (consumed), else the reason said. */
static int
find_word(const struct dead *d, const char *option, const char *word, jv words)
{
	int is_known = jv_object_has(jv_copy(words), jv_string(word));
	jv known = jv_keys(words);
	jv list = jv_string("");

	jv_array_foreach (known, i, one) {
		if (i > 0)
			list = jv_string_concat(list, jv_string(", "));
		list = jv_string_concat(list, one);
	}
	jv_free(known);
	if (!is_known)
		cli_say(&d->cli, CLI_FAILED, "--%s %s: there is none; %s%s",
		    option, word,
		    *jv_string_value(list) != '\0' ? "there are: "
						   : "there are no letters",
		    jv_string_value(list));
	jv_free(list);
	return is_known ? CLI_OK : CLI_FAILED;
}

/* Nothing passes: CLI_OK if what the filter names is there all the same. */
static int
check_filter(struct dead *d)
{
	struct letters_filter f = {
	    .member = d->filter.member, .whole = LETTERS_NONE};
	struct err err;
	jv letters = letters_list(&d->cli, &f, &err), said, words;
	int code = CLI_OK;

	if (!jv_is_valid(letters))
		return cli_fail(&d->cli, &err);
	if (d->filter.connection != NULL) {
		said =
		    scan_latest(&d->cli, RECORD_STATUS, d->filter.member, &err);
		if (!jv_is_valid(said)) {
			jv_free(said);
			jv_free(letters);
			return cli_fail(&d->cli, &err);
		}
		words = jv_object();
		add_words(letters, "connection", &words);
		add_words(said, "key", &words);
		jv_free(said);
		code = find_word(d, "connection", d->filter.connection, words);
	}
	/* What is on our list may come yet. */
	if (code == CLI_OK && d->filter.reason != NULL &&
	    *reasons_text(d->filter.reason) == '\0') {
		words = jv_object();
		add_words(letters, "reason", &words);
		code = find_word(d, "reason", d->filter.reason, words);
	}
	jv_free(letters);
	return code;
}

jv
dead_letters(struct dead *d, int *out_code)
{
	struct err err;
	jv all = letters_list(&d->cli, &d->filter, &err);

	*out_code = CLI_OK;
	if (!jv_is_valid(all))
		*out_code = cli_fail(&d->cli, &err);
	else if (jv_array_length(jv_copy(all)) == 0 &&
		 (d->filter.connection != NULL || d->filter.reason != NULL))
		*out_code = check_filter(d);
	if (*out_code == CLI_OK)
		return all;
	jv_free(all);
	return jv_invalid();
}

/* --- list and show ---------------------------------------------------------
 */

void
dead_print(const struct dead *d, jv letters, const char *empty)
{
	static const char *const titles[] = {"MEMBER", "OFFSET", "AT",
	    "CONNECTION", "REASON", "STATUS", "KEY", "FROM", "STATE", "REPLAYS",
	    "LEAVES", "WHAT TO DO", NULL};
	struct table *t = table_new(titles);

	(void)d;
	jv_array_foreach (letters, i, one) {
		table_add(t, json_str(one, "member", ""));
		table_add_int(t, json_int(one, "offset", -1));
		table_add_time(t, json_int(one, "at", -1));
		table_add(t, json_str(one, "connection", ""));
		table_add(t, json_str(one, "reason", ""));
		table_add(t, json_str(one, "status", ""));
		table_add(t, json_str(one, "key", ""));
		table_add(t, json_str(one, "topic", ""));
		table_add(t, json_str(one, "state", ""));
		table_add_int(t, json_int(one, "replays", 0));
		table_add_time(t, json_int(one, "leaves", -1));
		table_add(t, reasons_text(json_str(one, "reason", "")));
		jv_free(one);
	}
	table_print(t, stdout, empty);
	table_free(t);
}

/* Nothing leaves the log without a word. */
static void
warn_leaving(const struct dead *d, jv letters)
{
	int64_t first = INT64_MAX, now = clock_wall_ms();
	char at[CLOCK_TEXT_SIZE];
	int n = 0;

	jv_array_foreach (letters, i, one) {
		if (letters_is_leaving(one, now)) {
			int64_t leaves = json_int(one, "leaves", 0);

			first = leaves < first ? leaves : first;
			n++;
		}
		jv_free(one);
	}
	if (n > 0)
		cli_say(&d->cli, CLI_OK,
		    "%d of them %s the log within %d days, %s%s: replay or "
		    "drop %s",
		    n, count_word(n, "leaves", "leave"), DEAD_WARN_DAYS,
		    count_word(n, "at ", "the first at "),
		    clock_text(first, at), count_word(n, "it", "them"));
}

static jv
whole_of(jv one)
{
	jv whole = json_get(one, "letter");
	char at[CLOCK_TEXT_SIZE];

	json_set(&whole, "state", json_get(one, "state"));
	json_set(&whole, "replays", json_get(one, "replays"));
	json_set_str(
	    &whole, "what_to_do", reasons_text(json_str(one, "reason", "")));
	if (*json_str(one, "cut", "") != '\0')
		json_set_str(&whole, "cut",
		    "The letter does not hold all that came. It cannot be "
		    "replayed: its writer must send it again.");
	json_set_str(
	    &whole, "leaves", clock_text(json_int(one, "leaves", 0), at));
	return whole;
}

static int
list(struct dead *d)
{
	jv all, shown;
	int code;

	if (d->cli.is_json)
		d->filter.whole = LETTERS_ALL;
	all = dead_letters(d, &code);
	if (!jv_is_valid(all)) {
		jv_free(all);
		return code;
	}
	shown = jv_array();
	jv_array_foreach (all, i, one) {
		if (d->is_all || letters_is_open(one)) {
			if (d->cli.is_json)
				cli_print_json(whole_of(one));
			shown = jv_array_append(shown, one);
		} else {
			jv_free(one);
		}
	}
	if (!d->cli.is_json)
		dead_print(d, shown,
		    d->is_all ? "There are no dead letters."
			      : "There are no dead letters that wait.");
	warn_leaving(d, shown);
	jv_free(shown);
	jv_free(all);
	return CLI_OK;
}

static int
show(struct dead *d, const char *offset)
{
	jv all;
	int n = 0, code;

	d->filter.whole = strtoll(offset, NULL, 10);
	all = dead_letters(d, &code);
	if (!jv_is_valid(all)) {
		jv_free(all);
		return code;
	}
	jv_array_foreach (all, i, one) {
		if (json_int(one, "offset", -1) == d->filter.whole) {
			n++;
			if (d->cli.is_json)
				cli_print_json(whole_of(one));
			else
				cli_print_pretty(whole_of(one));
		}
		jv_free(one);
	}
	jv_free(all);
	if (n == 0)
		return cli_say(&d->cli, CLI_FAILED,
		    "there is no letter at offset %s of tw.dead.%s", offset,
		    d->filter.member);
	return CLI_OK;
}

/* --- the command line ------------------------------------------------------
 */

static int
is_offset(const char *text)
{
	char *rest;

	errno = 0;
	return text[0] >= '0' && text[0] <= '9' &&
	       strtoll(text, &rest, 10) >= 0 && *rest == '\0' && errno == 0;
}

/* The words behind MEMBER: offsets, at most MAX of them. */
static int
take_offsets(struct dead *d, int max)
{
	d->offsets = d->cli.args + (d->cli.n_args < 2 ? d->cli.n_args : 2);
	for (char **o = d->offsets; *o != NULL; o++)
		if (!is_offset(*o))
			return cli_say(&d->cli, CLI_USAGE,
			    "%s: expected an offset, as `dead list` prints it",
			    *o);
	if (max >= 0 && d->cli.n_args - 2 > max)
		return cli_say(&d->cli, CLI_USAGE, "%s: too many arguments",
		    d->cli.args[0]);
	return CLI_OK;
}

static int
choose(struct dead *d)
{
	const char *action = d->cli.args[0];
	int is_list = strcmp(action, "list") == 0;
	int is_show = strcmp(action, "show") == 0;
	int code;

	if (!is_list && !is_show && strcmp(action, "replay") != 0 &&
	    strcmp(action, "drop") != 0)
		return cli_say(&d->cli, CLI_USAGE,
		    "%s: expected list, show, replay or drop", action);
	if (d->since != NULL &&
	    clock_parse_start(d->since, &d->filter.since_ms) != 0)
		return cli_say(&d->cli, CLI_USAGE,
		    "--since %s: expected a day such as 2026-10-31 or an "
		    "instant such as 2026-10-31T10:00:00Z",
		    d->since);
	if (!is_list && d->cli.n_args < 2)
		return cli_say(
		    &d->cli, CLI_USAGE, "%s: of which MEMBER?", action);
	code = take_offsets(d, is_list ? 0 : is_show ? 1 : -1);
	if (code == CLI_OK && is_show && d->offsets[0] == NULL)
		code = cli_say(&d->cli, CLI_USAGE, "show: which OFFSET?");
	d->filter.member = d->cli.args[1];
	if (code == CLI_OK)
		code = listing_find_member(&d->cli, d->filter.member);
	if (code != CLI_OK)
		return code;
	if (is_list)
		return list(d);
	return is_show ? show(d, d->offsets[0]) : dead_order(d, action);
}

int
dead_main(int argc, char **argv)
{
	struct dead d = {.filter.whole = LETTERS_NONE, .by = ORDER_BY};
	const struct cli_option options[] = {
	    {"connection", "NAME", "only letters of that connection",
		&d.filter.connection, NULL},
	    {"since", "WHEN", "only later ones: a day or an instant", &d.since,
		NULL},
	    {"reason", "CODE", "only with that reason", &d.filter.reason, NULL},
	    {"key", "KEY", "only of that record", &d.filter.key, NULL},
	    {"all", NULL, "list: also what has been dealt with", NULL,
		&d.is_all},
	    {"yes", NULL, "replay, drop: do it", NULL, &d.is_yes},
	    {"max", "N", "replay, drop: at most that many (100)", &d.max, NULL},
	    {"rate", "N", "replay, drop: at most that many a second (10)",
		&d.rate, NULL},
	    {"again", NULL, "replay: also what was replayed 3 times already",
		NULL, &d.is_again},
	    {"by", "NAME", "role or account that asks, for the audit trail",
		&d.by, NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "list [MEMBER] | show MEMBER OFFSET | replay MEMBER "
			 "[OFFSET...] | drop MEMBER [OFFSET...]",
	    .summary = summary,
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .min = 1,
	    .max = -1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	int code = cli_start(&d.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	code = choose(&d);
	cli_end(&d.cli);
	return code;
}
