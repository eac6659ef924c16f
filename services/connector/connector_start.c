/* How a process's links begin: see connector_inner.h. */
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/err.h"
#include "base/log.h"
#include "connector/boot.h"
#include "connector/connector_inner.h"
#include "connector/link.h"
#include "connector/presence.h"
#include "connector/settings.h"
#include "rest/http.h"

enum { BOOT_TIMEOUT_MS = 5000, BOOT_AGAIN_MS = 2000 };

/* 1 started, 0 waits, -1 with ERR = FATAL. */
static int
start_link(struct connector *c, struct place *p, jv statuses, jv catalog,
    const struct boot_conf *boot, struct err *err)
{
	jv known = json_get(statuses, link_id(p->link));
	int rc = link_start(p->link, known, catalog, boot, &p->trouble);

	jv_free(known);
	if (rc < 0 && p->trouble.class == ERR_FATAL) {
		*err = p->trouble;
		return -1;
	}
	if (rc != 0)
		return 0;
	CRASH_POINT("connection_started");
	p->is_started = 1;
	c->is_sync_due = 1;
	log_info("connection started", "connection", link_id(p->link));
	return 1;
}

/* What a member's connections told of themselves is read once for all. */
static int
start_due(struct connector *c, jv catalog, const struct boot_conf *boot,
    struct err *err)
{
	const char *member = NULL;
	jv statuses = jv_invalid();
	size_t i;
	int64_t next;
	int rc = 0;

	for (i = 0; i < c->n_places && rc >= 0; i++) {
		struct place *p = &c->places[i];
		const char *of = c->settings->connections.list[i].member;

		if (p->is_started || clock_mono_ms() < p->again_ms)
			continue;
		if (member == NULL || strcmp(member, of) != 0) {
			jv_free(statuses);
			statuses = boot_statuses(boot, of, &next, &p->trouble);
			member = of;
			if (jv_is_valid(statuses)) {
				rc =
				    presence_follow(c->presence, of, next, err);
			} else if (p->trouble.class == ERR_FATAL) {
				*err = p->trouble; /* of those that run, too */
				rc = -1;
			}
		}
		if (jv_is_valid(statuses) && rc >= 0)
			rc = start_link(c, p, statuses, catalog, boot, err);
		p->again_ms = clock_mono_ms() + BOOT_AGAIN_MS;
	}
	jv_free(statuses);
	return rc < 0 ? -1 : 0;
}

/* A start reads logs, and a broker or the registry may take its time: turns for
 * those that run. */
static int
attend(void *ctx, int fd, int wait, struct err *err)
{
	struct connector *c = ctx;
	int rc;

	c->start_fd = fd;
	c->start_wait_ms = wait;
	rc = connector_turn(c, err);
	c->start_fd = -1;
	/* Whatever it was: those that run have lost a step of theirs. */
	if (rc != 0)
		err->class = ERR_FATAL;
	else if (c->fds[SIGNAL_FD].is_ready)
		rc = err_set(err, ERR_RETRY, 0, "asked to stop");
	return rc;
}

int
connector_start(struct connector *c, struct err *err)
{
	/* A newer one may come meanwhile. */
	jv catalog = jv_copy(c->topics), topics = json_get(catalog, "topics");
	const struct boot_conf boot = {.bus = &c->bus,
	    .schemas = c->schemas,
	    .topics = topics,
	    .listing = &c->topics,
	    .timeout_ms = BOOT_TIMEOUT_MS,
	    .attend = attend,
	    .ctx = c};
	int rc;

	c->is_starting = 1;
	rc = start_due(c, catalog, &boot, err);
	c->is_starting = 0;
	jv_free(topics);
	jv_free(catalog);
	return rc;
}
