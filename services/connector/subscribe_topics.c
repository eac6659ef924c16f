/* Topics of the wire -> system direction: see subscribe.h. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "connector/env.h"
#include "connector/judge.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "connector/survey.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "store/state.h"

enum { TOPICS_MAX = 1024 };

static int
entry_matches(const struct connection_subscribe *e, const char *name)
{
	char **pattern;

	for (pattern = e->topics; *pattern != NULL; pattern++)
		if (topic_matches(*pattern, name))
			return 1;
	return 0;
}

int
subscribe_wants(const struct subscribe *s, const char *name)
{
	const struct connection *c = s->env->conf;
	size_t i;

	for (i = 0; i < c->n_subscribe; i++)
		if (entry_matches(&c->subscribe[i], name))
			return 1;
	return 0;
}

struct topic *
subscribe_find(const struct subscribe *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_topics; i++)
		if (strcmp(s->topics[i].name, name) == 0)
			return &s->topics[i];
	return NULL;
}

int
subscribe_has(const struct subscribe *s, const char *name)
{
	return subscribe_find(s, name) != NULL;
}

const struct connection_subscribe **
subscribe_entries(const struct connection *c, const char *name, size_t *out_n)
{
	const struct connection_subscribe **entries =
	    mem_new(c->n_subscribe + 1, sizeof(const void *));
	size_t i;

	*out_n = 0;
	for (i = 0; i < c->n_subscribe; i++)
		if (entry_matches(&c->subscribe[i], name))
			entries[(*out_n)++] = &c->subscribe[i];
	return entries;
}

static void
set_want(const struct connection *c, struct topic *t)
{
	const struct judge_topic jt = {t->name, t->entries, t->n_entries, 0};
	struct topic_name name;

	if (topic_parse(t->name, &name) == 0 && !name.is_dead)
		judge_want(c, &jt, name.type, &t->want);
}

int
subscribe_topic(struct subscribe *s, const struct subscribe_topic *t,
    int64_t *out_start, struct err *err)
{
	struct state_position p = {
	    .read_end = t->start, .floor = t->floor, .last_ms = -1};
	struct topic *made;
	int rc;

	if (s->n_topics == TOPICS_MAX)
		return err_set(err, ERR_FATAL, 0, "%s: more than %d topics",
		    s->env->conf->id, TOPICS_MAX);
	rc = state_get_position(
	    s->env->state, s->env->conf->id, t->name, &p, err);
	if (rc == 0) {
		/* Kept at once: what `from:` was resolved to is for good. */
		p.topic = t->name;
		rc = txn_need(s->env->txn, err) != 0 ||
			     state_put_position(
				 s->env->state, s->env->conf->id, &p, err) != 0
			 ? -1
			 : 0;
	}
	if (rc < 0)
		return -1;
	s->topics = mem_grow(s->topics, s->n_topics + 1, sizeof(*s->topics));
	made = &s->topics[s->n_topics];
	*made = (struct topic){.name = mem_dup(t->name),
	    .floor = p.floor,
	    .doubt_end = t->doubt_end,
	    .next = p.read_end,
	    .run_start = p.read_end,
	    .last_ms = p.last_ms,
	    .is_late = s->is_restored};
	made->entries =
	    subscribe_entries(s->env->conf, made->name, &made->n_entries);
	set_want(s->env->conf, made);
	core_topic(s->core, (unsigned)s->n_topics, p.read_end, p.open,
	    rc == 1 ? p.n_open : 0);
	made->start = core_topic_start(s->core, (unsigned)s->n_topics);
	subscribe_resync_topic(s, made, t->low, rc == 1 ? p.read_end : 0);
	if (t->is_backlog) {
		made->survey = survey_new();
		s->n_surveying++;
	}
	s->n_topics++;
	/* News: of anything else all is read whole then, from there on. */
	*out_start = subscribe_skip_lost(s, t->name, made->start, t->low);
	return 0;
}

int64_t
subscribe_skip_lost(
    struct subscribe *s, const char *name, int64_t next, int64_t low)
{
	struct topic *t = subscribe_find(s, name);
	char count[24];

	if (next >= low)
		return next;
	snprintf(count, sizeof(count), "%lld", (long long)(low - next));
	log_warn("its log lost what was not read yet", "connection",
	    s->env->conf->id, "topic", name, "messages", count);
	if (t != NULL && t->start < low)
		t->start = low; /* of the second reading, too */
	return low;
}

void
subscribe_each_topic(struct subscribe *s,
    void (*each)(void *ctx, const char *name, int64_t position, int64_t floor),
    void *ctx)
{
	size_t i;

	for (i = 0; i < s->n_topics; i++)
		each(ctx, s->topics[i].name,
		    core_topic_start(s->core, (unsigned)i), s->topics[i].floor);
}
