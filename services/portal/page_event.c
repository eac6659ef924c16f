/* An event: what, when, where, who, what has changed, and where it is shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "portal/catalog.h"
#include "portal/linked.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/rows.h"
#include "portal/say.h"

/* A member by the names that it is known by here, anyone else by the record's.
 */
static void
organizer(struct page *p, jv org)
{
	const char *id = json_str(org, "id", "");
	jv names = json_get(org, "names");

	if (strncmp(id, "org:", 4) == 0 && say_is_member(p, id + 4))
		say_member(p, id + 4, 1);
	else if (!say_text(p, names))
		say(p, "member.unknown");
	jv_free(names);
}

static void
organizers(struct page *p, jv record)
{
	jv all = json_get(record, "organizers");

	if (jv_get_kind(all) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(all)) > 0) {
		rows_fact(p, "event.organizers");
		html_open(&p->html, "ul.plain");
		jv_array_foreach (all, i, org) {
			html_open(&p->html, "li");
			organizer(p, org);
			if (strcmp(json_str(org, "role", ""), "organizer") !=
			    0) {
				html_text(&p->html, " ");
				html_open(&p->html, "small");
				say_word(p, "role", json_str(org, "role", ""));
				html_close(&p->html);
			}
			html_close(&p->html);
			jv_free(org);
		}
		html_close(&p->html);
		rows_end_fact(p);
	}
	jv_free(all);
}

static void
language_list(struct page *p, jv record)
{
	jv all = json_get(record, "languages");

	if (jv_get_kind(all) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(all)) > 0) {
		rows_fact(p, "event.languages");
		jv_array_foreach (all, i, language) {
			if (i > 0)
				say(p, "list.and");
			if (jv_get_kind(language) == JV_KIND_STRING)
				say_word(
				    p, "language", jv_string_value(language));
			jv_free(language);
		}
		rows_end_fact(p);
	}
	jv_free(all);
}

static void
address_row(struct page *p, jv record, const char *member, const char *key)
{
	const char *url = json_str(record, member, NULL);

	if (url == NULL)
		return;
	rows_fact(p, key);
	page_outward(p, url, url);
	rows_end_fact(p);
}

enum { CLOCK_SIZE = 7 };

/* The clock of a wall time, a space before it; "" for a day. */
static void
clock_of(const char *wall, char out[CLOCK_SIZE])
{
	snprintf(out, CLOCK_SIZE, "%.6s", strlen(wall) >= 16 ? wall + 10 : "");
	if (out[0] != '\0')
		out[0] = ' ';
}

/* [was, became] under KEY of WHAT: 1 and both, the caller's; 0: no such. */
static int
pair_of(jv what, const char *key, jv *out_was, jv *out_is)
{
	jv pair = json_get(what, key);
	int is_pair = jv_get_kind(pair) == JV_KIND_ARRAY &&
		      jv_array_length(jv_copy(pair)) == 2;

	if (is_pair) {
		*out_was = jv_array_get(jv_copy(pair), 0);
		*out_is = jv_array_get(jv_copy(pair), 1);
	}
	jv_free(pair);
	return is_pair;
}

static void
say_step(
    struct page *p, const char *key, const struct say_part *parts, size_t n)
{
	html_open(&p->html, "li");
	say_sentence(p, key, parts, n);
	html_close(&p->html);
}

/* One change that was seen: what was otherwise before. */
static void
step(struct page *p, jv change)
{
	struct say_part parts[3] = {{.day_ms = json_int(change, "at", 0)}};
	jv what = json_get(change, "what"), was, is;
	char clock[CLOCK_SIZE];

	if (pair_of(what, "start", &was, &is)) {
		clock_of(jv_string_value(was), clock);
		parts[1] = (struct say_part){.date = jv_string_value(was)};
		parts[2] = (struct say_part){.text = clock};
		say_step(p, "event.step_moved", parts, 3);
		jv_free(was);
		jv_free(is);
	}
	if (pair_of(what, "city", &was, &is)) {
		parts[1] = (struct say_part){.text = say_city_text(p, was)};
		say_step(p, "event.step_elsewhere", parts, 2);
		jv_free(was);
		jv_free(is);
	}
	if (pair_of(what, "status", &was, &is)) {
		const char *code = jv_string_value(is);

		if (strcmp(code, "confirmed") == 0 &&
		    strcmp(jv_string_value(was), "tentative") != 0)
			code = "again";
		parts[1] =
		    (struct say_part){.section = "event_step", .code = code};
		say_step(p, "event.step", parts, 2);
		jv_free(was);
		jv_free(is);
	}
	jv_free(what);
}

/* What has been seen to change, in order. */
static void
steps(struct page *p, jv past)
{
	say_element(p, "h3", "event.steps");
	html_open(&p->html, "ol.plain");
	jv_array_foreach (past, i, change) {
		step(p, change);
		jv_free(change);
	}
	html_close(&p->html);
}

/* Moved, cancelled, postponed: what a reader who knew it before must hear. */
static void
changes(struct page *p, jv whole, jv record)
{
	const char *status = json_str(record, "status", "");
	const char *before = json_str(record, "previousStart", NULL);
	int64_t modified = json_int(record, "modifiedAt", 0);
	int is_otherwise = strcmp(status, "confirmed") != 0 && *status != '\0';
	jv past = json_get(whole, "past");
	int has_past = jv_get_kind(past) == JV_KIND_ARRAY &&
		       jv_array_length(jv_copy(past)) > 0;
	char clock[CLOCK_SIZE];

	if (before == NULL && !is_otherwise && !has_past) {
		jv_free(past);
		return;
	}
	html_open(&p->html, "section.alert");
	html_attr(&p->html, "data-mark", status);
	say_element(p, "h2", "event.changes");
	html_open(&p->html, "ul.plain");
	if (is_otherwise) {
		html_open(&p->html, "li");
		say_word(p, "event_change", status);
		html_close(&p->html);
	}
	if (before != NULL) {
		struct say_part parts[] = {{.date = before}, {.text = clock}};

		clock_of(before, clock);
		say_step(p, "event.moved_from", parts, 2);
	}
	if (modified != 0 && !has_past) {
		struct say_part part = {.day_ms = modified};

		html_open(&p->html, "li.quiet");
		say_sentence(p, "event.last_changed", &part, 1);
		html_close(&p->html);
	}
	html_close(&p->html);
	if (has_past)
		steps(p, past);
	html_close(&p->html);
	jv_free(past);
}

static void
facts(struct page *p, jv item, jv record)
{
	const char *super = json_str(record, "superEvent", NULL);
	struct say_part by = {.member = json_str(item, "member", "")};

	html_open(&p->html, "dl.facts");
	rows_fact(p, "event.when");
	rows_when(p, record, 1);
	rows_end_fact(p);
	rows_fact(p, "event.where");
	rows_where(p, record);
	if (json_str(record, "attendance", "")[0] != '\0') {
		html_text(&p->html, " · ");
		say_word(p, "attendance", json_str(record, "attendance", ""));
	}
	rows_end_fact(p);
	organizers(p, record);
	language_list(p, record);
	address_row(p, record, "url", "event.page");
	address_row(p, record, "registrationUrl", "event.registration");
	if (json_str(record, "registrationUntil", "")[0] != '\0') {
		rows_fact(p, "event.registration_until");
		say_date(p, json_str(record, "registrationUntil", ""));
		rows_end_fact(p);
	}
	address_row(p, record, "contactUrl", "event.contact");
	if (super != NULL) {
		rows_fact(p, "event.part_of");
		say_link(p, "a", "/events/", super, "event.whole");
		rows_end_fact(p);
	}
	rows_fact(p, "event.announced_by");
	say_sentence(p, "event.announced_by_whom", &by, 1);
	rows_end_fact(p);
	html_close(&p->html);
}

/* The member whose connection wrote a receipt, and what became of it there. */
static void
receipt(struct page *p, jv item)
{
	struct html *h = &p->html;
	jv record = json_get(item, "record");
	const char *state = json_str(record, "state", "");
	const char *url = json_str(record, "url", NULL);

	html_open(h, "li");
	html_attr(h, "data-mark", state);
	html_open(h, "b");
	say_member(p, json_str(item, "member", ""), 1);
	html_close(h);
	html_text(h, " ");
	html_open(h, "span.badge");
	html_attr(h, "data-mark", state);
	say_word(p, "receipt_state", state);
	html_close(h);
	if (strcmp(state, "delivered") == 0) {
		html_text(h, " ");
		say_day(p, json_int(record, "since", 0));
		if (url != NULL) {
			html_text(h, " · ");
			page_outward(p, url,
			    catalog_text(p->words, "receipt.look", NULL));
		}
	} else if (json_str(record, "reason", "")[0] != '\0') {
		html_open(h, "p.quiet");
		say_reason(p, json_str(record, "reason", ""));
		html_close(h);
	}
	html_close(h);
	jv_free(record);
}

static void
receipts(struct page *p, jv whole)
{
	jv all = json_get(whole, "receipts");
	int n = 0;

	html_open(&p->html, "section.panel");
	say_element(p, "h2", "event.published_at");
	html_open(&p->html, "ul.receipts");
	if (jv_get_kind(all) == JV_KIND_ARRAY)
		jv_array_foreach (all, i, item) {
			receipt(p, item);
			n++;
			jv_free(item);
		}
	html_close(&p->html);
	if (n == 0)
		say_element(p, "p.quiet", "event.published_nowhere");
	html_close(&p->html);
	jv_free(all);
}

static void
actions(struct page *p, const char *uid)
{
	char *path = mem_printf("%s.ics", uid);

	html_open(&p->html, "p.actions");
	say_link(p, "a.button", "/feeds/events/", path, "event.to_calendar");
	html_close(&p->html);
	free(path);
}

static void
show(struct request *rq, struct answer *a, jv whole, jv record)
{
	const char *uid = json_str(whole, "key", "");
	jv names = json_get(record, "title"), summary;
	const char *title;
	struct page p;

	page_prepare(&p, rq, a);
	title = reader_text(&p.reader, names, NULL);
	page_frame(&p, "calendar",
	    title[0] != '\0' ? title
			     : catalog_text(p.words, "event.untitled", NULL));
	html_open(&p.html, "header.title");
	html_open(&p.html, "p.kicker");
	say_word(&p, "event_kind", json_str(record, "kind", ""));
	html_close(&p.html);
	html_open(&p.html, "h1");
	if (!say_text(&p, names))
		say(&p, "event.untitled");
	html_close(&p.html);
	html_open(&p.html, "p.lead");
	rows_event_marks(&p, record);
	html_close(&p.html);
	html_close(&p.html);
	changes(&p, whole, record);
	facts(&p, whole, record);
	summary = json_get(record, "summary");
	html_open(&p.html, "div.prose");
	say_text(&p, summary);
	html_close(&p.html);
	jv_free(summary);
	actions(&p, uid);
	rows_panel(&p, whole, "parts", "event.parts", rows_events);
	rows_panel(
	    &p, whole, "partnerships", "event.partnerships", rows_partnerships);
	rows_panel(&p, whole, "same", "event.same", rows_events);
	receipts(&p, whole);
	page_machines(&p, "/api/v1/events/", uid);
	linked_event(&p, record);
	page_end(&p);
	jv_free(names);
}

/* A withdrawn event keeps its address, and says what became of it. */
static void
show_withdrawn(struct request *rq, struct answer *a, jv whole)
{
	struct say_part parts[] = {{.member = json_str(whole, "member", "")},
	    {.day_ms = json_int(whole, "at", 0)}};
	struct page p;

	page_begin(&p, rq, a, "calendar", "event.withdrawn");
	a->status = 410;
	say_element(&p, "h1", "event.withdrawn");
	html_open(&p.html, "p.lead");
	say_sentence(&p, "event.withdrawn_by", parts, 2);
	html_close(&p.html);
	page_end(&p);
}

void
page_event(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	jv whole = query_event(rq->query, rq->parts[0], &err);
	jv record = json_get(whole, "record");

	if (!jv_is_valid(whole))
		page_error(a, &err);
	else if (jv_get_kind(whole) != JV_KIND_OBJECT)
		page_missing(a);
	else if (jv_get_kind(record) != JV_KIND_OBJECT)
		show_withdrawn(rq, a, whole);
	else
		show(rq, a, whole, record);
	jv_free(record);
	jv_free(whole);
}
