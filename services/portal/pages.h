/** Handlers of the pages for people, for routes.c: one file a page. */
#ifndef PORTAL_PAGES_H
#define PORTAL_PAGES_H

#include "portal/request.h"

/** What is new, what is ahead, figures: "/". */
void page_start(struct request *rq, struct answer *a);
/** "/map" and "/map/data", what its canvas shows. */
void page_map(struct request *rq, struct answer *a);
void page_map_data(struct request *rq, struct answer *a);
/** One partnership, with what each side says: "/partnerships/{}". */
void page_partnership(struct request *rq, struct answer *a);
/** One event: "/events/{}"; a month of them: "/calendar". */
void page_event(struct request *rq, struct answer *a);
void page_calendar(struct request *rq, struct answer *a);
/** A city and what concerns it: "/cities/{}". */
void page_city(struct request *rq, struct answer *a);
/** "/members", "/members/{}", and what its clerks may do,
 * "/members/{}/tasks". */
void page_members(struct request *rq, struct answer *a);
void page_member(struct request *rq, struct answer *a);
void page_tasks(struct request *rq, struct answer *a);
/** "/search". */
void page_search(struct request *rq, struct answer *a);
/** Choose, try, take along: "/subscribe". */
void page_subscribe(struct request *rq, struct answer *a);
/** A list for other people's pages, "/embed/events", and its colours,
 * "/embed/style.css". */
void page_embed(struct request *rq, struct answer *a);
void page_embed_style(struct request *rq, struct answer *a);
/** What this is and whose data it shows: "/about". */
void page_about(struct request *rq, struct answer *a);
/** A file of static/, for good if it is asked for with its tag: "/static/{}".
 */
void page_file(struct request *rq, struct answer *a);
/** Turn an answer that is a problem (answer_problem()) into a page. */
void page_problem(struct request *rq, struct answer *a);

#endif
