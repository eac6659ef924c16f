/* Bounded reading of Avro's bytes: see cursor.h. */
#include "base/utf8.h"
#include "event/cursor.h"
#include "event/guard.h"

static int
fail(struct cursor *c, const char *why)
{
	c->why = why;
	return -1;
}

struct cursor
cursor_new(const void *data, size_t size)
{
	return (struct cursor){
	    .data = data,
	    .size = size,
	    .nodes_left = GUARD_NODES_MAX,
	    .why = "",
	};
}

size_t
cursor_left(const struct cursor *c)
{
	return c->size - c->at;
}

int
cursor_count(struct cursor *c)
{
	if (c->nodes_left == 0)
		return fail(c, "too many values");
	c->nodes_left--;
	return 0;
}

int
cursor_long(struct cursor *c, int64_t *out)
{
	uint64_t u = 0;
	unsigned int shift, byte;

	for (shift = 0; shift < 70; shift += 7) {
		if (c->at == c->size)
			return fail(c, "the bytes end inside a number");
		byte = c->data[c->at++];
		if (shift == 63 && byte > 1)
			break;
		u |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*out = (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
			return 0;
		}
	}
	return fail(c, "a number of more than 64 bits");
}

int
cursor_index(struct cursor *c, size_t below, size_t *out)
{
	int64_t index;

	if (cursor_long(c, &index) != 0)
		return -1;
	if (index < 0 || (uint64_t)index >= below)
		return fail(c, "index out of range");
	*out = (size_t)index;
	return 0;
}

int
cursor_boolean(struct cursor *c, int *out)
{
	if (c->at == c->size)
		return fail(c, "the bytes end before a boolean");
	if (c->data[c->at] > 1)
		return fail(c, "a boolean that is neither 0 nor 1");
	*out = c->data[c->at++];
	return 0;
}

int
cursor_bytes(struct cursor *c, size_t size, const void **out)
{
	if (size > cursor_left(c))
		return fail(c, "longer than the bytes left");
	*out = c->data + c->at;
	c->at += size;
	return 0;
}

int
cursor_sized(struct cursor *c, const void **out, size_t *out_size)
{
	int64_t size;

	if (cursor_long(c, &size) != 0)
		return -1;
	if (size < 0)
		return fail(c, "a negative length");
	if ((uint64_t)size > cursor_left(c))
		return fail(c, "longer than the bytes left");
	*out_size = (size_t)size;
	return cursor_bytes(c, (size_t)size, out);
}

int
cursor_string(struct cursor *c, const char **out, size_t *out_size)
{
	const void *data;
	size_t size;

	if (cursor_sized(c, &data, &size) != 0)
		return -1;
	if (!c->is_guarded && !utf8_is_text(data, size))
		return fail(c, "not UTF-8, or with U+0000");
	*out = data;
	*out_size = size;
	return 0;
}

/* A block's head: a count, or a negated count and a size in bytes. */
static int
block(struct cursor *c, struct cursor_items *items)
{
	int64_t count, size;

	if (cursor_long(c, &count) != 0)
		return -1;
	items->end = 0;
	if (count < 0) {
		if (cursor_long(c, &size) != 0)
			return -1;
		if (size < 0 || (uint64_t)size > cursor_left(c))
			return fail(c, "a block larger than the bytes left");
		items->end = c->at + (size_t)size;
	}
	if (count < -(int64_t)GUARD_ITEMS_MAX ||
	    count > (int64_t)GUARD_ITEMS_MAX)
		return fail(c, "too many items");
	items->left = (size_t)(count < 0 ? -count : count);
	if (items->left > GUARD_ITEMS_MAX - items->count)
		return fail(c, "too many items");
	if (items->left * items->item_min > cursor_left(c))
		return fail(c, "more items than the bytes left can hold");
	return 0;
}

int
cursor_item(struct cursor *c, struct cursor_items *items)
{
	if (items->left == 0) {
		if (items->end != 0 && c->at != items->end)
			return fail(c, "a block whose size is not its items'");
		if (block(c, items) != 0)
			return -1;
		if (items->left == 0)
			return 0;
	}
	items->left--;
	items->count++;
	return 1;
}
