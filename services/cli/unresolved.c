/* twinwire unresolved: cities of claims that have no id yet. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/listing.h"
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

/* Keys of all claims that stand in a partnership: their cities are known. */
static jv
known_claims(struct cli *c, struct err *err)
{
	static const char *const lists[] = {"claims", "reports"};
	jv all = scan_latest(c, RECORD_PARTNERSHIP, NULL, err);
	jv out = jv_object();
	size_t k;

	if (!jv_is_valid(all)) {
		jv_free(out);
		return all;
	}
	jv_array_foreach (all, i, one) {
		jv value = json_get(one, "value");

		for (k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
			jv some = json_get(value, lists[k]);

			if (jv_get_kind(some) != JV_KIND_ARRAY) {
				jv_free(some);
				continue;
			}
			jv_array_foreach (some, n, claim) {
				const char *key =
				    jv_get_kind(claim) == JV_KIND_STRING
					? jv_string_value(claim)
					: json_str(claim, "claim", "");

				json_set(&out, key, jv_true());
				jv_free(claim);
			}
			jv_free(some);
		}
		jv_free(value);
		jv_free(one);
	}
	jv_free(all);
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
	jv some = json_get(one, "suggestions");
	struct buf out = {0};

	jv_array_foreach (some, i, city) {
		if (i > 0)
			buf_puts(&out, " ");
		buf_puts(&out, json_str(city, "id", ""));
		jv_free(city);
	}
	jv_free(some);
	return buf_take(&out);
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

/* New array of what is not resolved; jv_invalid() with ERR. */
static jv
look_for(struct cli *c, const struct cities *list, struct err *err)
{
	jv claims = scan_latest(c, RECORD_CLAIM, c->args[0], err);
	jv known = jv_is_valid(claims) ? known_claims(c, err) : jv_invalid();
	jv out = jv_array();

	if (!jv_is_valid(known)) {
		jv_free(out);
		out = jv_invalid();
		goto out;
	}
	jv_array_foreach (claims, i, claim) {
		if (!jv_object_has(jv_copy(known),
			jv_string(json_str(claim, "key", "")))) {
			look_at(list, claim, "a", &out);
			look_at(list, claim, "b", &out);
		}
		jv_free(claim);
	}
out:
	jv_free(known);
	jv_free(claims);
	return out;
}

int
unresolved_main(int argc, char **argv)
{
	struct cli c;
	struct err err;
	struct cities *list;
	jv found;
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	code = listing_find_member(&c, c.args[0]);
	if (code != CLI_OK) {
		cli_end(&c);
		return code;
	}
	list = suggest_open(NULL, &err);
	if (list == NULL)
		cli_say(&c, 0, "no suggestions: %s", err.msg);
	found = look_for(&c, list, &err);
	if (!jv_is_valid(found))
		code = cli_fail(&c, &err);
	else if (c.is_json)
		cli_print_json(jv_copy(found));
	else
		print(found);
	jv_free(found);
	cities_free(list);
	cli_end(&c);
	return code;
}
