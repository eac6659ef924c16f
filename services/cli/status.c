/* twinwire status: how the connections are. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/listing.h"
#include "cli/scan.h"
#include "cli/table.h"
#include "event/reasons.h"
#include "wire/law.h"

/* A connection writes at least once a minute (DESIGN section 2). */
enum { WATCH_EVERY_S = 2 };

static const char stuck[] = "Stuck";

/* For whom a connection with that reason waits, with none for nobody; and how
 * that is called: stuck is what does not go on. */
static const struct {
	const char *reason, *whom, *how;
} waits[] = {
    {"awaits_approval", "operator", stuck},
    {"dead_letters_leave", "operator", "To do"},
    {"first_run", "operator", stuck},
    {"kafka", "operator", stuck},
    {"listing", "member's system", stuck},
    {"paused_by_command", "operator", stuck},
    {"silent", "operator", stuck},
    {"site_failing", "member's system", stuck},
    {"site_slow", "member's system", "Slow"},
    {"stopped_by_site", "member's system", stuck},
};

struct request {
	struct cli cli;
	int is_watching;
};

static int64_t
lag_of(jv status)
{
	jv positions = json_get(status, "positions");
	int64_t sum = 0;

	if (jv_get_kind(positions) == JV_KIND_ARRAY) {
		jv_array_foreach (positions, i, one) {
			sum += json_int(one, "lag", 0);
			jv_free(one);
		}
	}
	jv_free(positions);
	return sum;
}

static int64_t
counter(jv status, const char *name)
{
	jv counters = json_get(status, "counters");
	int64_t n = json_int(counters, name, 0);

	jv_free(counters);
	return n;
}

static int64_t
unaccounted(jv status)
{
	jv counters = json_get(status, "counters");
	int64_t n = law_unaccounted(counters);

	jv_free(counters);
	return n;
}

static int
is_silent(jv status)
{
	return clock_wall_ms() - json_int(status, "at", 0) > LAW_SILENT_MS;
}

/* Its row of `waits`; -1 if it waits for nobody. */
static int
wait_of(jv status)
{
	const char *reason =
	    is_silent(status) ? "silent" : json_str(status, "reason", "");

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		if (strcmp(waits[i].reason, reason) == 0)
			return (int)i;
	return -1;
}

static const char *
waits_for(jv status)
{
	int i = wait_of(status);

	return i < 0 ? "" : waits[i].whom;
}

static int
is_stuck(jv status)
{
	int i = wait_of(status);

	return i >= 0 && waits[i].how == stuck;
}

static int
is_wanted(void *ctx, jv one, jv s)
{
	const struct cli *c = ctx;
	const char *connection = json_str(s, "connection", "");

	(void)one;
	for (int i = 0; i < c->n_args; i++)
		if (strcmp(c->args[i], connection) == 0)
			return 1;
	return c->n_args == 0;
}

static void
add(struct table *t, jv one, jv s)
{
	const char *reason = json_str(s, "reason", "");

	table_add(t, json_str(one, "member", ""));
	table_add(t, json_str(s, "connection", ""));
	table_add(t, is_silent(s) ? "silent" : json_str(s, "state", ""));
	table_add_int(t, counter(s, "pending"));
	table_add_int(t, lag_of(s));
	table_add_int(t, counter(s, "applied"));
	table_add_int(t, counter(s, "notDelivered"));
	table_add_int(t, counter(s, "notPublished"));
	table_add_time(t, json_int(s, "at", 0));
	table_add(t, waits_for(s));
	table_add(t, reason);
	table_add(t, reasons_text(reason));
	table_add(t, json_str(s, "detail", ""));
}

/* The exit code if some connection that was asked for is not among ALL. */
static int
find_all(const struct cli *c, jv all)
{
	int code = CLI_OK;

	for (int i = 0; i < c->n_args; i++) {
		int is_there = 0;

		jv_array_foreach (all, k, one) {
			jv s = json_get(one, "value");

			is_there |= strcmp(json_str(s, "connection", ""),
					c->args[i]) == 0;
			jv_free(s);
			jv_free(one);
		}
		if (!is_there)
			code = listing_no_connection(c, c->args[i], all);
	}
	return code;
}

struct sums {
	int64_t pending, lag, not_delivered, not_published, unaccounted;
	int64_t consumed;
	int n, n_stuck;
};

static void
add_up(struct sums *sum, jv s)
{
	sum->n++;
	sum->n_stuck += is_stuck(s);
	sum->pending += counter(s, "pending");
	sum->lag += lag_of(s);
	sum->not_delivered += counter(s, "notDelivered");
	sum->not_published += counter(s, "notPublished");
	sum->consumed += counter(s, "consumed");
	sum->unaccounted += unaccounted(s);
}

/* Is everything delivered?  Of one that is stuck nobody knows what it would
 * read if it could. */
static void
print_delivered(const struct sums *sum)
{
	if (sum->pending + sum->lag + sum->not_delivered > 0)
		printf("\nNot everything is delivered: %lld %s, %lld %s "
		       "unread, %lld %s not taken (twinwire refused).\n",
		    (long long)sum->pending,
		    count_word(sum->pending, "waits", "wait"),
		    (long long)sum->lag, count_word(sum->lag, "is", "are"),
		    (long long)sum->not_delivered,
		    count_word(sum->not_delivered, "was", "were"));
	else if (sum->n_stuck > 0)
		printf("\nWhat was read is delivered, but %d %s stuck: what "
		       "comes meanwhile waits.\n",
		    sum->n_stuck,
		    count_word(
			sum->n_stuck, "connection is", "connections are"));
	else
		printf("\nEverything is delivered.\n");
	if (sum->not_published > 0)
		printf("%lld %s the rules and %s not published "
		       "(twinwire refused).\n",
		    (long long)sum->not_published,
		    count_word(
			sum->not_published, "entry breaks", "entries break"),
		    count_word(sum->not_published, "is", "are"));
}

/* TEXT names a command to run: for CONNECTION, ready to be copied. */
static void
print_reason(const char *text, const char *connection)
{
	static const char word[] = "CONNECTION";
	const char *at;

	for (; (at = strstr(text, word)) != NULL; text = at + sizeof(word) - 1)
		printf("%.*s%s", (int)(at - text), text, connection);
	fputs(text, stdout);
}

static void
print_wait(jv one, jv s)
{
	const char *reason = json_str(s, "reason", "");
	const char *detail = json_str(s, "detail", "");
	int i = wait_of(s);

	if (i < 0)
		return;
	printf(
	    "%s: %s waits for ", waits[i].how, json_str(s, "connection", ""));
	if (strcmp(waits[i].whom, "operator") == 0)
		printf("the operator: ");
	else
		printf("%s's system: ", json_str(one, "member", ""));
	if (is_silent(s)) {
		printf("It says nothing. See whether its connector runs, and "
		       "its log.\n");
	} else {
		print_reason(
		    reasons_text(reason), json_str(s, "connection", ""));
		printf(" (%s)%s%s\n", reason, detail[0] != '\0' ? " " : "",
		    detail);
	}
}

static void
print_lost(const struct sums *sum)
{
	if (sum->unaccounted == 0)
		printf("Nothing is lost: each of %lld %s read is "
		       "accounted for.\n",
		    (long long)sum->consumed,
		    count_word(sum->consumed, "message", "messages"));
	else
		printf("%lld of %lld messages read %s not accounted for: look "
		       "again when it rests, then report it.\n",
		    (long long)sum->unaccounted, (long long)sum->consumed,
		    count_word(sum->unaccounted, "is", "are"));
}

/* What an operator asks first, in sentences. */
static void
print_answers(const struct cli *c, jv all)
{
	struct sums sum = {0};

	jv_array_foreach (all, i, one) {
		jv s = json_get(one, "value");

		if (is_wanted((void *)(uintptr_t)c, one, s))
			add_up(&sum, s);
		jv_free(s);
		jv_free(one);
	}
	if (sum.n == 0)
		return;
	print_delivered(&sum);
	jv_array_foreach (all, k, one) {
		jv s = json_get(one, "value");

		if (is_wanted((void *)(uintptr_t)c, one, s))
			print_wait(one, s);
		jv_free(s);
		jv_free(one);
	}
	if (sum.n_stuck == 0)
		printf("Nothing is stuck.\n");
	print_lost(&sum);
}

/* ALL (consumed) with what is not in the records themselves, for scripts. */
static jv
with_judgement(jv all)
{
	jv out = jv_array();

	jv_array_foreach (all, i, one) {
		jv s = json_get(one, "value");

		json_set(&one, "silent", jv_bool(is_silent(s)));
		json_set_str(&one, "waits_for", waits_for(s));
		json_set_int(&one, "unread", lag_of(s));
		json_set_int(&one, "unaccounted", unaccounted(s));
		out = jv_array_append(out, jv_copy(one));
		jv_free(s);
		jv_free(one);
	}
	jv_free(all);
	return out;
}

static int
show(struct request *r)
{
	static const char *const titles[] = {"MEMBER", "CONNECTION", "STATE",
	    "PENDING", "UNREAD", "DELIVERED", "NOT DELIVERED", "NOT PUBLISHED",
	    "SEEN", "WAITS FOR", "REASON", "WHAT TO DO", "DETAIL", NULL};
	struct cli *c = &r->cli;
	const struct listing l = {
	    .type = RECORD_STATUS,
	    .titles = titles,
	    .empty = "No connection has said anything yet.",
	    .add = add,
	    .is_wanted = is_wanted,
	    .ctx = c,
	};
	struct err err;
	jv all = scan_latest(c, RECORD_STATUS, NULL, &err);
	int code;

	if (!jv_is_valid(all)) {
		jv_free(all);
		return cli_fail(c, &err);
	}
	all = with_judgement(all);
	if (r->is_watching && !c->is_json)
		printf("\033[H\033[J");
	code = find_all(c, all);
	if (code == CLI_OK || c->n_args > 1) {
		(void)listing_print(c, &l, jv_copy(all));
		if (!c->is_json)
			print_answers(c, all);
	}
	fflush(stdout);
	jv_free(all);
	return code;
}

/* Again and again until a signal or the reader is gone. */
static int
watch(struct request *r)
{
	static const struct timespec every = {WATCH_EVERY_S, 0};
	sigset_t stop;
	int code;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	do {
		code = show(r);
		if (ferror(stdout))
			return CLI_FAILED;
	} while (sigtimedwait(&stop, NULL, &every) < 0);
	return code;
}

int
status_main(int argc, char **argv)
{
	struct request r = {0};
	const struct cli_option options[] = {
	    {"watch", NULL, "show it anew every 2 s until Ctrl-C", NULL,
		&r.is_watching},
	};
	const struct cli_usage usage = {
	    .arguments = "[CONNECTION...]",
	    .summary =
		"Show how every connection is: its state and the reason "
		"for it, what it has not\ndelivered yet, how many "
		"messages it has not read, for whom it waits.  Below, in "
		"words:\nis everything delivered, what is stuck and "
		"what to do, is anything lost.  A\nconnection that has "
		"said nothing for minutes is called silent.",
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .max = -1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	int code = cli_start(&r.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	code = r.is_watching ? watch(&r) : show(&r);
	cli_end(&r.cli);
	return code;
}
