/* The list of cities: see suggest.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/cli.h"
#include "cli/suggest.h"
#include "event/cities.h"

struct cities *
suggest_open(const char *file, struct err *err)
{
	char *shared = file == NULL ? cli_share("cities.tsv") : NULL;
	struct cities *list = NULL;

	if (file != NULL || shared != NULL)
		list = cities_load(file != NULL ? file : shared, err);
	else
		err_set(err, ERR_FATAL, 0,
		    "the list of cities (cities.tsv) is not installed");
	free(shared);
	return list;
}

char *
suggest_name(jv city)
{
	static const char *const languages[] = {"en", "ru", "zh", "kk", "ky"};
	jv names = json_get(city, "names");
	struct buf out = {0};
	const char *name;
	size_t i;

	for (i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		name = jv_get_kind(names) == JV_KIND_OBJECT
			   ? json_str(names, languages[i], NULL)
			   : NULL;
		if (name != NULL)
			buf_printf(
			    &out, "%s%s", out.size > 0 ? ", " : "", name);
	}
	jv_free(names);
	return buf_take(&out);
}
