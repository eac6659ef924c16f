/* A site's page, partnerships, own claims, news: see view.h. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/count.h"
#include "base/percent.h"
#include "sandbox/shelf.h"
#include "sandbox/site.h"
#include "sandbox/text.h"
#include "sandbox/view.h"

/* What the codes of a merged partnership say to people. */
static const struct {
	const char *status, *kind, *text;
} statuses[] = {
    {"active", "good", "confirmed by both"},
    {"unconfirmed", "waits", "stated by one side"},
    {"suspended", "bad", "suspended"},
    {"terminated", "bad", "terminated"},
    {"reported", "", "reported by others"},
    {"proposed", "", "proposed"},
};

static void
add_pair(struct buf *out, const struct site *s, jv record)
{
	jv a = json_get(record, "a"), b = json_get(record, "b");
	jv a_names = json_get(a, "names"), b_names = json_get(b, "names");

	buf_puts(out, "<td class=\"pair\">");
	text_html(out, text_in(a_names, s->languages));
	buf_puts(out, " — ");
	text_html(out, text_in(b_names, s->languages));
	buf_puts(out, "</td>");
	jv_free(a_names);
	jv_free(b_names);
	jv_free(a);
	jv_free(b);
}

static void
add_status(struct buf *out, jv record)
{
	const char *status = json_str(record, "status", "unknown");
	size_t i, n = sizeof(statuses) / sizeof(statuses[0]);

	for (i = 0; i < n && strcmp(statuses[i].status, status) != 0; i++)
		;
	buf_printf(out, "<td><span class=\"badge %s\">",
	    i < n ? statuses[i].kind : "");
	text_html(out, i < n ? statuses[i].text : status);
	buf_puts(out, "</span></td>");
}

/* Where all is well the names do; else who says what, and since when. */
static void
add_side(struct buf *out, const struct site *s, jv side, int is_plain)
{
	const char *by = json_str(side, "registrar", "");
	const char *since = json_str(side, "since", "");
	const struct site *other = site_of(s->town, by);

	text_html(out, other != NULL ? site_name(other, s) : by);
	if (is_plain)
		return;
	buf_puts(out, ": ");
	text_html(out, json_str(side, "status", ""));
	if (since[0] != '\0') {
		buf_puts(out, " since ");
		text_html(out, since);
	}
}

static void
add_sides(struct buf *out, const struct site *s, jv record)
{
	static const char *const lists[] = {"sides", "reports"};
	const char *status = json_str(record, "status", "");
	const char *sep = "";
	int is_plain =
	    strcmp(status, "active") == 0 || strcmp(status, "unconfirmed") == 0;
	size_t k;
	jv list;

	buf_puts(out, "<td class=\"hide says\">");
	for (k = 0; k < 2; k++) {
		list = json_get(record, lists[k]);
		if (jv_get_kind(list) == JV_KIND_ARRAY) {
			jv_array_foreach (list, i, side) {
				buf_puts(out, sep);
				sep = is_plain ? " · " : "<br>";
				add_side(out, s, side, is_plain && k == 0);
				jv_free(side);
			}
		}
		jv_free(list);
	}
	buf_puts(out, "</td>");
}

/* What a person sees of the pair, to sort by. */
static jv
pair_text(const struct site *s, jv record)
{
	jv a = json_get(record, "a"), b = json_get(record, "b");
	jv a_names = json_get(a, "names"), b_names = json_get(b, "names");
	jv out = JV_ARRAY(jv_string(text_in(a_names, s->languages)),
	    jv_string(text_in(b_names, s->languages)));

	jv_free(a_names);
	jv_free(b_names);
	jv_free(a);
	jv_free(b);
	return out;
}

static jv
by_pair(const struct site *s, jv items)
{
	jv keys = jv_array(), record;

	jv_array_foreach (items, i, item) {
		record = shelf_record(item);
		keys = jv_array_append(keys, pair_text(s, record));
		jv_free(record);
		jv_free(item);
	}
	return jv_sort(items, keys);
}

void
view_partnerships(struct buf *out, const struct site *s)
{
	jv items = by_pair(s, shelf_live(s->shelf, SHELF_PARTNERSHIPS)), record;
	int n = jv_array_length(jv_copy(items));
	const char *since;

	buf_printf(out,
	    "<section id=\"partnerships\"><div class=\"title\">"
	    "<h2>Partnerships</h2><span class=\"count\">%d</span></div>",
	    n);
	if (n == 0)
		buf_puts(out, "<p class=\"empty\">None has arrived yet.</p>");
	else
		buf_puts(out, "<div "
			      "class=\"scroll\"><table><tr><th>Cities</"
			      "th><th>Since</th><th>Status</th>"
			      "<th class=\"hide\">Who says so</th></tr>");
	jv_array_foreach (items, i, item) {
		record = shelf_record(item);
		since = json_str(record, "since", "");
		buf_puts(out, "<tr>");
		add_pair(out, s, record);
		buf_puts(
		    out, since[0] != '\0' ? "<td>" : "<td class=\"none\">");
		text_html(out, since[0] != '\0' ? since : "–");
		buf_puts(out, "</td>");
		add_status(out, record);
		add_sides(out, s, record);
		buf_puts(out, "</tr>");
		jv_free(record);
		jv_free(item);
	}
	if (n > 0)
		buf_puts(out, "</table></div>");
	buf_puts(out, "</section>");
	jv_free(items);
}

static void
add_action(
    struct buf *out, const char *id, const char *action, const char *text)
{
	buf_printf(out,
	    "<form class=\"line\" method=\"post\" action=\"/do\">"
	    "<input type=\"hidden\" name=\"what\" value=\"claims\">"
	    "<input type=\"hidden\" name=\"action\" value=\"%s\">"
	    "<input type=\"hidden\" name=\"id\" value=\"",
	    action);
	text_html(out, id);
	buf_printf(out, "\"><button>%s</button></form> ", text);
}

static void
add_claim(struct buf *out, const struct site *s, jv item)
{
	jv record = shelf_record(item);
	const char *id = json_str(item, "id", "");
	const char *status = json_str(record, "status", "");
	const char *since = json_str(record, "statusSince", "");
	int is_active = strcmp(status, "active") == 0;

	buf_puts(out, "<tr>");
	add_pair(out, s, record);
	buf_printf(
	    out, "<td><span class=\"badge %s\">", is_active ? "good" : "bad");
	text_html(out, status);
	buf_puts(out, "</span> ");
	if (since[0] != '\0') {
		buf_puts(out, "since ");
		text_html(out, since);
	}
	view_refusal(out, s, SHELF_CLAIMS, item);
	buf_puts(out, "</td><td class=\"do\">");
	if (!s->town->is_cut) {
		buf_puts(out,
		    "<a class=\"button\" href=\"/edit?what=claims&amp;id=");
		percent_encode(id, "", out);
		buf_puts(out, "\">Edit</a> ");
		if (is_active)
			add_action(out, id, "suspend", "Suspend");
		else
			add_action(out, id, "resume", "Resume");
		add_action(out, id, "terminate", "Terminate");
		add_action(out, id, "withdraw", "Withdraw");
	}
	buf_puts(out, "</td></tr>");
	jv_free(record);
}

static void
add_claims(struct buf *out, const struct site *s, jv items, int n)
{
	if (n == 0)
		return;
	buf_printf(out,
	    "<details id=\"claims-list\"%s><summary>%d %s made here"
	    "</summary><p></p><div "
	    "class=\"scroll\"><table><tr><th>Cities</th><th>Status</th>"
	    "<th></th></tr>",
	    n <= 8 ? " open" : "", n, count_word(n, "statement", "statements"));
	jv_array_foreach (items, i, item) {
		add_claim(out, s, item);
		jv_free(item);
	}
	buf_puts(out, "</table></div></details>");
}

void
view_claims(struct buf *out, const struct site *s)
{
	jv items = by_pair(s, shelf_live(s->shelf, SHELF_CLAIMS)), empty;
	int n = jv_array_length(jv_copy(items));

	buf_printf(out,
	    "<section id=\"claims\"><div class=\"title\"><h2>Our statements"
	    "</h2><span class=\"count\">%d</span></div>"
	    "<p class=\"by\">What this association itself says about "
	    "partnerships. Others cannot change it; where they say something "
	    "else, both are shown.</p>",
	    n);
	add_claims(out, s, items, n);
	if (!s->town->is_cut) {
		buf_puts(out,
		    "<details id=\"new-claim\"><summary>State a partnership"
		    "</summary>");
		empty = jv_object();
		view_claim_form(out, s, "", empty);
		jv_free(empty);
		buf_puts(out, "</details>");
	}
	buf_puts(out, "</section>");
	jv_free(items);
}

void
view_notices(struct buf *out, const struct site *s)
{
	jv items = shelf_live(s->shelf, SHELF_NOTICES), record, text;
	int n = jv_array_length(jv_copy(items));

	if (n > 0)
		buf_printf(out,
		    "<section id=\"news\"><div class=\"title\"><h2>News</h2>"
		    "<span class=\"count\">%d</span></div>",
		    n);
	jv_array_foreach (items, i, item) {
		record = shelf_record(item);
		text = json_get(record, "text");
		buf_puts(out, "<p class=\"meta\">");
		text_html(out, text_in(text, s->languages));
		buf_puts(out, "</p>");
		jv_free(text);
		jv_free(record);
		jv_free(item);
	}
	if (n > 0)
		buf_puts(out, "</section>");
	jv_free(items);
}
