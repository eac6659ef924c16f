/*
 * Subscribe: choose what to hear of, see what it would have brought, take the
 * addresses along.  There is no account: the choice is in the address.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "portal/catalog.h"
#include "portal/choice.h"
#include "portal/filter.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/rows.h"
#include "portal/say.h"

enum { SHOWN = 8, FOUND_MAX = 12 };

static const int64_t trial_ms = INT64_C(90) * 86400 * 1000;

/* The arguments that make up a choice. */
static const char chosen[] = "city country member kind language";
static const char event_kinds[] =
    "forum congress panel round-table signing delegation festival training "
    "anniversary call other";
static const char languages[] = "ru en zh ky kk";

/* Cities found by the name typed, and those chosen before, as boxes. */
static void
city_boxes(struct page *p)
{
	struct err err = {.class = ERR_NONE};
	struct html *h = &p->html;
	const char *name = request_arg(p->rq, "find");
	jv ids = request_args(p->rq, "city");
	jv have = query_cities(p->rq->query, ids, &err);
	jv found = name != NULL
		       ? query_search(p->rq->query, name, FOUND_MAX, &err)
		       : jv_object();
	jv more = json_get(found, "cities");
	jv lists[] = {have, more};

	for (size_t k = 0; k < 2; k++) {
		if (jv_get_kind(lists[k]) != JV_KIND_ARRAY)
			continue;
		jv_array_foreach (lists[k], i, city) {
			html_open(h, "label.box");
			html_open(h, "input");
			html_attr(h, "type", "checkbox");
			html_attr(h, "name", "city");
			html_attr(h, "value", json_str(city, "id", ""));
			html_flag(h, "checked", k == 0);
			html_open(h, "span");
			html_text(h, say_city_text(p, city));
			html_open(h, "small");
			html_text(h, " ");
			say_word(p, "country", json_str(city, "country", ""));
			html_close_to(h, h->depth - 3);
			jv_free(city);
		}
	}
	jv_free(ids);
	jv_free(have);
	jv_free(found);
	jv_free(more);
}

static void
city_field(struct page *p)
{
	struct html *h = &p->html;

	html_open(h, "fieldset.wide");
	say_element(p, "legend", "choice.cities");
	city_boxes(p);
	html_open(h, "label");
	say_element(p, "span", "choice.find_city");
	html_open(h, "input");
	html_attr(h, "type", "search");
	html_attr(h, "name", "find");
	html_attr(h, "maxlength", "100");
	html_close(h);
	html_close(h);
	html_open(h, "button.button.quiet");
	say(p, "choice.find");
	html_close(h);
	html_close(h);
}

static void
form(struct page *p)
{
	struct err err = {.class = ERR_NONE};
	jv choices = query_choices(p->rq->query, &err);
	jv countries = json_get(choices, "countries");
	jv members = json_get(choices, "members"), codes;

	choice_begin(p, "/subscribe");
	city_field(p);
	if (jv_get_kind(countries) == JV_KIND_ARRAY)
		choice_many(
		    p, "country", "choice.countries", "country", countries);
	if (jv_get_kind(members) == JV_KIND_ARRAY)
		choice_many(p, "member", "choice.members", "members", members);
	codes = choice_codes(event_kinds);
	choice_many(p, "kind", "choice.event_kinds", "event_kind", codes);
	jv_free(codes);
	codes = choice_codes(languages);
	choice_many(p, "language", "choice.languages", "language", codes);
	jv_free(codes);
	choice_end(p, "choice.try");
	jv_free(countries);
	jv_free(members);
	jv_free(choices);
}

/* What the choice would have brought in the last 90 days, and brings next. */
static void
trial(struct page *p, struct query_filter *f)
{
	struct err err = {.class = ERR_NONE};
	struct query_filter news = {.cities = f->cities,
	    .countries = f->countries,
	    .members = f->members,
	    .from_ms = p->rq->now_ms - trial_ms,
	    .limit = SHOWN,
	    .with_total = 1};
	jv notices, events;

	f->limit = SHOWN;
	f->with_total = 1;
	f->from_ms = p->rq->now_ms - trial_ms;
	events = query_events(p->rq->query, f, &err);
	notices = query_notices(p->rq->query, &news, &err);
	html_open(&p->html, "section.panel");
	say_element(p, "h2", "subscribe.trial");
	html_open(&p->html, "p.lead");
	say_count(p, "subscribe.n_events", json_int(events, "total", 0));
	html_text(&p->html, " ");
	say_count(p, "subscribe.n_news", json_int(notices, "total", 0));
	html_close(&p->html);
	html_open(&p->html, "div.columns");
	rows_panel(p, events, "items", "subscribe.events", rows_events);
	rows_panel(p, notices, "items", "subscribe.news", rows_notices);
	html_close(&p->html);
	html_close(&p->html);
	jv_free(events);
	jv_free(notices);
}

/* An address as a link that can be copied, too. */
static void
address(struct page *p, const char *key, const char *url)
{
	html_open(&p->html, "li");
	say_element(p, "h3", key);
	html_open(&p->html, "p");
	html_link(&p->html, "a.button", url, url);
	html_close(&p->html);
	html_close(&p->html);
}

/* Lines "    name: [a, b]" of a connection's subscription. */
static void
yaml_list(struct buf *out, const struct page *p, const char *argument,
    const char *key)
{
	jv values = request_args(p->rq, argument);

	if (jv_array_length(jv_copy(values)) > 0) {
		buf_printf(out, "    %s: ", key);
		json_canonical(values, out);
		buf_puts(out, "\n");
	}
	jv_free(values);
}

static void
yaml(struct page *p)
{
	struct buf out = {0};

	buf_puts(&out, "subscribe:\n"
		       "  - topics: [tw.events.*, tw.partnerships]\n"
		       "    from: now\n");
	yaml_list(&out, p, "city", "cities");
	yaml_list(&out, p, "country", "countries");
	yaml_list(&out, p, "member", "members");
	yaml_list(&out, p, "kind", "kinds");
	page_copyable(p, "subscribe.yaml", out.data);
	buf_free(&out);
}

static void
snippet(struct page *p, const char *arguments)
{
	char *src = page_absolute(p, "/embed/events", arguments);
	struct buf out = {0};
	struct html h;

	html_init(&h, &out);
	html_open(&h, "iframe");
	html_address(&h, "src", src);
	html_attr(
	    &h, "title", catalog_text(p->words, "subscribe.embed_title", NULL));
	html_attr(&h, "loading", "lazy");
	html_attr(&h, "width", "100%");
	html_attr(&h, "height", "420");
	html_close(&h);
	page_copyable(p, "subscribe.embed", out.data);
	say_element(p, "p.quiet", "subscribe.embed_colours");
	html_open(&p->html, "p");
	html_link(&p->html, "a", src + strlen(p->rq->public_url),
	    catalog_text(p->words, "subscribe.embed_look", NULL));
	html_close(&p->html);
	buf_free(&out);
	free(src);
}

static void
addresses(struct page *p)
{
	char *arguments = request_arguments(p->rq, chosen);
	/* Calendars and news readers say no language of their own. */
	char *read = mem_printf("%s%slang=%s", arguments,
	    arguments[0] != '\0' ? "&" : "", catalog_language(p->words));
	char *ics = page_absolute(p, "/feeds/events.ics", read);
	char *atom = page_absolute(p, "/feeds/news.atom", read);
	char *changes = page_absolute(p, "/api/v1/changes", arguments);
	const char *host = strstr(ics, "://");
	char *webcal = mem_printf("webcal%s", host != NULL ? host : "");

	html_open(&p->html, "section.panel");
	say_element(p, "h2", "subscribe.take_along");
	html_open(&p->html, "ul.addresses");
	address(p, "subscribe.calendar", webcal);
	address(p, "subscribe.atom", atom);
	address(p, "subscribe.changes", changes);
	html_close(&p->html);
	snippet(p, read);
	yaml(p);
	html_close(&p->html);
	free(webcal);
	free(changes);
	free(atom);
	free(ics);
	free(read);
	free(arguments);
}

void
page_subscribe(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	struct query_filter f;
	struct page p;

	if (filter_parse(rq,
		FILTER_PLACES | FILTER_MEMBERS | FILTER_KINDS |
		    FILTER_LANGUAGES,
		"find lang", &f, &err) != 0) {
		page_error(a, &err);
		return;
	}
	page_begin(&p, rq, a, "subscribe", "subscribe.title");
	say_element(&p, "h1", "subscribe.title");
	say_element(&p, "p.lead", "subscribe.lead");
	form(&p);
	trial(&p, &f);
	addresses(&p);
	page_end(&p);
	filter_fini(&f);
}
