/* A run: the pages of a listing, then what they did not name: see publisher.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/count.h"
#include "connector/env.h"
#include "connector/plan.h"
#include "connector/publisher_inner.h"
#include "map/connection.h"
#include "map/preset.h"
#include "rest/call.h"
#include "rest/backoff.h"
#include "rest/http.h"

enum { PLAN_EVERY_MS = 60 * 1000 }; /* while one waits for approval */

static const struct backoff_conf poll_backoff = {1000, 5 * 60 * 1000};

static void
set_null(jv *v)
{
	jv_free(*v);
	*v = jv_null();
}

/* Back to waiting; what was sent is settled already. */
static void
end_run(struct publisher *p, int64_t due_ms)
{
	publisher_changes_clear(&p->changes);
	publisher_changes_clear(&p->kept);
	publisher_missing_clear(p);
	publisher_paging_clear(p);
	plan_clear(p->plan);
	set_null(&p->cursor);
	set_null(&p->next);
	free(p->seen);
	p->seen = NULL;
	p->n_seen = p->seen_room = 0;
	free(p->doubts.before);
	p->doubts = (struct publisher_doubts){
	    .before = p->doubts.now, .n_before = p->doubts.n_now};
	p->due_ms = due_ms;
	p->phase = PUBLISH_IDLE;
}

/* A page that fails ends the run: nothing is missing from half a listing. */
static void
fail_run(struct publisher *p, const struct err *why, int64_t now_ms)
{
	int64_t wait = backoff_ms(&poll_backoff, ++p->failures,
	    (uint32_t)now_ms * 2654435761u, p->retry_after_ms);

	publisher_fail(p, why);
	p->is_listing_trouble = 1;
	err_wrap(&p->trouble, "the listing of %s failed",
	    record_type_topic_word(p->poll.type));
	end_run(p, now_ms + wait);
}

static const char *
sentence_of(int status)
{
	switch (status) {
	case 401:
		return "does not accept our login";
	case 403:
		return "does not let us see it";
	case 404:
	case 410:
		return "has no such collection";
	case 429:
		return "wants to be asked less often";
	}
	if (status >= 500)
		return "is in trouble";
	return status >= 300 && status < 400 ? "sends us elsewhere"
					     : "did not understand us";
}

static void
on_listed(void *ctx, const struct http_answer *a)
{
	struct publisher *p = ctx;

	p->call = NULL;
	p->phase = PUBLISH_ANSWERED;
	p->retry_after_ms = a->retry_after_ms;
	if (a->outcome != HTTP_ANSWERED)
		p->failure = *a->err;
	else if (a->status < 200 || a->status > 299)
		err_set(&p->failure, ERR_RETRY, a->status,
		    "the system %s (status %d)", sentence_of(a->status),
		    a->status);
	else if (publisher_pages_known(p, a))
		p->is_known_page = 1;
	else
		p->answer = call_answer(a, preset_format(p->env->conf->preset));
}

/* Ask for the page at p->cursor. */
static void
ask_page(struct publisher *p)
{
	jv request;

	p->failure = (struct err){0};
	p->retry_after_ms = 0;
	p->is_known_page = 0;
	p->phase = PUBLISH_LISTING;
	if (preset_run(p->env->conf->preset, PRESET_LIST, jv_null(),
		publisher_vars(p, NULL), &request, &p->failure) == 0)
		p->call = call_start(
		    &p->env->system, request, on_listed, p, &p->failure);
	/* What was sent before is settled first. */
	if (p->call == NULL)
		p->phase = PUBLISH_ANSWERED;
}

static int
start_run(struct publisher *p, int64_t now_ms, struct err *err)
{
	int64_t live;

	if (p->is_rehearsal) {
		publisher_pages_forget(p);
		p->whole_due_ms = now_ms;
	}
	p->is_whole =
	    jv_get_kind(p->stored) == JV_KIND_NULL || now_ms >= p->whole_due_ms;
	set_null(&p->cursor);
	if (!p->is_whole)
		p->cursor = jv_copy(p->stored);
	if (p->env->conf->max_change_share >= 0) {
		live = state_count(p->env->state, p->env->conf->id,
		    STATE_PUBLISHED, STATE_DELIVERED, err);
		if (live < 0)
			return -1;
		p->live = (size_t)live;
	}
	p->due_ms = now_ms + p->entry->every_ms;
	p->counts.polls++;
	ask_page(p);
	return 0;
}

/* Judge the page that is here, which is not a known one. */
static int
judge_answer(struct publisher *p, int64_t wall_ms, struct err *err)
{
	jv answer = p->answer, page;
	int rc;

	p->answer = jv_invalid();
	if (preset_run(p->env->conf->preset, PRESET_LISTED, answer,
		publisher_vars(p, NULL), &page, &p->failure) != 0) {
		if (p->failure.class == ERR_NONE)
			p->failure.class = ERR_REJECT;
		return 0;
	}
	set_null(&p->next);
	p->next = json_get(page, "next");
	if (!jv_is_valid(p->next))
		set_null(&p->next);
	p->is_last = json_bool(page, "complete", 1);
	rc = publisher_judge_page(p, page, wall_ms, err);
	jv_free(page);
	if (rc == 0 && !p->is_rehearsal)
		publisher_pages_keep(p);
	return rc;
}

/* A page is here, and what the one before changed is on the wire and in the
 * state file, so that an item on both is judged by its row. */
static int
take_answer(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	publisher_changes_clear(&p->changes);
	if (p->failure.class == ERR_NONE && !p->is_known_page &&
	    judge_answer(p, wall_ms, err) != 0)
		return -1;
	if (p->failure.class == ERR_NONE && !p->is_last)
		publisher_paging_take(p, &p->failure);
	if (p->failure.class != ERR_NONE) {
		fail_run(p, &p->failure, now_ms);
		return 0;
	}
	p->phase = PUBLISH_SETTLING;
	if (!p->is_last) {
		/* The system works on the next page meanwhile. */
		jv_free(p->cursor);
		p->cursor = jv_copy(p->next);
		ask_page(p);
	}
	return publisher_changes_step(p, now_ms, wall_ms, err);
}

/* PLAN (taken) waits for approval. */
static void
wait_with(struct publisher *p, jv plan)
{
	p->waiting = plan;
	plan_list(p->plan, &p->listed);
}

/* All that changed is known: go on with it, or ask first. */
static int
close_run(struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	const struct connection *conf = p->env->conf;
	jv plan = plan_json(p->plan);

	set_null(&p->waiting);
	buf_free(&p->listed);
	if (p->is_rehearsal) {
		wait_with(p, plan);
		p->failures = 0;
		p->trouble.class = ERR_NONE;
		end_run(p, now_ms + PLAN_EVERY_MS);
		return 0;
	}
	if (plan_is_beyond(plan_changes(p->plan), conf->max_change_share,
		conf->max_change_at_least, p->live) &&
	    (p->approved == NULL ||
		strcmp(p->approved, json_str(plan, "id", "")) != 0)) {
		wait_with(p, plan);
		free(p->approved);
		p->approved = NULL;
		err_set(&p->trouble, ERR_REJECT, 0, "%zu %s for approval",
		    plan_changes(p->plan),
		    count_word((int64_t)plan_changes(p->plan), "change waits",
			"changes wait"));
		end_run(p, now_ms + PLAN_EVERY_MS);
		return 0;
	}
	jv_free(plan);
	for (size_t i = 0; i < p->kept.n; i++)
		publisher_change_add(&p->changes, p->kept.list[i]);
	free(p->kept.list);
	p->kept = (struct changes){0};
	p->phase = PUBLISH_CLOSING;
	return publisher_changes_step(p, now_ms, wall_ms, err);
}

/* The last change is acknowledged: the next poll begins behind this one. */
static int
finish_run(struct publisher *p, int64_t now_ms, struct err *err)
{
	struct buf cursor = {0};
	int rc = 0;

	json_canonical(p->next, &cursor);
	if (!jv_equal(jv_copy(p->next), jv_copy(p->stored)))
		rc = publisher_save_value(p, "cursor", cursor.data, err);
	buf_free(&cursor);
	if (rc == 0 && p->is_whole && p->poll.is_first_listing) {
		rc = publisher_save_value(p, "listed", "1", err);
		p->poll.is_first_listing = 0;
	}
	jv_free(p->stored);
	p->stored = jv_copy(p->next);
	if (p->is_whole)
		p->whole_due_ms =
		    now_ms + poll_whole_every_ms((int64_t)p->n_seen);
	free(p->approved);
	p->approved = NULL;
	p->failures = 0;
	p->trouble.class = ERR_NONE;
	end_run(p, p->due_ms > now_ms ? p->due_ms : now_ms);
	return rc;
}

static int
settled(struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	publisher_changes_clear(&p->changes);
	if (!p->is_whole)
		return close_run(p, now_ms, wall_ms, err);
	p->phase = PUBLISH_READING;
	return publisher_missing_find(p, err);
}

static int
judge_missing(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	struct changes found = {0};
	size_t n = p->n_missing;
	int rc = publisher_missing_judge(p, &found, wall_ms, err);

	if (n > 0)
		publisher_pages_forget(p);
	publisher_missing_clear(p);
	for (size_t i = 0; i < found.n; i++)
		publisher_add_change(p, found.list[i]);
	free(found.list);
	return rc != 0 ? -1 : close_run(p, now_ms, wall_ms, err);
}

/* An order to rest, which may be a long one: the run that comes after it finds
 * again what this one has not sent. */
static void
break_off(struct publisher *p, int64_t now_ms)
{
	if (p->call != NULL)
		http_cancel(p->env->system.http, p->call);
	p->call = NULL;
	jv_free(p->answer);
	p->answer = jv_invalid();
	end_run(p, now_ms);
}

int
publisher_advance(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	if (p->is_held && p->phase > PUBLISH_AGAIN) {
		if (p->changes.n_sent == 0)
			break_off(p, now_ms);
		return 0;
	}
	switch (p->phase) {
	case PUBLISH_IDLE:
		if (p->is_held || p->is_stopping)
			return 0;
		if (p->again.is_on && publisher_again_step(p, now_ms, err) != 0)
			return -1;
		if (p->again.is_on || now_ms < p->due_ms)
			return 0;
		return start_run(p, now_ms, err);
	case PUBLISH_AGAIN:
		if (p->changes.n_open > 0)
			return 0;
		return publisher_again_done(p, now_ms, err);
	case PUBLISH_LISTING:
		return 0;
	case PUBLISH_ANSWERED:
		if (p->changes.n_open > 0)
			return 0;
		return take_answer(p, now_ms, wall_ms, err);
	case PUBLISH_SETTLING:
		if (p->changes.n_open > 0)
			return 0;
		return settled(p, now_ms, wall_ms, err);
	case PUBLISH_READING:
		if (publisher_missing_read(p) == 0)
			return 0;
		return judge_missing(p, now_ms, wall_ms, err);
	case PUBLISH_CLOSING:
		if (p->changes.n_open > 0)
			return 0;
		return finish_run(p, now_ms, err);
	}
	return 0;
}
