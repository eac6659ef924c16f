/**
 * A small writer of HTML.  Text and attributes are always escaped, addresses
 * are let through only with a scheme that a page may hold, and tags and
 * attribute names are the program's own words: what came over the wire cannot
 * become markup, whatever it says.
 *
 *   html_open(h, "p.note");  html_text(h, text);  html_close(h);
 */
#ifndef PORTAL_HTML_H
#define PORTAL_HTML_H

#include <stddef.h>

#include "base/json.h"

struct buf;

enum { HTML_DEPTH_MAX = 32, HTML_TAG_MAX = 16 };

struct html {
	struct buf *out; /* borrowed */
	char open[HTML_DEPTH_MAX][HTML_TAG_MAX];
	size_t depth;
	int is_in_tag; /* attributes may still be added */
	int is_full;   /* OUT's limit was met: the page is not whole */
};

/** Ready to append to OUT, which is borrowed and may have a limit. */
void html_init(struct html *h, struct buf *out);

/**
 * Open an element: "tag", "tag.class", "tag.one.two#id".  Attributes may
 * follow until its content begins.  Elements without content (img, input, br,
 * ...) are closed by themselves with the next call of any kind.
 */
void html_open(struct html *h, const char *spec);
/** Close the innermost open element. */
void html_close(struct html *h);
/** Close all but the outermost DEPTH. */
void html_close_to(struct html *h, size_t depth);

/** Add an attribute to the element just opened; NULL adds none. */
void html_attr(struct html *h, const char *name, const char *value);
/** The same, formatted. */
void html_attrf(struct html *h, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/** Add an attribute without a value if IS_SET. */
void html_flag(struct html *h, const char *name, int is_set);
/**
 * Add href, src or action.  Addresses that html_is_address() refuses are left
 * out, so that the element is there and leads nowhere.
 */
void html_address(struct html *h, const char *name, const char *address);
/**
 * 1 if ADDRESS may stand in a page: http:, https:, mailto: or webcal:, or a
 * path of this site.
 */
int html_is_address(const char *address);

/** Append text. */
void html_text(struct html *h, const char *text);
/** Append SIZE bytes of text. */
void html_text_sized(struct html *h, const char *text, size_t size);
/** Append formatted text. */
void html_textf(struct html *h, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/** An element with nothing but TEXT in it. */
void html_element(struct html *h, const char *spec, const char *text);
/** A link to ADDRESS (see html_address()) with TEXT. */
void html_link(
    struct html *h, const char *spec, const char *address, const char *text);
/** A script element that holds V (consumed) as data, of type TYPE; it is
 * never run. */
void html_data(struct html *h, const char *type, jv v);

#endif
