/* What the orders of control.h do to a connection: see link_inner.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/err.h"
#include "base/json.h"
#include "connector/letter.h"
#include "connector/link_inner.h"
#include "connector/publisher.h"
#include "connector/status.h"
#include "connector/subscribe.h"
#include "event/keys.h"
#include "map/connection.h"

enum { PAGE_MAX_BYTES = 48 * 1024 }; /* of a plan, in one answer */

void
link_pause(struct link *l, int is_paused)
{
	size_t i;

	l->is_paused = is_paused;
	subscribe_hold(l->subscribe, clock_mono_ms(), is_paused);
	for (i = 0; i < l->n_publishers; i++)
		publisher_hold(l->publishers[i], is_paused);
}

static const char *
pause_or_resume(struct link *l, int is_paused, struct buf *text)
{
	int n = subscribe_in_flight(l->subscribe);

	if (l->is_paused == is_paused)
		buf_printf(text, "it was %s already",
		    is_paused ? "paused" : "running");
	else if (is_paused && n > 0)
		buf_printf(text, "%d %s under way %s still settled", n,
		    count_word(n, "request", "requests"),
		    count_word(n, "is", "are"));
	link_pause(l, is_paused);
	return "done";
}

static const char *
on_pause(struct link *l, jv command, struct buf *text)
{
	(void)command;
	return pause_or_resume(l, 1, text);
}

static const char *
on_resume(struct link *l, jv command, struct buf *text)
{
	(void)command;
	return pause_or_resume(l, 0, text);
}

static const char *
on_approve(struct link *l, jv command, struct buf *text)
{
	jv plan = link_plan(l);

	if (jv_get_kind(plan) != JV_KIND_OBJECT)
		buf_puts(text, "no plan waits here");
	else if (link_approve(l, json_str(command, "planId", "")) == 0)
		buf_printf(text,
		    "the plan that waits now is %s: look at it with `twinwire "
		    "approve %s`, then approve that one",
		    json_str(plan, "id", ""),
		    json_str(command, "connection", ""));
	jv_free(plan);
	return text->size == 0 ? "done" : "refused";
}

/* Lines of LIST from number FROM on, as many as one answer holds, into PAGE:
 * the number of the next, 0 if none is left. */
static int64_t
take_page(const struct buf *list, int64_t from, struct buf *page)
{
	const char *at = list->size > 0 ? list->data : "", *end;
	int64_t n = 0;

	for (; (end = strchr(at, '\n')) != NULL; at = end + 1, n++) {
		size_t size = (size_t)(end + 1 - at);

		if (n < from)
			continue;
		if (page->size > 0 && page->size + size > PAGE_MAX_BYTES)
			return n;
		buf_add(page, at, size);
	}
	return 0;
}

/* Its plan, a page at a time: what stands in the status is the first of it. */
static const char *
on_plan(struct link *l, jv *command, struct buf *text)
{
	jv plan = link_plan(l), arguments = json_get(*command, "arguments");
	const char *id = json_str(plan, "id", "");
	struct buf list = {0}, page = {0};
	int64_t from = strtoll(json_str(arguments, "from", "0"), NULL, 10);
	char next[24];
	int is =
	    *id != '\0' && strcmp(json_str(*command, "planId", ""), id) == 0;

	if (*id == '\0') {
		buf_puts(text, "no plan waits here");
	} else if (!is) {
		buf_printf(text, "the plan that waits now is %s", id);
	} else {
		link_plan_list(l, &list);
		snprintf(next, sizeof(next), "%lld",
		    (long long)take_page(&list, from, &page));
		jv_free(arguments);
		arguments = jv_object();
		json_set_str(&arguments, "next", next);
		json_set_str(
		    &arguments, "page", page.size > 0 ? page.data : "");
		json_set(command, "arguments", jv_copy(arguments));
	}
	buf_free(&list);
	buf_free(&page);
	jv_free(arguments);
	jv_free(plan);
	return is ? "done" : "refused";
}

/* --- orders about one dead letter ------------------------------------------
 */

/* What carries one out: subscribe_replay() or subscribe_drop(). */
typedef int letter_order(struct subscribe *s, const struct bus_message *m,
    const struct subscribe_order *o, struct err *err);

static int
is_looping(const struct letter_message *m, jv arguments, struct buf *text)
{
	if (m->replays < DEAD_REPLAYS_MAX ||
	    strcmp(json_str(arguments, "again", ""), "yes") == 0)
		return 0;
	buf_printf(text,
	    "it was replayed %d times already: mend what it died of, then "
	    "replay it with --again",
	    m->replays);
	return 1;
}

static int
is_cut(const struct letter_message *m, struct buf *text)
{
	if (m->is_cut)
		buf_puts(text, "the letter does not hold all that came: its "
			       "writer must send it again");
	return m->is_cut;
}

static const char *
run_on_letter(struct link *l, const struct letter_message *m,
    letter_order *order, struct buf *text)
{
	const struct subscribe_order o = {m->is_rowless, text, clock_wall_ms()};

	switch (order(l->subscribe, &m->m, &o, &l->failed)) {
	case 1:
		return "done";
	case 0:
		return NULL;
	}
	return "failed"; /* and l->failed ends the process */
}

static const char *
on_letter(struct link *l, jv command, struct buf *text, letter_order *order)
{
	jv arguments = json_get(command, "arguments");
	const char *offset = json_str(arguments, "offset", "");
	const char *outcome = "refused";
	struct bus_message letter;
	struct letter_message m;
	struct err err;
	int rc = 0;

	if (!l->is_begun)
		buf_puts(text, "the connection has not begun its work yet");
	else if (offset[0] < '0' || offset[0] > '9')
		buf_puts(text, "which letter? the argument offset names it");
	else
		rc = letters_read(l->letters, strtoll(offset, NULL, 10),
		    clock_mono_ms(), &letter, &err);
	if (rc == 1 &&
	    (rc = letter_message(&letter, l->env.conf->id, &m, &err)) == 0) {
		if (order != subscribe_replay ||
		    (!is_cut(&m, text) && !is_looping(&m, arguments, text)))
			outcome = run_on_letter(l, &m, order, text);
		letter_fini(&m);
	} else if (rc < 0) {
		buf_puts(text, err.msg);
		outcome = err.class == ERR_REJECT ? "refused" : "failed";
	} else if (text->size == 0) {
		outcome = NULL;
	}
	jv_free(arguments);
	return outcome;
}

static const char *
on_replay(struct link *l, jv command, struct buf *text)
{
	return on_letter(l, command, text, subscribe_replay);
}

static const char *
on_drop(struct link *l, jv command, struct buf *text)
{
	return on_letter(l, command, text, subscribe_drop);
}

static const char *
on_republish(struct link *l, jv command, struct buf *text)
{
	int64_t n = 0, of;

	(void)command;
	if (!l->is_begun || l->n_publishers == 0) {
		buf_puts(text,
		    l->is_begun ? "the connection publishes nothing"
				: "the connection has not begun its work yet");
		return "refused";
	}
	for (size_t i = 0; i < l->n_publishers; i++) {
		of = publisher_republish(l->publishers[i], &l->failed);
		if (of < 0)
			return "failed"; /* and l->failed ends the process */
		n += of;
	}
	buf_printf(text, "%lld %s written again", (long long)n,
	    count_word(n, "record is", "records are"));
	return "done";
}

const char *
link_order(struct link *l, jv *command, struct buf *text)
{
	static const struct {
		const char *action;
		const char *(*run)(struct link *, jv, struct buf *);
	} orders[] = {
	    {"pause", on_pause},
	    {"resume", on_resume},
	    {"approve", on_approve},
	    {"replay", on_replay},
	    {"drop", on_drop},
	    {"resync", link_on_resync},
	    {"purge", link_on_purge},
	    {"republish", on_republish},
	};
	const char *action = json_str(*command, "action", "");
	const char *outcome = "refused";
	size_t i, n = sizeof(orders) / sizeof(orders[0]);

	if (strcmp(action, "plan") == 0)
		return on_plan(l, command, text);
	for (i = 0; i < n && strcmp(action, orders[i].action) != 0; i++)
		continue;
	if (i < n)
		outcome = orders[i].run(l, *command, text);
	else
		buf_puts(text, "this version of the connector cannot do that");
	if (outcome != NULL)
		status_force(l->status);
	return outcome;
}
