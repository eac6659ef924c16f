/* twinwire: the command line for operators and integrators. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/version.h"
#include "cli/cli.h"
#include "cli/commands.h"

static const struct command {
	const char *name;
	int (*main)(int argc, char **argv);
	const char *summary;
} commands[] = {
    {"check", check_main, "Find all mistakes in configuration files"},
    {"test", test_main, "Run the test cases in preset files"},
    {"prepare", prepare_main, "Certificates, passwords, files of a server"},
    {"probe", probe_main, "What a system does with our requests"},
    {"provision", provision_main, "Make topics and register schemas"},
    {"kit", kit_main, "A folder for a member's own connector"},
    {"status", status_main, "How the connections are"},
    {"topics", topics_main, "List topics and where they end"},
    {"tail", tail_main, "Print what goes over the wire"},
    {"publish", publish_main, "Publish records of files, tables too"},
    {"withdraw", withdraw_main, "Withdraw records"},
    {"get", get_main, "A record, and what became of it where"},
    {"refused", refused_main, "What was not published or delivered, and why"},
    {"dead", dead_main, "Dead letters: list, show, replay, drop"},
    {"pause", pause_main, "Let a connection rest, until `resume`"},
    {"resume", resume_main, "Let a paused connection go on"},
    {"plan", plan_main, "What a connection would do, and waits to be let"},
    {"approve", approve_main, "Let a connection carry its plan out"},
    {"resync", resync_main, "Compare all that the wire has with a system"},
    {"republish", republish_main, "Write a connection's records once more"},
    {"purge", purge_main, "Take down what a connection wrote to its system"},
    {"leave", leave_main, "Let a member go"},
    {"audit", audit_main, "Who ordered what, and what became of it"},
    {"unresolved", unresolved_main, "Cities without an id in claims"},
    {"cities", cities_main, "Suggest ids for the name of a city"},
};

static int
usage(FILE *out)
{
	size_t i;

	fprintf(out,
	    "twinwire: look after the wire between associations of cities\n\n"
	    "usage: twinwire COMMAND [OPTION...] [ARGUMENT...]\n\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(
		    out, "  %-11s %s\n", commands[i].name, commands[i].summary);
	fprintf(
	    out, "\n`twinwire COMMAND --help` says what a command takes.\n");
	return out == stdout ? CLI_OK : CLI_USAGE;
}

int
main(int argc, char **argv)
{
	size_t i;

	setlocale(LC_CTYPE, "C.UTF-8");
	log_init("twinwire", LOG_WARN, LOG_LOGFMT);
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("twinwire %s\n", TWINWIRE_VERSION);
		return CLI_OK;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return usage(stdout);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].main(argc - 1, argv + 1);
	fprintf(stderr, "twinwire: there is no command \"%s\"\n\n", argv[1]);
	return usage(stderr);
}
