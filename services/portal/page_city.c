/* A city: its names, its partnerships, its events. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "portal/chart.h"
#include "portal/linked.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/rows.h"
#include "portal/say.h"

enum { NAMES_MAX = 24 };

/* Its names in the scripts of others, and former ones. */
static void
names(struct page *p, jv city)
{
	jv more = json_get(city, "other_names");
	int n = 0;

	if (jv_get_kind(more) == JV_KIND_ARRAY &&
	    jv_array_length(jv_copy(more)) > 0) {
		html_open(&p->html, "p.quiet");
		say(p, "city.other_names");
		html_text(&p->html, " ");
		jv_array_foreach (more, i, name) {
			if (jv_get_kind(name) == JV_KIND_STRING &&
			    n < NAMES_MAX) {
				html_text(&p->html, n++ > 0 ? " · " : "");
				html_text(&p->html, jv_string_value(name));
			}
			jv_free(name);
		}
		html_close(&p->html);
	}
	jv_free(more);
}

static void
show(struct request *rq, struct answer *a, jv city, jv partnerships, jv events)
{
	struct page p;
	struct chart_place place;
	jv names_map = json_get(city, "names");

	page_prepare(&p, rq, a);
	page_frame(&p, "map", say_city_text(&p, city));
	html_open(&p.html, "div.hero");
	html_open(&p.html, "header.title");
	html_open(&p.html, "p.kicker");
	say_word(&p, "country", json_str(city, "country", ""));
	html_close(&p.html);
	html_open(&p.html, "h1");
	if (!say_text(&p, names_map))
		say(&p, "city.unnamed");
	html_close(&p.html);
	names(&p, city);
	html_close(&p.html);
	if (chart_place_of(city, &place) == 0) {
		place.name = say_city_text(&p, city);
		chart_draw(&p.html,
		    &(struct chart){&place, 1, NULL, 0, place.name, 2.1, 50});
	}
	html_close(&p.html);
	rows_panel(
	    &p, partnerships, "items", "city.partnerships", rows_partnerships);
	page_more(&p, partnerships);
	rows_panel(&p, events, "items", "city.events", rows_events);
	linked_city(&p, city);
	page_end(&p);
	jv_free(names_map);
}

void
page_city(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	jv city = query_city(rq->query, rq->parts[0], &err);
	jv ids = JV_ARRAY(jv_string(rq->parts[0]));
	struct query_filter pairs = {.cities = ids,
	    .sort = QUERY_SORT_NAME,
	    .after = request_arg(rq, "after"),
	    .limit = PAGE_ROWS};
	struct query_filter latest = {.cities = ids,
	    .sort = QUERY_SORT_DATE,
	    .is_descending = 1,
	    .limit = PAGE_ROWS};
	jv partnerships = query_partnerships(rq->query, &pairs, &err);
	jv events = query_events(rq->query, &latest, &err);

	if (!jv_is_valid(city) || !jv_is_valid(partnerships) ||
	    !jv_is_valid(events))
		page_error(a, &err);
	else if (jv_get_kind(city) != JV_KIND_OBJECT)
		page_missing(a);
	else
		show(rq, a, city, partnerships, events);
	jv_free(city);
	jv_free(partnerships);
	jv_free(events);
	jv_free(ids);
}
