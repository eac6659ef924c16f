/* Small texts: see text.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "sandbox/text.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

char *
text_decode(const char *s, size_t size, int is_form)
{
	char *out = mem_new(size + 1, 1), *o = out;
	size_t i;

	for (i = 0; i < size; i++) {
		if (s[i] == '%') {
			if (i + 2 >= size || hex(s[i + 1]) < 0 ||
			    hex(s[i + 2]) < 0)
				goto bad;
			*o++ = (char)(hex(s[i + 1]) * 16 + hex(s[i + 2]));
			i += 2;
		} else {
			*o++ = s[i] == '+' && is_form ? ' ' : s[i];
		}
	}
	if (!utf8_is_text(out, (size_t)(o - out)))
		goto bad;
	return out;
bad:
	free(out);
	return NULL;
}

void
text_encode(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if ((*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') ||
		    (*s >= 'a' && *s <= 'z') || strchr("._~-", *s) != NULL)
			buf_add(out, s, 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)*s);
	}
}

void
text_html(struct buf *out, const char *s)
{
	size_t n;

	while (*s != '\0') {
		n = strcspn(s, "&<>\"'");
		buf_add(out, s, n);
		s += n;
		if (*s != '\0')
			buf_printf(out, "&#%d;", *s++);
	}
}

jv
text_form(const char *body, size_t size)
{
	const char *end = body + size, *stop, *equals;
	jv out = jv_object();
	char *name, *value;

	for (; body < end; body = stop + 1) {
		stop = memchr(body, '&', (size_t)(end - body));
		if (stop == NULL)
			stop = end;
		equals = memchr(body, '=', (size_t)(stop - body));
		if (equals == NULL)
			continue;
		name = text_decode(body, (size_t)(equals - body), 1);
		value = text_decode(equals + 1, (size_t)(stop - equals - 1), 1);
		if (name != NULL && value != NULL)
			json_set_str(&out, name, value);
		free(name);
		free(value);
	}
	return out;
}

const char *
text_in(jv map, const char *const *languages)
{
	const char *found;
	int at;
	jv value;

	for (; *languages != NULL; languages++) {
		found = json_str(map, *languages, "");
		if (found[0] != '\0')
			return found;
	}
	if (jv_get_kind(map) != JV_KIND_OBJECT)
		return "";
	for (at = jv_object_iter(map); jv_object_iter_valid(map, at);
	     at = jv_object_iter_next(map, at)) {
		value = jv_object_iter_value(map, at);
		found = jv_get_kind(value) == JV_KIND_STRING
			    ? jv_string_value(value)
			    : "";
		jv_free(value); /* MAP holds another reference */
		if (found[0] != '\0')
			return found;
	}
	return "";
}
