/* A small writer of HTML: see html.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "portal/html.h"

/* What is longer is cut, at a letter. */
enum { TEXT_MAX_BYTES = 64 * 1024 };

static const char replacement[] = "\xef\xbf\xbd";

void
html_init(struct html *h, struct buf *out)
{
	*h = (struct html){.out = out};
}

static void
put(struct html *h, const char *s, size_t size)
{
	if (h->is_full || buf_add(h->out, s, size) != 0)
		h->is_full = 1;
}

static void
puts_raw(struct html *h, const char *s)
{
	put(h, s, strlen(s));
}

/* Tags, attributes, classes: our own words, so a wrong one is our own error. */
static void
put_name(struct html *h, const char *name, size_t size)
{
	if (size == 0)
		abort();
	for (size_t i = 0; i < size; i++)
		if ((name[i] < 'a' || name[i] > 'z') &&
		    (name[i] < 'A' || name[i] > 'Z') &&
		    (name[i] < '0' || name[i] > '9') && name[i] != '-')
			abort();
	put(h, name, size);
}

/* Bytes of one character that may stand in a page, or 0. */
static size_t
character(const char *s, size_t size)
{
	uint32_t c;
	size_t n = utf8_next(s, size, &c);

	if (n == 0 || c == 0xfffe || c == 0xffff ||
	    (c < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
	    (c >= 0x7f && c < 0xa0))
		return 0;
	return n;
}

/* What stands for a character that means something in markup, or NULL. */
static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&#34;";
	case '\'':
		return "&#39;";
	case '`':
		return "&#96;";
	default:
		return NULL;
	}
}

static void
put_escaped(struct html *h, const char *s, size_t size)
{
	size_t n;

	for (size_t i = 0; i < size && i < TEXT_MAX_BYTES; i += n) {
		const char *instead = entity(s[i]);

		n = instead == NULL ? character(s + i, size - i) : 1;
		if (instead == NULL && n > 0) {
			put(h, s + i, n);
		} else {
			puts_raw(h, instead != NULL ? instead : replacement);
			n = 1;
		}
	}
}

static int
is_void(const char *tag)
{
	static const char all[] = " base br hr img input link meta wbr ";
	const char *at = strstr(all, tag);

	return at != NULL && at[-1] == ' ' && at[strlen(tag)] == ' ';
}

/* End the tag that is open for attributes. */
static void
end_tag(struct html *h)
{
	if (!h->is_in_tag)
		return;
	h->is_in_tag = 0;
	puts_raw(h, ">");
	if (is_void(h->open[h->depth - 1]))
		h->depth--;
}

void
html_open(struct html *h, const char *spec)
{
	size_t tag = strcspn(spec, ".#");
	const char *at;

	end_tag(h);
	if (h->depth == HTML_DEPTH_MAX || tag >= HTML_TAG_MAX)
		abort();
	memcpy(h->open[h->depth], spec, tag);
	h->open[h->depth++][tag] = '\0';
	puts_raw(h, "<");
	put_name(h, spec, tag);
	h->is_in_tag = 1;
	for (at = spec + tag; *at == '.'; at += 1 + strcspn(at + 1, ".#")) {
		puts_raw(h, at == spec + tag ? " class=\"" : " ");
		put_name(h, at + 1, strcspn(at + 1, ".#"));
	}
	if (at > spec + tag)
		puts_raw(h, "\"");
	if (*at == '#')
		html_attr(h, "id", at + 1);
}

void
html_close(struct html *h)
{
	size_t depth = h->depth;

	end_tag(h);
	if (h->depth < depth) /* it had no content */
		return;
	if (h->depth == 0)
		abort();
	puts_raw(h, "</");
	puts_raw(h, h->open[--h->depth]);
	puts_raw(h, ">");
}

void
html_close_to(struct html *h, size_t depth)
{
	end_tag(h);
	while (h->depth > depth)
		html_close(h);
}

static void
attribute(struct html *h, const char *name, const char *value)
{
	puts_raw(h, " ");
	put_name(h, name, strlen(name));
	puts_raw(h, "=\"");
	put_escaped(h, value, strlen(value));
	puts_raw(h, "\"");
}

void
html_attr(struct html *h, const char *name, const char *value)
{
	/* Handlers and styles are in files; addresses have their own door. */
	if (!h->is_in_tag || strncmp(name, "on", 2) == 0 ||
	    strcmp(name, "style") == 0 || strcmp(name, "href") == 0 ||
	    strcmp(name, "src") == 0 || strcmp(name, "action") == 0)
		abort();
	if (value != NULL)
		attribute(h, name, value);
}

void
html_attrf(struct html *h, const char *name, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = mem_vprintf(fmt, args);
	va_end(args);
	html_attr(h, name, text);
	free(text);
}

void
html_flag(struct html *h, const char *name, int is_set)
{
	if (is_set)
		html_attr(h, name, "");
}

int
html_is_address(const char *address)
{
	static const char *const schemes[] = {
	    "https://", "http://", "mailto:", "webcal://"};

	for (const char *c = address; *c != '\0'; c++)
		if ((unsigned char)*c <= 0x20 || *c == '\\' || *c == 0x7f)
			return 0;
	/* "//host" would be another site. */
	if (address[0] == '/')
		return address[1] != '/';
	if (address[0] == '?' || address[0] == '#')
		return 1;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++)
		if (strncasecmp(address, schemes[i], strlen(schemes[i])) == 0)
			return address[strlen(schemes[i])] != '\0';
	return 0;
}

void
html_address(struct html *h, const char *name, const char *address)
{
	if (!h->is_in_tag)
		abort();
	if (address != NULL && html_is_address(address))
		attribute(h, name, address);
}

void
html_text_sized(struct html *h, const char *text, size_t size)
{
	end_tag(h);
	put_escaped(h, text, size);
}

void
html_text(struct html *h, const char *text)
{
	html_text_sized(h, text, strlen(text));
}

void
html_textf(struct html *h, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = mem_vprintf(fmt, args);
	va_end(args);
	html_text(h, text);
	free(text);
}

void
html_element(struct html *h, const char *spec, const char *text)
{
	html_open(h, spec);
	html_text(h, text);
	html_close(h);
}

void
html_link(
    struct html *h, const char *spec, const char *address, const char *text)
{
	html_open(h, spec);
	html_address(h, "href", address);
	html_text(h, text);
	html_close(h);
}

void
html_data(struct html *h, const char *type, jv v)
{
	struct buf text = {0};

	json_canonical(v, &text);
	jv_free(v);
	html_open(h, "script");
	html_attr(h, "type", type);
	end_tag(h);
	/* Nothing in it may end the element or begin a comment. */
	for (size_t i = 0; i < text.size; i++) {
		char c = text.data[i];
		char escaped[8];

		if (c != '<' && c != '>' && c != '&') {
			put(h, &c, 1);
			continue;
		}
		snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned)c);
		puts_raw(h, escaped);
	}
	buf_free(&text);
	html_close(h);
}
