/* A partnership: the merged view, and beside it what each side says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

enum { TIMELINE_MAX = 100 };

/* 1 if the record's (borrowed) conflicts name WHAT, or "WHAT:...". */
static int
differs(jv record, const char *what)
{
	jv conflicts = json_get(record, "conflicts");
	size_t size = strlen(what);
	int found = 0;

	if (jv_get_kind(conflicts) == JV_KIND_ARRAY)
		jv_array_foreach (conflicts, i, c) {
			const char *text = jv_get_kind(c) == JV_KIND_STRING
					       ? jv_string_value(c)
					       : "";

			found |= strncmp(text, what, size) == 0 &&
				 (text[size] == '\0' || text[size] == ':');
			jv_free(c);
		}
	jv_free(conflicts);
	return found;
}

static void
open_row(struct page *p, const char *key, int is_different)
{
	html_open(&p->html, is_different ? "div.differs" : "div");
	say_element(p, "dt", key);
	html_open(&p->html, "dd");
}

static void
close_row(struct page *p, int is_different)
{
	if (is_different) {
		html_text(&p->html, " ");
		say_element(p, "small", "side.differs");
	}
	rows_end_fact(p);
}

static void
date_row(struct page *p, const char *key, const char *date, int is_different)
{
	if (date[0] == '\0')
		return;
	open_row(p, key, is_different);
	say_date(p, date);
	close_row(p, is_different);
}

static void
merged_card(struct page *p, jv record)
{
	struct html *h = &p->html;
	const char *basis = json_str(record, "sinceBasis", "");

	html_open(h, "section.card.merged");
	say_element(p, "h2", "side.together");
	html_open(h, "dl");
	open_row(p, "side.standing", differs(record, "status"));
	rows_standing_badge(p, record);
	close_row(p, differs(record, "status"));
	open_row(p, "table.kind", differs(record, "kind"));
	say_word(p, "kind", json_str(record, "kind", ""));
	close_row(p, differs(record, "kind"));
	if (json_str(record, "since", "")[0] != '\0') {
		open_row(p, "table.since", differs(record, "since"));
		say_date(p, json_str(record, "since", ""));
		html_text(h, " ");
		html_open(h, "small");
		say_word(p, "basis", basis);
		html_close(h);
		close_row(p, differs(record, "since"));
	}
	html_close_to(h, h->depth - 2);
}

/* The item of claim KEY among CLAIMS (borrowed); the caller's, or null. */
static jv
claim_of(jv claims, const char *key)
{
	jv found = jv_null();

	if (jv_get_kind(claims) == JV_KIND_ARRAY)
		jv_array_foreach (claims, i, item) {
			if (strcmp(json_str(item, "key", ""), key) == 0) {
				jv_free(found);
				found = jv_copy(item);
			}
			jv_free(item);
		}
	return found;
}

/* Words of SECTION for an array of codes, with commas. */
static void
word_list(struct page *p, const char *section, jv codes)
{
	jv_array_foreach (codes, i, code) {
		if (i > 0)
			say(p, "list.and");
		if (jv_get_kind(code) == JV_KIND_STRING)
			say_word(p, section, jv_string_value(code));
		jv_free(code);
	}
}

static void
agreement(struct page *p, jv a)
{
	struct html *h = &p->html;
	const char *label = json_str(a, "kindLabel", "");
	const char *signed_on = json_str(a, "signedOn", "");
	const char *url = json_str(a, "documentUrl", NULL);
	jv areas = json_get(a, "areas");

	html_open(h, "li");
	say_word(p, "kind", json_str(a, "kind", ""));
	if (label[0] != '\0')
		html_textf(h, " («%s»)", label);
	if (signed_on[0] != '\0') {
		say(p, "list.comma");
		say_date(p, signed_on);
		html_text(h, " ");
		html_open(h, "small");
		say_word(p, "basis", json_str(a, "dateBasis", ""));
		html_close(h);
	}
	if (json_str(a, "endedOn", "")[0] != '\0') {
		struct say_part part = {.date = json_str(a, "endedOn", "")};

		say(p, "list.comma");
		say_sentence(p, "side.ended", &part, 1);
	}
	if (jv_get_kind(areas) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(areas)) > 0) {
		html_open(h, "br");
		word_list(p, "area", areas);
	}
	if (url != NULL) {
		html_open(h, "br");
		page_outward(
		    p, url, catalog_text(p->words, "side.document", NULL));
	}
	html_close(h);
	jv_free(areas);
}

static void
agreements_row(struct page *p, jv claim, int is_different)
{
	jv agreements = json_get(claim, "agreements");

	if (jv_get_kind(agreements) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(agreements)) > 0) {
		open_row(p, "side.agreements", is_different);
		html_open(&p->html, "ul.plain");
		jv_array_foreach (agreements, i, a) {
			agreement(p, a);
			jv_free(a);
		}
		html_close(&p->html);
		close_row(p, is_different);
	}
	jv_free(agreements);
}

/* Who said it, and when the wire heard of it. */
static void
source_row(struct page *p, jv item, jv claim)
{
	const char *url = json_str(claim, "url", NULL);
	struct say_part parts[] = {{.member = json_str(claim, "registrar", "")},
	    {.day_ms = json_int(item, "at", 0)}};

	open_row(p, "side.said_by", 0);
	say_sentence(p, "side.said_by_on", parts, 2);
	if (url != NULL) {
		html_open(&p->html, "br");
		page_outward(
		    p, url, catalog_text(p->words, "side.its_page", NULL));
	}
	close_row(p, 0);
}

static void
statement(struct page *p, jv item, jv record, const char *city)
{
	jv claim = json_get(item, "record");
	char *status = mem_printf("status:%s", city);
	int is_status_different =
	    differs(record, status) || differs(record, "status");

	html_open(&p->html, "dl");
	open_row(p, "side.standing", is_status_different);
	say_word(p, "side_status", json_str(claim, "status", ""));
	if (json_str(claim, "statusSince", "")[0] != '\0') {
		struct say_part part = {
		    .date = json_str(claim, "statusSince", "")};

		html_text(&p->html, " ");
		say_sentence(p, "side.since", &part, 1);
	}
	close_row(p, is_status_different);
	agreements_row(
	    p, claim, differs(record, "kind") || differs(record, "since"));
	date_row(
	    p, "side.last_activity", json_str(claim, "lastActivity", ""), 0);
	date_row(
	    p, "side.last_verified", json_str(claim, "lastVerified", ""), 0);
	source_row(p, item, claim);
	html_close(&p->html);
	free(status);
	jv_free(claim);
}

/* What the side of CITY (borrowed) says, if it does. */
static void
side_card(struct page *p, jv whole, jv record, jv city)
{
	const char *id = json_str(city, "id", "");
	struct say_part name = {.text = say_city_text(p, city)};
	jv sides = json_get(record, "sides"),
	   claims = json_get(whole, "claims");
	jv item = jv_null();

	if (jv_get_kind(sides) == JV_KIND_ARRAY)
		jv_array_foreach (sides, i, side) {
			if (strcmp(json_str(side, "cityId", ""), id) == 0) {
				jv_free(item);
				item = claim_of(
				    claims, json_str(side, "claim", ""));
			}
			jv_free(side);
		}
	html_open(&p->html, "section.card");
	html_open(&p->html, "h2");
	say_sentence(p, "side.title", &name, 1);
	html_close(&p->html);
	if (jv_get_kind(item) == JV_KIND_OBJECT)
		statement(p, item, record, id);
	else
		say_element(p, "p.quiet", "side.silent");
	html_close(&p->html);
	jv_free(item);
	jv_free(sides);
	jv_free(claims);
}

/* What those say who speak for neither city. */
static void
reports(struct page *p, jv whole, jv record)
{
	jv all = json_get(record, "reports"),
	   claims = json_get(whole, "claims");

	if (jv_get_kind(all) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(all)) > 0) {
		html_open(&p->html, "section.panel");
		say_element(p, "h2", "side.reports");
		say_element(p, "p.quiet", "side.reports_explained");
		html_open(&p->html, "div.cards");
		jv_array_foreach (all, i, report) {
			jv item =
			    claim_of(claims, json_str(report, "claim", ""));

			html_open(&p->html, "section.card");
			html_open(&p->html, "h3");
			say_member(p, json_str(report, "registrar", ""), 1);
			html_close(&p->html);
			if (jv_get_kind(item) == JV_KIND_OBJECT)
				statement(p, item, record, "");
			html_close(&p->html);
			jv_free(item);
			jv_free(report);
		}
		html_close_to(&p->html, p->html.depth - 2);
	}
	jv_free(all);
	jv_free(claims);
}

/* One entry of the time line: a date, a kind, and who records it. */
struct entry {
	jv agreement;
	const char *registrars[4];
	size_t n;
	int is_end;
};

static const char *
entry_date(const struct entry *e)
{
	return json_str(e->agreement, e->is_end ? "endedOn" : "signedOn", "");
}

static int
by_date(const void *a, const void *b)
{
	return strcmp(entry_date(a), entry_date(b));
}

static size_t
add_entry(struct entry *entries, size_t n, jv agreement, const char *registrar,
    int is_end)
{
	struct entry new = {agreement, {registrar}, 1, is_end};
	struct entry *e;

	if (entry_date(&new)[0] == '\0')
		return n;
	for (size_t i = 0; i < n; i++) {
		e = &entries[i];
		if (e->is_end != is_end ||
		    strcmp(entry_date(e), entry_date(&new)) != 0 ||
		    strcmp(json_str(e->agreement, "kind", ""),
			json_str(agreement, "kind", "")) != 0)
			continue;
		for (size_t k = 0; k < e->n; k++)
			if (strcmp(e->registrars[k], registrar) == 0)
				return n;
		if (e->n < sizeof(e->registrars) / sizeof(*e->registrars))
			e->registrars[e->n++] = registrar;
		return n;
	}
	if (n < TIMELINE_MAX)
		entries[n++] = new;
	return n;
}

/* All agreements of all CLAIMS (kept by the caller) by their dates. */
static size_t
collect(jv claims, struct entry *entries)
{
	size_t n = 0;

	jv_array_foreach (claims, i, item) {
		jv record = json_get(item, "record");
		jv agreements = json_get(record, "agreements");
		const char *who = json_str(record, "registrar", "");

		if (jv_get_kind(agreements) == JV_KIND_ARRAY)
			jv_array_foreach (agreements, k, a) {
				n = add_entry(entries, n, a, who, 0);
				n = add_entry(entries, n, a, who, 1);
				jv_free(a); /* CLAIMS holds it */
			}
		jv_free(agreements);
		jv_free(record);
		jv_free(item);
	}
	qsort(entries, n, sizeof(*entries), by_date);
	return n;
}

static void
timeline_entry(struct page *p, const struct entry *e)
{
	struct html *h = &p->html;

	html_open(h, "li");
	html_open(h, "b");
	say_date(p, entry_date(e));
	html_close(h);
	html_open(h, "span");
	say_word(p, "kind", json_str(e->agreement, "kind", ""));
	say(p, "list.colon");
	if (e->is_end)
		say(p, "side.ends");
	else
		say_word(p, "basis", json_str(e->agreement, "dateBasis", ""));
	html_close(h);
	html_open(h, "small");
	for (size_t i = 0; i < e->n; i++) {
		if (i > 0)
			say(p, "list.and");
		say_member(p, e->registrars[i], 0);
	}
	html_close_to(h, h->depth - 2);
}

static void
timeline(struct page *p, jv whole)
{
	struct entry *entries = mem_new(TIMELINE_MAX, sizeof(*entries));
	jv claims = json_get(whole, "claims");
	size_t n =
	    jv_get_kind(claims) == JV_KIND_ARRAY ? collect(claims, entries) : 0;

	if (n > 0) {
		html_open(&p->html, "section.panel");
		say_element(p, "h2", "side.timeline");
		html_open(&p->html, "ol.timeline");
		for (size_t i = 0; i < n; i++)
			timeline_entry(p, &entries[i]);
		html_close_to(&p->html, p->html.depth - 2);
	}
	free(entries);
	jv_free(claims);
}

/* Where the two lie, as far as the portal knows. */
static void
where(struct page *p, jv record, const char *title)
{
	struct err err = {.class = ERR_NONE};
	jv a = json_get(record, "a"), b = json_get(record, "b");
	jv ids = JV_ARRAY(
	    jv_string(json_str(a, "id", "")), jv_string(json_str(b, "id", "")));
	jv cities = query_cities(p->rq->query, ids, &err);
	struct chart_place places[2];
	struct chart_arc arc = {0, 1, rows_standing_key(record)};
	size_t n = 0;

	jv_free(ids);
	if (jv_get_kind(cities) == JV_KIND_ARRAY)
		jv_array_foreach (cities, i, city) {
			if (n < 2 && chart_place_of(city, &places[n]) == 0) {
				places[n].name = say_city_text(p, city);
				n++;
			}
			jv_free(city); /* CITIES holds it */
		}
	chart_draw(&p->html,
	    &(struct chart){places, n, &arc, n == 2 ? 1 : 0, title, 2.1, 30});
	jv_free(cities);
	jv_free(a);
	jv_free(b);
}

/* Since when it is suspended or ended, by the side that says so. */
static void
since_when(struct page *p, jv record)
{
	const char *status = json_str(record, "status", "");
	jv sides = json_get(record, "sides");

	if (jv_get_kind(sides) == JV_KIND_ARRAY &&
	    (strcmp(status, "suspended") == 0 ||
		strcmp(status, "terminated") == 0))
		jv_array_foreach (sides, i, side) {
			struct say_part since = {
			    .date = json_str(side, "since", "")};

			if (strcmp(json_str(side, "status", ""), status) == 0 &&
			    since.date[0] != '\0') {
				html_text(&p->html, " ");
				say_sentence(p, "side.since", &since, 1);
			}
			jv_free(side);
		}
	jv_free(sides);
}

static void
show(struct request *rq, struct answer *a, jv whole)
{
	struct page p;
	jv record = json_get(whole, "record");
	jv one = json_get(record, "a"), other = json_get(record, "b");
	char *title;

	page_prepare(&p, rq, a);
	title = say_pair(&p, record);
	page_frame(&p, "map", title);
	html_open(&p.html, "div.hero");
	html_open(&p.html, "header.title");
	say_element(&p, "p.kicker", "side.partnership");
	html_open(&p.html, "h1");
	say_city(&p, one);
	html_text(&p.html, "\u00a0– ");
	say_city(&p, other);
	html_close(&p.html);
	html_open(&p.html, "p.lead");
	rows_standing_badge(&p, record);
	since_when(&p, record);
	rows_difference(&p, record);
	html_close_to(&p.html, p.html.depth - 2);
	where(&p, record, title);
	html_close(&p.html);
	html_open(&p.html, "div.cards");
	merged_card(&p, record);
	side_card(&p, whole, record, one);
	side_card(&p, whole, record, other);
	html_close(&p.html);
	reports(&p, whole, record);
	timeline(&p, whole);
	rows_panel(&p, whole, "events", "side.events", rows_events);
	rows_panel(&p, whole, "notices", "side.notices", rows_notices);
	page_machines(&p, "/api/v1/partnerships/", json_str(whole, "key", ""));
	linked_partnership(&p, record, title);
	page_end(&p);
	free(title);
	jv_free(one);
	jv_free(other);
	jv_free(record);
}

void
page_partnership(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	jv whole = query_partnership(rq->query, rq->parts[0], &err);
	jv record = json_get(whole, "record");

	if (!jv_is_valid(whole))
		page_error(a, &err);
	else if (jv_get_kind(record) != JV_KIND_OBJECT)
		page_missing(a);
	else
		show(rq, a, whole);
	jv_free(record);
	jv_free(whole);
}
