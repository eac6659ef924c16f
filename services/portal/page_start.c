/* The start page: what is new, what is ahead, figures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "portal/catalog.h"
#include "portal/chart.h"
#include "portal/linked.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/rows.h"
#include "portal/say.h"

enum { NEWS = 6, EVENTS = 5, MONTHS = 12 };

/* What the page shows; all owned. */
struct start {
	jv figures, notices, events, past, pairs;
};

static int
read_all(struct query *q, int64_t now_ms, struct start *s, struct err *err)
{
	struct query_filter latest = {.limit = QUERY_LIMIT_MAX};
	struct query_filter news = {.limit = NEWS};
	struct query_filter ahead = {.from_ms = now_ms, .limit = EVENTS};
	struct query_filter past = {
	    .to_ms = now_ms, .limit = EVENTS, .is_descending = 1};

	s->figures = query_figures(q, now_ms, err);
	s->notices = query_notices(q, &news, err);
	s->events = query_events(q, &ahead, err);
	s->past = query_events(q, &past, err);
	s->pairs = query_partnerships(q, &latest, err);
	return jv_is_valid(s->figures) && jv_is_valid(s->notices) &&
		       jv_is_valid(s->events) && jv_is_valid(s->past) &&
		       jv_is_valid(s->pairs)
		   ? 0
		   : -1;
}

static void
forget_all(struct start *s)
{
	jv_free(s->figures);
	jv_free(s->notices);
	jv_free(s->events);
	jv_free(s->past);
	jv_free(s->pairs);
}

/* The two ids of a partnership's cities, for query_cities(). */
static jv
ends_of(jv items)
{
	jv ids = jv_array();

	jv_array_foreach (items, i, item) {
		jv record = json_get(item, "record");
		jv a = json_get(record, "a"), b = json_get(record, "b");

		ids = jv_array_append(ids, json_get(a, "id"));
		ids = jv_array_append(ids, json_get(b, "id"));
		jv_free(a);
		jv_free(b);
		jv_free(record);
		jv_free(item);
	}
	return ids;
}

/* Places of CITIES that have coordinates; INDEX: id -> its place. */
static size_t
place_cities(jv cities, struct chart_place *places, jv *index)
{
	size_t n = 0;

	jv_array_foreach (cities, i, city) {
		if (chart_place_of(city, &places[n]) == 0)
			json_set_int(
			    index, json_str(city, "id", ""), (int64_t)n++);
		jv_free(city);
	}
	return n;
}

/* Arcs between ends 2k and 2k + 1 of IDS where both have places. */
static size_t
join(jv ids, jv index, struct chart_arc *arcs)
{
	size_t n = 0;

	for (int i = 0; i + 1 < jv_array_length(jv_copy(ids)); i += 2) {
		jv a = jv_array_get(jv_copy(ids), i);
		jv b = jv_array_get(jv_copy(ids), i + 1);
		int64_t from = json_int(index, jv_string_value(a), -1);
		int64_t to = json_int(index, jv_string_value(b), -1);

		if (from >= 0 && to >= 0)
			arcs[n++] =
			    (struct chart_arc){(size_t)from, (size_t)to, NULL};
		jv_free(a);
		jv_free(b);
	}
	return n;
}

/* The picture at the top: the partnerships that changed last. */
static void
picture(struct page *p, jv pairs)
{
	struct err err = {.class = ERR_NONE};
	jv items = json_get(pairs, "items"), ids = ends_of(items);
	jv cities = query_cities(p->rq->query, ids, &err), index = jv_object();
	struct chart_place *places =
	    mem_new(2 * QUERY_LIMIT_MAX, sizeof(*places));
	struct chart_arc *arcs = mem_new(QUERY_LIMIT_MAX, sizeof(*arcs));
	size_t n = jv_get_kind(cities) == JV_KIND_ARRAY
		       ? place_cities(cities, places, &index)
		       : 0;

	chart_draw(&p->html,
	    &(struct chart){places, n, arcs, join(ids, index, arcs),
		catalog_text(p->words, "start.picture", NULL), 2.1, 100});
	free(places);
	free(arcs);
	jv_free(index);
	jv_free(cities);
	jv_free(ids);
	jv_free(items);
}

static void
figure(struct page *p, const char *key, int64_t n, const char *to)
{
	struct html *h = &p->html;

	html_open(h, "li");
	page_open_link(p, "a", to, NULL);
	html_open(h, "b");
	say_number(p, n);
	html_close(h);
	html_open(h, "span");
	say_count(p, key, n);
	html_close_to(h, h->depth - 3);
}

static void
figures(struct page *p, jv f)
{
	html_open(&p->html, "ul.figures");
	figure(
	    p, "figure.partnerships", json_int(f, "partnerships", 0), "/map");
	figure(p, "figure.confirmed", json_int(f, "confirmed", 0),
	    "/map?status=active");
	figure(p, "figure.one_sided", json_int(f, "one_sided", 0),
	    "/map?status=unconfirmed");
	figure(p, "figure.cities", json_int(f, "cities", 0), "/map");
	figure(p, "figure.countries", json_int(f, "countries", 0), "/map");
	figure(p, "figure.members", json_int(f, "members", 0), "/members");
	html_close(&p->html);
}

/* News of a month, in three kinds that a bar is made of. */
struct month {
	char name[12];
	int64_t gained, lost, other;
};

static void
count_months(jv months, int64_t now_ms, struct month out[MONTHS])
{
	char text[CLOCK_TEXT_SIZE];
	int year, month;

	clock_text(now_ms, text);
	year = (int)strtol(text, NULL, 10);
	month = (int)strtol(text + 5, NULL, 10);
	for (int i = MONTHS - 1; i >= 0; i--) {
		snprintf(out[i].name, sizeof(out[i].name), "%04d-%02d",
		    year % 10000, month % 100);
		if (--month == 0) {
			month = 12;
			year--;
		}
	}
	jv_array_foreach (months, i, row) {
		const char *kind = json_str(row, "kind", "");
		int64_t n = json_int(row, "n", 0);

		for (int m = 0; m < MONTHS; m++) {
			if (strcmp(out[m].name, json_str(row, "month", "")) !=
			    0)
				continue;
			if (strcmp(kind, "new") == 0 ||
			    strcmp(kind, "recorded") == 0 ||
			    strcmp(kind, "confirmed") == 0 ||
			    strcmp(kind, "resumed") == 0)
				out[m].gained += n;
			else if (strcmp(kind, "changed") == 0)
				out[m].other += n;
			else
				out[m].lost += n;
		}
		jv_free(row);
	}
}

static void
bar(struct html *h, const char *spec, int at, int64_t from, int64_t n,
    int64_t most)
{
	if (n == 0)
		return;
	html_open(h, spec);
	html_attrf(h, "x", "%d", at * 20 + 3);
	html_attrf(
	    h, "y", "%.1f", 100 - 96.0 * (double)(from + n) / (double)most);
	html_attr(h, "width", "14");
	html_attrf(h, "height", "%.1f", 96.0 * (double)n / (double)most);
	html_close(h);
}

static void
bars(struct page *p, const struct month months[MONTHS])
{
	struct html *h = &p->html;
	int64_t most = 1;

	for (int i = 0; i < MONTHS; i++) {
		int64_t all =
		    months[i].gained + months[i].lost + months[i].other;

		most = all > most ? all : most;
	}
	html_open(h, "svg.bars");
	html_attr(h, "viewBox", "0 0 240 101");
	html_attr(h, "preserveAspectRatio", "none");
	html_attr(h, "aria-hidden", "true");
	html_open(h, "path.floor");
	html_attr(h, "d", "M0 100.5H240");
	html_close(h);
	for (int i = 0; i < MONTHS; i++) {
		const struct month *m = &months[i];

		bar(h, "rect.gained", i, 0, m->gained, most);
		bar(h, "rect.changed", i, m->gained, m->other, most);
		bar(h, "rect.lost", i, m->gained + m->other, m->lost, most);
	}
	html_close(h);
}

static void
key_to_bars(struct page *p)
{
	static const char *const kinds[] = {"gained", "changed", "lost"};

	html_open(&p->html, "ul.key");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		char *key = mem_printf("start.%s", kinds[i]);

		html_open(&p->html, "li");
		html_attr(&p->html, "data-mark", kinds[i]);
		say(p, key);
		html_close(&p->html);
		free(key);
	}
	html_close(&p->html);
}

static void
month_table(struct page *p, const struct month months[MONTHS])
{
	static const char *const columns[] = {
	    "start.month", "start.gained", "start.changed", "start.lost"};
	struct html *h = &p->html;

	html_open(h, "details");
	say_element(p, "summary", "start.as_table");
	rows_open_table(p, columns, sizeof(columns) / sizeof(*columns));
	for (int i = 0; i < MONTHS; i++) {
		const int64_t n[] = {
		    months[i].gained, months[i].other, months[i].lost};

		html_open(h, "tr");
		html_open(h, "th");
		html_attr(h, "scope", "row");
		say_date(p, months[i].name);
		html_close(h);
		for (size_t k = 0; k < sizeof(n) / sizeof(*n); k++) {
			html_open(h, "td.number");
			say_number(p, n[k]);
			html_close(h);
		}
		html_close(h);
	}
	html_close_to(h, h->depth - 3);
}

static void
change_over_time(struct page *p, jv f)
{
	struct month months[MONTHS] = {0};
	jv rows = json_get(f, "months");

	count_months(rows, p->rq->now_ms, months);
	jv_free(rows);
	html_open(&p->html, "section.panel");
	say_element(p, "h2", "start.change");
	say_element(p, "p.quiet", "start.change_explained");
	bars(p, months);
	html_open(&p->html, "div.axis");
	html_open(&p->html, "span");
	say_date(p, months[0].name);
	html_close(&p->html);
	html_open(&p->html, "span");
	say_date(p, months[MONTHS - 1].name);
	html_close_to(&p->html, p->html.depth - 2);
	key_to_bars(p);
	month_table(p, months);
	html_close(&p->html);
}

/* A list in a panel; IS_ANY: with something in it. */
static jv
panel(struct page *p, const char *key, jv list)
{
	html_open(&p->html, "section.panel");
	say_element(p, "h2", key);
	return json_get(list, "items");
}

static void
events(struct page *p, const struct start *s)
{
	jv items = panel(p, "start.ahead", s->events);

	if (jv_array_length(jv_copy(items)) > 0) {
		rows_events(p, items);
	} else {
		say_element(p, "p.quiet", "start.nothing_ahead");
		jv_free(items);
		items = json_get(s->past, "items");
		if (jv_array_length(jv_copy(items)) > 0) {
			say_element(p, "h3", "start.past");
			rows_events(p, items);
		}
	}
	html_open(&p->html, "p.more");
	say_link(p, "a", "/calendar", NULL, "start.to_calendar");
	html_close_to(&p->html, p->html.depth - 2);
	jv_free(items);
}

static void
news(struct page *p, const struct start *s)
{
	jv items = panel(p, "start.news", s->notices);

	if (jv_array_length(jv_copy(items)) > 0)
		rows_notices(p, items);
	else
		say_element(p, "p.quiet", "start.no_news");
	html_open(&p->html, "p.more");
	say_link(p, "a", "/subscribe", NULL, "start.to_subscribe");
	html_close_to(&p->html, p->html.depth - 2);
	jv_free(items);
}

static void
hero(struct page *p, const struct start *s)
{
	struct html *h = &p->html;

	html_open(h, "section.hero");
	html_open(h, "div.words");
	say_element(p, "h1", "start.title");
	say_element(p, "p.lead", "start.lead");
	html_open(h, "p.actions");
	say_link(p, "a.button", "/map", NULL, "start.to_map");
	say_link(p, "a.button.quiet", "/subscribe", NULL, "start.to_subscribe");
	html_close_to(h, h->depth - 2);
	picture(p, s->pairs);
	html_close(h);
}

void
page_start(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	struct start s;
	struct page p;

	if (read_all(rq->query, rq->now_ms, &s, &err) != 0) {
		page_error(a, &err);
	} else {
		page_begin(&p, rq, a, "start", "start.title");
		hero(&p, &s);
		figures(&p, s.figures);
		html_open(&p.html, "div.columns");
		news(&p, &s);
		events(&p, &s);
		html_close(&p.html);
		change_over_time(&p, s.figures);
		linked_site(&p);
		page_end(&p);
	}
	forget_all(&s);
}
