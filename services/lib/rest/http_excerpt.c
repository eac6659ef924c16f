/* What may be kept of an answer: see http_site_excerpt() in http.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "rest/http.h"
#include "rest/http_site.h"

enum { ESCAPED_MAX_BYTES = 6 }; /* "\u002f", of one byte */

/* Bytes at TEXT that stand for C, which is SIZE bytes of UTF-8 at S: as they
 * are, or as JSON or a URL has them; 0 if none do. */
static size_t
stands_for(const char *text, const char *s, size_t size, uint32_t c)
{
	char coded[16];

	if (text[0] == '\\' && size == 1 && text[1] == s[0])
		return 2;
	snprintf(coded, sizeof(coded), "\\u%04x", (unsigned)c);
	if (strncasecmp(text, coded, strlen(coded)) == 0)
		return strlen(coded);
	snprintf(coded, sizeof(coded), "%%%02x", (unsigned)c);
	if (size == 1 && strncasecmp(text, coded, strlen(coded)) == 0)
		return strlen(coded);
	return strncmp(text, s, size) == 0 ? size : 0;
}

/* Bytes at TEXT that say SECRET, 0 if it is something else. */
static size_t
says(const char *text, const char *secret)
{
	size_t left = strlen(secret), n = 0, used, found;
	uint32_t c;

	if (strncmp(text, secret, left) == 0)
		return left;
	for (; left > 0; secret += used, left -= used, n += found) {
		used = utf8_next(secret, left, &c);
		if (used == 0) { /* not UTF-8: only as it is */
			used = 1;
			c = (unsigned char)*secret;
		}
		found = stands_for(text + n, secret, used, c);
		if (found == 0)
			return 0;
	}
	return n;
}

static void
mask(char *text, const char *secret)
{
	size_t n;

	for (; *text != '\0'; text += n > 0 ? n : 1) {
		n = says(text, secret);
		memset(text, '*', n);
	}
}

char *
http_site_excerpt(const struct http_site *s, const char *text, size_t max)
{
	const char *const secrets[] = {s->token, s->secret};
	const size_t n = sizeof(secrets) / sizeof(secrets[0]);
	size_t longest = 0, i;
	char *out;

	for (i = 0; i < n; i++)
		if (secrets[i] != NULL && strlen(secrets[i]) > longest)
			longest = strlen(secrets[i]);
	/* Cut behind what it masks: half a secret is one, too. */
	out = mem_dup_n(
	    text, strnlen(text, max + 1 + longest * ESCAPED_MAX_BYTES));
	for (i = 0; i < n; i++)
		if (secrets[i] != NULL && *secrets[i] != '\0')
			mask(out, secrets[i]);
	out[utf8_cut(out, max)] = '\0';
	return out;
}
