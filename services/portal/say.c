/* Words of the catalogue and texts of records: see say.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/keys.h"
#include "portal/catalog.h"
#include "portal/page.h"
#include "portal/query.h"
#include "portal/request.h"
#include "portal/say.h"
#include "portal/words.h"

/* 1 if text in LANGUAGE must be marked on a page in PAGE's language. */
static int
is_foreign(const char *language, const char *page)
{
	size_t size = strcspn(language, "-");

	return language[0] != '\0' && strcmp(language, "und") != 0 &&
	       (size != strlen(page) || strncasecmp(language, page, size) != 0);
}

/* TEXT, marked as LANGUAGE if that is not the page's. */
static void
put_in(struct page *p, const char *text, const char *language)
{
	int is_marked = language != NULL &&
			is_foreign(language, catalog_language(p->words));

	if (is_marked) {
		html_open(&p->html, "span");
		html_attr(&p->html, "lang", language);
	}
	html_text(&p->html, text);
	if (is_marked)
		html_close(&p->html);
}

/* A text of the catalogue: what is missing there is seen to be. */
static void
say_own(struct page *p, const char *text, size_t size, const char *language)
{
	int is_missing = strcmp(language, catalog_language(p->words)) != 0;

	if (is_missing) {
		html_open(&p->html, "span.untranslated");
		if (language[0] != '\0')
			html_attr(&p->html, "lang", language);
	}
	html_text_sized(&p->html, text, size);
	if (is_missing)
		html_close(&p->html);
}

void
say(struct page *p, const char *key)
{
	const char *language;
	const char *text = catalog_text(p->words, key, &language);

	say_own(p, text, strlen(text), language);
}

void
say_element(struct page *p, const char *spec, const char *key)
{
	html_open(&p->html, spec);
	say(p, key);
	html_close(&p->html);
}

void
say_attr(struct page *p, const char *name, const char *key)
{
	html_attr(&p->html, name, catalog_text(p->words, key, NULL));
}

void
say_link(struct page *p, const char *spec, const char *prefix, const char *part,
    const char *key)
{
	page_open_link(p, spec, prefix, part);
	say(p, key);
	html_close(&p->html);
}

void
say_number(struct page *p, int64_t n)
{
	struct buf text = {0};

	words_number(p->words, n, &text);
	html_text(&p->html, text.data);
	buf_free(&text);
}

void
say_date(struct page *p, const char *date)
{
	struct buf text = {0};

	words_date(p->words, date, &text);
	html_text_sized(
	    &p->html, text.data != NULL ? text.data : "", text.size);
	buf_free(&text);
}

void
say_day(struct page *p, int64_t wall_ms)
{
	struct buf text = {0};
	char iso[CLOCK_TEXT_SIZE];

	words_day(p->words, wall_ms, &text);
	html_open(&p->html, "time");
	html_attr(&p->html, "datetime", clock_text(wall_ms, iso));
	html_text_sized(
	    &p->html, text.data != NULL ? text.data : "", text.size);
	html_close(&p->html);
	buf_free(&text);
}

void
say_zone(struct page *p, const char *zone)
{
	struct buf name = {0};
	struct say_part part = {0};

	words_zone(p->words, zone, &name);
	part.text = name.data;
	say_sentence(p, "event.zone", &part, 1);
	buf_free(&name);
}

void
say_reason(struct page *p, const char *code)
{
	if (code[0] != '\0')
		say_word(p, "reason", code);
}

const char *
say_word_text(const struct page *p, const char *section, const char *code)
{
	const char *text = catalog_word(p->words, section, code, NULL);

	if (text == NULL)
		text = catalog_word(p->words, section, "other", NULL);
	return text != NULL ? text : "";
}

void
say_word(struct page *p, const char *section, const char *code)
{
	const char *language = "";
	const char *text = catalog_word(p->words, section, code, &language);

	if (text == NULL)
		text = catalog_word(p->words, section, "other", &language);
	if (text != NULL)
		say_own(p, text, strlen(text), language);
}

/* A sentence on its way into a page. */
struct sentence {
	struct page *page;
	const char *language;
	const struct say_part *parts;
	size_t n;
};

static void
say_piece(void *ctx, const char *text, size_t size)
{
	struct sentence *s = ctx;

	say_own(s->page, text, size, s->language);
}

static void
say_argument(void *ctx, size_t i)
{
	struct sentence *s = ctx;
	struct page *p = s->page;
	const struct say_part *part = &s->parts[i];

	if (i >= s->n)
		return;
	if (part->prefix != NULL)
		page_open_link(p, "a", part->prefix, part->part);
	if (part->text != NULL)
		put_in(p, part->text, part->language);
	else if (part->date != NULL)
		say_date(p, part->date);
	else if (part->section != NULL)
		say_word(p, part->section, part->code);
	else if (part->member != NULL)
		say_member(p, part->member, part->prefix == NULL);
	else if (part->is_number)
		say_number(p, part->number);
	else
		say_day(p, part->day_ms);
	if (part->prefix != NULL)
		html_close(&p->html);
}

void
say_sentence(
    struct page *p, const char *key, const struct say_part *parts, size_t n)
{
	struct sentence s = {.page = p, .parts = parts, .n = n};

	words_split(catalog_text(p->words, key, &s.language), say_piece,
	    say_argument, &s);
}

void
say_count(struct page *p, const char *key, int64_t n)
{
	struct say_part part = {.is_number = 1, .number = n};
	struct sentence s = {.page = p, .parts = &part, .n = 1};

	words_split(catalog_plural(p->words, key, n, &s.language), say_piece,
	    say_argument, &s);
}

int
say_text(struct page *p, jv map)
{
	const char *language;
	const char *text = reader_text(&p->reader, map, &language);

	if (text[0] == '\0')
		return 0;
	put_in(p, text, language);
	return 1;
}

/*
 * A city's names (the caller's): of a city that is identified all that is known
 * of it, since a record may hold only the name in its writer's language.
 */
static jv
names_of_city(struct page *p, jv city)
{
	const char *id = json_str(city, "id", "");
	struct err err = {.class = ERR_NONE};
	jv names = json_get(p->cities, id), ids, found, first;

	if (!key_is_city(id) || jv_is_valid(names)) {
		if (jv_is_valid(names))
			return names;
		jv_free(names);
		return json_get(city, "names");
	}
	ids = JV_ARRAY(jv_string(id));
	found = query_cities(p->rq->query, ids, &err);
	first = jv_get_kind(found) == JV_KIND_ARRAY
		    ? jv_array_get(jv_copy(found), 0)
		    : jv_invalid();
	names = json_get(first, "names");
	if (jv_get_kind(names) != JV_KIND_OBJECT) {
		jv_free(names);
		names = json_get(city, "names");
	}
	jv_free(first);
	jv_free(found);
	jv_free(ids);
	json_set(&p->cities, id, jv_copy(names));
	return names;
}

const char *
say_city_text(struct page *p, jv city)
{
	jv names = names_of_city(p, city);
	const char *name = reader_text(&p->reader, names, NULL);

	jv_free(names); /* CITY or P holds them */
	return name[0] != '\0' ? name
			       : catalog_text(p->words, "city.unnamed", NULL);
}

void
say_city(struct page *p, jv city)
{
	const char *id = json_str(city, "id", "");
	jv names = names_of_city(p, city);

	if (key_is_city(id))
		page_open_link(p, "a", "/cities/", id);
	if (!say_text(p, names))
		say(p, "city.unnamed");
	if (key_is_city(id))
		html_close(&p->html);
	jv_free(names);
}

/* A member's names (the caller's). */
static jv
names_of_member(struct page *p, const char *id)
{
	if (jv_get_kind(p->members) != JV_KIND_OBJECT) {
		jv_free(p->members);
		p->members = query_member_names(p->rq->query);
	}
	return json_get(p->members, id);
}

int
say_is_member(struct page *p, const char *id)
{
	jv names = names_of_member(p, id);
	int is_member = jv_is_valid(names);

	jv_free(names);
	return is_member;
}

void
say_member(struct page *p, const char *id, int is_link)
{
	jv names = names_of_member(p, id);
	struct say_part left = {.date = query_member_left(p->rq->query, id)};

	if (is_link)
		page_open_link(p, "a", "/members/", id);
	if (!say_text(p, names))
		say(p, "member.unknown");
	if (is_link)
		html_close(&p->html);
	if (left.date[0] != '\0') {
		html_open(&p->html, "span.quiet");
		html_text(&p->html, " ");
		say_sentence(p, "member.left_on", &left, 1);
		html_close(&p->html);
	}
	jv_free(names);
}

const char *
say_member_text(struct page *p, const char *id)
{
	jv names = names_of_member(p, id);
	const char *text = reader_text(&p->reader, names, NULL);

	jv_free(names); /* P holds them */
	return text[0] != '\0' ? text
			       : catalog_text(p->words, "member.unknown", NULL);
}

char *
say_pair(struct page *p, jv record)
{
	jv a = json_get(record, "a"), b = json_get(record, "b");
	char *text =
	    mem_printf("%s – %s", say_city_text(p, a), say_city_text(p, b));

	jv_free(a);
	jv_free(b);
	return text;
}
