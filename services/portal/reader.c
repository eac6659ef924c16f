/* Whose languages: see reader.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "portal/catalog.h"
#include "portal/reader.h"

static int
is_language(const char *s, size_t size)
{
	if (size == 0 || size >= READER_LANGUAGE_SIZE)
		return 0;
	for (size_t i = 0; i < size; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
			(s[i] >= 'A' && s[i] <= 'Z') ||
			(i > 0 && s[i] >= '0' && s[i] <= '9') ||
			(i > 0 && s[i] == '-')))
			return 0;
	return 1;
}

static void
add(struct reader *r, const char *s, size_t size)
{
	if (r->n == READER_LANGUAGES_MAX || !is_language(s, size))
		return;
	for (size_t i = 0; i < r->n; i++)
		if (strlen(r->languages[i]) == size &&
		    strncasecmp(r->languages[i], s, size) == 0)
			return;
	memcpy(r->languages[r->n], s, size);
	r->languages[r->n++][size] = '\0';
}

/* Thousandths of the weight in ";q=0.8" within SIZE bytes at S. */
static int
weight(const char *s, size_t size)
{
	const char *at = memchr(s, ';', size);
	char number[8] = "";
	size_t n = 0;

	if (at == NULL)
		return 1000;
	at = memchr(at, '=', size - (size_t)(at - s));
	if (at == NULL)
		return 1000;
	for (at++; at < s + size && n + 1 < sizeof(number); at++)
		if (*at != ' ')
			number[n++] = *at;
	return (int)(strtod(number, NULL) * 1000);
}

/* The browser's list by weight; of equal ones the first stays first. */
static void
add_accepted(struct reader *r, const char *accept)
{
	struct part {
		const char *s;
		size_t size;
		int weight;
	} parts[READER_LANGUAGES_MAX];
	size_t n = 0;

	while (*accept != '\0' && n < READER_LANGUAGES_MAX) {
		size_t size = strcspn(accept, ",");
		struct part p = {
		    accept, strcspn(accept, ",; "), weight(accept, size)};
		size_t at = n;

		for (; at > 0 && parts[at - 1].weight < p.weight; at--)
			parts[at] = parts[at - 1];
		parts[at] = p;
		n++;
		accept += size;
		accept += strspn(accept, ", ");
	}
	for (size_t i = 0; i < n; i++)
		if (parts[i].weight > 0)
			add(r, parts[i].s, parts[i].size);
}

void
reader_init(struct reader *r, const char *asked, const char *accept)
{
	const struct catalog *c;

	*r = (struct reader){0};
	if (asked != NULL)
		add(r, asked, strlen(asked));
	if (accept != NULL)
		add_accepted(r, accept);
	for (size_t i = 0; i < r->n && r->words == NULL; i++)
		r->words = catalog_find(r->languages[i]);
	if (r->words == NULL)
		r->words = catalog_at(0);
	/* Rather a language of the pages than just any. */
	for (size_t i = 0; (c = catalog_at(i)) != NULL; i++)
		add(r, catalog_language(c), strlen(catalog_language(c)));
}

/* 1 if the first parts of two language tags are the same. */
static int
is_akin(const char *a, const char *b)
{
	size_t size = strcspn(a, "-");

	return size == strcspn(b, "-") && strncasecmp(a, b, size) == 0;
}

/*
 * The member of MAP for LANGUAGE (NULL: any), of several the first by name, so
 * that the same record always reads the same.
 */
static const char *
akin_text(jv map, const char *language, const char **out_language)
{
	const char *best_key = NULL, *best = NULL;

	for (int at = jv_object_iter(map); jv_object_iter_valid(map, at);
	     at = jv_object_iter_next(map, at)) {
		jv key = jv_object_iter_key(map, at);
		const char *k = jv_string_value(key);
		const char *text = json_str(map, k, "");

		jv_free(key); /* MAP holds it */
		if (text[0] == '\0' ||
		    (language != NULL && !is_akin(k, language)) ||
		    (best_key != NULL && strcmp(k, best_key) > 0))
			continue;
		best_key = k;
		best = text;
	}
	if (best != NULL)
		*out_language = best_key;
	return best;
}

const char *
reader_text(const struct reader *r, jv map, const char **out_language)
{
	const char *text, *none;

	if (out_language == NULL)
		out_language = &none;
	*out_language = "";
	if (jv_get_kind(map) != JV_KIND_OBJECT)
		return "";
	for (size_t i = 0; i < r->n; i++) {
		text = json_str(map, r->languages[i], "");
		if (text[0] != '\0') {
			*out_language = r->languages[i];
			return text;
		}
		text = akin_text(map, r->languages[i], out_language);
		if (text != NULL)
			return text;
	}
	text = akin_text(map, NULL, out_language);
	return text != NULL ? text : "";
}
