/* The law: see law.h. */
#include <stddef.h>

#include "wire/law.h"

int64_t
law_unaccounted(jv counters)
{
	static const char *const fates[] = {"applied", "superseded",
	    "unchanged", "stale", "filtered", "deadLettered", "pending"};
	int64_t left = json_int(counters, "consumed", 0) +
		       json_int(counters, "replayed", 0);

	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
		left -= json_int(counters, fates[i], 0);
	return left;
}
