/* What this is, whose data it shows, where machines find it; and errors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/request.h"
#include "portal/say.h"

void
page_about(struct request *rq, struct answer *a)
{
	struct page p;

	page_begin(&p, rq, a, "", "about_page.title");
	say_element(&p, "h1", "about_page.title");
	html_open(&p.html, "div.prose");
	say_element(&p, "p.lead", "about_page.what");
	say_element(&p, "p", "about_page.sides");
	say_element(&p, "h2", "about_page.machines_title");
	say_element(&p, "p", "about_page.machines");
	html_open(&p.html, "p");
	html_link(&p.html, "a", "/api/v1/openapi.json", "OpenAPI");
	html_close(&p.html);
	say_element(&p, "h2", "about_page.data_title");
	say_element(&p, "p", "about_page.data");
	html_close(&p.html);
	page_end(&p);
}

void
page_problem(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	jv problem = json_parse(a->body.data, a->body.size, &err);
	int status = a->status;
	char title[32];
	struct page p;

	snprintf(title, sizeof(title), "problem.%d", status);
	if (status != 400 && status != 404 && status != 503)
		snprintf(title, sizeof(title), "problem.other");
	buf_clear(&a->body);
	a->policy = NULL;
	page_begin(&p, rq, a, "", title);
	say_element(&p, "h1", title);
	html_open(&p.html, "p.lead");
	say(&p, status == 404 ? "problem.404_explained" : "problem.explained");
	html_close(&p.html);
	/* The reason names arguments, which are the same in all languages. */
	if (status == 400) {
		html_open(&p.html, "p.quiet");
		html_attr(&p.html, "lang", "en");
		html_text(&p.html, json_str(problem, "detail", ""));
		html_close(&p.html);
	}
	html_open(&p.html, "p.actions");
	say_link(&p, "a.button", "/", NULL, "problem.to_start");
	html_close(&p.html);
	page_end(&p);
	jv_free(problem);
	a->status = status;
}
