/*
 * twinwire leave: a member goes, in steps that can be repeated.  Its row in
 * members.yaml says `left` first, so that no later `provision` gives back what
 * is taken here; topics go last, once nothing on the wire speaks of it and its
 * row is gone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "bus/rights.h"
#include "bus/users.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/leave.h"
#include "cli/rights.h"
#include "cli/scan.h"
#include "event/members.h"

enum {
	TIMEOUT_MS = 30000,
	LOOK_EVERY_MS = 2000,
	WAIT_MIN_DEFAULT = 10,
	WAIT_MIN_MAX = 7 * 24 * 60
};

struct leave {
	struct cli cli;
	const char *member, *folder;
	struct members *members;
	int is_withdraw, is_freeze;
	long wait_min;
};

static const char summary[] =
    "Let MEMBER go.  First give its row in members.yaml `left: DATE`; then "
    "this command\ntakes its right to say anything and writes what it said "
    "into files (JSON Lines,\nCSV).  --freeze leaves its records, and people "
    "read that it left.  --withdraw takes\nthem off the wire, waits until all "
    "sites say they are gone and names those that\ndo not.  Once they are, "
    "take the row out, reload reconciler and portal, and give\nthe command "
    "again: then the other rights go, the topics and the user.  It can\nbe "
    "repeated at any time.  `twinwire purge` cleans a site that the member "
    "itself\nleaves.";

/* --- rights ---------------------------------------------------------------
 */

static jv
of_member(jv rights, const char *member)
{
	jv out = jv_array();

	jv_array_foreach (rights, i, one) {
		if (strcmp(json_str(one, "who", ""), member) == 0)
			out = jv_array_append(out, jv_copy(one));
		jv_free(one);
	}
	jv_free(rights);
	return out;
}

/* Take back what members.yaml does not grant MEMBER. */
static int
revoke(struct leave *l, struct err *err)
{
	struct admin *a = cli_admin(&l->cli, err);
	jv there = jv_invalid(), wanted, less;
	int rc, n;

	if (a == NULL)
		return -1;
	rc = rights_list(a, TIMEOUT_MS, &there, err);
	if (rc <= 0) {
		jv_free(there);
		if (rc == 0)
			cli_say(&l->cli, 0,
			    "the broker asks nobody who he is: %s can go on "
			    "writing",
			    l->member);
		return rc;
	}
	there = of_member(there, l->member);
	wanted = rights_wanted(l->members);
	less = rights_without(there, wanted);
	n = jv_array_length(jv_copy(less));
	rc = n > 0 ? rights_revoke(a, less, TIMEOUT_MS, err) : 0;
	if (rc >= 0 && n > 0)
		printf("%d rights revoked\n", n);
	jv_free(there);
	jv_free(wanted);
	jv_free(less);
	return rc < 0 ? -1 : 0;
}

/* --- records --------------------------------------------------------------
 */

/* Tombstones for all that MEMBER says: their number, or -1. */
static long
withdraw(struct leave *l, struct err *err)
{
	long n = 0;

	for (size_t i = 0; i < LEAVE_TYPES; i++) {
		jv live = scan_latest(&l->cli, leave_types[i], l->member, err);
		int rc = jv_is_valid(live) ? 0 : -1;

		if (rc == 0)
			jv_array_foreach (live, k, one) {
				struct cli_record r = {.type = leave_types[i],
				    .member = l->member,
				    .key = json_str(one, "key", ""),
				    .value = jv_null()};

				if (rc == 0)
					rc = cli_write(
					    &l->cli, &r, NULL, NULL, err);
				n++;
				jv_free(one);
			}
		jv_free(live);
		if (rc != 0)
			return -1;
	}
	return cli_flush(&l->cli, TIMEOUT_MS, err) == 0 ? n : -1;
}

static void
print_remains(FILE *out, jv remains)
{
	jv_array_foreach (remains, i, one) {
		fprintf(out, "%s %s (%lld)", i > 0 ? "," : "",
		    json_str(
			one, "connection", json_str(one, "partnerships", "")),
		    (long long)json_int(one, "count", 0));
		jv_free(one);
	}
	fputs("\n", out);
}

/* One pause between two looks. */
static int
pause_ms(struct leave *l, int64_t ms, struct err *err)
{
	int64_t until = clock_mono_ms() + ms;

	while (clock_mono_ms() < until)
		if (cli_turn(&l->cli, err) != 0)
			return -1;
	return 0;
}

/* 1 once all is clean, 0 if not in time, -1; each change is told. */
static int
wait_until_clean(struct leave *l, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + l->wait_min * 60000;
	jv last = jv_invalid(), now;
	int rc = 0;

	for (;;) {
		now = leave_remains(&l->cli, l->member, err);
		if (!jv_is_valid(now)) {
			rc = -1;
			break;
		}
		rc = jv_array_length(jv_copy(now)) == 0;
		if (!rc && !jv_equal(jv_copy(now), jv_copy(last))) {
			fputs("still there:", stderr);
			print_remains(stderr, now);
		}
		jv_free(last);
		last = now;
		if (rc || clock_mono_ms() >= end_ms)
			break;
		if (pause_ms(l, LOOK_EVERY_MS, err) != 0) {
			rc = -1;
			break;
		}
	}
	if (rc == 0) {
		printf("not yet clean:");
		print_remains(stdout, last);
	}
	jv_free(last);
	return rc;
}

/* --- the end --------------------------------------------------------------
 */

static int
delete_topics(struct leave *l, struct err *err)
{
	static const char *const words[] = {"claims", "events", "organizations",
	    "receipts", "status", "control", "dead"};
	struct admin *a = cli_admin(&l->cli, err);
	int rc = a != NULL ? 0 : -1;

	for (size_t i = 0; rc >= 0 && i < sizeof(words) / sizeof(*words); i++) {
		char *topic = mem_printf("tw.%s.%s", words[i], l->member);

		rc = admin_delete(a, topic, TIMEOUT_MS, err);
		if (rc > 0)
			printf("deleted %s\n", topic);
		free(topic);
	}
	return rc < 0 ? -1 : 0;
}

/* A broker that cannot, or keeps no passwords, is no reason to stop: the user
 * has no rights any more. */
static int
remove_user(struct leave *l, struct err *err)
{
	struct admin *a = cli_admin(&l->cli, err);
	int rc = a != NULL ? users_remove(a, l->member, TIMEOUT_MS, err) : -1;

	if (rc < 0 && (a == NULL || err->class != ERR_REJECT))
		return -1;
	if (rc > 0)
		printf("user %s removed\n", l->member);
	else if (rc < 0)
		cli_say(&l->cli, 0,
		    "user %s has no rights any more, but is there (%s); "
		    "`kafka-configs.sh\n--alter --delete-config SCRAM-SHA-512 "
		    "--entity-type users --entity-name %s`\nremoves it",
		    l->member, err->msg, l->member);
	return 0;
}

/* The row is out of members.yaml. */
static int
finish(struct leave *l, struct err *err)
{
	jv remains = leave_remains(&l->cli, l->member, err);
	long live = 0;
	int rc = jv_is_valid(remains) ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < LEAVE_TYPES; i++) {
		jv there = scan_latest(&l->cli, leave_types[i], l->member, err);

		if (jv_is_valid(there))
			live += jv_array_length(jv_copy(there));
		else
			rc = -1;
		jv_free(there);
	}
	if (rc == 0 && (live > 0 || jv_array_length(jv_copy(remains)) > 0)) {
		rc = err_set(err, ERR_REJECT, 0,
		    "nothing is deleted while %ld of its records %s on the "
		    "wire and sites show some: put its row back, with `left`, "
		    "and withdraw first",
		    live, count_word(live, "is", "are"));
		fputs("still there:", stderr);
		print_remains(stderr, remains);
	}
	jv_free(remains);
	if (rc != 0 || revoke(l, err) != 0 || delete_topics(l, err) != 0 ||
	    remove_user(l, err) != 0)
		return -1;
	printf("%s has left\n", l->member);
	return 0;
}

/* Exit code. */
static int
go(struct leave *l, struct err *err)
{
	char *folder = l->folder != NULL ? mem_dup(l->folder)
					 : mem_printf("%s-export", l->member);
	long n = -1, gone;
	int clean;

	if (revoke(l, err) == 0)
		n = leave_export(&l->cli, l->member, folder, err);
	if (n >= 0)
		printf("%ld %s in %s\n", n,
		    count_word(n, "record is", "records are"), folder);
	free(folder);
	if (n < 0)
		return cli_fail(&l->cli, err);
	if (l->is_freeze) {
		printf("its records stay; the portal says since when it left, "
		       "once it is reloaded\n");
		return CLI_OK;
	}
	gone = withdraw(l, err);
	if (gone < 0)
		return cli_fail(&l->cli, err);
	printf(
	    "%ld %s withdrawn\n", gone, count_word(gone, "record", "records"));
	fflush(stdout);
	clean = wait_until_clean(l, err);
	if (clean < 0)
		return cli_fail(&l->cli, err);
	if (!clean)
		return CLI_FAILED;
	printf("all sites are clean.  Take the row of %s out of %s, reload "
	       "the reconciler and\nthe portal (SIGHUP or restart), then give "
	       "this command again\n",
	    l->member, l->cli.args[1]);
	return CLI_OK;
}

static int
run(struct leave *l)
{
	struct buf problems = {0};
	struct err err = {0};
	int code;

	l->member = l->cli.args[0];
	if (!key_is_id(l->member))
		return cli_say(
		    &l->cli, CLI_USAGE, "\"%s\" is no member", l->member);
	l->members = members_load(l->cli.args[1], &problems, &err);
	if (l->members == NULL) {
		fprintf(
		    stderr, "%s", problems.size > 0 ? problems.data : err.msg);
		code = CLI_CONFIG;
	} else if (members_rank(l->members, l->member) < 0) {
		code = l->is_freeze
			   ? cli_say(&l->cli, CLI_USAGE,
				 "%s has no row in %s: there is nothing to "
				 "freeze",
				 l->member, l->cli.args[1])
		       : finish(l, &err) == 0 ? CLI_OK
					      : cli_fail(&l->cli, &err);
	} else if (members_left(l->members, l->member)[0] == '\0') {
		code = cli_say(&l->cli, CLI_CONFIG,
		    "first say in %s that it left: `left: 2026-11-29` in the "
		    "row of %s",
		    l->cli.args[1], l->member);
	} else {
		code = go(l, &err);
	}
	buf_free(&problems);
	members_free(l->members);
	return code;
}

int
leave_main(int argc, char **argv)
{
	struct leave l = {.wait_min = WAIT_MIN_DEFAULT};
	const char *wait = NULL;
	const struct cli_option options[] = {
	    {"withdraw", NULL, "take its records off the wire and the sites",
		NULL, &l.is_withdraw},
	    {"freeze", NULL, "leave its records as they are", NULL,
		&l.is_freeze},
	    {"export", "DIR", "where what it said is written; MEMBER-export",
		&l.folder, NULL},
	    {"wait", "MINUTES", "for the sites, at most; 10", &wait, NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "MEMBER members.yaml",
	    .summary = summary,
	    .common = CLI_KAFKA | CLI_REGISTRY,
	    .min = 2,
	    .max = 2,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	int code = cli_start(&l.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	if (wait != NULL)
		l.wait_min = cli_number(wait, 0, WAIT_MIN_MAX);
	if (l.wait_min < 0)
		code = cli_say(&l.cli, CLI_USAGE,
		    "--wait %s: expected minutes, at most %d", wait,
		    WAIT_MIN_MAX);
	else if (l.is_withdraw == l.is_freeze)
		code = cli_say(&l.cli, CLI_USAGE,
		    "say --withdraw or --freeze: what becomes of its records?");
	else
		code = run(&l);
	cli_end(&l.cli);
	return code;
}
