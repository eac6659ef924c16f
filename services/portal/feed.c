/* Feeds of news and the map: see feed.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/percent.h"
#include "base/utf8.h"
#include "portal/atlas.h"
#include "portal/catalog.h"
#include "portal/feed.h"
#include "portal/feed_inner.h"
#include "portal/filter.h"
#include "portal/page.h"
#include "portal/query.h"
#include "portal/reader.h"
#include "portal/say.h"
#include "portal/words.h"

enum { ENTRIES = 50 };

void
feed_address(
    const char *public_url, const char *path, const char *name, struct buf *out)
{
	buf_printf(out, "%s%s", public_url, path);
	percent_encode(name, ":@+!$", out);
}

void
feed_reader(const struct request *rq, struct reader *out)
{
	reader_init(out, request_arg(rq, "lang"),
	    request_header(rq, "Accept-Language"));
}

void
feed_fail(struct answer *a, const struct err *err)
{
	if (err->class == ERR_REJECT)
		answer_problem(a, 400, "%s.", err->msg);
	else if (err->class == ERR_RETRY)
		answer_problem(a, 503, "%s.", err->msg);
	else
		answer_problem(a, 500, "The portal cannot read its store.");
}

/* TEXT as XML's character data; what XML 1.0 does not know is left out. */
static void
add_text(struct buf *out, const char *text)
{
	const char *end = text + strlen(text);
	uint32_t c;
	size_t used;

	for (; text < end; text += used) {
		used = utf8_next(text, (size_t)(end - text), &c);
		if (used == 0) {
			used = 1;
			continue;
		}
		if (c == '<')
			buf_puts(out, "&lt;");
		else if (c == '>')
			buf_puts(out, "&gt;");
		else if (c == '&')
			buf_puts(out, "&amp;");
		else if (c == '"')
			buf_puts(out, "&quot;");
		else if ((c >= 0x20 || c == '\n' || c == '\t') && c != 0xFFFE &&
			 c != 0xFFFF)
			buf_add(out, text, used);
	}
}

static void
add_element(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "<%s>", name);
	add_text(out, text);
	buf_printf(out, "</%s>\n", name);
}

static void
add_link(struct buf *out, const char *relation, const char *address)
{
	buf_printf(out, "<link rel=\"%s\" href=\"", relation);
	add_text(out, address);
	buf_puts(out, "\"/>\n");
}

struct title { /* of a notice, while it is put together */
	struct buf text;
	const char *pair;
};

static void
add_piece(void *ctx, const char *text, size_t size)
{
	struct title *t = ctx;

	buf_add(&t->text, text, size);
}

static void
add_pair(void *ctx, size_t i)
{
	struct title *t = ctx;

	(void)i;
	buf_puts(&t->text, t->pair);
}

/*
 * The title of an item (type, record: borrowed), into OUT: a notice's in the
 * words of pages, whose cities have names in the reader's language; of a kind
 * that is new, in its own.  Its language.
 */
static const char *
title_of(struct page *p, int is_event, jv record, struct buf *out)
{
	const char *kind = json_str(record, "kind", ""), *language = "";
	const char *sentence =
	    is_event ? NULL : catalog_word(p->words, "notice", kind, &language);
	jv texts;

	if (sentence != NULL) {
		char *pair = say_pair(p, record);
		struct title t = {.pair = pair};

		words_split(sentence, add_piece, add_pair, &t);
		*out = t.text;
		free(pair);
		return language;
	}
	texts = json_get(record, is_event ? "title" : "text");
	buf_puts(out, reader_text(&p->reader, texts, &language));
	jv_free(texts); /* RECORD holds them */
	return language;
}

/* Who said it: the member's name. */
static const char *
author_of(struct page *p, int is_event, jv item, jv record)
{
	const char *member = is_event ? json_str(item, "member", "")
				      : json_str(record, "by", "");

	return *member != '\0' ? say_member_text(p, member) : "Twinwire";
}

/* An item (borrowed): an event, or a notice under its partnership. */
static void
add_entry(struct page *p, jv item, struct buf *out)
{
	int is_event = strcmp(json_str(item, "type", ""), "event") == 0;
	jv record = json_get(item, "record");
	jv summaries = json_get(record, "summary");
	struct buf address = {0}, id = {0}, title = {0};
	const char *language = title_of(p, is_event, record, &title);
	char when[CLOCK_TEXT_SIZE];

	feed_address(p->rq->public_url,
	    is_event ? "/events/" : "/partnerships/",
	    is_event ? json_str(item, "key", "")
		     : json_str(record, "pairKey", ""),
	    &address);
	/* For life, whatever the portal's address. */
	buf_printf(&id, "urn:twinwire:%s:", json_str(item, "type", ""));
	feed_address("", "", json_str(item, "key", ""), &id);
	buf_puts(out, "<entry");
	if (*language != '\0') {
		buf_puts(out, " xml:lang=\"");
		add_text(out, language);
		buf_puts(out, "\"");
	}
	buf_puts(out, ">\n");
	add_element(out, "id", id.data);
	add_element(out, "title", title.size > 0 ? title.data : "-");
	add_element(out, "updated", clock_text(json_int(item, "at", 0), when));
	buf_puts(out, "<author>");
	add_element(out, "name", author_of(p, is_event, item, record));
	buf_puts(out, "</author>\n");
	add_link(out, "alternate", address.data);
	add_element(out, "summary", reader_text(&p->reader, summaries, NULL));
	buf_puts(out, "</entry>\n");
	buf_free(&address);
	buf_free(&id);
	buf_free(&title);
	jv_free(summaries);
	jv_free(record);
}

static int
later(const void *a, const void *b)
{
	const jv *x = a, *y = b;
	int64_t p = json_int(*x, "at", 0), q = json_int(*y, "at", 0);

	return (p < q) - (p > q);
}

/* The latest events and notices of F: new array; jv_invalid() with ERR. */
static jv
latest(struct request *rq, struct query_filter *f, jv *entries, int *out_n,
    struct err *err)
{
	struct query_filter news;
	jv lists[2];
	int n = 0;

	f->sort = QUERY_SORT_CHANGED;
	f->limit = ENTRIES;
	lists[0] = query_events(rq->query, f, err);
	news = *f;
	news.kinds = jv_null(); /* kinds of events, not of notices */
	lists[1] = jv_is_valid(lists[0]) ? query_notices(rq->query, &news, err)
					 : jv_invalid();
	for (size_t k = 0; k < 2; k++) {
		jv items = json_get(lists[k], "items");

		if (jv_get_kind(items) == JV_KIND_ARRAY)
			jv_array_foreach (items, i, item)
				entries[n++] = item;
		jv_free(items);
	}
	qsort(entries, (size_t)n, sizeof(*entries), later);
	*out_n = n;
	jv_free(lists[0]);
	return lists[1];
}

static void
add_head(const struct request *rq, int64_t updated_ms, struct buf *out)
{
	struct buf self = {0}, home = {0};
	char *here = request_here(rq, "lang", request_arg(rq, "lang"));
	char when[CLOCK_TEXT_SIZE];

	/* With its filter, or a reader that goes by it would follow all. */
	buf_printf(&self, "%s%s", rq->public_url, here);
	free(here);
	feed_address(rq->public_url, "/", "", &home);
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		      "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	add_element(out, "id", self.data);
	add_element(out, "title", "Twinwire");
	add_element(out, "updated", clock_text(updated_ms, when));
	add_link(out, "self", self.data);
	add_link(out, "alternate", home.data);
	buf_free(&self);
	buf_free(&home);
}

void
feed_news(struct request *rq, struct answer *a)
{
	jv entries[2 * ENTRIES], rest;
	struct page p;
	struct query_filter f;
	struct err err = {0};
	int n;

	if (filter_parse(rq, FILTER_ALL & ~(FILTER_PAGES | FILTER_YEARS), "",
		&f, &err) != 0) {
		feed_fail(a, &err);
		return;
	}
	rest = latest(rq, &f, entries, &n, &err);
	page_prepare(&p, rq, a);
	a->body.max = 0; /* ENTRIES bounds it: it would be cut in a tag */
	add_head(rq, n > 0 ? json_int(entries[0], "at", 0) : 0, &a->body);
	for (int i = 0; i < n; i++) {
		if (i < ENTRIES)
			add_entry(&p, entries[i], &a->body);
		jv_free(entries[i]);
	}
	buf_puts(&a->body, "</feed>\n");
	page_fini(&p);
	a->type = "application/atom+xml; charset=utf-8";
	a->cache_control = "public, max-age=60";
	if (!jv_is_valid(rest))
		feed_fail(a, &err);
	jv_free(rest);
	filter_fini(&f);
}

void
feed_map(struct request *rq, struct answer *a)
{
	struct query_filter f;
	struct err err = {0};

	answer_header(a, "Access-Control-Allow-Origin", "*");
	if (filter_parse(rq, (FILTER_ALL & ~FILTER_PAGES) | FILTER_STRICT, "",
		&f, &err) != 0) {
		feed_fail(a, &err);
		return;
	}
	if (atlas_answer(rq, ATLAS_GEOJSON, &f, a, &err) != 0)
		feed_fail(a, &err);
	filter_fini(&f);
}
