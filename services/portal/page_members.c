/* The associations: all of them, and one with what it says and how it fares. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/percent.h"
#include "portal/catalog.h"
#include "portal/linked.h"
#include "portal/page.h"
#include "portal/pages.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/rows.h"
#include "portal/say.h"

enum { SILENT_MS = 15 * 60 * 1000, SHOWN = 10 };

/* How its connections are: the worst of them, a key of section "health". */
static const char *
health(jv member, int64_t now_ms)
{
	static const char *const worst_first[] = {
	    "stopped", "silent", "waiting", "paused", "starting", "running"};
	size_t worst = sizeof(worst_first) / sizeof(*worst_first);
	jv all = json_get(member, "connections");

	if (jv_get_kind(all) == JV_KIND_ARRAY)
		jv_array_foreach (all, i, item) {
			jv record = json_get(item, "record");
			const char *state = json_str(record, "state", "");

			if (strcmp(state, "stopped") != 0 &&
			    now_ms - json_int(record, "at", 0) > SILENT_MS)
				state = "silent";
			for (size_t k = 0; k < worst; k++)
				if (strcmp(worst_first[k], state) == 0)
					worst = k;
			jv_free(record);
			jv_free(item);
		}
	jv_free(all);
	return worst < sizeof(worst_first) / sizeof(*worst_first)
		   ? worst_first[worst]
		   : "none";
}

static void
say_health(struct page *p, jv member)
{
	const char *state = health(member, p->rq->now_ms);

	html_open(&p->html, "span.badge");
	html_attr(&p->html, "data-mark", state);
	say_word(p, "health", state);
	html_close(&p->html);
}

static void
member_card(struct page *p, jv member)
{
	struct html *h = &p->html;
	jv counts = json_get(member, "counts");

	html_open(h, "li.card");
	html_open(h, "h2");
	say_member(p, json_str(member, "id", ""), 1);
	html_close(h);
	html_open(h, "p");
	say_health(p, member);
	html_close(h);
	html_open(h, "p.quiet");
	say_count(p, "member.statements", json_int(counts, "claims", 0));
	html_text(h, " · ");
	say_count(p, "found.events", json_int(counts, "events", 0));
	html_close_to(h, h->depth - 2);
	jv_free(counts);
}

void
page_members(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	jv members = query_members(rq->query, &err);
	struct page p;

	if (!jv_is_valid(members)) {
		page_error(a, &err);
		jv_free(members);
		return;
	}
	page_begin(&p, rq, a, "members", "member.all");
	say_element(&p, "h1", "member.all");
	say_element(&p, "p.lead", "member.all_lead");
	html_open(&p.html, "ul.cards");
	jv_array_foreach (members, i, member) {
		member_card(&p, member);
		jv_free(member);
	}
	page_end(&p);
	jv_free(members);
}

static void
connection(struct page *p, jv item)
{
	struct html *h = &p->html;
	jv record = json_get(item, "record"), counters;
	const char *state = json_str(record, "state", "");
	int64_t at = json_int(record, "at", 0);
	struct say_part heard = {.day_ms = at};

	if (strcmp(state, "stopped") != 0 && p->rq->now_ms - at > SILENT_MS)
		state = "silent";
	counters = json_get(record, "counters");
	html_open(h, "li");
	html_open(h, "span.badge");
	html_attr(h, "data-mark", state);
	say_word(p, "health", state);
	html_close(h);
	html_text(h, " ");
	if (json_int(counters, "pending", 0) > 0)
		say_count(
		    p, "member.pending", json_int(counters, "pending", 0));
	html_open(h, "p.quiet");
	if (json_str(record, "reason", "")[0] != '\0') {
		say_reason(p, json_str(record, "reason", ""));
		html_text(h, " ");
	}
	say_sentence(p, "member.heard_on", &heard, 1);
	html_close_to(h, h->depth - 2);
	jv_free(counters);
	jv_free(record);
}

static void
connections(struct page *p, jv items)
{
	html_open(&p->html, "ul.receipts");
	jv_array_foreach (items, i, item) {
		connection(p, item);
		jv_free(item);
	}
	html_close(&p->html);
}

/* What it did not send, and why: its own entries, by their addresses. */
static void
refusals(struct page *p, jv items)
{
	struct html *h = &p->html;

	html_open(h, "ul.receipts");
	jv_array_foreach (items, i, item) {
		jv record = json_get(item, "record");
		const char *url = json_str(record, "url", NULL);

		html_open(h, "li");
		say_reason(p, json_str(record, "reason", ""));
		html_text(h, " ");
		html_open(h, "span.quiet");
		say_day(p, json_int(record, "at", 0));
		html_close(h);
		if (url != NULL && html_is_address(url)) {
			html_text(h, " · ");
			page_outward(p, url,
			    catalog_text(p->words, "task.open_entry", NULL));
		}
		html_close(h);
		jv_free(record);
		jv_free(item);
	}
	html_close(h);
}

/* How many records of others have reached it, by what became of them. */
static void
reached(struct page *p, const char *id)
{
	static const char *const states[] = {
	    "delivered", "pending", "refused", "removed"};
	struct html *h = &p->html;

	html_open(h, "ul.figures");
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		struct err err = {.class = ERR_NONE};
		struct query_filter f = {.members = JV_ARRAY(jv_string(id)),
		    .statuses = JV_ARRAY(jv_string(states[i])),
		    .limit = 1,
		    .with_total = 1};
		jv list = query_receipts(p->rq->query, &f, NULL, &err);

		html_open(h, "li");
		html_open(h, "b");
		say_number(p, json_int(list, "total", 0));
		html_close(h);
		html_open(h, "span");
		say_word(p, "receipt_state", states[i]);
		html_close(h);
		html_close(h);
		jv_free(list);
		jv_free(f.members);
		jv_free(f.statuses);
	}
	html_close(h);
}

static void
to_map(struct page *p, const char *id)
{
	struct buf to = {0};

	buf_puts(&to, "/map?member=");
	percent_encode(id, "", &to);
	html_open(&p->html, "p.more");
	page_open_link(p, "a.button.quiet", to.data, NULL);
	say(p, "member.all_pairs");
	html_close_to(&p->html, p->html.depth - 2);
	buf_free(&to);
}

static void
says(struct page *p, const char *id)
{
	struct err err = {.class = ERR_NONE};
	struct query_filter f = {.members = JV_ARRAY(jv_string(id)),
	    .limit = SHOWN,
	    .with_total = 1};
	jv pairs = query_partnerships(p->rq->query, &f, &err), events;

	rows_panel(p, pairs, "items", "member.pairs", rows_partnerships);
	if (json_int(pairs, "total", 0) > 0)
		to_map(p, id);
	jv_free(pairs);
	f.sort = QUERY_SORT_DATE;
	f.is_descending = 1;
	events = query_events(p->rq->query, &f, &err);
	rows_panel(p, events, "items", "member.events", rows_events);
	jv_free(events);
	jv_free(f.members);
}

static void
refused(struct page *p, const char *id)
{
	struct err err = {.class = ERR_NONE};
	struct query_filter f = {.members = JV_ARRAY(jv_string(id)),
	    .statuses = JV_ARRAY(jv_string("refused")),
	    .limit = SHOWN};
	jv list = query_receipts(p->rq->query, &f, NULL, &err);

	rows_panel(p, list, "items", "member.refused", refusals);
	jv_free(list);
	jv_free(f.members);
	jv_free(f.statuses);
}

static void
show(struct request *rq, struct answer *a, jv member)
{
	const char *id = rq->parts[0], *site, *title;
	char *tasks = mem_printf("/members/%s/tasks", id);
	jv names = json_get(member, "names");
	struct page p;

	page_prepare(&p, rq, a);
	title = reader_text(&p.reader, names, NULL);
	page_frame(&p, "members",
	    title[0] != '\0' ? title
			     : catalog_text(p.words, "member.unknown", NULL));
	html_open(&p.html, "header.title");
	say_element(&p, "p.kicker", "member.one");
	html_open(&p.html, "h1");
	say_member(&p, id, 0);
	html_close(&p.html);
	site = json_str(member, "website", NULL);
	if (site != NULL) {
		html_open(&p.html, "p");
		page_outward(&p, site, site);
		html_close(&p.html);
	}
	html_open(&p.html, "p.actions");
	say_link(&p, "a.button", tasks, NULL, "member.to_tasks");
	free(tasks);
	html_close(&p.html);
	html_close(&p.html);
	rows_panel(&p, member, "connections", "member.health", connections);
	html_open(&p.html, "section.panel");
	say_element(&p, "h2", "member.reached");
	reached(&p, id);
	html_close(&p.html);
	refused(&p, id);
	says(&p, id);
	linked_member(&p, title, site);
	page_end(&p);
	jv_free(names);
}

void
page_member(struct request *rq, struct answer *a)
{
	struct err err = {.class = ERR_NONE};
	jv member = query_member(rq->query, rq->parts[0], &err);

	if (!jv_is_valid(member))
		page_error(a, &err);
	else if (jv_get_kind(member) != JV_KIND_OBJECT)
		page_missing(a);
	else
		show(rq, a, member);
	jv_free(member);
}
