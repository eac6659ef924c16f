/* Small maps as SVG: see chart.h. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "portal/assets.h"
#include "portal/chart.h"
#include "portal/html.h"

/* A rectangle of the plane, in units. */
struct view {
	double x, y, width, height;
};

/* Where a place stands, in units. */
static void
project(double lat, double lon, double *out_x, double *out_y)
{
	double p = lat * M_PI / 180, p2 = p * p;

	/* Patterson 2014, https://doi.org/10.14714/CP78.1270 */
	p *= 1.0148 + p2 * p2 * (0.23185 + p2 * (-0.14499 + p2 * 0.02406));
	*out_x = lon * CHART_UNITS;
	*out_y = -p * 180 / M_PI * CHART_UNITS;
}

int
chart_place_of(jv city, struct chart_place *out)
{
	jv lat = json_get(city, "lat"), lon = json_get(city, "lon");
	int rc = -1;

	if (jv_get_kind(lat) == JV_KIND_NUMBER &&
	    jv_get_kind(lon) == JV_KIND_NUMBER) {
		*out = (struct chart_place){
		    jv_number_value(lat), jv_number_value(lon), NULL, NULL};
		rc = 0;
	}
	jv_free(lat);
	jv_free(lon);
	return rc;
}

/*
 * Where the places stand, so that the picture is narrow: seen from the first
 * one, everything lies within half the globe to the left or right.
 */
static void
place_all(const struct chart *c, double *x, double *y)
{
	for (size_t i = 0; i < c->n_places; i++) {
		project(c->places[i].lat, c->places[i].lon, &x[i], &y[i]);
		if (x[i] - x[0] > CHART_AROUND / 2.0)
			x[i] -= CHART_AROUND;
		if (x[i] - x[0] < -CHART_AROUND / 2.0)
			x[i] += CHART_AROUND;
	}
}

static struct view
fit(const struct chart *c, const double *x, const double *y)
{
	double left = x[0], right = x[0], top = y[0], bottom = y[0];
	double least = c->degrees_min * CHART_UNITS;
	struct view v;

	for (size_t i = 1; i < c->n_places; i++) {
		left = fmin(left, x[i]);
		right = fmax(right, x[i]);
		top = fmin(top, y[i]);
		bottom = fmax(bottom, y[i]);
	}
	v.width = fmax(fmax((right - left) * 1.35, least),
	    (bottom - top) * 1.6 * c->width_to_height);
	v.width = fmin(v.width, CHART_AROUND);
	v.height = v.width / c->width_to_height;
	v.x = (left + right - v.width) / 2;
	v.y = (top + bottom - v.height) / 2;
	return v;
}

static void
draw_land(struct html *h, const struct view *v)
{
	const struct asset *coast = assets_find("coast-small.path");

	/* The globe goes round: the copies that the view reaches into. */
	for (int turn = -1; turn <= 1; turn++) {
		/* Land that crosses the edge of the globe sticks out. */
		double left = (turn - 0.6) * CHART_AROUND;

		if (v->x > left + 1.2 * CHART_AROUND || v->x + v->width < left)
			continue;
		html_open(h, "path.land");
		if (turn != 0)
			html_attrf(h, "transform", "translate(%d 0)",
			    turn * CHART_AROUND);
		html_attr(h, "d", coast->text);
		html_close(h);
	}
}

static void
draw_arc(struct html *h, const struct chart_arc *arc, const double *x,
    const double *y)
{
	double ax = x[arc->from], ay = y[arc->from];
	double bx = x[arc->to], by = y[arc->to];
	double far = hypot(bx - ax, by - ay);

	html_open(h, "path.arc");
	html_attr(h, "data-mark", arc->mark);
	/* Bent upwards, the more the longer it is. */
	html_attrf(h, "d", "M%.0f %.0fQ%.0f %.0f %.0f %.0f", ax, ay,
	    (ax + bx) / 2, (ay + by) / 2 - far * 0.22, bx, by);
	html_close(h);
}

static void
draw_place(struct html *h, const struct chart_place *place, double x, double y,
    const struct view *v)
{
	int is_left = x > v->x + v->width * 0.72;

	html_open(h, "circle.dot");
	html_attr(h, "data-mark", place->mark);
	html_attrf(h, "cx", "%.0f", x);
	html_attrf(h, "cy", "%.0f", y);
	html_attrf(h, "r", "%.1f", v->width / 150);
	html_close(h);
	if (place->name == NULL)
		return;
	html_open(h, "text");
	html_attrf(h, "x", "%.0f", x + v->width / (is_left ? -70 : 70));
	html_attrf(h, "y", "%.0f", y + v->width / 120);
	html_attrf(h, "font-size", "%.0f", v->width / 34);
	html_attr(h, "text-anchor", is_left ? "end" : "start");
	html_text(h, place->name);
	html_close(h);
}

void
chart_draw(struct html *h, const struct chart *c)
{
	double *x, *y;
	struct view v;

	if (c->n_places == 0)
		return;
	x = mem_new(c->n_places, sizeof(*x));
	y = mem_new(c->n_places, sizeof(*y));
	place_all(c, x, y);
	v = fit(c, x, y);
	html_open(h, "svg.chart");
	html_attrf(
	    h, "viewBox", "%.0f %.0f %.0f %.0f", v.x, v.y, v.width, v.height);
	html_attr(h, "role", "img");
	html_attr(h, "aria-label", c->title);
	draw_land(h, &v);
	for (size_t i = 0; i < c->n_arcs; i++)
		draw_arc(h, &c->arcs[i], x, y);
	for (size_t i = 0; i < c->n_places; i++)
		draw_place(h, &c->places[i], x[i], y[i], &v);
	html_close(h);
	free(x);
	free(y);
}
