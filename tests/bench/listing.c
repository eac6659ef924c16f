/* A collection that only lists: see listing.h. */
#include "base/buf.h"
#include "listing.h"

static const char text[] =
    "Festival of twin towns with an exhibition of contemporary art, a youth "
    "exchange, meetings of delegations, a harvest celebration and chamber "
    "music on the embankment; the library and the theatre open their doors, "
    "and a round table of municipalities closes the programme.";

static void
add_item(long id, struct buf *out)
{
	buf_printf(out,
	    "{\"id\":%ld,\"modified\":\"2026-10-30T10:00:00.000Z\","
	    "\"trashed\":false,\"record\":{\"status\":\"confirmed\","
	    "\"kind\":\"festival\",\"title\":{\"en\":\"Festival %ld\","
	    "\"ru\":\"Фестиваль городов-побратимов %ld\"},"
	    "\"summary\":{\"en\":\"%s\"},\"start\":\"2027-05-%02ldT13:00:00\","
	    "\"end\":\"2027-05-%02ldT15:00:00\",\"allDay\":false,"
	    "\"tz\":\"Europe/Volgograd\",\"attendance\":\"offline\","
	    "\"places\":[{\"city\":{\"id\":\"wd:Q914\",\"country\":\"RU\","
	    "\"names\":{\"ru\":\"Волгоград\",\"en\":\"Volgograd\"}}}],"
	    "\"dataLicence\":\"CC0-1.0\"}}",
	    id, id, id, text, id % 28 + 1, id % 28 + 1);
}

void
listing_page(long n, long page, struct buf *out)
{
	long from = (page - 1) * LISTING_PAGE, to = from + LISTING_PAGE;

	buf_puts(out, "{\"items\":[");
	for (long id = from; id < to && id < n; id++) {
		if (id > from)
			buf_puts(out, ",");
		add_item(id + 1, out);
	}
	if (to < n)
		buf_printf(out, "],\"next\":%ld}", page + 1);
	else
		buf_puts(out, "],\"next\":null}");
}
