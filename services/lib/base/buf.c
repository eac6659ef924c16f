/* Byte buffer: see buf.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { BUF_FIRST_BYTES = 256 };

void
buf_free(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->size = b->room = 0;
}

void
buf_cut(struct buf *b, size_t size)
{
	b->size = size;
	if (b->data != NULL)
		b->data[size] = '\0';
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->room);
	buf_free(b);
}

void
buf_clear(struct buf *b)
{
	buf_cut(b, 0);
}

static void
set_room(struct buf *b, size_t room)
{
	b->data = mem_grow(b->data, room, 1);
	b->data[b->size] = '\0';
	b->room = room;
}

void
buf_reserve(struct buf *b, size_t size)
{
	if (b->max != 0 && size > b->max)
		size = b->max;
	if (size >= b->room)
		set_room(b, size + 1);
}

void
buf_fit(struct buf *b)
{
	if (b->room > b->size + 1)
		set_room(b, b->size + 1);
}

int
buf_add_more(struct buf *b, const void *data, size_t size)
{
	size_t room = b->room == 0 ? BUF_FIRST_BYTES : b->room;

	if (size > (size_t)-1 / 2 - b->size)
		return -1;
	if (b->max != 0 && b->size + size > b->max)
		return -1;
	while (room < b->size + size + 1)
		room *= 2;
	if (room != b->room)
		set_room(b, room);
	if (size > 0)
		memcpy(b->data + b->size, data, size);
	b->size += size;
	b->data[b->size] = '\0';
	return 0;
}

int
buf_puts(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int n, rc;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	rc = buf_add(b, s, (size_t)n);
	free(s);
	return rc;
}

char *
buf_take(struct buf *b)
{
	char *data = b->data != NULL ? b->data : mem_dup("");

	b->data = NULL;
	b->size = b->room = 0;
	return data;
}
