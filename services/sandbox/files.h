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
	const char *address; /* where the portal listens; NULL: on loopback */
	const char *data;    /* the entries; the city list lies beside it */
	char *cities;	     /* set by files_write() */
	uint16_t *last_port; /* likewise: the last that was chosen */
	uint16_t registry_port;
	uint16_t portal_port; /* 0: a free one */
};

/**
 * Write to CONF->dir:
 *   MEMBER/connection.yaml, password, connector.yaml   for every site
 *   reconciler.yaml, portal.yaml
 *   sandbox.json   {brokers, registry, reconciler: {file, admin},
 *                  portal: {file, admin, url}, sites:
 *                  [{member, name, url, username, password, connector, admin}]}
 *                  last, so that who sees it finds all the others
 * Admin ports are chosen free.  -1 with ERR = FATAL.
 */
int files_write(
    const struct files_conf *conf, const struct town *t, struct err *err);

#endif
