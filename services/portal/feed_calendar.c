/* Events as iCalendar: see feed.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "event/ical.h"
#include "portal/feed.h"
#include "portal/feed_inner.h"
#include "portal/filter.h"
#include "portal/query.h"
#include "portal/reader.h"

enum {
	EVENTS_MAX = 2000,
	/* Of an event's texts: as rules.c wants them, which binds nobody who
	 * writes on the wire by other means. */
	TITLE_MAX_BYTES = 1000,
	SUMMARY_MAX_BYTES = 20000,
	PLACE_MAX_BYTES = 1000,
	/* Of the records of one member, so that the others' have room, too.
	 * Where nobody asked for certain members, an event counts for
	 * EVENT_LEAST_BYTES or more: a quarter of EVENTS_MAX, about. */
	MEMBER_MAX_BYTES = 16 * 1024 * 1024,
	EVENT_LEAST_BYTES = 32 * 1024
};

static const int64_t past_ms = INT64_C(90) * 86400 * 1000;
static const char calendar_type[] = "text/calendar; charset=utf-8";

/* The main place of RECORD in one line: venue, address, city. */
static void
add_place(jv record, const struct reader *reader, struct buf *out)
{
	jv places = json_get(record, "places"), place, name, city, names;
	const char *parts[3];

	if (jv_get_kind(places) != JV_KIND_ARRAY ||
	    jv_array_length(jv_copy(places)) == 0) {
		jv_free(places);
		return;
	}
	place = jv_array_get(places, 0);
	name = json_get(place, "name");
	city = json_get(place, "city");
	names = json_get(city, "names");
	parts[0] = reader_text(reader, name, NULL);
	parts[1] = json_str(place, "address", "");
	parts[2] = reader_text(reader, names, NULL);
	for (size_t i = 0; i < 3; i++)
		if (*parts[i] != '\0')
			buf_printf(
			    out, "%s%s", out->size > 0 ? ", " : "", parts[i]);
	jv_free(names);
	jv_free(city);
	jv_free(name);
	jv_free(place);
}

/* The beginning of TEXT; new. */
static char *
begin_of(const char *text, size_t max)
{
	return mem_dup_n(text, utf8_cut(text, max));
}

/* ITEM: borrowed. */
static void
add_event(const struct request *rq, struct ical *c, jv item,
    const struct reader *reader)
{
	jv record = json_get(item, "record");
	jv titles = json_get(record, "title");
	jv summaries = json_get(record, "summary");
	struct buf address = {0}, place = {0};
	struct ical_event e = {
	    .record = record, .at_ms = json_int(item, "at", 0)};
	char *title =
	    begin_of(reader_text(reader, titles, &e.language), TITLE_MAX_BYTES);
	char *summary =
	    begin_of(reader_text(reader, summaries, NULL), SUMMARY_MAX_BYTES);

	feed_address(
	    rq->public_url, "/events/", json_str(item, "key", ""), &address);
	add_place(record, reader, &place);
	if (place.size > 0)
		buf_cut(&place, utf8_cut(place.data, PLACE_MAX_BYTES));
	e.title = title;
	e.summary = summary;
	e.address = address.data;
	e.place = place.data != NULL ? place.data : "";
	ical_add(c, &e);
	free(title);
	free(summary);
	buf_free(&place);
	buf_free(&address);
	jv_free(summaries);
	jv_free(titles);
	jv_free(record);
}

/* What members have had of a calendar. */
struct shares {
	jv bytes;	    /* object of member to number */
	size_t least_bytes; /* an event */
};

/* ITEM (borrowed) is had: whose share is used up comes into WITHOUT. */
static void
count(struct shares *s, jv item, jv *without)
{
	const char *member = json_str(item, "member", "");
	int64_t before = json_int(s->bytes, member, 0), after;
	jv record = json_get(item, "record");
	struct buf text = {0};

	json_canonical(record, &text);
	after = before + (int64_t)(text.size > s->least_bytes ? text.size
							      : s->least_bytes);
	json_set_int(&s->bytes, member, after);
	if (before < MEMBER_MAX_BYTES && after >= MEMBER_MAX_BYTES)
		*without = jv_array_append(*without, jv_string(member));
	buf_free(&text);
	jv_free(record);
}

/* All events of F, page by page; -1 with ERR. */
static int
add_events(
    struct request *rq, struct ical *c, struct query_filter *f, struct err *err)
{
	struct reader reader;
	jv page = jv_null(), items;
	struct shares shares = {jv_object(), EVENT_LEAST_BYTES};
	int rc = 0, n = 0;

	feed_reader(rq, &reader);
	f->limit = QUERY_LIMIT_MAX;
	f->without = jv_array();
	if (jv_array_length(jv_copy(f->members)) > 0)
		shares.least_bytes = 0;
	do {
		jv next = query_events(rq->query, f, err);

		jv_free(page); /* held the token until now */
		page = next;
		if (!jv_is_valid(page)) {
			rc = -1;
			break;
		}
		items = json_get(page, "items");
		jv_array_foreach (items, i, item) {
			add_event(rq, c, item, &reader);
			count(&shares, item, &f->without);
			jv_free(item);
			n++;
		}
		jv_free(items);
		f->after = json_str(page, "next", NULL);
	} while (f->after != NULL && n < EVENTS_MAX);
	jv_free(shares.bytes);
	jv_free(page);
	return rc;
}

static void
give(struct answer *a, const struct ical *c)
{
	ical_print(c, &a->body);
	a->type = calendar_type;
	a->cache_control = "public, max-age=60";
}

void
feed_calendar(struct request *rq, struct answer *a)
{
	struct query_filter f;
	struct err err = {0};
	struct buf address = {0};
	struct ical *c;

	if (filter_parse(rq, FILTER_ALL & ~(FILTER_PAGES | FILTER_YEARS), "",
		&f, &err) != 0) {
		feed_fail(a, &err);
		return;
	}
	if (f.from_ms == 0)
		f.from_ms = rq->now_ms - past_ms;
	feed_address(rq->public_url, "/calendar", "", &address);
	c = ical_new("Twinwire", address.data);
	if (add_events(rq, c, &f, &err) == 0)
		give(a, c);
	else
		feed_fail(a, &err);
	ical_free(c);
	buf_free(&address);
	filter_fini(&f);
}

void
feed_event(struct request *rq, struct answer *a)
{
	struct err err = {0};
	struct reader reader;
	jv item, record;
	size_t size = strlen(rq->parts[0]);
	char *uid = mem_dup_n(rq->parts[0],
	    size > 4 && strcmp(rq->parts[0] + size - 4, ".ics") == 0 ? size - 4
								     : size);
	struct ical *c;

	feed_reader(rq, &reader);
	item = query_event(rq->query, uid, &err);
	record = jv_get_kind(item) == JV_KIND_OBJECT ? json_get(item, "record")
						     : jv_null();
	if (!jv_is_valid(item)) {
		feed_fail(a, &err);
	} else if (jv_get_kind(record) != JV_KIND_OBJECT) {
		answer_problem(a,
		    jv_get_kind(item) == JV_KIND_OBJECT ? 410 : 404,
		    "There is no such event.");
	} else {
		c = ical_new("Twinwire", rq->public_url);
		add_event(rq, c, item, &reader);
		give(a, c);
		ical_free(c);
	}
	jv_free(record);
	jv_free(item);
	free(uid);
}
