/* Search: cities, partnerships, events, associations by any of their names. */
#include <stdlib.h>

#include "base/err.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/rows.h"
#include "portal/say.h"

enum { FOUND_MAX = 20 };

static void
cities(struct page *p, jv items)
{
	struct html *h = &p->html;

	html_open(h, "ul.found");
	jv_array_foreach (items, i, city) {
		html_open(h, "li");
		say_city(p, city);
		html_open(h, "small");
		say_word(p, "country", json_str(city, "country", ""));
		html_text(h, " · ");
		say_count(
		    p, "found.partnerships", json_int(city, "partnerships", 0));
		html_text(h, " · ");
		say_count(p, "found.events", json_int(city, "events", 0));
		html_close_to(h, h->depth - 2);
		jv_free(city);
	}
	html_close(h);
}

static void
organizations(struct page *p, jv items)
{
	struct html *h = &p->html;

	html_open(h, "ul.found");
	jv_array_foreach (items, i, item) {
		html_open(h, "li");
		say_member(p, json_str(item, "member", ""), 1);
		html_close(h);
		jv_free(item);
	}
	html_close(h);
}

static void
show(struct page *p, jv found)
{
	static const char *const kinds[] = {
	    "cities", "partnerships", "events", "organizations"};
	int n = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		jv items = json_get(found, kinds[i]);

		n += jv_get_kind(items) == JV_KIND_ARRAY
			 ? jv_array_length(jv_copy(items))
			 : 0;
		jv_free(items);
	}
	if (n == 0)
		say_element(p, "p.quiet", "found.nothing");
	rows_panel(p, found, "cities", "found.cities", cities);
	rows_panel(p, found, "partnerships", "found.pairs", rows_partnerships);
	rows_panel(p, found, "events", "found.dates", rows_events);
	rows_panel(
	    p, found, "organizations", "found.organizations", organizations);
}

void
page_search(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	const char *text = request_arg(rq, "q");
	jv found = text != NULL ? query_search(rq->query, text, FOUND_MAX, &err)
				: jv_object();
	struct page p;

	if (!jv_is_valid(found)) {
		page_error(a, &err);
		jv_free(found);
		return;
	}
	page_begin(&p, rq, a, "", "found.title");
	html_open(&p.html, "h1");
	if (text != NULL) {
		struct say_part part = {.text = text};

		say_sentence(&p, "found.for", &part, 1);
	} else {
		say(&p, "found.title");
	}
	html_close(&p.html);
	say_element(&p, "p.quiet", "found.explained");
	if (text != NULL)
		show(&p, found);
	page_end(&p);
	jv_free(found);
}
