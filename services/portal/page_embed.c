/*
 * Events for other people's pages: small, without a script, in a frame that
 * any site may show.  Its colours are arguments, so that it fits.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "portal/assets.h"
#include "portal/catalog.h"
#include "portal/filter.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/rows.h"
#include "portal/say.h"

enum { SHOWN = 5, SHOWN_MAX = 20 };

static const char policy[] =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors *";
static const char colours[] = "accent ground text quiet line";

/* 1 if VALUE is six hexadecimal digits. */
static int
is_colour(const char *value)
{
	return strlen(value) == 6 &&
	       strspn(value, "0123456789abcdefABCDEF") == 6;
}

void
page_embed_style(struct request *rq, struct answer *a)
{
	static const char *const words[] = {
	    "accent", "ground", "text", "quiet", "line"};

	a->type = "text/css; charset=utf-8";
	buf_puts(&a->body, ":root{");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *value = request_arg(rq, words[i]);

		if (value != NULL && is_colour(value))
			buf_printf(&a->body, "--%s:#%s;", words[i], value);
	}
	buf_puts(&a->body, "}\n");
}

static void
sheet(struct html *h, const char *address)
{
	html_open(h, "link");
	html_attr(h, "rel", "stylesheet");
	html_address(h, "href", address);
}

static void
frame(struct page *p)
{
	struct html *h = &p->html;
	char *arguments = request_arguments(p->rq, colours);
	char *file =
	    mem_printf("/static/embed.css?v=%s", assets_find("embed.css")->tag);
	char *own = mem_printf("/embed/style.css?%s", arguments);

	buf_puts(h->out, "<!doctype html>\n");
	html_open(h, "html");
	html_attr(h, "lang", catalog_language(p->words));
	html_open(h, "head");
	html_open(h, "meta");
	html_attr(h, "charset", "utf-8");
	html_open(h, "title");
	html_text(h, catalog_text(p->words, "subscribe.embed_title", NULL));
	html_close(h);
	html_open(h, "meta");
	html_attr(h, "name", "viewport");
	html_attr(h, "content", "width=device-width, initial-scale=1");
	html_open(h, "link");
	html_attr(h, "rel", "icon");
	html_attr(h, "type", "image/svg+xml");
	html_address(h, "href", "/static/icon.svg");
	/* Its links leave the frame. */
	html_open(h, "base");
	html_attr(h, "target", "_blank");
	html_close(h);
	sheet(h, file);
	if (arguments[0] != '\0')
		sheet(h, own);
	html_close(h);
	html_open(h, "body");
	html_open(h, "main");
	free(own);
	free(file);
	free(arguments);
}

void
page_embed(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	struct query_filter f;
	struct page p;
	jv list, items;

	a->policy = policy;
	if (filter_parse(rq,
		FILTER_PLACES | FILTER_MEMBERS | FILTER_KINDS |
		    FILTER_LANGUAGES | FILTER_TEXT | FILTER_PAGES,
		colours, &f, &err) != 0) {
		page_error(a, &err);
		return;
	}
	f.from_ms = rq->now_ms;
	if (f.limit == 0 || f.limit > SHOWN_MAX)
		f.limit = SHOWN;
	list = query_events(rq->query, &f, &err);
	filter_fini(&f);
	if (!jv_is_valid(list)) {
		page_error(a, &err);
		jv_free(list);
		return;
	}
	items = json_get(list, "items");
	page_prepare(&p, rq, a);
	frame(&p);
	if (jv_array_length(jv_copy(items)) > 0)
		rows_events(&p, items);
	else
		say_element(&p, "p.quiet", "start.nothing_ahead");
	html_open(&p.html, "footer");
	page_open_link(&p, "a", "/calendar", NULL);
	say(&p, "site.name");
	html_close_to(&p.html, 0);
	page_fini(&p);
	jv_free(items);
	jv_free(list);
}
