/* Small texts: see text.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/percent.h"
#include "sandbox/text.h"

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

/* SIZE bytes at S of a form: "+" is a space. */
static char *
decode(const char *s, size_t size)
{
	char *text = mem_dup_n(s, size), *out;

	for (size_t i = 0; i < size; i++)
		if (text[i] == '+')
			text[i] = ' ';
	out = percent_decode(text, size);
	free(text);
	return out;
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
		name = decode(body, (size_t)(equals - body));
		value = decode(equals + 1, (size_t)(stop - equals - 1));
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
