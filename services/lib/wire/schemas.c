/* Schema ids and schemas: see schemas.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/schema.h"
#include "rest/backoff.h"
#include "rest/registry.h"
#include "wire/schemas.h"

/*
 * A registry that says "none" is believed for a minute: a schema that is
 * registered late must not need a restart.
 */
enum { MISSING_MS = 60000 };

static const struct backoff_conf pace = {.first_ms = 200, .max_ms = 30000};

enum state { ASKED, FAILED, MISSING, KNOWN };

/* One question to the registry. */
struct question {
	struct schemas *owner;
	enum state state;
	int64_t again_ms; /* monotonic: not before; FAILED and MISSING */
	unsigned attempts;
	struct err why; /* of FAILED and MISSING */
};

struct by_id {
	struct question q;
	int32_t id;
	struct schema *schema; /* owned */
	struct by_id *next;
};

struct by_type {
	struct question q;
	int32_t id;
};

struct schemas {
	struct registry *registry;
	struct schemas_cache cache;
	struct by_id *readers;
	size_t n_readers;
	struct by_type writers[RECORD_TYPES];
	struct err trouble;
};

struct schemas *
schemas_new(struct registry *r, const struct schemas_cache *cache)
{
	struct schemas *s = mem_new(1, sizeof(*s));
	size_t i;

	s->registry = r;
	if (cache != NULL)
		s->cache = *cache;
	for (i = 0; i < RECORD_TYPES; i++)
		s->writers[i].q =
		    (struct question){.owner = s, .state = FAILED};
	return s;
}

static void
drop(struct by_id *e)
{
	schema_free(e->schema);
	free(e);
}

void
schemas_free(struct schemas *s)
{
	struct by_id *e;

	if (s == NULL)
		return;
	while ((e = s->readers) != NULL) {
		s->readers = e->next;
		drop(e);
	}
	free(s);
}

const char *
schemas_trouble(const struct schemas *s)
{
	return s->trouble.class != ERR_NONE ? s->trouble.msg : "";
}

static void
failed(struct question *q, const struct err *err)
{
	uint32_t random = 0;
	int64_t wait_ms = MISSING_MS;
	ssize_t n;

	q->why = *err;
	q->state = err->class == ERR_REJECT ? MISSING : FAILED;
	if (q->state == FAILED) {
		n = getrandom(&random, sizeof(random), GRND_NONBLOCK);
		(void)n; /* zero will do: it is jitter */
		wait_ms = backoff_ms(&pace, ++q->attempts, random, 0);
	}
	q->again_ms = clock_mono_ms() + wait_ms;
	/* "None" is an answer too: it is about a record, not the registry. */
	q->owner->trouble = q->state == FAILED ? *err : (struct err){0};
}

static void
answered(struct question *q)
{
	q->state = KNOWN;
	q->attempts = 0;
	q->owner->trouble = (struct err){0};
}

/* 1 when it is time to ask; MISSING is asked again too. */
static int
is_due(const struct question *q)
{
	return (q->state == FAILED || q->state == MISSING) &&
	       clock_mono_ms() >= q->again_ms;
}

/* What to tell the caller while the answer is not known. */
static int
pending(const struct question *q, struct err *err)
{
	if (q->state != MISSING)
		return 0;
	*err = q->why;
	return -1;
}

static void
take_text(struct by_id *e, const char *text, size_t size, const struct err *err)
{
	struct err bad;

	if (text == NULL) {
		failed(&e->q, err);
		err_wrap(&e->q.why, "schema %d", (int)e->id);
		return;
	}
	e->schema = schema_parse(text, size, &bad);
	if (e->schema != NULL) {
		answered(&e->q);
		return;
	}
	bad.class = ERR_REJECT;
	failed(&e->q, &bad);
	err_wrap(&e->q.why, "schema %d", (int)e->id);
}

static void
on_text(
    void *ctx, int32_t id, const char *text, size_t size, const struct err *err)
{
	struct by_id *e = ctx;
	struct schemas *s = e->q.owner;

	take_text(e, text, size, err);
	if (e->q.state == KNOWN && s->cache.save != NULL)
		s->cache.save(s->cache.ctx, id, text);
}

static struct by_id *
find_reader(struct schemas *s, int32_t id)
{
	struct by_id *e;

	for (e = s->readers; e != NULL; e = e->next)
		if (e->id == id)
			return e;
	return NULL;
}

/* Make room: bogus ids must not shut out the next good one.  0 if none. */
static int
forget_missing(struct schemas *s)
{
	struct by_id **at, **oldest = NULL, *e;

	/* The newest is first; one that is being asked again is waited for. */
	for (at = &s->readers; *at != NULL; at = &(*at)->next)
		if ((*at)->q.state == MISSING && (*at)->q.again_ms != INT64_MAX)
			oldest = at;
	if (oldest == NULL)
		return 0;
	e = *oldest;
	*oldest = e->next;
	drop(e);
	s->n_readers--;
	return 1;
}

/* An id that a message names is a stranger's: their number is bounded. */
static struct by_id *
new_reader(struct schemas *s, int32_t id, struct err *err)
{
	struct by_id *e;
	const char *text = NULL;

	if (s->n_readers >= SCHEMAS_READERS_MAX && !forget_missing(s)) {
		err_set(err, ERR_REJECT, 0,
		    "schema %d: %d schemas are known, no more are read",
		    (int)id, SCHEMAS_READERS_MAX);
		return NULL;
	}
	e = mem_new(1, sizeof(*e));
	e->q = (struct question){.owner = s, .state = FAILED};
	e->id = id;
	e->next = s->readers;
	s->readers = e;
	s->n_readers++;
	if (s->cache.load != NULL)
		text = s->cache.load(s->cache.ctx, id);
	if (text != NULL)
		take_text(e, text, strlen(text), NULL);
	return e;
}

int
schemas_reader(
    struct schemas *s, int32_t id, const struct schema **out, struct err *err)
{
	struct by_id *e = find_reader(s, id);
	struct err why;

	if (e == NULL && (e = new_reader(s, id, err)) == NULL)
		return -1;
	if (is_due(&e->q)) {
		enum state before = e->q.state;

		e->q.state = ASKED;
		if (registry_get(s->registry, id, on_text, e, &why) < 0) {
			why.class = ERR_RETRY;
			failed(&e->q, &why);
		} else if (before == MISSING) {
			e->q.state = MISSING; /* still the answer until then */
			e->q.again_ms = INT64_MAX;
		}
	}
	if (e->q.state != KNOWN)
		return pending(&e->q, err);
	*out = e->schema;
	return 1;
}

static void
on_id(void *ctx, int32_t id, const struct err *err)
{
	struct by_type *w = ctx;

	if (id < 0) {
		failed(&w->q, err);
		return;
	}
	w->id = id;
	answered(&w->q);
}

int
schemas_writer(
    struct schemas *s, enum record_type t, int32_t *out_id, struct err *err)
{
	const struct schema *ours = schema_builtin(record_type_schema(t));
	struct by_type *w = &s->writers[t];
	struct err why;

	if (ours == NULL)
		return err_set(err, ERR_REJECT, 0,
		    "this build has no schema for %s", record_type_word(t));
	if (is_due(&w->q)) {
		w->q.state = ASKED;
		if (registry_find(s->registry, schema_name(ours),
			schema_text(ours), on_id, w, &why) < 0) {
			why.class = ERR_RETRY;
			failed(&w->q, &why);
		}
	}
	if (w->q.state == MISSING)
		return err_set(err, ERR_REJECT, w->q.why.code,
		    "%s: %s; run `twinwire provision`", schema_name(ours),
		    w->q.why.msg);
	if (w->q.state != KNOWN)
		return 0;
	*out_id = w->id;
	return 1;
}
