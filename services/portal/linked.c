/* JSON-LD: see linked.h. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "portal/catalog.h"
#include "portal/linked.h"
#include "portal/page.h"
#include "portal/request.h"
#include "portal/say.h"

static jv
thing(const char *type, const char *name)
{
	jv out = jv_object();

	json_set_str(&out, "@type", type);
	json_set_str(&out, "name", name);
	return out;
}

static void
write(struct page *p, jv what)
{
	json_set_str(&what, "@context", "https://schema.org");
	html_data(&p->html, "application/ld+json", what);
}

/* The same city elsewhere, by its id. */
static void
add_same(jv *city, const char *id)
{
	int is_wikidata = strncmp(id, "wd:", 3) == 0;
	char *address;

	if (!is_wikidata && strncmp(id, "gn:", 3) != 0)
		return;
	address = mem_printf("%s%s",
	    is_wikidata ? "https://www.wikidata.org/entity/"
			: "https://sws.geonames.org/",
	    id + 3);
	json_set_str(city, "sameAs", address);
	free(address);
}

static jv
city_of(struct page *p, jv city)
{
	jv out = thing("City", say_city_text(p, city));

	add_same(&out, json_str(city, "id", ""));
	return out;
}

void
linked_site(struct page *p)
{
	jv site = thing("WebSite", catalog_text(p->words, "site.name", NULL));

	json_set_str(&site, "url", p->rq->public_url);
	write(p, site);
}

void
linked_partnership(struct page *p, jv record, const char *title)
{
	jv a = json_get(record, "a"), b = json_get(record, "b");
	jv page = thing("WebPage", title);

	json_set(&page, "about", JV_ARRAY(city_of(p, a), city_of(p, b)));
	write(p, page);
	jv_free(a);
	jv_free(b);
}

void
linked_city(struct page *p, jv city)
{
	jv out = city_of(p, city), lat = json_get(city, "lat");

	if (jv_get_kind(lat) == JV_KIND_NUMBER) {
		jv geo = jv_object();

		json_set_str(&geo, "@type", "GeoCoordinates");
		json_set(&geo, "latitude", jv_copy(lat));
		json_set(&geo, "longitude", json_get(city, "lon"));
		json_set(&out, "geo", geo);
	}
	jv_free(lat);
	write(p, out);
}

void
linked_member(struct page *p, const char *name, const char *website)
{
	jv out = thing("Organization", name);

	if (website != NULL)
		json_set_str(&out, "url", website);
	write(p, out);
}

/* Code of the wire -> word of schema.org; the last row for all else. */
static const char *
translated(const char *const pairs[][2], const char *code)
{
	size_t i = 0;

	while (pairs[i][0] != NULL && strcmp(pairs[i][0], code) != 0)
		i++;
	return pairs[i][1];
}

static void
add_status(jv *event, jv record)
{
	static const char *const statuses[][2] = {
	    {"cancelled", "https://schema.org/EventCancelled"},
	    {"postponed", "https://schema.org/EventPostponed"},
	    {NULL, "https://schema.org/EventScheduled"}};
	static const char *const modes[][2] = {
	    {"online", "https://schema.org/OnlineEventAttendanceMode"},
	    {"mixed", "https://schema.org/MixedEventAttendanceMode"},
	    {NULL, "https://schema.org/OfflineEventAttendanceMode"}};
	const char *before = json_str(record, "previousStart", NULL);
	const char *status =
	    translated(statuses, json_str(record, "status", ""));

	if (before != NULL && strstr(status, "Scheduled") != NULL)
		status = "https://schema.org/EventRescheduled";
	if (before != NULL)
		json_set_str(event, "previousStartDate", before);
	json_set_str(event, "eventStatus", status);
	json_set_str(event, "eventAttendanceMode",
	    translated(modes, json_str(record, "attendance", "")));
}

/* An instant where there is one, else the day. */
static void
add_time(jv *event, const char *name, jv record, const char *wall,
    const char *instant)
{
	int64_t ms = json_int(record, instant, 0);
	char text[CLOCK_TEXT_SIZE];

	if (ms != 0)
		json_set_str(event, name, clock_text(ms, text));
	else if (json_str(record, wall, "")[0] != '\0')
		json_set_str(event, name, json_str(record, wall, ""));
}

void
linked_event(struct page *p, jv record)
{
	jv title = json_get(record, "title"), places, place, city;
	jv event = thing("Event", reader_text(&p->reader, title, NULL));

	add_time(&event, "startDate", record, "start", "startUtc");
	add_time(&event, "endDate", record, "end", "endUtc");
	add_status(&event, record);
	if (json_str(record, "url", NULL) != NULL)
		json_set_str(&event, "url", json_str(record, "url", ""));
	places = json_get(record, "places");
	if (jv_get_kind(places) == JV_KIND_ARRAY) {
		place = jv_array_get(jv_copy(places), 0);
		city = json_get(place, "city");
		if (jv_get_kind(city) == JV_KIND_OBJECT) {
			jv where = thing("Place", say_city_text(p, city));

			json_set_str(&where, "address", say_city_text(p, city));
			json_set(&event, "location", where);
		}
		jv_free(city);
		jv_free(place);
	}
	jv_free(places);
	jv_free(title);
	write(p, event);
}
