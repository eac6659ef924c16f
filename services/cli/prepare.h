/** The parts of `twinwire prepare`; for prepare*.c only. */
#ifndef CLI_PREPARE_H
#define CLI_PREPARE_H

#include "base/json.h"
#include "cli/cli.h"

struct err;
struct members;

struct prepare {
	struct cli cli;
	const char *folder; /* holds members.yaml */
	const char *host;   /* the wire's public name; NULL: it has none */
	int owner;	    /* uid and gid of the daemons; -1: whoever asks */
	int broker_owner;   /* uid of the broker; -1: the same */
	jv done;	    /* [{action, what}] */
};

/** New path: FORMAT, filled in, below the folder. */
char *prepare_path(const struct prepare *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/**
 * Write TEXT into FILE, for everybody to read, unless it stands there already.
 * 0, or -1 with ERR = REJECT.
 */
int prepare_write(
    struct prepare *p, const char *file, const char *text, struct err *err);

/**
 * Configuration of the operator's commands, of reconciler and portal, and of a
 * connector for each member, into daemons/.  0, or -1 with ERR = REJECT.
 */
int prepare_daemons(
    struct prepare *p, const struct members *m, struct err *err);
/**
 * compose.yml: a connector for each member that has files in
 * connections/<member>/, and for every service a label that changes with the
 * files it reads, so that `up` starts those anew; targets/twinwire.yml: their
 * admin ports, for Prometheus.  0, or -1 with ERR = REJECT.
 */
int prepare_compose(
    struct prepare *p, const struct members *m, struct err *err);

#endif
