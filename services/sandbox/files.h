/** Files that let a script start the other programs on the sandbox. */
#ifndef SANDBOX_FILES_H
#define SANDBOX_FILES_H

#include <stdint.h>

struct err;
struct town;

struct files_conf {
	const char *dir;    /* made if it is not there */
	const char *deploy; /* folder with connectors/, members.yaml, ... */
	const char *brokers;
	uint16_t registry_port;
};

/**
 * Write to CONF->dir:
 *   MEMBER/connection.yaml, password, connector.yaml   for every site
 *   reconciler.yaml
 *   sandbox.json   {brokers, registry, reconciler: {file, admin}, sites:
 *                  [{member, name, url, username, password, connector, admin}]}
 *                  last, so that who sees it finds all the others
 * Admin ports are chosen free.  -1 with ERR = FATAL.
 */
int files_write(
    const struct files_conf *conf, const struct town *t, struct err *err);

#endif
