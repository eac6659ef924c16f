/* The frame of all pages: see page.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/percent.h"
#include "portal/assets.h"
#include "portal/catalog.h"
#include "portal/page.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/say.h"
#include "web/server.h"

enum { COPY_ROW_BYTES = 90, COPY_ROWS_MAX = 8 };

static const char *const menu[] = {
    "start", "map", "calendar", "members", "subscribe"};

void
page_prepare(struct page *p, struct request *rq, struct answer *a)
{
	const char *asked = request_arg(rq, "lang");

	*p = (struct page){
	    .rq = rq, .answer = a, .members = jv_null(), .cities = jv_object()};
	reader_init(&p->reader, asked, request_header(rq, "Accept-Language"));
	p->words = p->reader.words;
	if (asked != NULL && catalog_find(asked) != NULL)
		p->asked = catalog_language(catalog_find(asked));
	a->type = "text/html; charset=utf-8";
	a->body.max = PAGE_MAX_BYTES;
	html_init(&p->html, &a->body);
	answer_header(a, "Content-Language", "%s", catalog_language(p->words));
}

void
page_fini(struct page *p)
{
	jv_free(p->members);
	jv_free(p->cities);
	p->members = jv_null();
	p->cities = jv_null();
}

char *
page_path(const struct page *p, const char *prefix, const char *part)
{
	struct buf out = {0};

	buf_puts(&out, prefix);
	if (part != NULL)
		percent_encode(part, "", &out);
	if (p->asked != NULL)
		request_add_argument(&out, "lang", p->asked);
	return buf_take(&out);
}

char *
page_here(const struct page *p, const char *name, const char *value)
{
	return request_here(p->rq, name, value);
}

char *
page_absolute(const struct page *p, const char *path, const char *arguments)
{
	return mem_printf("%s%s%s%s", p->rq->public_url, path,
	    arguments[0] != '\0' ? "?" : "", arguments);
}

void
page_open_link(
    struct page *p, const char *spec, const char *prefix, const char *part)
{
	char *path = page_path(p, prefix, part);

	html_open(&p->html, spec);
	html_address(&p->html, "href", path);
	free(path);
}

void
page_outward(struct page *p, const char *address, const char *text)
{
	if (!html_is_address(address)) {
		html_text(&p->html, text);
		return;
	}
	html_open(&p->html, "a.outward");
	html_address(&p->html, "href", address);
	html_attr(&p->html, "rel", "external noopener nofollow");
	html_text(&p->html, text);
	html_close(&p->html);
}

void
page_more(struct page *p, jv list)
{
	const char *next = json_str(list, "next", NULL);
	char *here;

	if (next == NULL)
		return;
	here = request_here(p->rq, "after", next);
	html_open(&p->html, "p.more");
	html_open(&p->html, "a.button.quiet");
	html_address(&p->html, "href", here);
	html_attr(&p->html, "rel", "next");
	say(p, "list.more");
	html_close(&p->html);
	html_close(&p->html);
	free(here);
}

/* The address of a file of static/, with its tag so that it is kept. */
static void
file_address(struct page *p, const char *attribute, const char *name)
{
	const struct asset *file = assets_find(name);
	char *path;

	if (file == NULL)
		abort();
	path = mem_printf("/static/%s?v=%s", name, file->tag);
	html_address(&p->html, attribute, path);
	free(path);
}

void
page_script(struct page *p, const char *name)
{
	html_open(&p->html, "script");
	html_attr(&p->html, "type", "module");
	file_address(p, "src", name);
	html_close(&p->html);
}

/* What programs may follow: shown by some browsers and readers. */
static void
feeds(struct page *p)
{
	static const char *const all[][2] = {
	    {"application/atom+xml", "/feeds/news.atom"},
	    {"text/calendar", "/feeds/events.ics"}};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char *path = page_path(p, all[i][1], NULL);

		html_open(&p->html, "link");
		html_attr(&p->html, "rel", "alternate");
		html_attr(&p->html, "type", all[i][0]);
		html_address(&p->html, "href", path);
		free(path);
	}
}

static void
head(struct page *p, const char *title)
{
	struct html *h = &p->html;
	const struct catalog *c;

	buf_puts(h->out, "<!doctype html>\n");
	html_open(h, "html");
	html_attr(h, "lang", catalog_language(p->words));
	html_open(h, "head");
	html_open(h, "meta");
	html_attr(h, "charset", "utf-8");
	html_open(h, "title");
	html_textf(
	    h, "%s · %s", title, catalog_text(p->words, "site.name", NULL));
	html_close(h);
	html_open(h, "meta");
	html_attr(h, "name", "viewport");
	html_attr(h, "content", "width=device-width, initial-scale=1");
	html_open(h, "link");
	html_attr(h, "rel", "stylesheet");
	file_address(p, "href", "style.css");
	html_open(h, "link");
	html_attr(h, "rel", "icon");
	file_address(p, "href", "icon.svg");
	for (size_t i = 0; (c = catalog_at(i)) != NULL; i++) {
		char *here = page_here(p, "lang", catalog_language(c));

		html_open(h, "link");
		html_attr(h, "rel", "alternate");
		html_attr(h, "hreflang", catalog_language(c));
		html_address(h, "href", here);
		free(here);
	}
	feeds(p);
	page_script(p, "page.js");
	html_close(h);
}

static void
navigation(struct page *p, const char *at)
{
	struct html *h = &p->html;

	html_open(h, "nav.menu");
	say_attr(p, "aria-label", "site.menu");
	html_open(h, "ul");
	for (size_t i = 0; i < sizeof(menu) / sizeof(*menu); i++) {
		char *key = mem_printf("menu.%s", menu[i]);
		char *to = mem_printf(
		    "/%s", strcmp(menu[i], "start") == 0 ? "" : menu[i]);

		html_open(h, "li");
		page_open_link(p, "a", to, NULL);
		if (strcmp(menu[i], at) == 0)
			html_attr(h, "aria-current", "page");
		say(p, key);
		html_close(h);
		html_close(h);
		free(key);
		free(to);
	}
	html_close_to(h, h->depth - 2);
}

static void
finder(struct page *p)
{
	struct html *h = &p->html;

	html_open(h, "form.finder");
	html_attr(h, "role", "search");
	html_address(h, "action", "/search");
	html_open(h, "input");
	html_attr(h, "type", "search");
	html_attr(h, "name", "q");
	html_attr(h, "maxlength", "200");
	html_attr(h, "value",
	    strcmp(p->rq->http->path, "/search") == 0 ? request_arg(p->rq, "q")
						      : NULL);
	say_attr(p, "aria-label", "site.find_label");
	say_attr(p, "placeholder", "site.find");
	if (p->asked != NULL) {
		html_open(h, "input");
		html_attr(h, "type", "hidden");
		html_attr(h, "name", "lang");
		html_attr(h, "value", p->asked);
	}
	html_open(h, "button");
	say(p, "site.find");
	html_close_to(h, h->depth - 2);
}

static void
languages(struct page *p)
{
	struct html *h = &p->html;
	const struct catalog *c;

	html_open(h, "ul.languages");
	say_attr(p, "aria-label", "site.languages");
	for (size_t i = 0; (c = catalog_at(i)) != NULL; i++) {
		char *here = page_here(p, "lang", catalog_language(c));

		html_open(h, "li");
		html_open(h, "a");
		html_address(h, "href", here);
		html_attr(h, "lang", catalog_language(c));
		html_attr(h, "hreflang", catalog_language(c));
		if (c == p->words)
			html_attr(h, "aria-current", "true");
		html_text(h, catalog_name(c));
		html_close_to(h, h->depth - 2);
		free(here);
	}
	html_close(h);
}

/* While the topics are read, things may be missing: say so. */
static void
progress(struct page *p)
{
	jv state = query_state(p->rq->query);
	struct say_part parts[] = {
	    {.is_number = 1, .number = json_int(state, "read", 0)},
	    {.is_number = 1, .number = json_int(state, "total", 0)}};

	if (jv_is_valid(state) && !json_bool(state, "is_ready", 0)) {
		html_open(&p->html, "p.catching-up");
		html_attr(&p->html, "role", "status");
		say_sentence(p, "site.catching_up", parts, 2);
		html_close(&p->html);
	}
	jv_free(state);
}

void
page_frame(struct page *p, const char *at, const char *title)
{
	struct html *h = &p->html;

	head(p, title);
	html_open(h, "body");
	html_open(h, "a.skip");
	html_address(h, "href", "#main");
	say(p, "site.skip");
	html_close(h);
	html_open(h, "header.site");
	html_open(h, "div.frame");
	page_open_link(p, "a.brand", "/", NULL);
	say(p, "site.name");
	html_close(h);
	navigation(p, at);
	finder(p);
	languages(p);
	html_close_to(h, h->depth - 2);
	html_open(h, "main#main");
	html_attr(h, "tabindex", "-1");
	progress(p);
}

void
page_begin(struct page *p, struct request *rq, struct answer *a, const char *at,
    const char *key)
{
	page_prepare(p, rq, a);
	page_frame(p, at, catalog_text(p->words, key, NULL));
}

void
page_machines(struct page *p, const char *path, const char *part)
{
	struct buf address = {0};

	buf_puts(&address, path);
	percent_encode(part, "", &address);
	html_open(&p->html, "p.machines");
	say(p, "site.for_machines");
	html_text(&p->html, " ");
	html_link(&p->html, "a", address.data, "JSON");
	html_close(&p->html);
	buf_free(&address);
}

void
page_end(struct page *p)
{
	struct html *h = &p->html;

	html_close_to(h, 2); /* html, body */
	html_open(h, "footer.site");
	html_open(h, "div.frame");
	html_open(h, "p");
	say(p, "site.tagline");
	html_close(h);
	html_open(h, "p");
	say_link(p, "a", "/about", NULL, "menu.about");
	html_close_to(h, 0);
	buf_puts(h->out, "\n");
	page_fini(p);
	/* A page that is cut would be missing what nobody sees is missing. */
	if (h->is_full)
		answer_problem(p->answer, 503,
		    "This page would be too long. Narrow it down.");
}

void
page_copyable(struct page *p, const char *key, const char *text)
{
	struct html *h = &p->html;
	int rows = 1, in_row = 0;

	for (const char *c = text; *c != '\0'; c++) {
		int is_full = *c == '\n' || ++in_row == COPY_ROW_BYTES;

		rows += is_full && c[1] != '\0';
		in_row = is_full ? 0 : in_row;
	}
	html_open(h, "div.copy");
	say_attr(p, "data-copy", "task.copy");
	say_attr(p, "data-copied", "task.copied");
	html_open(h, "label");
	say_element(p, "span", key);
	html_open(h, "textarea");
	html_flag(h, "readonly", 1);
	html_attrf(
	    h, "rows", "%d", rows < COPY_ROWS_MAX ? rows : COPY_ROWS_MAX);
	html_attr(h, "spellcheck", "false");
	html_text(h, text);
	html_close(h);
	html_close(h);
	html_close(h);
}

void
page_error(struct answer *a, const struct err *err)
{
	if (err->class == ERR_REJECT)
		answer_problem(a, 400, "%s", err->msg);
	else if (err->class == ERR_RETRY)
		answer_problem(a, 503, "%s", err->msg);
	else
		answer_problem(a, 500, "The store of the portal: %s", err->msg);
}

void
page_missing(struct answer *a)
{
	answer_problem(a, 404, "Nothing of that name is on the wire.");
}
