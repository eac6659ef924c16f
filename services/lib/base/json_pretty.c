/* JSON for people: see json.h. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"

/* A new line at DEPTH. */
static void
add_line(struct buf *out, int depth)
{
	buf_puts(out, "\n");
	for (int i = 0; i < depth; i++)
		buf_puts(out, "  ");
}

/* The end of the string that begins at AT, behind its quote. */
static const char *
string_end(const char *at)
{
	for (at++; *at != '"'; at++)
		at += *at == '\\';
	return at + 1;
}

void
json_pretty(jv v, struct buf *out)
{
	struct buf line = {0};
	const char *at, *end;
	int depth = 0;

	json_canonical(v, &line);
	for (at = line.data; *at != '\0'; at = end) {
		end = *at == '"' ? string_end(at) : at + 1;
		if (*at == '}' || *at == ']')
			add_line(out, --depth);
		buf_add(out, at, (size_t)(end - at));
		if (*at == ':')
			buf_puts(out, " ");
		if (*at == ',')
			add_line(out, depth);
		if ((*at == '{' || *at == '[') && *end != '}' && *end != ']')
			add_line(out, ++depth);
		else if (*at == '{' || *at == '[')
			buf_add(out, end++, 1);
	}
	buf_free(&line);
}
