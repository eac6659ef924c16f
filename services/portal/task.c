/* Rows for clerks to take along: see task.h. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/percent.h"
#include "portal/task.h"

jv
task_claim(jv partnership, const char *city)
{
	jv claim = jv_object(), agreement = jv_object();
	const char *const ends[] = {"a", "b"};

	json_set_str(&claim, "speaksFor", city);
	for (size_t i = 0; i < 2; i++) {
		jv from = json_get(partnership, ends[i]), to = jv_object();

		json_set_str(&to, "id", json_str(from, "id", ""));
		json_set_str(&to, "country", json_str(from, "country", ""));
		json_set(&to, "names", json_get(from, "names"));
		json_set(&claim, ends[i], to);
		jv_free(from);
	}
	json_set_str(&claim, "status", "active");
	json_set_str(&agreement, "kind", json_str(partnership, "kind", ""));
	json_set_str(
	    &agreement, "signedOn", json_str(partnership, "since", ""));
	json_set_str(
	    &agreement, "dateBasis", json_str(partnership, "sinceBasis", ""));
	json_set(&claim, "agreements", JV_ARRAY(agreement));
	return claim;
}

/* A table of one row while its columns are added. */
struct table {
	struct buf titles, cells;
	int has_columns;
};

/* A cell; quoted where a comma, quote or line end is in it, and where a sheet
 * would take it for a formula made harmless. */
static void
cell(struct buf *out, const char *text)
{
	int is_formula = text[0] != '\0' && strchr("=+-@", text[0]) != NULL;

	if (strpbrk(text, ",\"\r\n;") == NULL && !is_formula) {
		buf_puts(out, text);
		return;
	}
	buf_puts(out, is_formula ? "\"'" : "\"");
	for (; *text != '\0'; text++)
		buf_puts(out, *text == '"' ? "\"\"" : (char[]){*text, '\0'});
	buf_puts(out, "\"");
}

static void
column(struct table *t, const char *title, const char *text)
{
	if (t->has_columns) {
		buf_puts(&t->titles, ",");
		buf_puts(&t->cells, ",");
	}
	t->has_columns = 1;
	cell(&t->titles, title);
	cell(&t->cells, text);
}

/* The columns of the city at END, "a" or "b". */
static void
city_columns(struct table *t, jv claim, const char *end)
{
	jv city = json_get(claim, end), names = json_get(city, "names");
	char title[96];

	snprintf(title, sizeof(title), "city_%s", end);
	column(t, title, json_str(city, "id", ""));
	if (jv_get_kind(names) == JV_KIND_OBJECT) {
		jv keys = jv_keys(jv_copy(names));

		jv_array_foreach (keys, i, key) {
			const char *language = jv_string_value(key);

			snprintf(title, sizeof(title), "city_%s.%.64s", end,
			    language);
			column(t, title, json_str(names, language, ""));
			jv_free(key);
		}
		jv_free(keys);
	}
	snprintf(title, sizeof(title), "country_%s", end);
	column(t, title, json_str(city, "country", ""));
	jv_free(names);
	jv_free(city);
}

void
task_csv(jv claim, struct buf *out)
{
	struct table t = {0};
	jv agreements = json_get(claim, "agreements");
	jv first = jv_get_kind(agreements) == JV_KIND_ARRAY
		       ? jv_array_get(jv_copy(agreements), 0)
		       : jv_null();

	column(&t, "id", json_str(claim, "localId", ""));
	city_columns(&t, claim, "a");
	city_columns(&t, claim, "b");
	column(&t, "status", json_str(claim, "status", ""));
	column(&t, "speaks_for", json_str(claim, "speaksFor", ""));
	column(&t, "kind", json_str(first, "kind", ""));
	column(&t, "signed_on", json_str(first, "signedOn", ""));
	column(&t, "date_basis", json_str(first, "dateBasis", ""));
	if (json_str(claim, "lastVerified", "")[0] != '\0')
		column(
		    &t, "last_verified", json_str(claim, "lastVerified", ""));
	buf_printf(out, "%s\n%s\n", t.titles.data, t.cells.data);
	buf_free(&t.titles);
	buf_free(&t.cells);
	jv_free(first);
	jv_free(agreements);
}

/* What {WORD} stands for; borrowed from PARTNERSHIP, "" if nothing. */
static const char *
filling(const char *word, size_t size, jv partnership, const char *language)
{
	static const char *const plain[] = {"kind", "since"};
	const char *end = size > 0 ? (char[2]){word[size - 1], '\0'} : "";
	const char *text = "";
	jv city = json_get(partnership, end), names = json_get(city, "names");

	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (strlen(plain[i]) == size &&
		    memcmp(plain[i], word, size) == 0)
			text = json_str(partnership, plain[i], "");
	if (size == 6 && memcmp(word, "city_", 5) == 0)
		text = json_str(city, "id", "");
	if (size == 9 && memcmp(word, "country_", 8) == 0)
		text = json_str(city, "country", "");
	if (size == 6 && memcmp(word, "name_", 5) == 0)
		text = json_str(names, language, json_str(names, "en", ""));
	jv_free(names); /* PARTNERSHIP holds them */
	jv_free(city);
	return text;
}

void
task_address(
    const char *template, jv partnership, const char *language, struct buf *out)
{
	while (*template != '\0') {
		const char *open = strchr(template, '{');
		const char *close = open != NULL ? strchr(open, '}') : NULL;

		if (close == NULL) {
			buf_puts(out, template);
			return;
		}
		buf_add(out, template, (size_t)(open - template));
		percent_encode(filling(open + 1, (size_t)(close - open - 1),
				   partnership, language),
		    "", out);
		template = close + 1;
	}
}
