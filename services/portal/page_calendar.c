/* Events by month: the days of one month, and what is on them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "event/dates.h"
#include "portal/filter.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/rows.h"
#include "portal/say.h"
#include "portal/words.h"

enum { DAY_S = 86400, A_DAY_SHOWS = 4 };

struct month {
	int year, month;
	int64_t first_s;   /* its first day, as if in UTC */
	int days, weekday; /* of the first: 0 = Monday */
};

static int64_t
first_of(int year, int month)
{
	char text[16];
	int64_t s = 0;

	snprintf(text, sizeof(text), "%04d-%02d-01", year % 10000, month % 100);
	dates_wall(text, &s, NULL);
	return s;
}

static struct month
month_of(int year, int month)
{
	struct month m = {year, month, first_of(year, month), 0, 0};
	int64_t next =
	    month == 12 ? first_of(year + 1, 1) : first_of(year, month + 1);
	int64_t day = m.first_s / DAY_S;

	m.days = (int)((next - m.first_s) / DAY_S);
	/* 1970-01-01 was a Thursday. */
	m.weekday = (int)(((day + 3) % 7 + 7) % 7);
	return m;
}

/* The month that ?month= names, else the one it is; -1 if it names none. */
static int
asked_month(const struct request *rq, struct month *out)
{
	const char *text = request_arg(rq, "month");
	char now[CLOCK_TEXT_SIZE];
	int year;

	if (text == NULL)
		text = clock_text(rq->now_ms, now);
	else if (strlen(text) != 7 || !dates_is_edtf(text))
		return -1;
	year = (int)strtol(text, NULL, 10);
	if (year < 1 || year > 9998)
		return -1;
	*out = month_of(year, (int)strtol(text + 5, NULL, 10));
	return 0;
}

static void
to_month(struct page *p, int year, int month, const char *rel)
{
	char text[16];
	char *here;
	struct buf name = {0};

	if (month == 0) {
		month = 12;
		year--;
	} else if (month == 13) {
		month = 1;
		year++;
	}
	snprintf(text, sizeof(text), "%04d-%02d", year % 10000, month);
	here = page_here(p, "month", text);
	words_month(p->words, year, month, &name);
	html_open(&p->html, "a.button.quiet");
	html_address(&p->html, "href", here);
	html_attr(&p->html, "rel", rel);
	html_text(&p->html, name.data);
	html_close(&p->html);
	buf_free(&name);
	free(here);
}

/* 1 if RECORD (borrowed) is on the day that begins at DAY_S seconds. */
static int
is_on(jv record, int64_t day_s)
{
	int64_t start = 0, end = 0;
	const char *last = json_str(record, "end", "");

	if (dates_wall(json_str(record, "start", ""), &start, NULL) != 0)
		return 0;
	if (last[0] == '\0' || dates_wall(last, &end, NULL) != 0 ||
	    end <= start)
		end = start + 1;
	return start < day_s + DAY_S && end > day_s;
}

static void
day_cell(struct page *p, const struct month *m, int day, jv items, int is_today)
{
	struct html *h = &p->html;
	int n = 0;

	html_open(h, is_today ? "td.today" : "td");
	html_open(h, "span.day");
	html_textf(h, "%d", day);
	html_close(h);
	jv_array_foreach (items, i, item) {
		jv record = json_get(item, "record");

		if (is_on(record, m->first_s + (day - 1) * (int64_t)DAY_S) &&
		    n++ < A_DAY_SHOWS) {
			jv title = json_get(record, "title");

			page_open_link(p, "a.entry", "/events/",
			    json_str(item, "key", ""));
			html_attr(
			    h, "data-mark", json_str(record, "status", ""));
			if (!say_text(p, title))
				say(p, "event.untitled");
			html_close(h);
			jv_free(title);
		}
		jv_free(record);
		jv_free(item);
	}
	if (n > A_DAY_SHOWS) {
		html_open(h, "small");
		say_count(p, "calendar.more", n - A_DAY_SHOWS);
		html_close(h);
	}
	html_close(h);
}

static void
grid(struct page *p, const struct month *m, jv items)
{
	struct html *h = &p->html;
	int64_t today = p->rq->now_ms / 1000 / DAY_S;

	html_open(h, "table.month");
	html_open(h, "thead");
	html_open(h, "tr");
	for (int d = 1; d <= 7; d++) {
		char key[16];

		snprintf(key, sizeof(key), "weekday.%d", d);
		html_open(h, "th");
		html_attr(h, "scope", "col");
		say(p, key);
		html_close(h);
	}
	html_close_to(h, h->depth - 2);
	html_open(h, "tbody");
	for (int cell = 0; cell < m->weekday + m->days || cell % 7 != 0;
	     cell++) {
		int day = cell - m->weekday + 1;

		if (cell % 7 == 0)
			html_open(h, "tr");
		if (day < 1 || day > m->days)
			html_element(h, "td.none", "");
		else
			day_cell(p, m, day, items,
			    m->first_s / DAY_S + day - 1 == today);
		if (cell % 7 == 6)
			html_close(h);
	}
	html_close_to(h, h->depth - 2);
}

/* A link to the month of the first event that F finds, if there is one. */
static void
nearest(struct page *p, const char *key, const struct query_filter *f)
{
	struct err err = {.class = ERR_NONE};
	jv list = query_events(p->rq->query, f, &err);
	jv items = json_get(list, "items");

	if (jv_get_kind(items) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(items)) > 0) {
		jv item = jv_array_get(jv_copy(items), 0);
		jv record = json_get(item, "record");
		const char *start = json_str(record, "start", "");
		int64_t s;

		if (dates_wall(start, &s, NULL) == 0) {
			html_open(&p->html, "p");
			say(p, key);
			html_text(&p->html, " ");
			to_month(p, (int)strtol(start, NULL, 10),
			    (int)strtol(start + 5, NULL, 10), NULL);
			html_close(&p->html);
		}
		jv_free(record);
		jv_free(item);
	}
	jv_free(items);
	jv_free(list);
}

/* The month asked for is empty: where to go, instead of leafing through years.
 */
static void
elsewhere(struct page *p, const struct query_filter *asked)
{
	struct query_filter before = *asked, after;

	say_element(p, "p.quiet", "calendar.nothing");
	before.after = NULL;
	before.limit = 1;
	before.with_total = 0;
	before.sort = QUERY_SORT_DATE;
	after = before;
	before.is_descending = 1;
	before.from_ms = 0;
	before.to_ms = asked->from_ms;
	after.is_descending = 0;
	after.from_ms = asked->to_ms;
	after.to_ms = 0;
	nearest(p, "calendar.earlier", &before);
	nearest(p, "calendar.later", &after);
}

static void
show(struct request *rq, struct answer *a, const struct month *m,
    const struct query_filter *f, jv list)
{
	struct page p;
	struct buf name = {0};
	jv items = json_get(list, "items");

	page_begin(&p, rq, a, "calendar", "calendar.title");
	say_element(&p, "h1", "calendar.title");
	words_month(p.words, m->year, m->month, &name);
	html_open(&p.html, "div.month-head");
	html_element(&p.html, "h2", name.data);
	html_open(&p.html, "p.actions");
	to_month(&p, m->year, m->month - 1, "prev");
	to_month(&p, m->year, m->month + 1, "next");
	say_link(&p, "a.button", "/subscribe", NULL, "calendar.subscribe");
	html_close_to(&p.html, p.html.depth - 2);
	buf_free(&name);
	grid(&p, m, items);
	html_open(&p.html, "section.panel");
	if (jv_array_length(jv_copy(items)) > 0)
		rows_events(&p, items);
	else
		elsewhere(&p, f);
	page_more(&p, list);
	html_close(&p.html);
	page_end(&p);
	jv_free(items);
}

void
page_calendar(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	struct query_filter f;
	struct month m;
	jv list;

	if (asked_month(rq, &m) != 0) {
		answer_problem(
		    a, 400, "`month`: expected a month like 2026-10");
		return;
	}
	if (filter_parse(rq,
		FILTER_PLACES | FILTER_MEMBERS | FILTER_KINDS |
		    FILTER_LANGUAGES | FILTER_TEXT | FILTER_PAGES,
		"month lang", &f, &err) != 0) {
		page_error(a, &err);
		return;
	}
	/* A day more at both ends: wall times of other zones. */
	f.from_ms = (m.first_s - DAY_S) * 1000;
	f.to_ms = (m.first_s + (m.days + 1) * (int64_t)DAY_S) * 1000;
	f.limit = QUERY_LIMIT_MAX;
	list = query_events(rq->query, &f, &err);
	if (jv_is_valid(list))
		show(rq, a, &m, &f, list);
	else
		page_error(a, &err);
	jv_free(list);
	filter_fini(&f);
}
