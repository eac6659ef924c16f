/**
 * What all pages share: their frame, their addresses.  A page is read from
 * query.h and written with html.h in words of say.h; it works without
 * JavaScript and holds no style or script of its own.
 */
#ifndef PORTAL_PAGE_H
#define PORTAL_PAGE_H

#include "base/json.h"
#include "portal/html.h"
#include "portal/reader.h"

struct answer;
struct err;
struct request;

enum { PAGE_MAX_BYTES = 4 * 1024 * 1024, PAGE_ROWS = 50 };

struct page {
	struct html html;
	struct request *rq;
	struct answer *answer;
	struct reader reader;
	const struct catalog *words; /* the reader's */
	const char *asked; /* ?lang=, which links carry on; NULL: none */
	jv members;	   /* id -> names, once someone asked for one */
	jv cities;	   /* id -> names, of those asked for */
};

/** Find out who reads; page_fini() is due. */
void page_prepare(struct page *p, struct request *rq, struct answer *a);
/**
 * Begin a prepared page, down to its content; page_end() is due.  AT: its
 * place in the menu (a key of section "menu"), or "".  TITLE is the window's.
 */
void page_frame(struct page *p, const char *at, const char *title);
/** Both, with the text of KEY as title. */
void page_begin(struct page *p, struct request *rq, struct answer *a,
    const char *at, const char *key);
/** Close what is open, end the page, free what P owns. */
void page_end(struct page *p);
/** Free what P owns. */
void page_fini(struct page *p);
/** ERR as the whole answer: 400 with its reason, 503 for what is too costly,
 * else 500. */
void page_error(struct answer *a, const struct err *err);
/** There is no such thing (any more): 404. */
void page_missing(struct answer *a);
/** Have the module NAME of static/ loaded. */
void page_script(struct page *p, const char *name);

/**
 * New: PREFIX, then PART percent-encoded (NULL: none), with ?lang= where it
 * was asked for.
 */
char *page_path(const struct page *p, const char *prefix, const char *part);
/** New: this address with argument NAME set to VALUE (NULL: without it), and
 * always without "after". */
char *page_here(const struct page *p, const char *name, const char *value);
/** New: PATH ("/events.ics") with ARGUMENTS ("" or "a=b") at the portal's
 * public address. */
char *page_absolute(
    const struct page *p, const char *path, const char *arguments);
/** Open a link to page_path(PREFIX, PART). */
void page_open_link(
    struct page *p, const char *spec, const char *prefix, const char *part);
/** A link to somewhere else with TEXT, or TEXT alone if no page may lead to
 * ADDRESS. */
void page_outward(struct page *p, const char *address, const char *text);
/** Text to copy under the title KEY, with a button where scripts run. */
void page_copyable(struct page *p, const char *key, const char *text);
/** The line that says where machines find the same: PATH + PART in the REST
 * interface. */
void page_machines(struct page *p, const char *path, const char *part);
/** The link to the next page of LIST (borrowed), if there is one. */
void page_more(struct page *p, jv list);

#endif
