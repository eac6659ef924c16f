/* From forms to records: see form.h. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "event/dates.h"
#include "sandbox/form.h"
#include "sandbox/site.h"

int
form_day(const char *text, int days, char out[11])
{
	struct tm tm = {0};
	time_t t;
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	int64_t wall_s;

	if (end == NULL || *end != '\0' || dates_wall(text, &wall_s, NULL) != 0)
		return -1; /* timegm() would make 3 March of 31 February */
	t = timegm(&tm) + (time_t)days * 24 * 60 * 60;
	if (gmtime_r(&t, &tm) == NULL)
		return -1;
	return strftime(out, 11, "%Y-%m-%d", &tm) == 10 ? 0 : -1;
}

/* FORM's NAME into language LANGUAGE of the map MEMBER of *RECORD. */
static void
set_text(jv *record, const char *member, const char *language, jv form,
    const char *name)
{
	const char *text = json_str(form, name, NULL);
	jv map;

	if (text == NULL)
		return;
	map = json_get(*record, member);
	if (jv_get_kind(map) != JV_KIND_OBJECT) {
		jv_free(map);
		map = jv_object();
	}
	if (text[0] != '\0')
		json_set_str(&map, language, text);
	else
		map = jv_object_delete(map, jv_string(language));
	json_set(record, member, map);
}

static void
set_word(jv *record, const char *member, jv form)
{
	const char *text = json_str(form, member, NULL);

	if (text != NULL)
		json_set_str(record, member, text);
}

/* "Volgograd · RU · wd:Q914", as the list of cities offers it, or an id. */
static int
find_city(const struct site *s, const char *text, jv *out, struct err *err)
{
	const char *id = strstr(text, "wd:Q");
	char clean[64];
	size_t size;
	jv city;

	if (id != NULL) {
		size = strspn(id + 4, "0123456789") + 4;
		snprintf(clean, sizeof(clean), "%.*s", (int)size, id);
		city = json_get(s->town->cities, clean);
		if (jv_get_kind(city) == JV_KIND_OBJECT) {
			*out = city;
			return 0;
		}
		jv_free(city);
	}
	return err_set(err, ERR_REJECT, 0,
	    "“%.80s” is not in the list of cities: please choose one from "
	    "the list.",
	    text);
}

/* A wall time of the form ("2022-10-31T13:00") with its seconds. */
static int
set_time(jv *record, const char *member, const char *text, struct err *err)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M", &tm);
	char whole[32];
	int64_t wall_s;

	snprintf(whole, sizeof(whole), "%.16s:00", text);
	if (end == NULL || (*end != '\0' && strcmp(end, ":00") != 0) ||
	    dates_wall(whole, &wall_s, NULL) != 0) /* 31 February */
		return err_set(err, ERR_REJECT, 0,
		    "“%.40s” is not a date and a time.", text);
	json_set_str(record, member, whole);
	return 0;
}

static int
set_times(jv *record, jv form, struct err *err)
{
	const char *start = json_str(form, "start", "");
	const char *end = json_str(form, "end", "");
	int is_all_day = json_str(form, "allDay", "")[0] != '\0';
	char day[11];

	json_set(record, "allDay", is_all_day ? jv_true() : jv_false());
	json_set_str(record, "end", "");
	if (!is_all_day) {
		if (set_time(record, "start", start, err) != 0)
			return -1;
		return end[0] == '\0' ? 0 : set_time(record, "end", end, err);
	}
	snprintf(day, sizeof(day), "%.10s", start);
	if (form_day(day, 0, day) != 0)
		return err_set(
		    err, ERR_REJECT, 0, "“%.40s” is not a date.", start);
	json_set_str(record, "start", day);
	/* The clerk names the last day, the wire the one after it. */
	snprintf(day, sizeof(day), "%.10s", end[0] != '\0' ? end : start);
	if (form_day(day, 1, day) != 0)
		return err_set(
		    err, ERR_REJECT, 0, "“%.40s” is not a date.", end);
	json_set_str(record, "end", day);
	return 0;
}

static int
set_place(const struct site *s, jv *record, jv form, struct err *err)
{
	const char *text = json_str(form, "city", "");
	jv city, places, place;

	if (text[0] == '\0')
		return 0;
	if (find_city(s, text, &city, err) != 0)
		return -1;
	places = json_get(*record, "places");
	place = jv_get_kind(places) == JV_KIND_ARRAY
		    ? jv_array_get(jv_copy(places), 0)
		    : jv_invalid();
	if (jv_get_kind(place) != JV_KIND_OBJECT) {
		jv_free(place);
		place = jv_object();
	}
	if (jv_get_kind(places) != JV_KIND_ARRAY) {
		jv_free(places);
		places = jv_array();
	}
	json_set(&place, "city", city);
	json_set(record, "places", jv_array_set(places, 0, place));
	return 0;
}

static void
set_organizer(const struct site *s, jv *record)
{
	char id[96];
	jv organizer = jv_object();

	snprintf(id, sizeof(id), "org:%s", s->member);
	json_set_str(&organizer, "id", id);
	json_set_str(&organizer, "role", "organizer");
	json_set(&organizer, "names", jv_copy(s->names));
	json_set(record, "organizers", JV_ARRAY(organizer));
}

jv
form_event(const struct site *s, jv form, jv old, struct err *err)
{
	static const char *const members[] = {
	    "kind", "attendance", "status", "tz"};
	jv record = old, title;
	const char *url = json_str(form, "url", "");
	size_t i;
	int is_titled;

	set_text(&record, "title", s->languages[0], form, "title");
	set_text(&record, "title", s->languages[1], form, "title2");
	set_text(&record, "summary", s->languages[0], form, "summary");
	title = json_get(record, "title");
	is_titled = jv_get_kind(title) == JV_KIND_OBJECT &&
		    jv_object_length(jv_copy(title)) > 0;
	jv_free(title);
	if (!is_titled) {
		err_set(err, ERR_REJECT, 0, "The event needs a title.");
		goto bad;
	}
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		set_word(&record, members[i], form);
	if (json_str(record, "tz", "")[0] == '\0')
		json_set_str(&record, "tz", s->tz);
	if (json_str(record, "status", "")[0] == '\0')
		json_set_str(&record, "status", "confirmed");
	json_set(&record, "url", url[0] != '\0' ? jv_string(url) : jv_null());
	if (set_times(&record, form, err) != 0 ||
	    set_place(s, &record, form, err) != 0)
		goto bad;
	title = json_get(record, "organizers");
	if (jv_get_kind(title) != JV_KIND_ARRAY)
		set_organizer(s, &record);
	jv_free(title);
	return record;
bad:
	jv_free(record);
	return jv_invalid();
}

/* The first agreement with the kind and date of FORM; the rest of it stays. */
static void
set_agreement(jv *record, jv form)
{
	const char *date = json_str(form, "signedOn", "");
	jv list = json_get(*record, "agreements"), first;

	if (jv_get_kind(list) != JV_KIND_ARRAY) {
		jv_free(list);
		list = jv_array();
	}
	first = jv_array_get(jv_copy(list), 0);
	if (jv_get_kind(first) != JV_KIND_OBJECT) {
		jv_free(first);
		first = jv_object();
	}
	set_word(&first, "kind", form);
	if (strcmp(json_str(first, "signedOn", "-"), date) != 0) {
		json_set_str(&first, "signedOn", date);
		json_set_str(&first, "dateBasis",
		    date[0] != '\0' ? "signature" : "unknown");
	}
	json_set(record, "agreements", jv_array_set(list, 0, first));
}

/* An optional date of FORM as the wire takes it: a year, a month or a day. */
static int
check_date(jv form, const char *name, struct err *err)
{
	const char *date = json_str(form, name, "");

	if (date[0] == '\0' || dates_is_edtf(date))
		return 0;
	return err_set(err, ERR_REJECT, 0,
	    "“%.40s” is not a date: please write 1994, 1994-02 or 1994-02-22.",
	    date);
}

jv
form_claim(const struct site *s, jv form, jv old, struct err *err)
{
	jv a = jv_invalid(), b;

	if (find_city(s, json_str(form, "a", ""), &a, err) != 0)
		goto bad;
	if (find_city(s, json_str(form, "b", ""), &b, err) != 0)
		goto bad;
	if (jv_equal(jv_copy(a), jv_copy(b))) {
		jv_free(b);
		err_set(err, ERR_REJECT, 0,
		    "A partnership needs two different cities.");
		goto bad;
	}
	if (check_date(form, "signedOn", err) != 0 ||
	    check_date(form, "statusSince", err) != 0) {
		jv_free(b);
		goto bad;
	}
	/* The first city is the one that this member speaks for. */
	json_set_str(&old, "speaksFor", json_str(a, "id", ""));
	json_set(&old, "a", a);
	json_set(&old, "b", b);
	json_set_str(&old, "status", json_str(form, "status", "active"));
	set_word(&old, "statusSince", form);
	set_agreement(&old, form);
	return old;
bad:
	jv_free(a);
	jv_free(old);
	return jv_invalid();
}

jv
form_action(const char *action, jv old, int64_t wall_ms, struct err *err)
{
	static const struct {
		const char *action, *status;
		int is_dated;
	} actions[] = {
	    {"cancel", "cancelled", 0},
	    {"confirm", "confirmed", 0},
	    {"suspend", "suspended", 1},
	    {"resume", "active", 1},
	    {"terminate", "terminated", 1},
	};
	char text[CLOCK_TEXT_SIZE];
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(action, actions[i].action) != 0)
			continue;
		json_set_str(&old, "status", actions[i].status);
		if (actions[i].is_dated) {
			clock_text(wall_ms, text);
			text[10] = '\0'; /* the day */
			json_set_str(&old, "statusSince", text);
		}
		return old;
	}
	jv_free(old);
	err_set(err, ERR_REJECT, 0, "There is no action “%.40s”.", action);
	return jv_invalid();
}
