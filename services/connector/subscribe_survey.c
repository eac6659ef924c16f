/* A topic is read to its end twice after a start, first for where the newest
 * versions stand: see subscribe.h. */
#include "base/err.h"
#include "bus/bus.h"
#include "connector/env.h"
#include "connector/subscribe.h"
#include "connector/subscribe_inner.h"
#include "connector/survey.h"
#include "wire/reader.h"

static void
end_survey(struct subscribe *s, struct topic *t)
{
	t->is_surveyed = 1;
	s->n_surveying--;
}

static int
is_surveying(const struct topic *t)
{
	return t->survey != NULL && !t->is_surveyed;
}

void
subscribe_read_on(struct subscribe *s, struct topic *t)
{
	if (t->is_unread && is_surveying(t))
		s->n_surveying++;
	t->is_unread = 0;
}

int
subscribe_survey(
    struct subscribe *s, struct topic *t, const struct bus_message *m)
{
	const struct reader_want want = {.part = t->want.part};
	struct reader_record record;
	const char *reason;
	struct err why;
	int rc = reader_read(s->env->schemas, m, &want, &record, &reason, &why);

	if (rc == 0)
		return 0;
	/* What a resync saw is told by the second reading alone: what is
	 * compacted in between never comes. */
	t->has_backlog = 1;
	if (rc < 0)
		return 1;
	if (record_type_is_state(record.topic.type))
		survey_note(t->survey, record.key, m->offset);
	reader_fini(&record);
	return 1;
}

int
subscribe_end(
    struct subscribe *s, const char *name, int64_t next, int64_t *out_again)
{
	struct topic *t = subscribe_find(s, name);

	if (t == NULL)
		return 0;
	subscribe_read_on(s, t);
	if (is_surveying(t)) {
		end_survey(s, t);
		*out_again = t->start;
		if (t->has_backlog)
			return 1;
	}
	survey_free(t->survey);
	t->survey = NULL;
	t->doubt_end = 0;
	t->is_at_end = t->is_read = 1;
	core_read_to(s->core, (unsigned)(t - s->topics), next);
	s->is_unsaved = 1;
	return 0;
}

void
subscribe_unread(struct subscribe *s, const char *name)
{
	struct topic *t = subscribe_find(s, name);

	if (t == NULL)
		return;
	/* Should it be read again, its first reading goes on: what that has
	 * passed comes with the second alone. */
	if (!t->is_unread && is_surveying(t))
		s->n_surveying--;
	t->is_unread = 1;
}
