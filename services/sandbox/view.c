/* A site's page, the fixed parts: see view.h. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "sandbox/site.h"
#include "sandbox/text.h"
#include "sandbox/view.h"

void
view_head(struct buf *out, const struct site *s, const char *title)
{
	const struct town *t = s->town;
	const char *second = text_in(s->names, s->languages + 1);
	size_t i;

	buf_printf(out,
	    "<!doctype html><html lang=\"%s\"><meta charset=\"utf-8\">"
	    "<meta name=\"viewport\" content=\"width=device-width\">"
	    "<title>",
	    s->languages[0] != NULL ? s->languages[0] : "en");
	text_html(out, title);
	buf_puts(out, "</title><link rel=\"icon\" href=\"data:,\">"
		      "<link rel=\"stylesheet\" href=\"/style.css\">"
		      "<script src=\"/live.js\" defer></script>"
		      "<header><div class=\"wide\"><p class=\"eyebrow\">"
		      "Demonstration site on the wire</p><h1>");
	text_html(out, site_name(s, s));
	buf_puts(out, "</h1><p class=\"sub\">");
	if (strcmp(second, site_name(s, s)) != 0)
		text_html(out, second);
	buf_puts(out, "</p><nav>");
	for (i = 0; i < t->n_sites; i++) {
		buf_printf(out, "<a%s href=\"http://127.0.0.1:%u/\">",
		    t->sites[i] == s ? " class=\"here\"" : "",
		    (unsigned)site_port(t->sites[i]));
		text_html(out, site_name(t->sites[i], s));
		buf_puts(out, "</a>");
	}
	buf_puts(out, "</nav></div></header><div id=\"live\">");
}

/* The lamp's word, and what colour it has. */
static const char *
lamp_text(const struct site *s, char *text, size_t size)
{
	int refused = site_n_refused(s);

	if (s->pending < 0) {
		snprintf(text, size,
		    "Not on the wire yet: no connector has reported.");
		return "idle";
	}
	if (refused > 0 && s->pending > 0)
		snprintf(text, size, "Not sent: %d · Waiting for %lld", refused,
		    (long long)s->pending);
	else if (refused > 0)
		snprintf(text, size,
		    "Not sent: %d. The entry says why, and what to do.",
		    refused);
	else if (s->pending > 0)
		snprintf(text, size, "Waiting for %lld", (long long)s->pending);
	else if (strcmp(s->state, "running") != 0)
		snprintf(text, size, "The connector is %.32s.", s->state);
	else
		snprintf(
		    text, size, "Up to date: everything on the wire is here.");
	if (refused > 0)
		return "bad";
	if (s->pending > 0)
		return "waits";
	return strcmp(s->state, "running") == 0 ? "good" : "bad";
}

void
view_lamp(struct buf *out, const struct site *s)
{
	char text[128];
	const char *kind = lamp_text(s, text, sizeof(text));

	buf_printf(out,
	    "<div class=\"lamp %s\"><div class=\"wide\">"
	    "<span class=\"dot\"></span><span>%s</span>"
	    "<span class=\"right\">%s%s%s</span></div></div>",
	    kind, text, s->is_offline ? "switched offline " : "",
	    s->is_slow ? "switched slow " : "",
	    s->is_failing ? "switched to errors" : "");
	if (s->town->is_cut)
		buf_puts(out,
		    "<div class=\"note\"><div class=\"wide\">The sandbox "
		    "keeps 5 MB a log, and one has lost its beginning: what "
		    "is shown may be incomplete, and nothing can be edited "
		    "any more. Start it again to go on.</div></div>");
}

void
view_refusal(
    struct buf *out, const struct site *s, enum shelf_collection c, jv item)
{
	const char *why = site_refusal(s, c, item);

	if (why == NULL)
		return;
	buf_puts(out, "<p class=\"refusal\"><b>Not sent:</b> ");
	text_html(out, why);
	buf_puts(out, "</p>");
}

static void
add_switch(struct buf *out, const char *name, const char *text, int is_on)
{
	buf_printf(out,
	    "<form class=\"line\" method=\"post\" action=\"/switch\">"
	    "<input type=\"hidden\" name=\"name\" value=\"%s\">"
	    "<button class=\"switch%s\" role=\"switch\" "
	    "aria-checked=\"%s\"><i></i>%s</button></form>",
	    name, is_on ? " on" : "", is_on ? "true" : "false", text);
}

void
view_foot(struct buf *out, const struct site *s)
{
	buf_puts(out,
	    "</main><footer><div class=\"wide\">"
	    "<b>What if this site has a bad day?</b> Switch, change something "
	    "on another site, watch the lamp, switch back."
	    "<div class=\"switches\">");
	add_switch(out, "offline", "Offline", s->is_offline);
	add_switch(out, "slow", "Slow", s->is_slow);
	add_switch(out, "errors", "Errors", s->is_failing);
	buf_puts(out,
	    "</div>Demonstration data; facts of 2016 and 2022, some of them "
	    "outdated. City names: CC0. This site belongs to none of the "
	    "associations.</div></footer></div></html>");
}

static void
add_city(struct buf *out, const struct site *s, jv city)
{
	jv names = json_get(city, "names");

	buf_puts(out, "<option value=\"");
	text_html(out, text_in(names, s->languages));
	buf_puts(out, " · ");
	text_html(out, json_str(city, "country", ""));
	buf_puts(out, " · ");
	text_html(out, json_str(city, "id", ""));
	buf_puts(out, "\">");
	jv_free(names);
}

void
view_cities(struct buf *out, const struct site *s)
{
	jv cities = s->town->cities, city;
	int at;

	buf_puts(out, "<datalist id=\"cities\">");
	for (at = jv_object_iter(cities); jv_object_iter_valid(cities, at);
	     at = jv_object_iter_next(cities, at)) {
		city = jv_object_iter_value(cities, at);
		add_city(out, s, city);
		jv_free(city);
	}
	buf_puts(out, "</datalist>");
}
