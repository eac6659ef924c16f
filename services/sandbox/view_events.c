/* A site's page, events: see view.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/percent.h"
#include "sandbox/form.h"
#include "sandbox/shelf.h"
#include "sandbox/site.h"
#include "sandbox/text.h"
#include "sandbox/view.h"

/* A date of the wire, "2022-10-31" with or without a time, in parts. */
struct day {
	int day;
	const char *month; /* "" if it is no date */
	int year;
};

static struct day
read_day(const char *date)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct day d = {.month = ""};
	int m;

	if (sscanf(date, "%4d-%2d-%2d", &d.year, &m, &d.day) == 3 && m >= 1 &&
	    m <= 12)
		d.month = months[m - 1];
	return d;
}

static void
add_day(struct buf *out, const char *date)
{
	struct day d = read_day(date);

	if (d.month[0] == '\0')
		text_html(out, date);
	else
		buf_printf(out, "%d %s %d", d.day, d.month, d.year);
}

/* "31 Oct 2022, 13:00–15:00 (Europe/Moscow)" or "31 Oct – 1 Nov 2022" */
static void
add_when(struct buf *out, jv record)
{
	const char *start = json_str(record, "start", "");
	const char *end = json_str(record, "end", "");
	char last[11];

	add_day(out, start);
	if (json_bool(record, "allDay", 0)) {
		if (form_day(end, -1, last) == 0 && strcmp(last, start) > 0) {
			buf_puts(out, " – ");
			add_day(out, last);
		}
		return;
	}
	if (strlen(start) >= 16)
		buf_printf(out, ", %.5s", start + 11);
	if (strlen(end) >= 16) {
		buf_puts(out, "–");
		if (strncmp(start, end, 10) != 0) {
			add_day(out, end);
			buf_puts(out, ", ");
		}
		buf_printf(out, "%.5s", end + 11);
	}
	buf_puts(out, " (");
	text_html(out, json_str(record, "tz", ""));
	buf_puts(out, ")");
}

static void
add_where(struct buf *out, const struct site *s, jv record)
{
	jv places = json_get(record, "places"), city, names;
	const char *attendance = json_str(record, "attendance", "");

	if (jv_get_kind(places) == JV_KIND_ARRAY) {
		jv_array_foreach (places, i, place) {
			city = json_get(place, "city");
			names = json_get(city, "names");
			buf_puts(out, " · ");
			text_html(out, text_in(names, s->languages));
			jv_free(names);
			jv_free(city);
			jv_free(place);
		}
	}
	jv_free(places);
	if (strcmp(attendance, "online") == 0)
		buf_puts(out, " · online");
	else if (strcmp(attendance, "mixed") == 0)
		buf_puts(out, " · on site and online");
}

static void
add_badges(struct buf *out, jv record)
{
	const char *status = json_str(record, "status", "");
	const char *before = json_str(record, "previousStart", "");

	if (strcmp(status, "cancelled") == 0)
		buf_puts(out, " <span class=\"badge bad\">cancelled</span>");
	else if (strcmp(status, "postponed") == 0)
		buf_puts(out, " <span class=\"badge waits\">postponed</span>");
	else if (strcmp(status, "tentative") == 0)
		buf_puts(out, " <span class=\"badge\">tentative</span>");
	if (before[0] != '\0') {
		buf_puts(out, " <span class=\"badge waits\">moved from ");
		add_day(out, before);
		if (strlen(before) >= 16)
			buf_printf(out, ", %.5s", before + 11);
		buf_puts(out, "</span>");
	}
}

static void
add_title(struct buf *out, const struct site *s, jv record)
{
	jv title = json_get(record, "title");
	const char *first = text_in(title, s->languages);
	const char *second =
	    s->languages[0] != NULL ? text_in(title, s->languages + 1) : "";

	buf_puts(out, "<h3>");
	text_html(out, first);
	add_badges(out, record);
	buf_puts(out, "</h3>");
	if (second[0] != '\0' && strcmp(first, second) != 0) {
		buf_puts(out, "<p class=\"alt\">");
		text_html(out, second);
		buf_puts(out, "</p>");
	}
	jv_free(title);
}

static void
add_action(
    struct buf *out, const char *id, const char *action, const char *text)
{
	buf_printf(out,
	    "<form class=\"line\" method=\"post\" action=\"/do\">"
	    "<input type=\"hidden\" name=\"what\" value=\"events\">"
	    "<input type=\"hidden\" name=\"action\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"id\" value=\"",
	    action);
	text_html(out, id);
	buf_printf(out, "\"><button>%s</button></form>", text);
}

static void
add_actions(struct buf *out, const struct site *s, jv record, const char *id)
{
	if (s->town->is_cut)
		return;
	buf_puts(out, "<div class=\"actions\"><a class=\"button\" "
		      "href=\"/edit?what=events&amp;id=");
	percent_encode(id, "", out);
	buf_puts(out, "\">Edit</a>");
	if (strcmp(json_str(record, "status", ""), "cancelled") == 0)
		add_action(out, id, "confirm", "Confirm again");
	else
		add_action(out, id, "cancel", "Cancel the event");
	add_action(out, id, "withdraw", "Withdraw");
	buf_puts(out, "</div>");
}

static void
add_event(struct buf *out, const struct site *s, jv item)
{
	jv record = shelf_record(item), summary;
	const char *id = json_str(item, "id", ""), *text;
	int is_own = strchr(id, '/') == NULL;
	struct day d = read_day(json_str(record, "start", ""));
	const char *by = json_str(record, "publisher", "");
	const struct site *other = site_of(s->town, by);

	buf_printf(out,
	    "<article class=\"card%s%s\"><div class=\"date\"><b>%d</b>%s %d"
	    "</div><div class=\"body\">",
	    is_own ? " own" : "",
	    strcmp(json_str(record, "status", ""), "cancelled") == 0 ? " off"
								     : "",
	    d.day, d.month, d.year);
	add_title(out, s, record);
	buf_puts(out, "<p class=\"meta\">");
	add_when(out, record);
	add_where(out, s, record);
	buf_puts(out, "</p>");
	summary = json_get(record, "summary");
	text = text_in(summary, s->languages);
	if (text[0] != '\0') {
		buf_puts(out, "<p class=\"text\">");
		text_html(out, text);
		buf_puts(out, "</p>");
	}
	jv_free(summary);
	buf_puts(out, "<p class=\"by\">announced by <b>");
	if (is_own)
		buf_puts(out, "this site");
	else
		text_html(out, other != NULL ? site_name(other, s) : by);
	buf_puts(out, "</b></p>");
	view_refusal(out, s, SHELF_EVENTS, item);
	if (is_own)
		add_actions(out, s, record, id);
	buf_puts(out, "</div></article>");
	jv_free(record);
}

/* Members that come in sorted order: by start, then by id. */
static jv
in_order(jv items)
{
	jv keys = jv_array(), record, key;

	jv_array_foreach (items, i, item) {
		record = shelf_record(item);
		key = JV_ARRAY(jv_string(json_str(record, "start", "")),
		    jv_string(json_str(item, "id", "")));
		keys = jv_array_append(keys, key);
		jv_free(record);
		jv_free(item);
	}
	return jv_sort(items, keys);
}

void
view_events(struct buf *out, const struct site *s)
{
	jv items = in_order(shelf_live(s->shelf, SHELF_EVENTS));

	buf_printf(out,
	    "<section id=\"events\"><div class=\"title\"><h2>Events</h2>"
	    "<span class=\"count\">%d</span></div>",
	    jv_array_length(jv_copy(items)));
	if (jv_array_length(jv_copy(items)) == 0)
		buf_puts(out, "<p class=\"empty\">Nothing announced yet.</p>");
	jv_array_foreach (items, i, item) {
		add_event(out, s, item);
		jv_free(item);
	}
	jv_free(items);
	if (!s->town->is_cut) {
		buf_puts(out,
		    "<details id=\"new-event\"><summary>Announce an event"
		    "</summary>");
		items = jv_object();
		view_event_form(out, s, "", items);
		jv_free(items);
		buf_puts(out, "</details>");
	}
	buf_puts(out, "</section>");
}
