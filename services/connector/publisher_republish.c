/* Everything that is on the wire is written there once more, as it was last
 * published: see publisher.h.  A few at a time, between runs, which wait
 * meanwhile; how far it is stands in the state file. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/publisher_inner.h"

enum { BATCH = 50, BATCH_EVERY_MS = 250 }; /* 200 a second */

struct listing {
	struct publisher *p;
	const char *after; /* keys up to this one are done */
};

int
publisher_is_live(const struct publisher *p, const struct state_row *row)
{
	return publisher_is_ours(p, row->key) && row->record != NULL &&
	       (row->state == STATE_DELIVERED ||
		   (row->state == STATE_REFUSED && *row->topic != '\0'));
}

static int
note(void *ctx, const struct state_row *row)
{
	struct listing *l = ctx;
	struct publisher_again *a = &l->p->again;

	if (!publisher_is_live(l->p, row) || strcmp(row->key, l->after) <= 0)
		return 0;
	a->keys = mem_grow(a->keys, a->n + 1, sizeof(*a->keys));
	a->keys[a->n++] = mem_dup(row->key);
	return 0;
}

void
publisher_again_clear(struct publisher *p)
{
	for (size_t i = 0; i < p->again.n; i++)
		free(p->again.keys[i]);
	free(p->again.keys);
	p->again = (struct publisher_again){0};
}

/* How far it is, is a key: so they have an order. */
static int
compare(const void *a, const void *b)
{
	char *const *one = a, *const *other = b;

	return strcmp(*one, *other);
}

/* Those after the key AFTER; what stands below FROM was there before. */
static int
begin(struct publisher *p, int64_t from, const char *after, struct err *err)
{
	struct listing l = {p, after};
	struct publisher_again *a = &p->again;

	publisher_again_clear(p);
	a->is_on = 1;
	a->from = from;
	a->is_anew = p->phase == PUBLISH_AGAIN;
	if (state_scan(p->env->state, p->poll.connection, STATE_PUBLISHED, -1,
		note, &l, err) != 0)
		return -1;
	if (a->n > 0)
		qsort(a->keys, a->n, sizeof(*a->keys), compare);
	return 0;
}

/* "FROM>KEY": those up to KEY are done. */
static int
save(struct publisher *p, int64_t from, const char *key, struct err *err)
{
	char *value = mem_printf("%lld>%s", (long long)from, key);
	int rc = publisher_save_value(p, "republish", value, err);

	free(value);
	return rc;
}

static void
withdraw_again(struct publisher *p, const char *key)
{
	struct change *c = publisher_change_new(p, key);

	c->is_again = 1;
	publisher_change_add(&p->changes, c);
}

static int
note_undone(void *ctx, const struct state_row *row)
{
	struct publisher *p = ctx;

	if (row->state == STATE_REMOVED && *row->reason != '\0' &&
	    row->offset >= p->again.from && publisher_is_ours(p, row->key))
		withdraw_again(p, row->key);
	return 0;
}

/* Whether the process before came to withdraw once more what it had put back
 * does not stand anywhere: twice does no harm. */
int
publisher_again_resume(struct publisher *p, const char *value, struct err *err)
{
	char *key;
	int64_t from = strtoll(value, &key, 10);

	/* Without FROM, it was written by an earlier version. */
	if (begin(p, key == value ? -1 : from, key + (*key == '>'), err) != 0)
		return -1;
	return p->again.from < 0
		   ? 0
		   : state_scan(p->env->state, p->poll.connection,
			 STATE_PUBLISHED, -1, note_undone, p, err);
}

int64_t
publisher_republish(struct publisher *p, struct err *err)
{
	/* While one is under way no run writes: all since FROM is its own. */
	int64_t from = p->again.is_on ? p->again.from : -1;

	if (save(p, from, "", err) != 0 || begin(p, from, "", err) != 0)
		return -1;
	return (int64_t)p->again.n;
}

/* A run writes what was edited, which ends a withdrawal; but none begins before
 * the end: what stands behind OFFSET was only put back. */
int
publisher_again_undo(struct publisher *p, const char *key, int64_t offset)
{
	const struct publisher_again *a = &p->again;

	if (!a->is_on || a->from < 0 || offset < a->from)
		return 0;
	withdraw_again(p, key);
	return 1;
}

void
publisher_again_drop(struct publisher *p, const char *key)
{
	for (size_t i = 0; i < p->changes.n; i++) {
		struct change *c = p->changes.list[i];

		if (!c->is_again || c->stage != CHANGE_WAITS ||
		    jv_get_kind(c->record) == JV_KIND_NULL ||
		    strcmp(c->key, key) != 0)
			continue;
		c->stage = CHANGE_DONE;
		p->changes.n_open--;
	}
}

/* What is on the wire under KEY: the caller's; invalid if nothing is any
 * more. */
static jv
live_record(struct publisher *p, const char *key, struct err *err)
{
	struct state_row row;
	jv record, previous;
	int rc = state_get(
	    p->env->state, p->poll.connection, STATE_PUBLISHED, key, &row, err);

	if (rc != 1 || !publisher_is_live(p, &row))
		return jv_invalid();
	record = json_parse(row.record, row.record_size, NULL);
	if (row.state == STATE_DELIVERED)
		return record;
	previous = json_get(record, "previous");
	jv_free(record);
	return previous;
}

/* 1 once it is known what others withdrew, 0 not yet; -1 with ERR.  What is
 * sent after a wait is sent after the commit: a kill must not leave records put
 * back, and FROM unknown.  Then all of them go again, not only the rest. */
static int
is_known(struct publisher *p, struct err *err)
{
	struct publisher_again *a = &p->again;
	int64_t known;

	if (p->hooks.known == NULL)
		return 1;
	if (!a->is_asked)
		p->hooks.ask(p->hooks.ctx, p->topic);
	a->is_asked = 1;
	known = p->hooks.known(p->hooks.ctx, p->topic);
	if (known < 0 || a->from >= 0)
		return known >= 0;
	a->from = known;
	return save(p, known, "", err);
}

static int
finish(struct publisher *p, struct err *err)
{
	log_info(
	    "republished", "connection", p->poll.connection, "topic", p->topic);
	publisher_again_clear(p);
	return publisher_save_value(p, "republish", "", err);
}

int
publisher_again_step(struct publisher *p, int64_t now_ms, struct err *err)
{
	struct publisher_again *a = &p->again;
	size_t end = a->next + BATCH < a->n ? a->next + BATCH : a->n;
	int rc;

	if (now_ms < a->due_ms)
		return 0;
	rc = is_known(p, err);
	if (rc == 1 && a->next == a->n && p->changes.n_open > 0)
		rc = 0; /* not the end, while some are to be withdrawn again */
	if (rc != 1) {
		a->due_ms = now_ms + BATCH_EVERY_MS;
		return rc;
	}
	if (a->next == a->n)
		return finish(p, err);
	for (; a->next < end; a->next++) {
		jv record = live_record(p, a->keys[a->next], err);
		struct change *c;

		if (jv_get_kind(record) != JV_KIND_OBJECT) {
			jv_free(record);
			continue;
		}
		c = publisher_change_new(p, a->keys[a->next]);
		c->record = record;
		c->is_again = 1;
		publisher_change_add(&p->changes, c);
	}
	p->phase = PUBLISH_AGAIN;
	return 0;
}

int
publisher_again_done(struct publisher *p, int64_t now_ms, struct err *err)
{
	struct publisher_again *a = &p->again;

	publisher_changes_clear(&p->changes);
	p->phase = PUBLISH_IDLE;
	a->due_ms = now_ms + BATCH_EVERY_MS;
	if (a->is_anew) { /* those were the order's before */
		a->is_anew = 0;
		return 0;
	}
	if (a->next == a->n && p->hooks.known == NULL)
		return finish(p, err);
	if (a->next == a->n) /* what was withdrawn meanwhile comes first */
		a->is_asked = 0;
	return save(p, a->from, a->keys[a->next - 1], err);
}
