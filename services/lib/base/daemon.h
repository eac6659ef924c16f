/**
 * What every daemon does the same way: options, signals, exit codes (DESIGN
 * section 9).
 */
#ifndef BASE_DAEMON_H
#define BASE_DAEMON_H

#include "base/log.h"

struct err;

enum daemon_exit {
	DAEMON_EXIT_OK = 0, /* asked to stop */
	DAEMON_EXIT_FATAL = 1,
	DAEMON_EXIT_USAGE = 2,
	DAEMON_EXIT_CONFIG = 78 /* EX_CONFIG of sysexits.h */
};

struct daemon_options {
	const char *file; /* -f; borrowed from argv */
	int is_check;	  /* -n: check the configuration and leave */
	enum log_level level;
	enum log_format format;
};

/**
 * Read the options of daemon NAME: -f FILE (needed), -n, -v, -V, -h, --log
 * logfmt|json, --core; start the log and take confine_early()'s step.  -1 to go
 * on, else the exit code to leave with (help or an error has been printed).
 * SUMMARY is one line for --help.
 */
int daemon_options(int argc, char **argv, const char *name, const char *summary,
    struct daemon_options *out);

/** Log that the daemon has failed, WHAT ("leaving") with ERR as its reason: the
 * exit code to leave with. */
int daemon_failed(const char *what, const struct err *err);

enum daemon_signal { DAEMON_NONE, DAEMON_STOP, DAEMON_RELOAD };
/**
 * Block SIGTERM, SIGINT and SIGHUP for this and all later threads (also as PID
 * 1), ignore SIGPIPE; returns a descriptor that is readable when one came, or
 * -1.  Call before any thread starts.
 */
int daemon_signals(void);
/** The next signal that came on FD, DAEMON_NONE if none. */
enum daemon_signal daemon_signal_next(int fd);

#endif
