/* The map: partnerships and events, by a filter, on a canvas and in a table. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "portal/assets.h"
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
	char *arguments = page_arguments(p, "city country member kind status q "
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

static jv
at(jv array, int i)
{
	return jv_array_get(jv_copy(array), i);
}

/* [id, lat, lon, name] of each city, in the reader's language. */
static jv
cities_for(const struct page *p, jv cities)
{
	jv out = jv_array();

	jv_array_foreach (cities, i, city) {
		jv map = at(city, 4);

		out = jv_array_append(
		    out, JV_ARRAY(at(city, 0), at(city, 1), at(city, 2),
			     jv_string(reader_text(&p->reader, map, NULL))));
		jv_free(map);
		jv_free(city);
	}
	return out;
}

/* [key, a, b, how it stands] of each arc. */
static jv
arcs_for(jv arcs)
{
	jv out = jv_array();

	jv_array_foreach (arcs, i, arc) {
		jv record = jv_object(), one = at(arc, 6);
		int is_one = jv_get_kind(one) == JV_KIND_NUMBER &&
			     jv_number_value(one) != 0;

		json_set(&record, "status", at(arc, 3));
		json_set(&record, "unilateral", jv_bool(is_one));
		out = jv_array_append(
		    out, JV_ARRAY(at(arc, 0), at(arc, 1), at(arc, 2),
			     jv_string(rows_standing_key(record))));
		jv_free(one);
		jv_free(record);
		jv_free(arc);
	}
	return out;
}

/* [uid, lat, lon, title, status] of each event. */
static jv
events_for(const struct page *p, jv events)
{
	jv out = jv_array();

	jv_array_foreach (events, i, event) {
		jv map = at(event, 5);

		out = jv_array_append(
		    out, JV_ARRAY(at(event, 0), at(event, 1), at(event, 2),
			     jv_string(reader_text(&p->reader, map, NULL)),
			     at(event, 4)));
		jv_free(map);
		jv_free(event);
	}
	return out;
}

void
page_map_data(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	struct query_filter f;
	struct page p;
	jv map, cities, arcs, events, out;

	if (filter_parse(rq, PARTS, "view lang", &f, &err) != 0) {
		page_error(a, &err);
		return;
	}
	map = query_map(rq->query, &f, &err);
	filter_fini(&f);
	if (!jv_is_valid(map)) {
		page_error(a, &err);
		jv_free(map);
		return;
	}
	page_prepare(&p, rq, a);
	out = jv_object();
	cities = json_get(map, "cities");
	arcs = json_get(map, "arcs");
	events = json_get(map, "events");
	json_set(&out, "cities", cities_for(&p, cities));
	json_set(&out, "arcs", arcs_for(arcs));
	json_set(&out, "events", events_for(&p, events));
	a->body.max = 0; /* query_map() has its own bound */
	json_canonical(out, &a->body);
	a->type = "application/json";
	jv_free(out);
	jv_free(cities);
	jv_free(arcs);
	jv_free(events);
	jv_free(map);
	page_fini(&p);
}
