/* iCalendar: see ical.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libical/ical.h>

#include "base/buf.h"
#include "base/mem.h"
#include "event/dates.h"
#include "event/ical.h"

/* Neither has a limit on the wire, and each event repeats them. */
enum { LANGUAGE_MAX_BYTES = 35, KIND_MAX_BYTES = 64 };

struct ical {
	icalcomponent *calendar;
};

/* TEXT without what no calendar takes; new. */
static char *
clean(const char *text)
{
	char *out = mem_dup(text), *to = out;

	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c >= 0x20 || *c == '\n' || *c == '\t')
			if (*c != 0x7f)
				*to++ = *c;
	*to = '\0';
	return out;
}

static void
add_x(icalcomponent *c, const char *name, const char *value)
{
	char *text = clean(value);
	icalproperty *p = icalproperty_new_x(text);

	icalproperty_set_x_name(p, name);
	icalcomponent_add_property(c, p);
	free(text);
}

struct ical *
ical_new(const char *name, const char *address)
{
	struct ical *c = mem_new(1, sizeof(*c));

	c->calendar = icalcomponent_new_vcalendar();
	icalcomponent_add_property(
	    c->calendar, icalproperty_new_prodid("-//Twinwire//Portal//EN"));
	icalcomponent_add_property(
	    c->calendar, icalproperty_new_version("2.0"));
	icalcomponent_add_property(
	    c->calendar, icalproperty_new_calscale("GREGORIAN"));
	icalcomponent_add_property(
	    c->calendar, icalproperty_new_method(ICAL_METHOD_PUBLISH));
	/* Names and pace in the old words, which most clients know. */
	add_x(c->calendar, "X-WR-CALNAME", name);
	add_x(c->calendar, "X-ORIGINAL-URL", address);
	add_x(c->calendar, "X-PUBLISHED-TTL", "PT15M");
	return c;
}

void
ical_free(struct ical *c)
{
	if (c == NULL)
		return;
	icalcomponent_free(c->calendar);
	free(c);
}

/* 1 if the calendar has zone NAME, which is added if libical knows it. */
static int
has_zone(struct ical *c, const char *name)
{
	icalcomponent *zone;
	icalproperty *id;
	icaltimezone *known;

	for (zone = icalcomponent_get_first_component(
		 c->calendar, ICAL_VTIMEZONE_COMPONENT);
	     zone != NULL; zone = icalcomponent_get_next_component(
			       c->calendar, ICAL_VTIMEZONE_COMPONENT)) {
		id = icalcomponent_get_first_property(zone, ICAL_TZID_PROPERTY);
		if (strcmp(icalproperty_get_tzid(id), name) == 0)
			return 1;
	}
	known = icaltimezone_get_builtin_timezone(name);
	/* UTC itself is a zone without rules. */
	if (known == NULL || icaltimezone_get_component(known) == NULL)
		return 0;
	/* libical's own id has a path in front of the name. */
	zone = icalcomponent_new_clone(icaltimezone_get_component(known));
	id = icalcomponent_get_first_property(zone, ICAL_TZID_PROPERTY);
	icalproperty_set_tzid(id, name);
	icalcomponent_add_component(c->calendar, zone);
	return 1;
}

/* 1 if WALL_S lies in a year that calendars can write: 1 to 9999. */
static int
is_year(int64_t wall_s)
{
	return wall_s >= INT64_C(-62135596800) &&
	       wall_s < INT64_C(253402300800);
}

static struct icaltimetype
time_of(int64_t wall_s, int has_time)
{
	time_t t = (time_t)wall_s;
	struct tm tm;
	struct icaltimetype out = icaltime_null_time();

	gmtime_r(&t, &tm);
	out.year = tm.tm_year + 1900;
	out.month = tm.tm_mon + 1;
	out.day = tm.tm_mday;
	out.is_date = !has_time;
	if (has_time) {
		out.hour = tm.tm_hour;
		out.minute = tm.tm_min;
		out.second = tm.tm_sec;
	}
	return out;
}

static struct icaltimetype
instant(int64_t ms)
{
	struct icaltimetype t = time_of(is_year(ms / 1000) ? ms / 1000 : 0, 1);

	t.zone = icaltimezone_get_utc_timezone();
	return t;
}

/* The wall time under KEY of RECORD as P's value; 0 if there is none. */
static int
add_time(struct ical *c, icalcomponent *event, jv record, const char *key,
    icalproperty *(*new_property)(struct icaltimetype))
{
	const char *zone = json_str(record, "tz", "");
	const char *utc_key = *key == 's' ? "startUtc" : "endUtc";
	icalproperty *p;
	int64_t s, utc;
	int has_time;

	if (dates_wall(json_str(record, key, ""), &s, &has_time) != 0 ||
	    !is_year(s))
		return 0;
	if (has_time && !has_zone(c, zone)) {
		utc = json_int(record, utc_key, 0);
		icalcomponent_add_property(event,
		    new_property(instant(
			utc != 0 && is_year(utc / 1000) ? utc : s * 1000)));
		return 1;
	}
	p = new_property(time_of(s, has_time));
	if (has_time)
		icalproperty_add_parameter(p, icalparameter_new_tzid(zone));
	icalcomponent_add_property(event, p);
	return 1;
}

static void
add_text(icalcomponent *event, const char *text, const char *language,
    icalproperty *(*new_property)(const char *))
{
	char *sound;
	icalproperty *p;

	if (*text == '\0')
		return;
	sound = clean(text);
	p = new_property(sound);
	if (*language != '\0' && strlen(language) <= LANGUAGE_MAX_BYTES)
		icalproperty_add_parameter(
		    p, icalparameter_new_language(language));
	icalcomponent_add_property(event, p);
	free(sound);
}

static enum icalproperty_status
status_of(const char *status)
{
	if (strcmp(status, "cancelled") == 0)
		return ICAL_STATUS_CANCELLED;
	/* Postponed: it will be, and nobody knows yet when. */
	if (strcmp(status, "tentative") == 0 ||
	    strcmp(status, "postponed") == 0)
		return ICAL_STATUS_TENTATIVE;
	return ICAL_STATUS_CONFIRMED;
}

static void
add_place(icalcomponent *event, jv record)
{
	jv places = json_get(record, "places"), place, lat, lon;
	struct icalgeotype geo;

	if (jv_get_kind(places) != JV_KIND_ARRAY ||
	    jv_array_length(jv_copy(places)) == 0) {
		jv_free(places);
		return;
	}
	place = jv_array_get(places, 0);
	lat = json_get(place, "lat");
	lon = json_get(place, "lon");
	if (jv_get_kind(lat) == JV_KIND_NUMBER &&
	    jv_get_kind(lon) == JV_KIND_NUMBER) {
		geo.lat = jv_number_value(lat);
		geo.lon = jv_number_value(lon);
		/* What is on no globe would make the file unreadable. */
		if (fabs(geo.lat) <= 90 && fabs(geo.lon) <= 180)
			icalcomponent_add_property(
			    event, icalproperty_new_geo(geo));
	}
	jv_free(lat);
	jv_free(lon);
	jv_free(place);
}

void
ical_add(struct ical *c, const struct ical_event *e)
{
	icalcomponent *event = icalcomponent_new_vevent();
	const char *kind = json_str(e->record, "kind", "");

	if (!add_time(c, event, e->record, "start", icalproperty_new_dtstart)) {
		icalcomponent_free(event);
		return;
	}
	add_time(c, event, e->record, "end", icalproperty_new_dtend);
	add_text(
	    event, json_str(e->record, "uid", ""), "", icalproperty_new_uid);
	icalcomponent_add_property(
	    event, icalproperty_new_dtstamp(instant(e->at_ms)));
	icalcomponent_add_property(
	    event, icalproperty_new_lastmodified(instant(e->at_ms)));
	icalcomponent_add_property(event,
	    icalproperty_new_sequence((int)json_int(e->record, "sequence", 0)));
	icalcomponent_add_property(
	    event, icalproperty_new_status(
		       status_of(json_str(e->record, "status", ""))));
	add_text(event, e->title, e->language, icalproperty_new_summary);
	add_text(event, e->summary, e->language, icalproperty_new_description);
	add_text(event, e->place, e->language, icalproperty_new_location);
	if (strlen(kind) <= KIND_MAX_BYTES)
		add_text(event, kind, "", icalproperty_new_categories);
	add_text(event, e->address, "", icalproperty_new_url);
	add_place(event, e->record);
	icalcomponent_add_component(c->calendar, event);
}

void
ical_print(const struct ical *c, struct buf *out)
{
	char *text = icalcomponent_as_ical_string_r(c->calendar);

	buf_puts(out, text);
	icalmemory_free_buffer(text);
}
