/** Feeds for calendars, readers of news and maps: handlers for routes.c. */
#ifndef PORTAL_FEED_H
#define PORTAL_FEED_H

#include "portal/request.h"

/** "/feeds/events.ics": what passes the filter, from 90 days ago on; "/feeds/
 * events/{}": one event ("UID.ics"). */
void feed_calendar(struct request *rq, struct answer *a);
void feed_event(struct request *rq, struct answer *a);
/** "/feeds/news.atom": the latest events and notices that pass the filter. */
void feed_news(struct request *rq, struct answer *a);
/** "/api/v1/map.geojson": partnerships as lines, events as points. */
void feed_map(struct request *rq, struct answer *a);

#endif
