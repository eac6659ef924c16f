/* The map as it is sent: see atlas_file.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "portal/atlas_file.h"
#include "portal/feed_inner.h"
#include "portal/reader.h"
#include "portal/rows.h"
#include "web/gzip.h"

struct atlas_file {
	enum atlas_form form;
	const char *public_url;
	const struct reader *reader;
	struct gzip *gzip;
	struct buf text, packed;
	struct buf cities; /* ATLAS_CANVAS: they follow the arcs */
	size_t n_cities, n_arcs, n_points;
	int has_cities; /* in the text: no arc follows */
};

const char *
atlas_file_type(enum atlas_form form)
{
	return form == ATLAS_GEOJSON ? "application/geo+json"
				     : "application/json";
}

struct atlas_file *
atlas_file_new(
    enum atlas_form form, const char *public_url, const struct reader *reader)
{
	struct atlas_file *f = mem_new(1, sizeof(*f));

	f->form = form;
	f->public_url = public_url;
	f->reader = reader;
	f->gzip = gzip_new();
	f->packed.max = ATLAS_FILE_MAX_BYTES;
	buf_puts(&f->text,
	    form == ATLAS_GEOJSON ? "{\"features\":[" : "{\"arcs\":[");
	return f;
}

void
atlas_file_free(struct atlas_file *f)
{
	if (f == NULL)
		return;
	gzip_free(f->gzip);
	buf_free(&f->text);
	buf_free(&f->packed);
	buf_free(&f->cities);
	free(f);
}

static void
add_text(struct buf *out, const char *text)
{
	json_add_string(text, strlen(text), out);
}

static void
add_member(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ",\"%s\":", name);
	add_text(out, text);
}

/* Two numbers with a comma between. */
static void
add_two(struct buf *out, double first, double second)
{
	json_add_number(first, out);
	buf_puts(out, ",");
	json_add_number(second, out);
}

/* Longitude first (RFC 7946). */
static void
add_place(struct buf *out, double lat, double lon)
{
	buf_puts(out, "[");
	add_two(out, lon, lat);
	buf_puts(out, "]");
}

/* What MAP (JSON: language -> text) says to the reader. */
static void
add_reading(const struct atlas_file *f, const char *map, struct buf *out)
{
	jv v = *map != '\0' ? json_parse(map, strlen(map), NULL) : jv_null();

	add_text(out, reader_text(f->reader, v, NULL));
	jv_free(v);
}

static void
add_address(struct atlas_file *f, const char *path, const char *name)
{
	struct buf address = {0};

	feed_address(f->public_url, path, name, &address);
	add_member(&f->text, "url", address.data);
	buf_free(&address);
}

static void
write_line(struct atlas_file *f, const struct query_arc *arc)
{
	struct buf *out = &f->text;

	buf_puts(out, "{\"geometry\":{\"coordinates\":[");
	add_place(out, arc->a->lat, arc->a->lon);
	buf_puts(out, ",");
	add_place(out, arc->b->lat, arc->b->lon);
	buf_puts(out, "],\"type\":\"LineString\"},\"properties\":{\"a\":");
	buf_puts(out, arc->a->names);
	buf_puts(out, ",\"b\":");
	buf_puts(out, arc->b->names);
	add_member(out, "key", arc->key);
	add_member(out, "kind", arc->kind);
	add_member(out, "status", arc->status);
	add_member(out, "type", "partnership");
	add_address(f, "/partnerships/", arc->key);
	buf_puts(out, "},\"type\":\"Feature\"}");
}

static void
write_city(struct atlas_file *f, const struct query_spot *spot)
{
	struct buf *out = &f->cities;

	if (spot->index < f->n_cities)
		return;
	buf_puts(out, f->n_cities++ > 0 ? ",[" : "[");
	add_text(out, spot->id);
	buf_puts(out, ",");
	add_two(out, spot->lat, spot->lon);
	buf_puts(out, ",");
	add_reading(f, spot->names, out);
	buf_puts(out, "]");
}

static void
on_arc(void *ctx, const struct query_arc *arc)
{
	struct atlas_file *f = ctx;

	if (f->n_arcs++ > 0)
		buf_puts(&f->text, ",");
	if (f->form == ATLAS_GEOJSON) {
		write_line(f, arc);
		return;
	}
	write_city(f, arc->a);
	write_city(f, arc->b);
	buf_puts(&f->text, "[");
	add_text(&f->text, arc->key);
	buf_printf(&f->text, ",%zu,%zu,", arc->a->index, arc->b->index);
	add_text(&f->text, rows_standing_of(arc->status, arc->is_unilateral));
	buf_puts(&f->text, "]");
}

/* ATLAS_CANVAS: from the arcs to the events. */
static void
write_cities(struct atlas_file *f)
{
	if (f->has_cities)
		return;
	f->has_cities = 1;
	buf_puts(&f->text, "],\"cities\":[");
	buf_add(&f->text, f->cities.data, f->cities.size);
	buf_puts(&f->text, "],\"events\":[");
	buf_free(&f->cities);
}

static void
write_point(struct atlas_file *f, const struct query_point *p)
{
	struct buf *out = &f->text;
	char when[CLOCK_TEXT_SIZE];

	buf_puts(out, "{\"geometry\":{\"coordinates\":");
	add_place(out, p->lat, p->lon);
	buf_puts(out, ",\"type\":\"Point\"},\"properties\":{\"start\":");
	add_text(out, clock_text(p->start_ms, when));
	add_member(out, "status", p->status);
	buf_puts(out, ",\"title\":");
	buf_puts(out, *p->title != '\0' ? p->title : "null");
	add_member(out, "type", "event");
	add_member(out, "uid", p->uid);
	add_address(f, "/events/", p->uid);
	buf_puts(out, "},\"type\":\"Feature\"}");
}

static void
on_point(void *ctx, const struct query_point *p)
{
	struct atlas_file *f = ctx;
	struct buf *out = &f->text;

	if (f->form == ATLAS_GEOJSON) {
		if (f->n_arcs + f->n_points++ > 0)
			buf_puts(out, ",");
		write_point(f, p);
		return;
	}
	write_cities(f);
	buf_puts(out, f->n_points++ > 0 ? ",[" : "[");
	add_text(out, p->uid);
	buf_puts(out, ",");
	add_two(out, p->lat, p->lon);
	buf_puts(out, ",");
	add_reading(f, p->title, out);
	buf_puts(out, ",");
	add_text(out, p->status);
	buf_puts(out, "]");
}

const struct query_map_reader atlas_file_reader = {on_arc, on_point};

int
atlas_file_flush(struct atlas_file *f)
{
	int rc = gzip_more(f->gzip, f->text.data, f->text.size, &f->packed);

	buf_clear(&f->text);
	return rc;
}

int
atlas_file_end(struct atlas_file *f, struct buf *out)
{
	if (f->form == ATLAS_CANVAS)
		write_cities(f);
	buf_puts(&f->text, f->form == ATLAS_GEOJSON
			       ? "],\"type\":\"FeatureCollection\"}"
			       : "]}");
	if (atlas_file_flush(f) != 0 || gzip_end(f->gzip, &f->packed) != 0)
		return -1;
	*out = f->packed;
	f->packed = (struct buf){0};
	return 0;
}
