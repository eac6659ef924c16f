/* The map: partnerships and events, by a filter, on a canvas and in a table. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "portal/assets.h"
#include "portal/atlas.h"
#include "portal/catalog.h"
#include "portal/choice.h"
#include "portal/filter.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/rows.h"
#include "portal/say.h"

enum {
	PARTS = FILTER_PLACES | FILTER_MEMBERS | FILTER_KINDS |
		FILTER_STATUSES | FILTER_TEXT | FILTER_YEARS | FILTER_PAGES
};

static const char kinds[] =
    "twin friendship cooperation project intent contact other";
static const char statuses[] =
    "active unconfirmed suspended terminated reported proposed";
static const char standings[] = "active unconfirmed suspended suspended_one "
				"terminated terminated_one reported proposed "
				"other";

static void
filter_form(struct page *p)
{
	struct err err = {.class = ERR_NONE};
	jv choices = query_choices(p->rq->query, &err);
	jv countries = json_get(choices, "countries");
	jv members = json_get(choices, "members"), codes;

	choice_begin(p, "/map");
	if (jv_get_kind(countries) == JV_KIND_ARRAY)
		choice_one(
		    p, "country", "choice.country", "country", countries);
	if (jv_get_kind(members) == JV_KIND_ARRAY)
		choice_one(p, "member", "choice.member", "members", members);
	codes = choice_codes(statuses);
	choice_one(p, "status", "choice.status", "standing", codes);
	jv_free(codes);
	codes = choice_codes(kinds);
	choice_one(p, "kind", "choice.kind", "kind", codes);
	jv_free(codes);
	choice_year(p, "since_from", "choice.since_from");
	choice_year(p, "since_to", "choice.since_to");
	choice_end(p, "choice.show");
	jv_free(countries);
	jv_free(members);
	jv_free(choices);
}

/* The canvas, and all that map.js needs to know. */
static void
canvas(struct page *p)
{
	struct html *h = &p->html;
	char *arguments =
	    request_arguments(p->rq, "city country member kind status q "
				     "since_from since_to lang");
	const struct asset *coast = assets_find("coast.path");
	static const struct {
		const char *word, *key;
	} buttons[] = {
	    {"in", "map.zoom_in"}, {"out", "map.zoom_out"}, {"all", "map.all"}};

	html_open(h, "div.map#map");
	html_attrf(h, "data-from", "/map/data%s%s",
	    arguments[0] != '\0' ? "?" : "", arguments);
	html_attrf(h, "data-coast", "/static/coast.path?v=%s", coast->tag);
	html_open(h, "canvas");
	html_attr(h, "tabindex", "0");
	html_attr(h, "role", "application");
	say_attr(p, "aria-label", "map.canvas");
	html_attr(h, "aria-describedby", "map-help");
	html_close(h);
	html_open(h, "div.buttons");
	for (size_t i = 0; i < sizeof(buttons) / sizeof(*buttons); i++) {
		html_open(h, "button");
		html_attr(h, "type", "button");
		html_attr(h, "data-do", buttons[i].word);
		say_attr(p, "aria-label", buttons[i].key);
		html_text(h, i == 0 ? "+" : i == 1 ? "−" : "⤢");
		html_close(h);
	}
	html_close(h);
	html_open(h, "div.info#map-info");
	html_attr(h, "role", "status");
	say_attr(p, "data-close", "map.close");
	say_attr(p, "data-events", "map.events");
	html_close(h);
	html_open(h, "noscript");
	html_element(h, "p", catalog_text(p->words, "map.no_script", NULL));
	html_close(h);
	html_close(h);
	html_open(h, "p.quiet#map-help");
	say(p, "map.help");
	html_close(h);
	free(arguments);
}

static void
legend(struct page *p)
{
	jv codes = choice_codes(standings);

	html_open(&p->html, "ul.legend");
	say_attr(p, "aria-label", "map.legend");
	jv_array_foreach (codes, i, code) {
		html_open(&p->html, "li");
		html_attr(&p->html, "data-mark", jv_string_value(code));
		say_word(p, "standing", jv_string_value(code));
		html_close(&p->html);
		jv_free(code);
	}
	html_open(&p->html, "li");
	html_attr(&p->html, "data-mark", "event");
	say(p, "map.an_event");
	html_close(&p->html);
	html_close(&p->html);
	jv_free(codes);
}

static void
show(struct request *rq, struct answer *a, jv list)
{
	struct page p;
	jv items = json_get(list, "items");

	page_begin(&p, rq, a, "map", "map.title");
	say_element(&p, "h1", "map.title");
	filter_form(&p);
	canvas(&p);
	legend(&p);
	html_open(&p.html, "section.panel");
	html_open(&p.html, "h2");
	say_count(&p, "found.partnerships", json_int(list, "total", 0));
	html_close(&p.html);
	if (jv_array_length(jv_copy(items)) > 0)
		rows_partnerships(&p, items);
	else
		say_element(&p, "p.quiet", "map.nothing");
	page_more(&p, list);
	html_close(&p.html);
	page_machines(&p, "/api/v1/partnerships", "");
	page_script(&p, "map.js");
	page_end(&p);
	jv_free(items);
}

void
page_map(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	struct query_filter f;
	jv list;

	if (filter_parse(rq, PARTS, "view lang", &f, &err) != 0) {
		page_error(a, &err);
		return;
	}
	if (f.sort == QUERY_SORT_DEFAULT)
		f.sort = QUERY_SORT_NAME;
	if (f.limit == 0)
		f.limit = PAGE_ROWS;
	f.with_total = 1;
	list = query_partnerships(rq->query, &f, &err);
	if (jv_is_valid(list))
		show(rq, a, list);
	else
		page_error(a, &err);
	jv_free(list);
	filter_fini(&f);
}

void
page_map_data(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	struct query_filter f;

	if (filter_parse(rq, PARTS, "view lang", &f, &err) != 0) {
		page_error(a, &err);
		return;
	}
	if (atlas_answer(rq, ATLAS_CANVAS, &f, a, &err) != 0)
		page_error(a, &err);
	filter_fini(&f);
}
