/* Filters as forms: see choice.h. */
#include <stdlib.h>
#include <string.h>

#include "portal/choice.h"
#include "portal/page.h"
#include "portal/request.h"
#include "portal/say.h"
#include "web/server.h"

void
choice_begin(struct page *p, const char *action)
{
	html_open(&p->html, "form.choice");
	html_address(&p->html, "action", action);
	if (p->asked == NULL)
		return;
	html_open(&p->html, "input");
	html_attr(&p->html, "type", "hidden");
	html_attr(&p->html, "name", "lang");
	html_attr(&p->html, "value", p->asked);
}

void
choice_end(struct page *p, const char *key)
{
	html_open(&p->html, "p.actions");
	html_open(&p->html, "button.button");
	say(p, key);
	html_close(&p->html);
	say_link(p, "a", p->rq->http->path, NULL, "choice.clear");
	html_close(&p->html);
	html_close(&p->html);
}

static void
word(struct page *p, const char *section, const char *code)
{
	if (strcmp(section, "members") == 0)
		say_member(p, code, 0);
	else
		say_word(p, section, code);
}

/* 1 if the request has VALUE among those of NAME. */
static int
is_chosen(const struct page *p, const char *name, const char *value)
{
	jv values = request_args(p->rq, name);
	int found = 0;

	jv_array_foreach (values, i, v) {
		found |= strcmp(jv_string_value(v), value) == 0;
		jv_free(v);
	}
	jv_free(values);
	return found;
}

void
choice_one(struct page *p, const char *name, const char *label,
    const char *section, jv codes)
{
	struct html *h = &p->html;

	html_open(h, "label");
	say_element(p, "span", label);
	html_open(h, "select");
	html_attr(h, "name", name);
	html_open(h, "option");
	html_attr(h, "value", "");
	say(p, "choice.any");
	html_close(h);
	jv_array_foreach (codes, i, code) {
		const char *value = jv_string_value(code);

		html_open(h, "option");
		html_attr(h, "value", value);
		html_flag(h, "selected", is_chosen(p, name, value));
		/* An option holds text alone. */
		if (strcmp(section, "members") == 0)
			html_text(h, say_member_text(p, value));
		else
			html_text(h, say_word_text(p, section, value));
		html_close(h);
		jv_free(code);
	}
	html_close(h);
	html_close(h);
}

void
choice_many(struct page *p, const char *name, const char *label,
    const char *section, jv codes)
{
	struct html *h = &p->html;
	int any = 0;

	jv_array_foreach (codes, i, code) {
		any |= is_chosen(p, name, jv_string_value(code));
		jv_free(code);
	}
	html_open(h, "details.boxes");
	html_flag(h, "open", any);
	say_element(p, "summary", label);
	html_open(h, "div");
	jv_array_foreach (codes, i, code) {
		const char *value = jv_string_value(code);

		html_open(h, "label.box");
		html_open(h, "input");
		html_attr(h, "type", "checkbox");
		html_attr(h, "name", name);
		html_attr(h, "value", value);
		html_flag(h, "checked", is_chosen(p, name, value));
		html_open(h, "span");
		word(p, section, value);
		html_close(h);
		html_close(h);
		jv_free(code);
	}
	html_close(h);
	html_close(h);
}

void
choice_year(struct page *p, const char *name, const char *label)
{
	struct html *h = &p->html;

	html_open(h, "label.year");
	say_element(p, "span", label);
	html_open(h, "input");
	html_attr(h, "name", name);
	html_attr(h, "inputmode", "numeric");
	html_attr(h, "pattern", "[0-9]{4}");
	html_attr(h, "maxlength", "4");
	html_attr(h, "value", request_arg(p->rq, name));
	html_close(h);
	html_close(h);
}

jv
choice_codes(const char *words)
{
	jv out = jv_array();

	while (*words != '\0') {
		size_t size = strcspn(words, " ");

		out = jv_array_append(out, jv_string_sized(words, (int)size));
		words += size;
		words += strspn(words, " ");
	}
	return out;
}
