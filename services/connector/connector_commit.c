/* Group commit, one transaction for all links: see connector_inner.h. */
#include "base/clock.h"
#include "base/crash.h"
#include "base/err.h"
#include "connector/connector_inner.h"
#include "connector/link.h"
#include "store/state.h"

/* A commit costs what ten rows do; nobody waits for it. */
enum { COMMIT_AFTER_MS = 20 };

static int
is_unsaved(const struct connector *c)
{
	size_t i;

	for (i = 0; i < c->n_places; i++)
		if (c->places[i].is_started &&
		    link_is_unsaved(c->places[i].link))
			return 1;
	return c->txn.is_open;
}

/* Positions and counters go with the rows: one transaction. */
static int
save(struct connector *c, struct err *err)
{
	size_t i;

	for (i = 0; i < c->n_places; i++)
		if (c->places[i].is_started &&
		    link_is_unsaved(c->places[i].link) &&
		    link_save(c->places[i].link, err) != 0)
			return -1;
	return 0;
}

int
connector_commit(struct connector *c, struct err *err)
{
	size_t i;
	int rc;

	if (save(c, err) != 0)
		return -1;
	c->unsaved_ms = -1;
	rc = txn_commit(&c->txn, err);
	if (rc != 1)
		return rc;
	CRASH_POINT("committed");
	c->busy_ms = clock_mono_ms();
	for (i = 0; i < c->n_places; i++)
		if (c->places[i].is_started &&
		    link_committed(c->places[i].link, c->busy_ms, err) != 0)
			return -1;
	if (!c->is_sync_due)
		return 0;
	c->is_sync_due = 0;
	return state_sync(c->state, err);
}

int64_t
connector_commit_ms(const struct connector *c)
{
	return c->unsaved_ms < 0 ? -1 : c->unsaved_ms + COMMIT_AFTER_MS;
}

int
connector_commit_due(struct connector *c, int64_t now, struct err *err)
{
	if (!is_unsaved(c))
		return 0;
	if (c->unsaved_ms < 0 || CRASH_IS_SET("commit_put_off"))
		c->unsaved_ms = now;
	if (!c->is_stopping && now < connector_commit_ms(c))
		return 0;
	return connector_commit(c, err);
}
