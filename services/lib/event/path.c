/* Places in a record: see path.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "event/path.h"

enum { WORD_MAX_BYTES = 64 };

struct path
path_name(const struct path *up, const char *name, size_t size)
{
	return (struct path){.up = up, .name = name, .name_size = size};
}

struct path
path_index(const struct path *up, size_t index)
{
	return (struct path){.up = up, .index = index};
}

static int
is_word(const char *s, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '_' || c == '-'))
			return 0;
	}
	return size > 0 && size <= WORD_MAX_BYTES;
}

/* Append P to OUT, which holds USED bytes; the new number. */
static size_t
print(const struct path *p, char *out, size_t size, size_t used)
{
	int n;

	if (p->up != NULL)
		used = print(p->up, out, size, used);
	if (used >= size)
		return used;
	if (p->name == NULL)
		n = snprintf(out + used, size - used, "[%zu]", p->index);
	else if (is_word(p->name, p->name_size))
		n = snprintf(out + used, size - used, "%s%.*s",
		    used > 0 ? "." : "", (int)p->name_size, p->name);
	else
		n = snprintf(out + used, size - used, "[?]");
	return used + (n > 0 ? (size_t)n : 0);
}

void
path_print(const struct path *p, char *out, size_t size)
{
	if (p == NULL)
		snprintf(out, size, "record");
	else
		print(p, out, size, 0);
}

int
path_err(struct err *err, const struct path *p, const char *fmt, ...)
{
	char place[PATH_MAX_BYTES], text[ERR_MSG_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	path_print(p, place, sizeof(place));
	return err_set(err, ERR_REJECT, 0, "%s: %s", place, text);
}
