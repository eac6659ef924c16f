/* A site's page, forms: see view.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "sandbox/form.h"
#include "sandbox/site.h"
#include "sandbox/text.h"
#include "sandbox/view.h"

static void
add_input(struct buf *out, const char *label, const char *attributes,
    const char *value)
{
	buf_printf(out, "<label class=\"%s\">%s<input %s value=\"",
	    strstr(attributes, "data-two") != NULL   ? "two"
	    : strstr(attributes, "data-all") != NULL ? "all"
						     : "",
	    label, attributes);
	text_html(out, value);
	buf_puts(out, "\"></label>");
}

/* WORDS: "code:text code:text ...", with "_" for spaces in texts. */
static void
add_select(struct buf *out, const char *label, const char *name,
    const char *words, const char *value)
{
	char code[32], text[48], *c;
	int used;

	buf_printf(
	    out, "<label class=\"two\">%s<select name=\"%s\">", label, name);
	while (sscanf(words, " %31[^:]:%47s%n", code, text, &used) == 2) {
		for (c = text; *c != '\0'; c++)
			if (*c == '_')
				*c = ' ';
		buf_printf(out, "<option value=\"%s\"%s>%s</option>", code,
		    strcmp(code, value) == 0 ? " selected" : "", text);
		words += used;
	}
	buf_puts(out, "</select></label>");
}

static void
begin(struct buf *out, const char *what, const char *id)
{
	buf_printf(out,
	    "<form class=\"sheet\" method=\"post\" action=\"/save\">"
	    "<input type=\"hidden\" name=\"what\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"id\" value=\"",
	    what);
	text_html(out, id);
	buf_puts(out, "\">");
}

static void
end(struct buf *out, const char *text)
{
	buf_printf(out,
	    "<div class=\"all\"><button class=\"main\">%s</button></div>"
	    "</form>",
	    text);
}

/* The text of MAP in LANGUAGE alone. */
static const char *
exactly(jv map, const char *language)
{
	return language != NULL ? json_str(map, language, "") : "";
}

static char *
city_text(const struct site *s, jv city)
{
	struct buf b = {0};
	jv names = json_get(city, "names");

	if (json_str(city, "id", "")[0] != '\0')
		buf_printf(&b, "%s · %s · %s", text_in(names, s->languages),
		    json_str(city, "country", ""), json_str(city, "id", ""));
	jv_free(names);
	return buf_take(&b);
}

static void
add_place(struct buf *out, const struct site *s, jv record)
{
	jv places = json_get(record, "places"), place, city;
	char *text;

	place = jv_get_kind(places) == JV_KIND_ARRAY ? jv_array_get(places, 0)
						     : places;
	city = json_get(place, "city");
	text = city_text(s, city);
	add_input(out, "City", "name=\"city\" list=\"cities\" data-two", text);
	free(text);
	jv_free(city);
	jv_free(place);
}

static void
add_times(struct buf *out, jv record)
{
	int is_all_day = json_bool(record, "allDay", 0);
	const char *last = json_str(record, "end", "");
	char start[32], end[32], day[11];

	snprintf(start, sizeof(start), "%.16s%s", json_str(record, "start", ""),
	    is_all_day ? "T00:00" : "");
	snprintf(end, sizeof(end), "%.16s", last);
	if (is_all_day && form_day(last, -1, day) == 0)
		snprintf(end, sizeof(end), "%sT00:00", day);
	add_input(out, "Begins",
	    "name=\"start\" type=\"datetime-local\" required data-two", start);
	add_input(
	    out, "Ends", "name=\"end\" type=\"datetime-local\" data-two", end);
	buf_printf(out,
	    "<label class=\"two\"><br><input type=\"checkbox\" "
	    "name=\"allDay\" value=\"yes\"%s>all day</label>",
	    is_all_day ? " checked" : "");
}

void
view_event_form(
    struct buf *out, const struct site *s, const char *id, jv record)
{
	jv title = json_get(record, "title");
	jv summary = json_get(record, "summary");
	char label[64];

	begin(out, "events", id);
	snprintf(label, sizeof(label), "Title (%.20s)", s->languages[0]);
	add_input(out, label, "name=\"title\" data-all",
	    exactly(title, s->languages[0]));
	if (s->languages[1] != NULL) {
		snprintf(
		    label, sizeof(label), "Title (%.20s)", s->languages[1]);
		add_input(out, label, "name=\"title2\" data-all",
		    exactly(title, s->languages[1]));
	}
	add_times(out, record);
	add_place(out, s, record);
	add_select(out, "Kind", "kind",
	    "forum:forum congress:congress panel:panel "
	    "round-table:round_table signing:signing delegation:delegation "
	    "festival:festival training:training anniversary:anniversary "
	    "call:call other:other",
	    json_str(record, "kind", "forum"));
	add_select(out, "Attendance", "attendance",
	    "offline:on_site online:online mixed:on_site_and_online",
	    json_str(record, "attendance", "offline"));
	add_select(out, "Status", "status",
	    "confirmed:confirmed postponed:postponed cancelled:cancelled "
	    "tentative:tentative_(is_not_sent)",
	    json_str(record, "status", "confirmed"));
	add_input(out, "Time zone", "name=\"tz\" data-two",
	    json_str(record, "tz", s->tz));
	add_input(out, "Page", "name=\"url\" type=\"url\" data-two",
	    json_str(record, "url", ""));
	buf_puts(out,
	    "<label class=\"all\">Description<textarea name=\"summary\" "
	    "rows=\"3\">");
	text_html(out, exactly(summary, s->languages[0]));
	buf_puts(out, "</textarea></label>");
	end(out, id[0] != '\0' ? "Save" : "Announce");
	jv_free(title);
	jv_free(summary);
}

void
view_claim_form(
    struct buf *out, const struct site *s, const char *id, jv record)
{
	jv a = json_get(record, "a"), b = json_get(record, "b");
	jv agreements = json_get(record, "agreements"), first;
	char *a_text = city_text(s, a), *b_text = city_text(s, b);

	first = jv_get_kind(agreements) == JV_KIND_ARRAY
		    ? jv_array_get(agreements, 0)
		    : agreements;
	begin(out, "claims", id);
	add_input(
	    out, "Our city", "name=\"a\" list=\"cities\" required", a_text);
	add_input(
	    out, "Its partner", "name=\"b\" list=\"cities\" required", b_text);
	add_select(out, "Kind", "kind",
	    "twin:twin_cities friendship:friendship cooperation:cooperation "
	    "project:project intent:intent contact:contact other:other",
	    json_str(first, "kind", "twin"));
	add_select(out, "Status", "status",
	    "active:active suspended:suspended terminated:terminated "
	    "proposed:proposed_(is_not_sent) unknown:unknown",
	    json_str(record, "status", "active"));
	add_input(out, "Signed on (1994, 1994-02 or 1994-02-22)",
	    "name=\"signedOn\" pattern=\"[0-9]{4}(-[0-9]{2}){0,2}\" data-two",
	    json_str(first, "signedOn", ""));
	add_input(out, "In this status since (2024, 2024-03 or 2024-03-01)",
	    "name=\"statusSince\" pattern=\"[0-9]{4}(-[0-9]{2}){0,2}\" "
	    "data-two",
	    json_str(record, "statusSince", ""));
	end(out, id[0] != '\0' ? "Save" : "State it");
	free(a_text);
	free(b_text);
	jv_free(a);
	jv_free(b);
	jv_free(first);
}
