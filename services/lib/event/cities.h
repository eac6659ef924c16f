/**
 * The city list: names in all scripts, former names, coordinates, zone, for
 * suggestions only; a name never merges two records.  Data:
 * data/cities.tsv (made by data/make-cities.py from GeoNames, CC BY 4.0).
 */
#ifndef EVENT_CITIES_H
#define EVENT_CITIES_H

#include <stddef.h>

#include "base/json.h"

struct cities;
struct err;

/** Load FILE; NULL with ERR = FATAL. */
struct cities *cities_load(const char *file, struct err *err);
/** Does nothing on NULL. */
void cities_free(struct cities *c);
/**
 * Cities whose folded name, other name or former name equals NAME's, best
 * first, at most MAX: array of {id, country, names: {en, ru, ...}, lat, lon,
 * tz, population}.  COUNTRY (ISO 3166-1 alpha-2) narrows; "" does not.
 */
jv cities_suggest(
    const struct cities *c, const char *name, const char *country, size_t max);
/** Other and former names of the city with that id: new array of strings. */
jv cities_names(const struct cities *c, const char *id);
/** The city with that id (wd: or gn:) in the same form, or null. */
jv cities_get(const struct cities *c, const char *id);

#endif
