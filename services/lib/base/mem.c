/* Memory: see mem.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void *
there(void *p)
{
	if (p == NULL) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

void *
mem_new(size_t n, size_t size)
{
	return there(calloc(n == 0 ? 1 : n, size == 0 ? 1 : size));
}

void *
mem_grow(void *old, size_t n, size_t size)
{
	return there(reallocarray(old, n == 0 ? 1 : n, size == 0 ? 1 : size));
}

char *
mem_dup(const char *s)
{
	return s == NULL ? NULL : mem_dup_n(s, strlen(s));
}

char *
mem_dup_n(const void *data, size_t size)
{
	char *copy;

	if (data == NULL)
		return NULL;
	copy = there(malloc(size + 1));
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return there(s);
}
