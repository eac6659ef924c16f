/**
 * What every command of `twinwire` shares: options and --help from one table,
 * exit codes, where Kafka and the registry are, and clients that are opened
 * when first asked for.
 *
 * A command is `int NAME_main(int argc, char **argv)`, argv[0] its name, with a
 * row in main.c.  It returns an exit code, prints results on stdout and all
 * else on stderr.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "bus/bus.h"
#include "event/keys.h"

struct admin;
struct buf;
struct err;
struct reader_record;
struct registry;

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1, /* it did not work, or not for all */
	CLI_USAGE = 2,
	CLI_CONFIG = 78 /* a file that was given is wrong */
};

/** An option of a command; exactly one of OUT and OUT_FLAG is set. */
struct cli_option {
	const char *name;  /* "from": --from PLACE, --from=PLACE */
	const char *value; /* "PLACE", for --help; NULL: a flag */
	const char *help;  /* one line */
	const char **out;  /* gets the value; borrowed from argv */
	int *out_flag;	   /* gets 1 */
};

/** Which of the common options a command has; --help it always has. */
enum {
	CLI_KAFKA = 1,	  /* --brokers, --conf */
	CLI_REGISTRY = 2, /* --registry, --conf */
	CLI_JSON = 4	  /* --json */
};

struct cli_usage {
	const char *arguments; /* "[PATTERN...]" */
	const char *summary;   /* a sentence or a few, for --help */
	unsigned common;       /* CLI_KAFKA | CLI_REGISTRY | CLI_JSON */
	int min, max;	       /* number of arguments; max < 0: no limit */
	const struct cli_option *options;
	size_t n_options;
};

struct cli {
	const char *name; /* of the command */
	struct bus_conf bus;
	int is_json;
	char **args; /* what is no option; NULL-ended */
	int n_args;
	struct cli_inner *inner;
};

/**
 * Read the command line of a command.  -1 to go on (C filled, cli_end()), else
 * the exit code to leave with: help or an error has been printed.  Options may
 * stand anywhere; "--" ends them.
 */
int cli_start(
    struct cli *c, const struct cli_usage *usage, int argc, char **argv);
/** Close what was opened. */
void cli_end(struct cli *c);

/** TEXT as a whole number from LEAST (0 or more) to MOST; -1 if it is none. */
long cli_number(const char *text, long least, long most);
/** Print "twinwire NAME: " and the text on stderr; returns CODE. */
int cli_say(const struct cli *c, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/** Print ERR likewise; returns CLI_FAILED. */
int cli_fail(const struct cli *c, const struct err *err);

/** Borrowed until cli_end(); NULL with ERR. */
struct admin *cli_admin(struct cli *c, struct err *err);
struct registry *cli_registry(struct cli *c, struct err *err);

/**
 * Judge and decode M as reader_read() does, waiting for the registry for at
 * most 10 s.  1, or -1 with ERR (RETRY: the registry does not answer) and
 * *OUT_REASON.
 */
int cli_decode(struct cli *c, const struct bus_message *m,
    struct reader_record *out, const char **out_reason, struct err *err);
/**
 * Write RECORD (borrowed; jv_null() = tombstone) of type T of MEMBER under KEY,
 * with the source "/<member>/cli".  Waits for schema ids and for room, not for
 * the acknowledgement: DONE (may be NULL) gets that.  0, or -1 with ERR.
 */
struct cli_record {
	enum record_type type;
	const char *member;
	const char *key;
	jv value;
	const struct buf *avro; /* of it, instead of VALUE; NULL: none */
};
typedef void cli_done(void *ctx, int64_t offset, const struct err *err);
int cli_write(struct cli *c, const struct cli_record *r, cli_done *done,
    void *ctx, struct err *err);
/**
 * Wait for all acknowledgements, at most TIMEOUT_MS.  0, or -1 with ERR: the
 * first record that failed, or that some are still on their way.
 */
int cli_flush(struct cli *c, int timeout_ms, struct err *err);

/**
 * One turn, at most 100 ms, of waiting for the registry's answers and for
 * acknowledgements; calls their `done`.  -1 with ERR = FATAL.
 */
int cli_turn(struct cli *c, struct err *err);

/** Print V (consumed) on one line of stdout. */
void cli_print_json(jv v);
/** Print V (consumed) on several lines of stdout, for people. */
void cli_print_pretty(jv v);
/**
 * New path of the shared file NAME ("cities.tsv"): beside the installed
 * program (../share/twinwire) or in the source tree.  NULL if there is none.
 */
char *cli_share(const char *name);

#endif
