/*
 * Words by language: see catalog.h.  A file holds sections of keys with texts;
 * a text that counts is a map of forms, by the names that CLDR gives them.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/json.h"
#include "portal/assets.h"
#include "portal/catalog.h"

enum { CATALOGS_MAX = 16, KEY_MAX = 96 };

struct catalog {
	jv texts; /* section -> key -> text, or form -> text */
	const char *language, *name;
	const char *plural; /* family of rules: "one-other", "slavic", "none" */
};

static struct catalog all[CATALOGS_MAX];
static size_t count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A catalogue that cannot be read is a broken build: tests find it. */
static void
load(const struct asset *file)
{
	struct err err = {.class = ERR_NONE};
	struct conf *conf =
	    conf_parse(file->name, file->text, file->size, &err);
	struct catalog *c = &all[count++];
	jv about;

	if (conf == NULL || count > CATALOGS_MAX) {
		fprintf(stderr, "catalogue: %s\n", err.msg);
		abort();
	}
	c->texts = conf_value(conf);
	conf_free(conf);
	about = json_get(c->texts, "about");
	c->language = json_str(about, "language", "en");
	c->name = json_str(about, "name", c->language);
	c->plural = json_str(about, "plural", "one-other");
	jv_free(about); /* C->texts holds it */
}

static void
load_all(void)
{
	const struct asset *file = assets_find("en.yaml");

	if (file == NULL)
		abort();
	load(file);
	for (size_t i = 0; (file = assets_at(i)) != NULL; i++) {
		const char *dot = strrchr(file->name, '.');

		if (dot != NULL && strcmp(dot, ".yaml") == 0 &&
		    strcmp(file->name, "en.yaml") != 0)
			load(file);
	}
}

const struct catalog *
catalog_at(size_t i)
{
	pthread_once(&once, load_all);
	return i < count ? &all[i] : NULL;
}

const struct catalog *
catalog_find(const char *language)
{
	const struct catalog *c;
	size_t size = strcspn(language, "-_");

	for (size_t i = 0; (c = catalog_at(i)) != NULL; i++)
		if (strlen(c->language) == size &&
		    strncasecmp(c->language, language, size) == 0)
			return c;
	return NULL;
}

const char *
catalog_language(const struct catalog *c)
{
	return c->language;
}

const char *
catalog_name(const struct catalog *c)
{
	return c->name;
}

/* The text of KEY in SECTION, in FORM if it has forms (NULL: "other"). */
static const char *
look(const struct catalog *c, const char *section, const char *key,
    const char *form)
{
	jv texts = json_get(c->texts, section), value;
	const char *found = json_str(texts, key, NULL);

	value = json_get(texts, key);
	if (jv_get_kind(value) == JV_KIND_OBJECT) {
		found = json_str(value, "other", NULL);
		if (form != NULL)
			found = json_str(value, form, found);
	}
	/* All of it belongs to C->texts and lives as long. */
	jv_free(value);
	jv_free(texts);
	return found;
}

static const char *
look_both(const struct catalog *c, const char *section, const char *key,
    const char *form, const char **out_language)
{
	const char *found = look(c, section, key, form);

	if (found == NULL) {
		c = catalog_at(0);
		found = look(c, section, key, form);
	}
	if (out_language != NULL)
		*out_language = found != NULL ? c->language : "";
	return found;
}

static const char *
text_of(const struct catalog *c, const char *key, const char *form,
    const char **out_language)
{
	char section[KEY_MAX];
	const char *dot = strchr(key, '.'), *found = NULL;

	if (dot == NULL || (size_t)(dot - key) >= sizeof(section))
		abort();
	memcpy(section, key, (size_t)(dot - key));
	section[dot - key] = '\0';
	found = look_both(c, section, dot + 1, form, out_language);
	return found != NULL ? found : key;
}

const char *
catalog_text(
    const struct catalog *c, const char *key, const char **out_language)
{
	return text_of(c, key, NULL, out_language);
}

const char *
catalog_word(const struct catalog *c, const char *section, const char *word,
    const char **out_language)
{
	return look_both(c, section, word, NULL, out_language);
}

/* CLDR's rules for whole numbers, by family. */
static const char *
form_of(const char *family, int64_t n)
{
	int64_t ten = n % 10, hundred = n % 100;

	if (strcmp(family, "none") == 0)
		return "other";
	if (strcmp(family, "slavic") != 0)
		return n == 1 ? "one" : "other";
	if (ten == 1 && hundred != 11)
		return "one";
	if (ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14))
		return "few";
	return "many";
}

const char *
catalog_plural(const struct catalog *c, const char *key, int64_t n,
    const char **out_language)
{
	const char *language;
	const char *found = text_of(c, key, form_of(c->plural, n), &language);

	if (strcmp(language, c->language) != 0)
		found = text_of(
		    catalog_at(0), key, form_of("one-other", n), &language);
	if (out_language != NULL)
		*out_language = language;
	return found;
}
