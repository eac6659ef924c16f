/* Events as iCalendar: see feed.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/ical.h"
#include "portal/feed.h"
#include "portal/feed_inner.h"
#include "portal/filter.h"
#include "portal/query.h"
#include "portal/reader.h"

enum { EVENTS_MAX = 2000, TEXTS_MAX_BYTES = 8 * 1024 * 1024 };

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

/* ITEM: borrowed.  Bytes of its texts. */
static size_t
add_event(const struct request *rq, struct ical *c, jv item,
    const struct reader *reader)
{
	jv record = json_get(item, "record");
	jv titles = json_get(record, "title");
	jv summaries = json_get(record, "summary");
	struct buf address = {0}, place = {0};
	size_t size;
	struct ical_event e = {.record = record,
	    .at_ms = json_int(item, "at", 0),
	    .summary = reader_text(reader, summaries, NULL)};

	feed_address(
	    rq->public_url, "/events/", json_str(item, "key", ""), &address);
	add_place(record, reader, &place);
	e.title = reader_text(reader, titles, &e.language);
	e.address = address.data;
	e.place = place.data != NULL ? place.data : "";
	ical_add(c, &e);
	size = strlen(e.title) + strlen(e.summary) + place.size;
	buf_free(&place);
	buf_free(&address);
	jv_free(summaries);
	jv_free(titles);
	jv_free(record);
	return size;
}

/* All events of F, page by page; -1 with ERR. */
static int
add_events(
    struct request *rq, struct ical *c, struct query_filter *f, struct err *err)
{
	struct reader reader;
	jv page = jv_null(), items;
	size_t size = 0;
	int rc = 0, n = 0;

	feed_reader(rq, &reader);
	f->limit = QUERY_LIMIT_MAX;
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
			size += add_event(rq, c, item, &reader);
			jv_free(item);
			n++;
		}
		jv_free(items);
		f->after = json_str(page, "next", NULL);
	} while (f->after != NULL && n < EVENTS_MAX && size < TEXTS_MAX_BYTES);
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
