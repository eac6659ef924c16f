/**
 * Small maps inside pages, as SVG: coast and water, cities, arcs between them.
 * They need no script and print as they look.  The projection is Patterson's,
 * CHART_UNITS a degree of longitude, y downwards, as in static/coast*.path
 * (data/make-coast.py) and static/map.js.
 */
#ifndef PORTAL_CHART_H
#define PORTAL_CHART_H

#include <stddef.h>

#include "base/json.h"

struct html;

enum { CHART_UNITS = 20, CHART_AROUND = 360 * CHART_UNITS };

struct chart_place {
	double lat, lon;
	const char *name; /* written beside it; NULL: not */
	const char *mark; /* class of its dot: "city", "candidate", ... */
};
struct chart_arc {
	size_t from, to;  /* places */
	const char *mark; /* class: "active", "suspended", ... */
};
struct chart {
	const struct chart_place *places;
	size_t n_places;
	const struct chart_arc *arcs;
	size_t n_arcs;
	const char *title;	/* what it shows, for who does not see it */
	double width_to_height; /* of the picture: 2 is twice as wide as high */
	double degrees_min;	/* it shows at least so much of the globe */
};

/**
 * Where CITY (borrowed: {lat, lon}) stands, without a name: 0, or -1 if it has
 * no coordinates.
 */
int chart_place_of(jv city, struct chart_place *out);
/** Append the map, fitted around its places; nothing if there are none. */
void chart_draw(struct html *h, const struct chart *c);

#endif
