/* Rows of lists and tables: see rows.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "event/dates.h"
#include "portal/catalog.h"
#include "portal/page.h"
#include "portal/rows.h"
#include "portal/say.h"

enum { PLACES_SHOWN = 8 }; /* of an event */

const char *
rows_standing_of(const char *status, int is_one)
{
	static const char *const known[] = {"active", "unconfirmed",
	    "suspended", "terminated", "reported", "proposed"};

	if (is_one && strcmp(status, "suspended") == 0)
		return "suspended_one";
	if (is_one && strcmp(status, "terminated") == 0)
		return "terminated_one";
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i], status) == 0)
			return known[i];
	return "other";
}

const char *
rows_standing_key(jv record)
{
	return rows_standing_of(
	    json_str(record, "status", ""), json_bool(record, "unilateral", 0));
}

void
rows_standing_badge(struct page *p, jv record)
{
	html_open(&p->html, "span.badge");
	html_attr(&p->html, "data-mark", rows_standing_key(record));
	say_word(p, "standing", rows_standing_key(record));
	html_close(&p->html);
}

void
rows_difference(struct page *p, jv record)
{
	jv conflicts = json_get(record, "conflicts");

	if (jv_get_kind(conflicts) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(conflicts)) > 0) {
		html_text(&p->html, " ");
		html_open(&p->html, "span.badge");
		html_attr(&p->html, "data-mark", "differs");
		say_word(p, "standing", "differs");
		html_close(&p->html);
	}
	jv_free(conflicts);
}

void
rows_standing(struct page *p, jv record)
{
	rows_standing_badge(p, record);
	rows_difference(p, record);
}

static void
partnership_row(struct page *p, jv item)
{
	struct html *h = &p->html;
	jv record = json_get(item, "record");
	jv a = json_get(record, "a"), b = json_get(record, "b");

	html_open(h, "tr");
	html_open(h, "th");
	html_attr(h, "scope", "row");
	page_open_link(p, "a", "/partnerships/", json_str(item, "key", ""));
	html_textf(h, "%s – %s", say_city_text(p, a), say_city_text(p, b));
	html_close_to(h, h->depth - 2);
	html_open(h, "td");
	say_word(p, "country", json_str(a, "country", ""));
	if (strcmp(json_str(a, "country", ""), json_str(b, "country", "")) !=
	    0) {
		say(p, "list.and");
		say_word(p, "country", json_str(b, "country", ""));
	}
	html_close(h);
	html_open(h, "td");
	say_word(p, "kind", json_str(record, "kind", ""));
	html_close(h);
	html_open(h, "td");
	say_date(p, json_str(record, "since", ""));
	html_close(h);
	html_open(h, "td");
	rows_standing(p, record);
	html_close_to(h, h->depth - 2);
	jv_free(a);
	jv_free(b);
	jv_free(record);
}

void
rows_open_table(struct page *p, const char *const *keys, size_t n)
{
	struct html *h = &p->html;

	html_open(h, "table.rows");
	html_open(h, "thead");
	html_open(h, "tr");
	for (size_t i = 0; i < n; i++) {
		html_open(h, "th");
		html_attr(h, "scope", "col");
		say(p, keys[i]);
		html_close(h);
	}
	html_close_to(h, h->depth - 2);
	html_open(h, "tbody");
}

void
rows_partnerships(struct page *p, jv items)
{
	static const char *const columns[] = {"table.cities", "table.countries",
	    "table.kind", "table.since", "table.standing"};
	struct html *h = &p->html;

	html_open(h, "div.scroll");
	html_attr(h, "tabindex", "0");
	html_attr(h, "role", "region");
	say_attr(p, "aria-label", "table.partnerships");
	rows_open_table(p, columns, sizeof(columns) / sizeof(*columns));
	jv_array_foreach (items, i, item) {
		partnership_row(p, item);
		jv_free(item);
	}
	html_close_to(h, h->depth - 3);
}

/* Hours and minutes of a wall time, "" of a day. */
static void
say_clock(struct page *p, const char *wall)
{
	if (strlen(wall) >= 16 && wall[10] == 'T')
		html_text_sized(&p->html, wall + 11, 5);
}

/* Its last day: an all-day end is exclusive. */
static void
last_day(jv record, char out[16])
{
	const char *end = json_str(record, "end", "");
	int64_t s;
	char text[CLOCK_TEXT_SIZE];

	snprintf(out, 16, "%.10s", end);
	if (!json_bool(record, "allDay", 0) || dates_wall(out, &s, NULL) != 0)
		return;
	snprintf(out, 16, "%.10s", clock_text((s - 86400) * 1000, text));
}

static void
own_time(struct page *p, jv record)
{
	int64_t start_ms = json_int(record, "startUtc", 0);
	char iso[CLOCK_TEXT_SIZE];

	if (start_ms == 0)
		return;
	/* page.js fills it in, where it differs from the place's. */
	html_open(&p->html, "span.own-time");
	html_attr(&p->html, "data-start", clock_text(start_ms, iso));
	html_attr(&p->html, "data-wall", json_str(record, "start", ""));
	say_attr(p, "data-words", "event.own_time");
	html_flag(&p->html, "hidden", 1);
	html_close(&p->html);
}

void
rows_when(struct page *p, jv record, int is_long)
{
	struct html *h = &p->html;
	const char *start = json_str(record, "start", "");
	const char *end = json_str(record, "end", "");
	const char *zone = json_str(record, "tz", "");
	char last[16];
	int is_many;

	last_day(record, last);
	is_many = last[0] != '\0' && strncmp(start, last, 10) != 0;
	html_open(h, "time");
	html_attr(h, "datetime", start);
	say_date(p, start);
	if (!json_bool(record, "allDay", 0)) {
		say(p, "list.comma");
		say_clock(p, start);
	}
	html_close(h);
	if (is_many || (strlen(end) > 10 && strcmp(start, end) != 0)) {
		html_text(h, is_many ? " – " : "–");
		if (is_many)
			say_date(p, last);
		if (is_many && strlen(end) > 10)
			say(p, "list.comma");
		if (!json_bool(record, "allDay", 0))
			say_clock(p, end);
	}
	if (zone[0] != '\0' && !json_bool(record, "allDay", 0)) {
		html_text(h, " ");
		html_open(h, "span.zone");
		say_zone(p, zone);
		html_close(h);
	}
	if (is_long)
		own_time(p, record);
}

static void
place(struct page *p, jv one)
{
	jv city = json_get(one, "city"), name = json_get(one, "name");

	say_city(p, city);
	if (jv_get_kind(name) == JV_KIND_OBJECT &&
	    jv_object_length(jv_copy(name)) > 0) {
		say(p, "list.comma");
		say_text(p, name);
	}
	jv_free(city);
	jv_free(name);
}

void
rows_where(struct page *p, jv record)
{
	jv places = json_get(record, "places"), one;
	int n = jv_get_kind(places) == JV_KIND_ARRAY
		    ? jv_array_length(jv_copy(places))
		    : 0;

	/* Each is looked up in the store. */
	for (int i = 0; i < n && i < PLACES_SHOWN; i++) {
		if (i > 0)
			html_text(&p->html, "; ");
		one = jv_array_get(jv_copy(places), i);
		place(p, one);
		jv_free(one);
	}
	if (n > PLACES_SHOWN)
		html_text(&p->html, "; …");
	jv_free(places);
}

static void
mark(struct page *p, const char *section, const char *code)
{
	html_text(&p->html, " ");
	html_open(&p->html, "span.badge");
	html_attr(&p->html, "data-mark", code);
	say_word(p, section, code);
	html_close(&p->html);
}

void
rows_event_marks(struct page *p, jv record)
{
	const char *status = json_str(record, "status", "");
	const char *attendance = json_str(record, "attendance", "");

	if (strcmp(status, "confirmed") != 0 && status[0] != '\0')
		mark(p, "event_status", status);
	else if (json_str(record, "previousStart", NULL) != NULL)
		mark(p, "event_status", "moved");
	if (strcmp(attendance, "online") == 0 ||
	    strcmp(attendance, "mixed") == 0)
		mark(p, "attendance", attendance);
}

/* The day of the month over its name, as on a tear-off calendar. */
static void
leaf(struct page *p, const char *start)
{
	struct html *h = &p->html;
	char day[3] = "", month[24];

	if (strlen(start) < 10)
		return;
	snprintf(day, sizeof(day), "%d", (int)strtol(start + 8, NULL, 10));
	snprintf(month, sizeof(month), "month_short.%d",
	    (int)strtol(start + 5, NULL, 10));
	html_open(h, "div.leaf");
	html_attr(h, "aria-hidden", "true");
	html_element(h, "b", day);
	say_element(p, "span", month);
	html_close(h);
}

void
rows_events(struct page *p, jv items)
{
	struct html *h = &p->html;

	html_open(h, "ul.events");
	jv_array_foreach (items, i, item) {
		jv record = json_get(item, "record");
		jv title = json_get(record, "title");

		html_open(h, "li");
		leaf(p, json_str(record, "start", ""));
		html_open(h, "div");
		html_open(h, "p.title");
		page_open_link(p, "a", "/events/", json_str(item, "key", ""));
		if (!say_text(p, title))
			say(p, "event.untitled");
		html_close(h);
		rows_event_marks(p, record);
		html_close(h);
		html_open(h, "p.quiet");
		rows_when(p, record, 0);
		html_text(h, " · ");
		rows_where(p, record);
		html_close_to(h, h->depth - 3);
		jv_free(title);
		jv_free(record);
		jv_free(item);
	}
	html_close(h);
}

/* In the reader's words; of a kind that is new, in those of the record. */
static void
notice_sentence(struct page *p, jv record)
{
	char *key = mem_printf("notice.%s", json_str(record, "kind", ""));
	char *pair = say_pair(p, record);
	struct say_part part = {.text = pair};
	jv text = json_get(record, "text");

	if (catalog_word(
		p->words, "notice", json_str(record, "kind", ""), NULL) != NULL)
		say_sentence(p, key, &part, 1);
	else if (!say_text(p, text))
		html_text(&p->html, pair);
	jv_free(text);
	free(pair);
	free(key);
}

void
rows_notices(struct page *p, jv items)
{
	struct html *h = &p->html;

	html_open(h, "ul.notices");
	jv_array_foreach (items, i, item) {
		jv record = json_get(item, "record");

		html_open(h, "li");
		html_open(h, "p");
		page_open_link(
		    p, "a", "/partnerships/", json_str(record, "pairKey", ""));
		notice_sentence(p, record);
		html_close_to(h, h->depth - 2);
		html_open(h, "p.quiet");
		say_day(p, json_int(record, "at", 0));
		if (json_str(record, "by", "")[0] != '\0') {
			html_text(h, " · ");
			say_member(p, json_str(record, "by", ""), 0);
		}
		html_close_to(h, h->depth - 2);
		jv_free(record);
		jv_free(item);
	}
	html_close(h);
}

void
rows_panel(struct page *p, jv whole, const char *name, const char *key,
    void (*rows)(struct page *, jv))
{
	jv items = json_get(whole, name);

	if (jv_get_kind(items) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(items)) > 0) {
		html_open(&p->html, "section.panel");
		say_element(p, "h2", key);
		rows(p, items);
		html_close(&p->html);
	}
	jv_free(items);
}

void
rows_fact(struct page *p, const char *key)
{
	html_open(&p->html, "div");
	say_element(p, "dt", key);
	html_open(&p->html, "dd");
}

void
rows_end_fact(struct page *p)
{
	html_close(&p->html);
	html_close(&p->html);
}
