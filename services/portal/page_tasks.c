/* What a member's clerks may do, each task with what to do it with. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/keys.h"
#include "portal/catalog.h"
#include "portal/chart.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/rows.h"
#include "portal/say.h"
#include "portal/task.h"

enum { TASKS_MAX = 50, CANDIDATES_MAX = 8 };

/* The member whose tasks are shown. */
struct clerk {
	struct page *page;
	const char *id;
	jv member; /* as query_member(), borrowed */
};

/* The row that says what CLAIM (borrowed) says, to copy. */
static void
take_along(struct page *p, jv claim)
{
	struct buf csv = {0}, json = {0};

	html_open(&p->html, "details");
	say_element(p, "summary", "task.row_to_copy");
	task_csv(claim, &csv);
	page_copyable(p, "task.as_csv", csv.data);
	json_pretty(claim, &json);
	page_copyable(p, "task.as_json", json.data);
	html_close(&p->html);
	buf_free(&csv);
	buf_free(&json);
}

/* Where the member's own system takes a new record, filled in. */
static void
new_in_own_system(const struct clerk *c, jv partnership)
{
	struct page *p = c->page;
	const char *template = json_str(c->member, "new_url", NULL);
	struct buf address = {0};

	if (template == NULL)
		return;
	task_address(
	    template, partnership, catalog_language(p->words), &address);
	html_open(&p->html, "p.actions");
	html_open(&p->html, "a.button");
	html_address(&p->html, "href", address.data);
	html_attr(&p->html, "rel", "external noopener");
	say(p, "task.enter_it");
	html_close_to(&p->html, p->html.depth - 2);
	buf_free(&address);
}

/* The end of RECORD (borrowed) for which no side has spoken. */
static const char *
silent_city(jv record)
{
	jv sides = json_get(record, "sides"), b = json_get(record, "b");
	jv a = json_get(record, "a");
	const char *found = json_str(b, "id", "");

	if (jv_get_kind(sides) == JV_KIND_ARRAY)
		jv_array_foreach (sides, i, side) {
			if (strcmp(json_str(side, "cityId", ""), found) == 0)
				found = json_str(a, "id", "");
			jv_free(side);
		}
	jv_free(sides);
	jv_free(a); /* RECORD holds them */
	jv_free(b);
	return found;
}

static void
open_task(struct page *p, jv item, jv record)
{
	char *pair = say_pair(p, record);

	html_open(&p->html, "li.task");
	html_open(&p->html, "h3");
	page_open_link(p, "a", "/partnerships/", json_str(item, "key", ""));
	html_text(&p->html, pair);
	html_close(&p->html);
	html_text(&p->html, " ");
	rows_standing(p, record);
	html_close(&p->html);
	free(pair);
}

static void
unconfirmed(const struct clerk *c, jv item)
{
	jv record = json_get(item, "record");
	jv claim = task_claim(record, silent_city(record));

	open_task(c->page, item, record);
	new_in_own_system(c, record);
	take_along(c->page, claim);
	html_close(&c->page->html);
	jv_free(claim);
	jv_free(record);
}

static void
differing(const struct clerk *c, jv item)
{
	jv record = json_get(item, "record");

	open_task(c->page, item, record);
	html_open(&c->page->html, "p");
	say_link(c->page, "a", "/partnerships/", json_str(item, "key", ""),
	    "task.compare");
	html_close_to(&c->page->html, c->page->html.depth - 2);
	jv_free(record);
}

static void
anniversary(const struct clerk *c, jv item)
{
	jv record = json_get(item, "record");
	struct say_part parts[] = {
	    {.is_number = 1, .number = json_int(item, "years", 0)},
	    {.date = json_str(item, "on", "")}};

	open_task(c->page, item, record);
	html_open(&c->page->html, "p");
	say_sentence(c->page, "task.years_on", parts, 2);
	html_close_to(&c->page->html, c->page->html.depth - 2);
	jv_free(record);
}

static void
unverified(const struct clerk *c, jv item)
{
	struct page *p = c->page;
	jv claim = json_get(item, "record");
	const char *last = json_str(claim, "lastVerified", "");
	struct say_part part = {.date = last};
	char *pair = say_pair(p, claim), today[CLOCK_TEXT_SIZE];

	html_open(&p->html, "li.task");
	html_element(&p->html, "h3", pair);
	html_open(&p->html, "p");
	if (last[0] != '\0')
		say_sentence(p, "task.verified_on", &part, 1);
	else
		say(p, "task.never_verified");
	html_close(&p->html);
	clock_text(p->rq->now_ms, today);
	today[10] = '\0';
	json_set_str(&claim, "lastVerified", today);
	take_along(p, claim);
	html_close(&p->html);
	free(pair);
	jv_free(claim);
}

/* "Волгоград (Russia)" and the alias line that settles it, for each city that
 * it may be. */
static void
candidate(struct page *p, jv city, jv candidate_city, int number)
{
	struct html *h = &p->html;
	char *line = mem_printf("%s\t%s\n", json_str(city, "id", ""),
	    json_str(candidate_city, "id", ""));

	html_open(h, "li");
	html_open(h, "b");
	html_textf(h, "%d. %s", number, say_city_text(p, candidate_city));
	html_close(h);
	html_text(h, " ");
	html_open(h, "small");
	say_word(p, "country", json_str(candidate_city, "country", ""));
	html_text(h, " · ");
	say_count(
	    p, "task.inhabitants", json_int(candidate_city, "population", 0));
	html_close(h);
	if (json_str(city, "id", "")[0] != '\0')
		page_copyable(p, "task.alias_line", line);
	html_close(h);
	free(line);
}

/* One city that nobody could identify: what it may be, on a map. */
static void
unresolved_city(struct page *p, jv city, jv candidates)
{
	struct chart_place places[CANDIDATES_MAX];
	char *names[CANDIDATES_MAX];
	size_t n = 0;
	struct say_part part = {.text = say_city_text(p, city)};

	html_open(&p->html, "p");
	say_sentence(p,
	    jv_array_length(jv_copy(candidates)) > 0 ? "task.may_be"
						     : "task.no_candidate",
	    &part, 1);
	html_close(&p->html);
	jv_array_foreach (candidates, i, one) {
		if (n < CANDIDATES_MAX &&
		    chart_place_of(one, &places[n]) == 0) {
			names[n] =
			    mem_printf("%d. %s", i + 1, say_city_text(p, one));
			places[n].name = names[n];
			places[n++].mark = "candidate";
		}
		jv_free(one); /* CANDIDATES holds it */
	}
	chart_draw(&p->html,
	    &(struct chart){places, n, NULL, 0,
		catalog_text(p->words, "task.candidates", NULL), 2.1, 30});
	while (n > 0)
		free(names[--n]);
	html_open(&p->html, "ul.candidates");
	jv_array_foreach (candidates, i, one) {
		candidate(p, city, one, i + 1);
		jv_free(one);
	}
	html_close(&p->html);
}

static void
unresolved(const struct clerk *c, jv item)
{
	struct page *p = c->page;
	static const char *const ends[] = {"a", "b"};
	jv claim = json_get(item, "record");
	jv candidates = json_get(item, "candidates");
	char *pair = say_pair(p, claim);

	html_open(&p->html, "li.task");
	html_element(&p->html, "h3", pair);
	for (size_t i = 0; i < 2; i++) {
		jv city = json_get(claim, ends[i]);
		jv list = json_get(candidates, ends[i]);

		if (jv_get_kind(list) == JV_KIND_ARRAY &&
		    !key_is_city(json_str(city, "id", "")))
			unresolved_city(p, city, list);
		jv_free(list);
		jv_free(city);
	}
	html_close(&p->html);
	free(pair);
	jv_free(candidates);
	jv_free(claim);
}

static void
duplicate(const struct clerk *c, jv pair)
{
	struct page *p = c->page;

	html_open(&p->html, "li.task");
	say_element(p, "p", "task.same_event");
	rows_events(p, pair);
	jv_array_foreach (pair, i, item) {
		if (strcmp(json_str(item, "member", ""), c->id) != 0)
			page_copyable(
			    p, "task.uid_of_other", json_str(item, "key", ""));
		jv_free(item);
	}
	html_close(&p->html);
}

static void
refused(const struct clerk *c, jv item)
{
	struct page *p = c->page;
	jv record = json_get(item, "record");
	const char *url = json_str(record, "url", NULL);

	html_open(&p->html, "li.task");
	html_open(&p->html, "p");
	say_reason(p, json_str(record, "reason", ""));
	html_close(&p->html);
	if (url != NULL) {
		html_open(&p->html, "p");
		page_outward(
		    p, url, catalog_text(p->words, "task.open_entry", NULL));
		html_close(&p->html);
	}
	html_close(&p->html);
	jv_free(record);
}

static const struct kind {
	const char *name, *title, *explained;
	void (*row)(const struct clerk *c, jv item);
} kinds[] = {
    {"unresolved", "task.unresolved", "task.unresolved_do", unresolved},
    {"refused", "task.refused", "task.refused_do", refused},
    {"unconfirmed", "task.unconfirmed", "task.unconfirmed_do", unconfirmed},
    {"differing", "task.differing", "task.differing_do", differing},
    {"duplicates", "task.duplicates", "task.duplicates_do", duplicate},
    {"unverified", "task.unverified", "task.unverified_do", unverified},
    {"anniversaries", "task.anniversaries", "task.anniversaries_do",
	anniversary},
};

/* The tasks of a kind; how many there were. */
static int
section(const struct clerk *c, const struct kind *kind, jv tasks)
{
	struct html *h = &c->page->html;
	jv items = json_get(tasks, kind->name);
	int n = jv_get_kind(items) == JV_KIND_ARRAY
		    ? jv_array_length(jv_copy(items))
		    : 0;

	if (n > 0) {
		html_open(h, "section.panel");
		html_attr(h, "id", kind->name);
		html_open(h, "h2");
		say(c->page, kind->title);
		html_text(h, " ");
		html_open(h, "span.badge");
		html_textf(h, n == TASKS_MAX ? "%d+" : "%d", n);
		html_close(h);
		html_close(h);
		say_element(c->page, "p.quiet", kind->explained);
		html_open(h, "ul.tasks");
		jv_array_foreach (items, i, item) {
			kind->row(c, item);
			jv_free(item);
		}
		html_close(h);
		html_close(h);
	}
	jv_free(items);
	return n;
}

static void
show(struct request *rq, struct answer *a, jv member, jv tasks)
{
	struct page p;
	struct clerk c = {&p, rq->parts[0], member};
	struct say_part part = {.member = rq->parts[0]};
	int n = 0;

	page_begin(&p, rq, a, "members", "task.title");
	html_open(&p.html, "header.title");
	html_open(&p.html, "p.kicker");
	say_element(&p, "span", "task.title");
	html_close(&p.html);
	html_open(&p.html, "h1");
	say_member(&p, part.member, 1);
	html_close(&p.html);
	say_element(&p, "p.lead", "task.lead");
	html_close(&p.html);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		n += section(&c, &kinds[i], tasks);
	if (n == 0)
		say_element(&p, "p.lead", "task.nothing");
	page_end(&p);
}

void
page_tasks(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	jv member = query_member(rq->query, rq->parts[0], &err);
	jv tasks = jv_get_kind(member) == JV_KIND_OBJECT
		       ? query_tasks(rq->query, rq->parts[0], rq->now_ms,
			     TASKS_MAX, &err)
		       : jv_null();

	if (!jv_is_valid(member) || !jv_is_valid(tasks))
		page_error(a, &err);
	else if (jv_get_kind(member) != JV_KIND_OBJECT)
		page_missing(a);
	else
		show(rq, a, member, tasks);
	jv_free(member);
	jv_free(tasks);
}
