/* Daemons: see daemon.h. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/daemon.h"
#include "base/err.h"
#include "base/version.h"

static void
usage(FILE *out, const char *name, const char *summary)
{
	fprintf(out,
	    "%s: %s\n\n"
	    "usage: %s -f FILE [-n] [-v] [--log logfmt|json]\n\n"
	    "  -f FILE    configuration (YAML)\n"
	    "  -n         check the configuration and leave (0 good, 78 bad)\n"
	    "  -v         say more\n"
	    "  -V         print the version and leave\n"
	    "  -h         this help\n"
	    "  --log      form of the log on stderr; logfmt is the default\n"
	    "  --core     allow core dumps and debuggers; a core holds "
	    "secrets\n",
	    name, summary, name);
}

int
daemon_options(int argc, char **argv, const char *name, const char *summary,
    struct daemon_options *out)
{
	static const struct option longs[] = {
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {"log", required_argument, NULL, 'l'},
	    {"core", no_argument, NULL, 'c'},
	    {NULL, 0, NULL, 0},
	};
	struct daemon_options o = {.level = LOG_INFO};
	int c, may_dump = 0;

	while ((c = getopt_long(argc, argv, "f:nvVh", longs, NULL)) != -1) {
		if (c == 'f') {
			o.file = optarg;
		} else if (c == 'n') {
			o.is_check = 1;
		} else if (c == 'v') {
			o.level = LOG_DEBUG;
		} else if (c == 'l' && strcmp(optarg, "json") == 0) {
			o.format = LOG_JSON;
		} else if (c == 'l' && strcmp(optarg, "logfmt") == 0) {
			o.format = LOG_LOGFMT;
		} else if (c == 'c') {
			may_dump = 1;
		} else if (c == 'V') {
			printf("%s %s\n", name, TWINWIRE_VERSION);
			return DAEMON_EXIT_OK;
		} else if (c == 'h') {
			usage(stdout, name, summary);
			return DAEMON_EXIT_OK;
		} else {
			usage(stderr, name, summary);
			return DAEMON_EXIT_USAGE;
		}
	}
	if (o.file == NULL || optind != argc) {
		usage(stderr, name, summary);
		return DAEMON_EXIT_USAGE;
	}
	confine_early(may_dump);
	log_init(name, o.level, o.format);
	*out = o;
	return -1;
}

int
daemon_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

enum daemon_signal
daemon_signal_next(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return DAEMON_NONE;
	return info.ssi_signo == SIGHUP ? DAEMON_RELOAD : DAEMON_STOP;
}

int
daemon_failed(const char *what, const struct err *err)
{
	log_error(what, "reason", err->msg);
	return err->class == ERR_REJECT ? DAEMON_EXIT_CONFIG
					: DAEMON_EXIT_FATAL;
}
