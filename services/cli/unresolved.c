/* twinwire unresolved: cities of claims that have no id yet. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/scan.h"
#include "cli/suggest.h"
#include "cli/table.h"
#include "event/cities.h"

enum { SUGGESTIONS_MAX = 3 };

static const struct cli_usage usage = {
    .arguments = "[MEMBER]",
    .summary = "List the claims (of MEMBER) that name a city without a "
	       "Wikidata or GeoNames id, with\nsuggestions.  They wait: a line "
	       "`city id<TAB>wd:Q...` in the reconciler's alias file\nlets "
	       "them through.",
    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
    .max = 1,
};

/* What the list knows under any name of CITY in its country. */
static jv
suggestions(const struct cities *list, jv city)
{
	jv names = json_get(city, "names"), out = jv_array(), some;

	if (list == NULL || jv_get_kind(names) != JV_KIND_OBJECT) {
		jv_free(names);
		return out;
	}
	jv_object_foreach (names, language, name) {
		if (jv_array_length(jv_copy(out)) == 0) {
			some = cities_suggest(list, jv_string_value(name),
			    json_str(city, "country", ""), SUGGESTIONS_MAX);
			jv_free(out);
			out = some;
		}
		jv_free(language);
		jv_free(name);
	}
	jv_free(names);
	return out;
}

static void
look_at(const struct cities *list, jv claim, const char *side, jv *out)
{
	jv value = json_get(claim, "value"), city = json_get(value, side), one;

	jv_free(value);
	if (!key_is_city(json_str(city, "id", ""))) {
		one = jv_object();
		json_set_str(&one, "claim", json_str(claim, "key", ""));
		json_set_str(&one, "side", side);
		json_set(&one, "suggestions", suggestions(list, city));
		json_set(&one, "city", city);
		*out = jv_array_append(*out, one);
		return;
	}
	jv_free(city);
}

static char *
suggested_ids(jv one)
{
	jv some = json_get(one, "suggestions"), out = jv_string("");

	jv_array_foreach (some, i, city) {
		if (i > 0)
			out = jv_string_concat(out, jv_string(" "));
		out =
		    jv_string_concat(out, jv_string(json_str(city, "id", "")));
		jv_free(city);
	}
	jv_free(some);
	char *text = strdup(jv_string_value(out));

	jv_free(out);
	return text;
}

static void
print(jv all)
{
	static const char *const titles[] = {
	    "CLAIM", "CITY ID", "COUNTRY", "NAME", "SUGGESTED", NULL};
	struct table *t = table_new(titles);

	jv_array_foreach (all, i, one) {
		jv city = json_get(one, "city");
		char *name = suggest_name(city), *ids = suggested_ids(one);

		table_add(t, json_str(one, "claim", ""));
		table_add(t, json_str(city, "id", ""));
		table_add(t, json_str(city, "country", ""));
		table_add(t, name);
		table_add(t, ids);
		free(name);
		free(ids);
		jv_free(city);
		jv_free(one);
	}
	table_print(t, stdout, "Every city of every claim has an id.");
	table_free(t);
}

int
unresolved_main(int argc, char **argv)
{
	struct cli c;
	struct err err;
	struct cities *list;
	jv claims, out = jv_array();
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0) {
		jv_free(out);
		return code;
	}
	code = CLI_OK;
	list = suggest_open(NULL, &err);
	if (list == NULL)
		cli_say(&c, 0, "no suggestions: %s", err.msg);
	claims = scan_latest(&c, RECORD_CLAIM, c.args[0], &err);
	if (!jv_is_valid(claims)) {
		code = cli_fail(&c, &err);
	} else {
		jv_array_foreach (claims, i, claim) {
			look_at(list, claim, "a", &out);
			look_at(list, claim, "b", &out);
			jv_free(claim);
		}
		if (c.is_json)
			cli_print_json(jv_copy(out));
		else
			print(out);
	}
	jv_free(claims);
	jv_free(out);
	cities_free(list);
	cli_end(&c);
	return code;
}
