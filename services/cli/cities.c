/* twinwire cities: ids for names. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/suggest.h"
#include "cli/table.h"
#include "event/cities.h"

enum { SUGGESTIONS_MAX = 20 };

static void
print(jv found)
{
	static const char *const titles[] = {
	    "ID", "COUNTRY", "NAME", "PEOPLE", "ZONE", NULL};
	struct table *t = table_new(titles);

	jv_array_foreach (found, i, one) {
		char *name = suggest_name(one);

		table_add(t, json_str(one, "id", ""));
		table_add(t, json_str(one, "country", ""));
		table_add(t, name);
		table_add_int(t, json_int(one, "population", 0));
		table_add(t, json_str(one, "tz", ""));
		free(name);
		jv_free(one);
	}
	table_print(t, stdout, "No city of that name is known.");
	table_free(t);
}

int
cities_main(int argc, char **argv)
{
	const char *country = "", *file = NULL;
	const struct cli_option options[] = {
	    {"country", "CC", "only of this country: RU, CN, KZ, ...", &country,
		NULL},
	    {"list", "FILE", "another list of cities", &file, NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "NAME",
	    .summary = "Suggest ids for the name of a city, in any script, "
		       "former names too.  A\nsuggestion is yours to judge: "
		       "no name ever joins two records by itself.",
	    .common = CLI_JSON,
	    .min = 1,
	    .max = 1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	struct cli c;
	struct cities *list;
	struct err err;
	jv found;
	int code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	list = suggest_open(file, &err);
	if (list == NULL) {
		cli_end(&c);
		return cli_fail(&c, &err);
	}
	found = cities_suggest(list, c.args[0], country, SUGGESTIONS_MAX);
	code = jv_array_length(jv_copy(found)) > 0 ? CLI_OK : CLI_FAILED;
	if (c.is_json)
		cli_print_json(jv_copy(found));
	else
		print(found);
	jv_free(found);
	cities_free(list);
	cli_end(&c);
	return code;
}
